//! Progress bars on a terminal; nothing in a pipe or when asked to be quiet.

use super::failure::say;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What is said while and after working, on standard error.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    quiet: bool,
    has_bars: bool,
    /// The bar of what is done now, for whoever shows it elsewhere.
    newest: Arc<Mutex<ProgressBar>>,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        Self { quiet, has_bars: !quiet, newest: Arc::new(Mutex::new(ProgressBar::hidden())) }
    }

    /// For a part of something larger, which says itself what was done: bars at most.
    pub(super) fn of_part(&self, has_bars: bool) -> Self {
        Self { has_bars: has_bars && self.has_bars, ..Self::new(true) }
    }

    /// A bar that counts frames and tells the time left. Hidden unless standard error is a terminal.
    pub(super) fn frames(&self, doing: &'static str, num_frames: usize) -> ProgressBar {
        self.steps(doing, "frames", num_frames)
    }

    /// A bar that counts such things and tells the time left. Hidden unless standard error is a terminal.
    pub(super) fn steps(&self, doing: &'static str, things: &str, num: usize) -> ProgressBar {
        self.bar(doing, &format!("{{pos}}/{{len}} {things}, {{eta}} left"), num as u64)
    }

    /// A bar for a given time. Hidden unless standard error is a terminal.
    pub(super) fn time(&self, doing: &'static str, time: Duration) -> ProgressBar {
        self.bar(doing, "{eta} left", time.as_secs())
    }

    fn bar(&self, doing: &'static str, counter: &str, len: u64) -> ProgressBar {
        let style = ProgressStyle::with_template(&format!("{{msg}} {{wide_bar}} {counter}"));
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let target = if self.has_bars { ProgressDrawTarget::stderr_with_hz(8) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(len), target).with_style(style).with_message(doing);
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = bar.clone();
        bar
    }

    /// What is done now, how much of it is done, and of how much.
    pub(super) fn now(&self) -> (String, u64, u64) {
        let bar = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        (bar.message().trim().to_owned(), bar.position(), bar.length().unwrap_or_default())
    }

    /// A bar that counts bytes from `done` on. Hidden unless standard error is a terminal.
    pub(super) fn bytes(&self, doing: &'static str, done: u64, total: u64) -> ProgressBar {
        let bar = self.bar(doing, "{decimal_bytes}/{decimal_total_bytes}, {eta} left", total);
        bar.with_position(done) // what is there already says nothing of the speed
    }

    /// A line about what was done.
    pub(super) fn note(&self, text: impl std::fmt::Display) {
        if !self.quiet {
            say(text);
        }
    }
}

/// Writes a line of JSON for whoever listens, at once.
pub(super) fn tell(line: &impl Serialize, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "{}", serde_json::to_string(line)?)?;
    Ok(out.flush()?)
}

/// A number of things in words.
pub(super) fn count(noun: &str, number: usize) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A figure of a table, or a dash where there is none.
pub(super) fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
}
