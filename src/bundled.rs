//! Finds the files that ship with Cotrail, the weights and the demo clip, wherever the program runs.
//!
//! Only looks at names and directories; never reads what it finds.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The weights that ship with Cotrail, as `--weights` names them.
pub const SMALL_WEIGHTS: &str = "small";

/// Names another file for the weights [`SMALL_WEIGHTS`], or a folder that holds `small.safetensors`.
pub const WEIGHTS_VARIABLE: &str = "COTRAIL_WEIGHTS";

/// Why no weights were found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MissingWeights {
    /// The file that the user named is not there.
    #[error("there is no weights file {}", .0.display())]
    NoSuchFile(PathBuf),
    /// `COTRAIL_WEIGHTS` points to nothing.
    #[error("{WEIGHTS_VARIABLE} names no weights: {}", .0.display())]
    Variable(PathBuf),
    /// The bundled weights were not installed.
    #[error("the bundled weights are not installed; name a file with --weights or {WEIGHTS_VARIABLE}")]
    NotInstalled,
}

/// The weights file that `named` means: `small` for the bundled one, else a path.
///
/// # Errors
/// When there is no such file.
pub fn weights(named: &OsStr) -> Result<PathBuf, MissingWeights> {
    if named != SMALL_WEIGHTS {
        let path = PathBuf::from(named);
        return if path.is_file() { Ok(path) } else { Err(MissingWeights::NoSuchFile(path)) };
    }
    match std::env::var_os(WEIGHTS_VARIABLE).filter(|value| !value.is_empty()) {
        Some(value) => {
            let path = PathBuf::from(value);
            let candidates = [path.clone(), path.join("small.safetensors")];
            candidates.into_iter().find(|p| p.is_file()).ok_or(MissingWeights::Variable(path))
        }
        None => find("weights/small.safetensors").ok_or(MissingWeights::NotInstalled),
    }
}

/// The clip that the app starts on when nothing is named, where it was installed.
#[must_use]
pub fn demo_clip() -> Option<PathBuf> {
    find("assets/demo.mp4")
}

fn find(name: &str) -> Option<PathBuf> {
    let program = std::env::current_exe().and_then(|path| path.canonicalize()).ok();
    candidates(name, program.as_deref()).into_iter().find(|path| path.is_file())
}

/// Where a shipped file may lie, best first: beside the program, where `make install` puts it, in the repository that
/// the program lies or was built in, in the user's data folder.
fn candidates(name: &str, program: Option<&Path>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    if let Some(folder) = program.and_then(Path::parent) {
        found.push(folder.join(name));
        found.extend(folder.parent().map(|prefix| prefix.join("share/cotrail").join(name)));
        if folder.ends_with("target/release") {
            found.extend(folder.ancestors().nth(2).map(|repository| repository.join(name)));
        }
    }
    found.push(Path::new(env!("CARGO_MANIFEST_DIR")).join(name));
    found.extend(directories::ProjectDirs::from("", "", "cotrail").map(|dirs| dirs.data_dir().join(name)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installed_program_looks_in_share_before_the_repository() {
        let found = candidates("weights/small.safetensors", Some(Path::new("/opt/x/bin/cotrail")));
        let at = |path: &str| found.iter().position(|p| p == Path::new(path));
        let installed = at("/opt/x/share/cotrail/weights/small.safetensors").unwrap();
        let repository = at(concat!(env!("CARGO_MANIFEST_DIR"), "/weights/small.safetensors")).unwrap();
        assert!(installed < repository, "{found:?}");
    }

    #[test]
    fn the_repository_holds_weights_and_demo_clip() {
        assert!(find("weights/small.safetensors").unwrap().ends_with("weights/small.safetensors"));
        assert!(demo_clip().unwrap().ends_with("assets/demo.mp4"));
    }

    #[test]
    fn a_named_file_that_is_missing_is_an_error_with_its_name() {
        let error = weights(OsStr::new("no/such.safetensors")).unwrap_err();
        assert!(error.to_string().contains("no/such.safetensors"), "{error}");
    }
}
