//! Features of a loaded clip that later runs use again: a new point on an encoded clip encodes nothing.

use crate::geometry::{FrameIndex, Size};
use crate::model::PackedFeatures;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Encoded frames of one clip and one network, up to a budget of bytes; shared by the runs of a clip.
///
/// What does not fit is encoded again by the run that needs it. Nothing is evicted: runs scan a clip from start to end,
/// and under such scans an eviction of old frames would leave nothing to be found.
#[derive(Debug)]
pub struct FeatureCache {
    budget_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    features: HashMap<(FrameIndex, Size), Arc<PackedFeatures>>,
    num_bytes: usize,
}

impl FeatureCache {
    /// An empty cache that will hold up to `budget_bytes`.
    #[must_use]
    pub fn new(budget_bytes: usize) -> Self {
        Self { budget_bytes, kept: Mutex::default() }
    }

    /// The features of a frame at a model size, where they are kept.
    #[must_use]
    pub fn get(&self, frame: FrameIndex, model_size: Size) -> Option<Arc<PackedFeatures>> {
        self.lock().features.get(&(frame, model_size)).cloned()
    }

    /// Keeps a frame's features if the budget allows.
    pub fn put(&self, frame: FrameIndex, model_size: Size, features: PackedFeatures) {
        let mut kept = self.lock();
        let num_bytes = kept.num_bytes + features.num_bytes();
        if num_bytes <= self.budget_bytes && kept.features.insert((frame, model_size), Arc::new(features)).is_none() {
            kept.num_bytes = num_bytes;
        }
    }

    /// Lets go of all that is held: whoever follows several runs side by side needs a frame for a moment only.
    pub fn clear(&self) {
        *self.lock() = Kept::default();
    }

    /// Bytes that are held now.
    #[must_use]
    pub fn num_bytes(&self) -> usize {
        self.lock().num_bytes
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // A panic in between leaves a whole map: nothing here can be half written.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
