//! What a network does on its kind of device, and what it makes there. [`Network`](super::Network) hides which one it
//! is; the documents of its operations stand there.

use super::{Checkpoint, Match, ModelConfig, NetworkError, WindowState};
use crate::frame::Frame;
use crate::geometry::Size;
use crate::sync::CancelToken;
use burn::tensor::{Device, Tensor};
use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

/// A form of the network, on its device.
pub(super) trait Engine: Debug + Send + Sync {
    fn with_weights(&self, checkpoint: &Checkpoint) -> Result<Box<dyn Engine>, NetworkError>;

    fn is_on_gpu(&self) -> bool;

    /// About how many bytes a frame of a window takes; `feature_bytes` are those of its pyramid.
    fn bytes_per_frame(&self, config: &ModelConfig, feature_bytes: usize, num_tokens: usize) -> usize;

    fn encode(&self, frame: &Frame, model_size: Size) -> Result<Features, NetworkError>;

    fn encode_packed(&self, frame: &Frame, model_size: Size) -> Result<PackedFeatures, NetworkError>;

    fn unpack(&self, packed: &PackedFeatures) -> Result<Features, NetworkError>;

    fn patches(&self, features: &Features, points: &[[f32; 2]]) -> Result<QueryPatches, NetworkError>;

    fn refine(
        &self,
        window: &[&Features],
        patches: &QueryPatches,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Result<bool, NetworkError>;

    fn tensor_device(&self) -> Device;

    fn volumes(
        &self,
        window: &[&Features],
        patches: &QueryPatches,
        state: &WindowState,
    ) -> Result<Tensor<2>, NetworkError>;

    fn search(&self, features: &Features, patches: &QueryPatches) -> Result<Vec<Match>, NetworkError>;

    fn fits(&self, features: &Features, patches: &QueryPatches, points: &[[f32; 2]]) -> Result<Vec<f32>, NetworkError>;

    fn begin(
        &self,
        features: &Features,
        patches: Option<QueryPatches>,
        points: &[[f32; 2]],
        room: usize,
    ) -> Result<(Memory, WindowState, Vec<f32>), NetworkError>;

    fn refine_newest(
        &self,
        newest: &Features,
        memory: &mut Memory,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Result<Option<Vec<f32>>, NetworkError>;
}

/// What an engine made, in the engine's own form.
pub(super) trait Made: Any + Debug + Send + Sync {}

impl<T: Any + Debug + Send + Sync> Made for T {}

/// The engine's own form of a value.
fn own<T: Any>(value: &dyn Any) -> &T {
    value.downcast_ref().expect(FOREIGN)
}

const FOREIGN: &str = "features, patches and memory go to the network that made them";

/// The feature pyramid of one frame, wherever the network keeps it.
#[derive(Debug)]
pub struct Features(Box<dyn Made>);

impl Features {
    pub(super) fn new(features: impl Made) -> Self {
        Self(Box::new(features))
    }

    pub(super) fn own<T: Any>(&self) -> &T {
        own(&*self.0)
    }
}

/// A feature pyramid that is put away: level 0 alone, from which the others follow, on the CPU in half precision.
#[derive(Debug)]
pub struct PackedFeatures {
    features: Box<dyn Made>,
    num_bytes: usize,
}

impl PackedFeatures {
    pub(super) fn new(features: impl Made, num_bytes: usize) -> Self {
        Self { features: Box::new(features), num_bytes }
    }

    pub(super) fn own<T: Any>(&self) -> &T {
        own(&*self.features)
    }

    /// How much memory they take, on whatever device.
    #[must_use]
    pub fn num_bytes(&self) -> usize {
        self.num_bytes
    }
}

/// The query patches of some tracks, wherever the network keeps them.
#[derive(Clone, Debug)]
pub struct QueryPatches(Arc<dyn Sampled>);

/// Query patches in an engine's form.
pub(super) trait Sampled: Made {
    fn join(&self, other: &QueryPatches) -> QueryPatches;
    fn select(&self, tracks: &[usize]) -> QueryPatches;
}

impl QueryPatches {
    pub(super) fn new(patches: impl Sampled) -> Self {
        Self(Arc::new(patches))
    }

    pub(super) fn own<T: Any>(&self) -> &T {
        own(&*self.0)
    }

    /// These tracks, then those of `other`.
    ///
    /// # Panics
    /// If the two come from networks on different devices.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        self.0.join(other)
    }

    /// The patches of some tracks, at least one, in the given order.
    ///
    /// # Panics
    /// If there is no such track.
    #[must_use]
    pub fn select(&self, tracks: &[usize]) -> Self {
        self.0.select(tracks)
    }
}

/// What the network remembers of the tracks of a live stream, wherever it keeps that: their query patches, how they
/// correlated with the frames of the window, and what the transformer made of these.
#[derive(Debug)]
pub struct Memory(Box<dyn Remembered>);

/// The memory of a live stream in an engine's form.
pub(super) trait Remembered: Made {
    fn advance(&mut self);
    fn append(&mut self, other: &Memory);
    fn reserve(&mut self, num_more: usize);
    fn keep(&mut self, tracks: &[usize]);
    fn patches(&self) -> QueryPatches;
    fn patches_of(&self, tracks: &[usize]) -> QueryPatches;
}

impl Memory {
    pub(super) fn new(memory: impl Remembered) -> Self {
        Self(Box::new(memory))
    }

    pub(super) fn own<T: Any>(&self) -> &T {
        own(&*self.0)
    }

    pub(super) fn own_mut<T: Any>(&mut self) -> &mut T {
        let memory: &mut dyn Any = &mut *self.0;
        memory.downcast_mut().expect(FOREIGN)
    }

    /// The window moves on by a frame: the oldest leaves, the newest stands there twice until it is refined.
    pub fn advance(&mut self) {
        self.0.advance();
    }

    /// Adds the tracks of `other`, which begin, behind these.
    ///
    /// # Panics
    /// If the two come from networks on different devices.
    pub fn append(&mut self, other: &Self) {
        self.0.append(other);
    }

    /// Makes room for more tracks, where that can be had.
    pub fn reserve(&mut self, num_more: usize) {
        self.0.reserve(num_more);
    }

    /// Forgets all but some tracks, at least one, in rising order.
    ///
    /// # Panics
    /// If there is no such track.
    pub fn keep(&mut self, tracks: &[usize]) {
        self.0.keep(tracks);
    }

    /// The query patches of some tracks, at least one, in the given order.
    ///
    /// # Panics
    /// If there is no such track.
    #[must_use]
    pub fn patches_of(&self, tracks: &[usize]) -> QueryPatches {
        self.0.patches_of(tracks)
    }

    /// The tracks' query patches.
    #[must_use]
    pub fn patches(&self) -> QueryPatches {
        self.0.patches()
    }
}
