//! A GPU that gives up, for tests: a network that says it is on one, and fails where it is told to.

use super::NetworkError;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Names after how many operations the GPU of this machine gives up; for tests.
const VARIABLE: &str = "COTRAIL_FAIL_GPU_AFTER";

/// How many operations are left before the failure.
#[derive(Debug)]
pub(super) struct Countdown(AtomicUsize);

impl Countdown {
    /// Where a failure is wanted.
    pub(super) fn wanted() -> Option<Self> {
        std::env::var(VARIABLE).ok()?.parse().ok().map(AtomicUsize::new).map(Self)
    }

    /// From the failure on everything fails, as on a lost device.
    pub(super) fn pass(&self) -> Result<(), NetworkError> {
        let counted = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        let lost = || NetworkError::DeviceFailed("the device was lost, as a test wants it".to_owned());
        counted.map(drop).map_err(|_| lost())
    }
}
