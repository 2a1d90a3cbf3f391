//! Shows a file in the system's file manager.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

/// Shows where a file or folder lies; waits for the program that does it.
pub(crate) fn show_in_folder(path: &Path) -> Result<(), String> {
    let place = path.display();
    let (program, mut command) = command(path);
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match quiet.status() {
        // The explorer says 1 when all is well.
        Ok(status) if status.success() || cfg!(windows) => Ok(()),
        Ok(_) => Err(format!("{program} found no file manager that would show it; it lies at {place}")),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(format!("the program {program} is not installed; it lies at {place}"))
        }
        Err(error) => Err(format!("{program} does not start ({error}); it lies at {place}")),
    }
}

fn command(path: &Path) -> (&'static str, Command) {
    if cfg!(windows) {
        let mut command = Command::new("explorer");
        let mut argument = std::ffi::OsString::from("/select,");
        argument.push(path);
        command.arg(argument);
        ("explorer", command)
    } else if cfg!(target_os = "macos") {
        let mut command = Command::new("open");
        command.arg("-R").arg(path);
        ("open", command)
    } else {
        // There is no common way to point at one file.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut command = Command::new("xdg-open");
        command.arg(folder);
        ("xdg-open", command)
    }
}
