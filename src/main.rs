//! Chooses the window or a headless command and maps errors to exit codes.

use cotrail::cli::{self, Invocation};
use std::process::ExitCode;

fn main() -> ExitCode {
    quieten_drivers();
    cli::exit_code(match cli::parse() {
        Invocation::Window(input, paint) => cli::check_input(input.as_deref()).and_then(|()| open_window(input, paint)),
        Invocation::Headless(command) => cli::run(command),
    })
}

#[cfg(feature = "gui")]
fn open_window(input: Option<std::path::PathBuf>, paint: cli::Paint) -> anyhow::Result<()> {
    use cotrail::app::{self, Painting};
    app::run(
        input,
        match paint {
            cli::Paint::Auto => Painting::Auto,
            cli::Paint::Gpu => Painting::Gpu,
            cli::Paint::Cpu => Painting::Cpu,
        },
    )
}

#[cfg(not(feature = "gui"))]
fn open_window(_input: Option<std::path::PathBuf>, _paint: cli::Paint) -> anyhow::Result<()> {
    let text = "this build has no window; use `cotrail track`, or build with the feature gui";
    Err(cli::BadUsage(text.to_owned()).into())
}

/// Mesa's layer that chooses between GPUs asks Wayland, and writes an error where there is no session at all (over ssh,
/// in a container, in a scheduled job). It has nothing to ask there.
fn quieten_drivers() {
    if cfg!(target_os = "linux") && std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        #[expect(unsafe_code, reason = "there is no other way to tell a driver's layer")]
        // SAFETY: this is the first thing that the program does; no other thread reads the environment yet.
        unsafe {
            std::env::set_var("NODEVICE_SELECT", "1");
        }
    }
}
