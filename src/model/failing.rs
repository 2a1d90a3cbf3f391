//! A GPU that gives up, for tests: the native form under another name, which fails where it is told to.

use super::engine::{Engine, Features, Memory, PackedFeatures, QueryPatches};
use super::{Match, ModelConfig, NetworkError, WindowState};
use crate::frame::Frame;
use crate::geometry::Size;
use crate::sync::CancelToken;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Names after how many operations the GPU of this machine gives up; for tests.
const VARIABLE: &str = "COTRAIL_FAIL_GPU_AFTER";

#[derive(Debug)]
pub(super) struct FailingEngine {
    engine: Box<dyn Engine>,
    left: AtomicUsize,
}

/// How many operations are wanted before the failure, where one is wanted.
pub(super) fn wanted() -> Option<usize> {
    std::env::var(VARIABLE).ok()?.parse().ok()
}

impl FailingEngine {
    pub(super) fn new(engine: Box<dyn Engine>, after: usize) -> Self {
        Self { engine, left: AtomicUsize::new(after) }
    }

    /// From the failure on everything fails, as on a lost device.
    fn pass(&self) -> Result<&dyn Engine, NetworkError> {
        let counted = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        counted.map_err(|_| NetworkError::DeviceFailed("the device was lost, as a test wants it".to_owned()))?;
        Ok(&*self.engine)
    }
}

impl Engine for FailingEngine {
    fn is_on_gpu(&self) -> bool {
        true
    }

    fn bytes_per_frame(&self, config: &ModelConfig, feature_bytes: usize, num_tokens: usize) -> usize {
        self.engine.bytes_per_frame(config, feature_bytes, num_tokens)
    }

    fn encode(&self, frame: &Frame, model_size: Size) -> Result<Features, NetworkError> {
        self.pass()?.encode(frame, model_size)
    }

    fn encode_packed(&self, frame: &Frame, model_size: Size) -> Result<PackedFeatures, NetworkError> {
        self.pass()?.encode_packed(frame, model_size)
    }

    fn unpack(&self, packed: &PackedFeatures) -> Result<Features, NetworkError> {
        self.pass()?.unpack(packed)
    }

    fn patches(&self, features: &Features, points: &[[f32; 2]]) -> Result<QueryPatches, NetworkError> {
        self.pass()?.patches(features, points)
    }

    fn refine(
        &self,
        window: &[&Features],
        patches: &QueryPatches,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Result<bool, NetworkError> {
        self.pass()?.refine(window, patches, state, num_iters, cancel)
    }

    fn search(&self, features: &Features, patches: &QueryPatches) -> Result<Vec<Match>, NetworkError> {
        self.pass()?.search(features, patches)
    }

    fn fits(&self, features: &Features, patches: &QueryPatches, points: &[[f32; 2]]) -> Result<Vec<f32>, NetworkError> {
        self.pass()?.fits(features, patches, points)
    }

    fn begin(
        &self,
        features: &Features,
        patches: Option<QueryPatches>,
        points: &[[f32; 2]],
        room: usize,
    ) -> Result<(Memory, WindowState, Vec<f32>), NetworkError> {
        self.pass()?.begin(features, patches, points, room)
    }

    fn refine_newest(
        &self,
        newest: &Features,
        memory: &mut Memory,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Result<Option<Vec<f32>>, NetworkError> {
        self.pass()?.refine_newest(newest, memory, state, num_iters, cancel)
    }
}
