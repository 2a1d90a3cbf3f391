//! What a failure means to the caller of the program: exit codes and the one line on standard error.

use std::io::{self, Write};
use std::process::ExitCode;

/// The command line asks for something that makes no sense; exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadUsage(pub String);

/// The user pressed Ctrl-C; exit code 130. What was finished is kept and named in the message.
#[derive(Debug, thiserror::Error)]
#[error("interrupted: {0}")]
pub(super) struct Interrupted(pub(super) String);

/// Tells the user what went wrong, if anything did, and turns it into the exit code.
#[must_use]
pub fn exit_code(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    if is_closed_pipe(&error) {
        return ExitCode::SUCCESS; // whoever read our output has seen enough, as `head` does
    }
    say(format_args!("error: {}", one_line(&error)));
    ExitCode::from(code(&error))
}

fn code(error: &anyhow::Error) -> u8 {
    if is_among::<BadUsage>(error) {
        2
    } else if is_among::<Interrupted>(error) {
        130
    } else {
        1
    }
}

/// Whether the error, or what caused it, is an `E`.
fn is_among<E: std::error::Error + 'static>(error: &anyhow::Error) -> bool {
    error.chain().find_map(|cause| cause.downcast_ref::<E>()).is_some()
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The error and its causes, each once, on one line.
pub(super) fn one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let text = cause.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        if line.ends_with(&text) {
            continue; // some libraries repeat the cause in their own message
        }
        if !line.is_empty() {
            line.push_str(": ");
        }
        line.push_str(&text);
    }
    line
}

/// A line on standard error. Nobody may be listening any more: that must not end the work, as `eprintln!` would. Of
/// several clips that are followed side by side, it says which one is meant: each has a thread called `clip NAME`.
pub(super) fn say(text: impl std::fmt::Display) {
    let thread = std::thread::current();
    let clip = thread.name().and_then(|name| name.strip_prefix("clip ")).map(|name| format!("{name}: "));
    writeln!(io::stderr(), "{}{text}", clip.unwrap_or_default()).ok(); // there is no other place to tell it
}

/// Tells the user something that does not stop the work.
pub(super) fn warn(text: impl std::fmt::Display) {
    say(format_args!("warning: {text}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, anyhow};

    #[test]
    fn the_cause_decides_the_code_however_deep_it_lies() {
        let usage = anyhow::Error::new(BadUsage("no points".into())).context("reading q.csv");
        assert_eq!((code(&usage), one_line(&usage).as_str()), (2, "reading q.csv: no points"));
        assert_eq!(code(&anyhow::Error::new(Interrupted("nothing written".into()))), 130);
        assert_eq!(code(&anyhow!("disk full")), 1);
    }

    #[test]
    fn an_error_is_one_line_and_says_nothing_twice() {
        let inner: Result<(), _> = Err(anyhow!("no\n  such file"));
        let error = inner.context("opening it: no such file").unwrap_err();
        assert_eq!(one_line(&error), "opening it: no such file");
    }

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let error = anyhow::Error::new(io::Error::from(io::ErrorKind::BrokenPipe)).context("writing the table");
        assert!(is_closed_pipe(&error));
        assert!(!is_closed_pipe(&anyhow!("broken pipe")));
    }
}
