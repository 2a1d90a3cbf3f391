//! Ctrl-C: once asks tracking to stop, once more asks writing to stop, once more ends the program at once.

use crate::session::{Repaint, aside};
use crate::sync::{CancelToken, LatestSlot};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What Ctrl-C asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupts {
    /// Stop tracking and write what there is.
    pub(super) tracking: CancelToken,
    /// Stop writing, too.
    pub(super) writing: CancelToken,
    stage: Arc<AtomicUsize>,
}

impl Interrupts {
    /// Listens from now on, for the rest of the program.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let interrupts = Self::default();
        let pressed = interrupts.clone();
        ctrlc::set_handler(move || {
            if !pressed.press() {
                std::process::exit(130);
            }
        })?;
        Ok(interrupts)
    }

    /// For work that keeps nothing where it is cut short.
    pub(super) fn all_at_once(stop: &CancelToken) -> Self {
        Self { tracking: stop.clone(), writing: stop.clone(), ..Self::default() }
    }

    /// Tracking is over: the next Ctrl-C is about writing.
    pub(super) fn start_writing(&self) {
        self.stage.fetch_max(1, Ordering::AcqRel);
    }

    /// Asks for an end once nobody holds standard input any more; `waker` is called then. The result is of no use.
    pub(super) fn stop_when_input_ends(&self, waker: &Repaint) -> LatestSlot<Result<(), String>> {
        let tracking = self.tracking.clone();
        aside("input", Arc::clone(waker), move || {
            let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()); // an error is an end, too
            tracking.cancel();
        })
    }

    /// Asks for what this Ctrl-C means. Returns whether there was anything left to ask for.
    fn press(&self) -> bool {
        match self.stage.fetch_add(1, Ordering::AcqRel) {
            0 => self.tracking.cancel(),
            1 => self.writing.cancel(),
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_press_stops_tracking_the_second_writing_the_third_everything() {
        let interrupts = Interrupts::default();
        assert!(interrupts.press() && interrupts.tracking.is_cancelled() && !interrupts.writing.is_cancelled());
        interrupts.start_writing();
        assert!(interrupts.press() && interrupts.writing.is_cancelled());
        assert!(!interrupts.press());
    }

    #[test]
    fn once_tracking_is_over_the_first_press_stops_writing() {
        let interrupts = Interrupts::default();
        interrupts.start_writing();
        assert!(interrupts.press() && interrupts.writing.is_cancelled() && !interrupts.tracking.is_cancelled());
    }
}
