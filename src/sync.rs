//! What threads share: a latest-wins slot, a cancel token, and generations that mark stale messages.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Holds the newest value only: a writer replaces what nobody has taken yet. For what may go stale (preview frames,
/// snapshots, seek targets, progress); what must arrive goes through a bounded channel instead.
#[derive(Debug)]
pub struct LatestSlot<T>(Arc<Mutex<Option<T>>>);

impl<T> LatestSlot<T> {
    /// An empty slot.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }

    /// Puts a value in; what was there is dropped.
    pub fn put(&self, value: T) {
        let old = self.lock().replace(value);
        drop(old); // outside the lock: dropping a snapshot may take a while
    }

    /// Takes the value out.
    #[must_use]
    pub fn take(&self) -> Option<T> {
        self.lock().take()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<T>> {
        // A panic between lock and unlock leaves a whole value: nothing here can be half written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for LatestSlot<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for LatestSlot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Asks a piece of work to stop; clones share the wish.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that nobody has cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether the stop was asked for.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Counts what replaced what (clips, seeks, runs): a message of an older generation is dropped by its receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

impl Generation {
    /// The one after this.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slot_keeps_the_newest_value_only() {
        let slot = LatestSlot::new();
        let writer = slot.clone();
        writer.put(1);
        writer.put(2);
        assert_eq!((slot.take(), slot.take()), (Some(2), None));
    }

    #[test]
    fn clones_of_a_token_share_the_wish() {
        let token = CancelToken::new();
        token.clone().cancel();
        assert!(token.is_cancelled());
    }
}
