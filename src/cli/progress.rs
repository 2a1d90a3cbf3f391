//! Progress bars on a terminal; nothing in a pipe or when asked to be quiet.

use super::failure::say;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::{Arc, Mutex, PoisonError};

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
        let template = "{msg} {wide_bar} {pos}/{len} frames, {eta} left";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let target = if self.has_bars { ProgressDrawTarget::stderr_with_hz(8) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(num_frames as u64), target).with_style(style).with_message(doing);
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = bar.clone();
        bar
    }

    /// What is done now, how many frames of it are done, and of how many.
    pub(super) fn now(&self) -> (String, u64, u64) {
        let bar = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        (bar.message().trim().to_owned(), bar.position(), bar.length().unwrap_or_default())
    }

    /// A bar that counts bytes from `done` on. Hidden unless standard error is a terminal.
    pub(super) fn bytes(&self, doing: &'static str, done: u64, total: u64) -> ProgressBar {
        if !self.has_bars {
            return ProgressBar::hidden();
        }
        let template = "{msg} {wide_bar} {decimal_bytes}/{decimal_total_bytes}, {eta} left";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let target = ProgressDrawTarget::stderr_with_hz(8);
        let bar = ProgressBar::with_draw_target(Some(total), target).with_style(style).with_message(doing);
        bar.with_position(done) // what is there already says nothing of the speed
    }

    /// A line about what was done.
    pub(super) fn note(&self, text: impl std::fmt::Display) {
        if !self.quiet {
            say(text);
        }
    }
}

/// A number of things in words.
pub(super) fn count(noun: &str, number: usize) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
