//! Ctrl-C: the first asks tracking to stop, the second asks writing to stop, the third ends the program at once.

use crate::sync::CancelToken;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What Ctrl-C asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupts {
    /// Stop tracking and write what there is.
    pub(super) tracking: CancelToken,
    /// Stop writing, too.
    pub(super) writing: CancelToken,
}

impl Interrupts {
    /// Listens from now on, for the rest of the program.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let interrupts = Self::default();
        let (asked, pressed) = (interrupts.clone(), AtomicUsize::new(0));
        ctrlc::set_handler(move || match pressed.fetch_add(1, Ordering::Relaxed) {
            0 => asked.tracking.cancel(),
            1 => asked.writing.cancel(),
            _ => std::process::exit(130),
        })?;
        Ok(interrupts)
    }
}
