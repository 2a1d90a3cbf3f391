//! Chooses the window or a headless command and maps errors to exit codes.

use cotrail::cli::{self, Invocation};
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::exit_code(match cli::parse() {
        Invocation::Window(input) => cli::check_input(input.as_deref()).and_then(|()| open_window(input)),
        Invocation::Headless(command) => cli::run(command),
    })
}

#[cfg(feature = "gui")]
fn open_window(input: Option<std::path::PathBuf>) -> anyhow::Result<()> {
    cotrail::app::run(input)
}

#[cfg(not(feature = "gui"))]
fn open_window(_input: Option<std::path::PathBuf>) -> anyhow::Result<()> {
    let text = "this build has no window; use `cotrail track`, or build with the feature gui";
    Err(cli::BadUsage(text.to_owned()).into())
}
