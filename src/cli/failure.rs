//! What a failure means to the caller of the program: exit codes and the one line on standard error.

use std::io;
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
    eprintln!("error: {}", one_line(&error));
    ExitCode::from(code(&error))
}

fn code(error: &anyhow::Error) -> u8 {
    if error.chain().any(|cause| cause.is::<BadUsage>()) {
        2
    } else if error.chain().any(|cause| cause.is::<Interrupted>()) {
        130
    } else {
        1
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let is_closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|error| {
        // The writer of tables wraps what its own writer said.
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<csv::Error>()).map(csv::Error::kind);
        is_closed(error) || matches!(inner, Some(csv::ErrorKind::Io(error)) if is_closed(error))
    })
}

/// The error and its causes, each once, on one line.
fn one_line(error: &anyhow::Error) -> String {
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

/// Tells the user something that does not stop the work.
pub(super) fn warn(text: impl std::fmt::Display) {
    eprintln!("warning: {text}");
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
        let wrapped = csv::Error::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(is_closed_pipe(&anyhow::Error::new(io::Error::from(wrapped))));
        assert!(!is_closed_pipe(&anyhow!("broken pipe")));
    }
}
