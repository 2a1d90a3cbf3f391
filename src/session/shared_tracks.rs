//! The clip's tracks, written by the app's edits and by the tracking worker.

use crate::sync::LatestSlot;
use crate::tracks::TrackStore;
use std::sync::{Arc, Mutex, PoisonError};

/// The one true store of a clip's tracks. Locked for the moment of an edit only, never while anything is computed; the
/// shell draws from published snapshots.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedTracks {
    store: Arc<Mutex<TrackStore>>,
    /// The newest snapshot, until it is taken.
    pub(super) published: LatestSlot<Arc<TrackStore>>,
}

impl SharedTracks {
    /// Begins with these tracks.
    pub(super) fn new(tracks: TrackStore) -> Self {
        Self { store: Arc::new(Mutex::new(tracks)), published: LatestSlot::new() }
    }

    /// Changes the tracks and publishes the result.
    pub(super) fn edit<R>(&self, change: impl FnOnce(&mut TrackStore) -> R) -> R {
        let mut store = self.lock();
        let result = change(&mut store);
        self.published.put(Arc::new(store.clone())); // under the lock: snapshots come in the order of the edits
        result
    }

    /// Looks at the tracks.
    pub(super) fn read<R>(&self, look: impl FnOnce(&TrackStore) -> R) -> R {
        look(&self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, TrackStore> {
        // The store checks its invariants before it changes anything, so a panic inside leaves it whole.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
