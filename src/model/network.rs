//! The network on its device: three operations, whatever the machine.

use super::device::{Chosen, DeviceChoice, choose};
use super::native::{NativeFeatures, NativeMemory, NativeNetwork, NativeSupport};
use super::{
    Checkpoint, CheckpointError, Match, ModelConfig, PortableFeatures, PortableMemory, PortableNetwork,
    PortableSupport, WindowState,
};
use crate::frame::Frame;
use crate::geometry::Size;
use crate::sync::CancelToken;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Why a network could not be set up or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// The weights were refused.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// There is no such device.
    #[error("no GPU can be used: {0}")]
    NoDevice(String),
    /// The device gave up: lost, or out of memory.
    #[error("the compute device failed: {0}")]
    DeviceFailed(String),
    /// The network cannot look at pictures of this size.
    #[error("the model size {0} is not made of multiples of 8 from 64 to 4096")]
    ModelSize(Size),
}

/// A network with its weights on a device; shared between threads.
#[derive(Debug)]
pub struct Network {
    config: ModelConfig,
    weights_name: String,
    weights_sha256: String,
    device_name: String,
    device_note: Option<String>,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Native(Box<NativeNetwork>),
    Portable(Box<PortableNetwork>),
}

/// The feature pyramid of one frame, wherever the network keeps it.
#[derive(Debug)]
pub struct Features(FeaturesOn);

#[derive(Debug)]
enum FeaturesOn {
    Native(NativeFeatures),
    Portable(PortableFeatures),
}

/// The query patches of some tracks, wherever the network keeps them.
#[derive(Clone, Debug)]
pub struct Support(SupportOn);

#[derive(Clone, Debug)]
enum SupportOn {
    Native(NativeSupport),
    Portable(PortableSupport),
}

impl Support {
    /// These tracks, then those of `other`.
    ///
    /// # Panics
    /// If the two come from networks on different devices.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self(match (self.0, other.0) {
            (SupportOn::Native(a), SupportOn::Native(b)) => SupportOn::Native(a.join(&b)),
            (SupportOn::Portable(a), SupportOn::Portable(b)) => SupportOn::Portable(a.join(b)),
            _ => panic!("{FOREIGN}"),
        })
    }

    /// The patches of some tracks, at least one, in the given order.
    ///
    /// # Panics
    /// If there is no such track.
    #[must_use]
    pub fn select(&self, tracks: &[usize]) -> Self {
        Self(match &self.0 {
            SupportOn::Native(support) => SupportOn::Native(support.select(tracks)),
            SupportOn::Portable(support) => SupportOn::Portable(support.select(tracks)),
        })
    }
}

/// What the network remembers of the tracks of a live stream, wherever it keeps that: their query patches, how they
/// correlated with the frames of the window, and what the transformer made of these.
#[derive(Clone, Debug)]
pub struct Memory(MemoryOn);

#[derive(Clone, Debug)]
enum MemoryOn {
    Native(NativeMemory),
    Portable(Box<PortableMemory>),
}

impl Memory {
    /// The window moves on by a frame: the oldest leaves, the newest stands there twice until it is refined.
    pub fn advance(&mut self) {
        match &mut self.0 {
            MemoryOn::Native(memory) => memory.advance(),
            MemoryOn::Portable(memory) => memory.advance(),
        }
    }

    /// These tracks, then those of `other`, which begin.
    ///
    /// # Panics
    /// If the two come from networks on different devices.
    #[must_use]
    pub fn join(self, other: &Self) -> Self {
        Self(match (self.0, &other.0) {
            (MemoryOn::Native(a), MemoryOn::Native(b)) => MemoryOn::Native(a.join(b)),
            (MemoryOn::Portable(a), MemoryOn::Portable(b)) => MemoryOn::Portable(Box::new(a.join(b))),
            _ => panic!("{FOREIGN}"),
        })
    }

    /// Makes room for more tracks, where that can be had.
    pub fn reserve(&mut self, num_more: usize) {
        if let MemoryOn::Native(memory) = &mut self.0 {
            memory.reserve(num_more);
        }
    }

    /// Forgets all but some tracks, at least one, in rising order.
    ///
    /// # Panics
    /// If there is no such track.
    pub fn keep(&mut self, tracks: &[usize]) {
        match &mut self.0 {
            MemoryOn::Native(memory) => memory.keep(tracks),
            MemoryOn::Portable(memory) => **memory = memory.select(tracks),
        }
    }

    /// The query patches of some tracks, at least one, in the given order.
    ///
    /// # Panics
    /// If there is no such track.
    #[must_use]
    pub fn support_of(&self, tracks: &[usize]) -> Support {
        Support(match &self.0 {
            MemoryOn::Native(memory) => SupportOn::Native(memory.support.select(tracks)),
            MemoryOn::Portable(memory) => SupportOn::Portable(memory.support.select(tracks)),
        })
    }

    /// The tracks' query patches.
    #[must_use]
    pub fn support(&self) -> Support {
        Support(match &self.0 {
            MemoryOn::Native(memory) => SupportOn::Native(memory.support.clone()),
            MemoryOn::Portable(memory) => SupportOn::Portable(memory.support.clone()),
        })
    }
}

const FOREIGN: &str = "features and support come from the network that uses them";

impl Network {
    /// Reads weights (`.safetensors` or an official-layout `.pth`) and puts them on a device. `num_threads` is for the
    /// CPU; all cores where `None`. Takes up to a second.
    ///
    /// # Errors
    /// When the file cannot be read, is not a checkpoint of this network, or the device cannot be had.
    pub fn load(weights: &Path, device: DeviceChoice, num_threads: Option<usize>) -> Result<Self, NetworkError> {
        Self::new(&Checkpoint::read(weights)?, device, num_threads)
    }

    /// Puts a checkpoint on a device.
    ///
    /// # Errors
    /// When the device cannot be had.
    pub fn new(
        checkpoint: &Checkpoint,
        device: DeviceChoice,
        num_threads: Option<usize>,
    ) -> Result<Self, NetworkError> {
        let (engine, device_name, device_note) = match choose(device).map_err(NetworkError::NoDevice)? {
            Chosen::Cpu(note) => {
                let network = NativeNetwork::new(&checkpoint.config, &checkpoint.tensors, num_threads)
                    .map_err(|e| NetworkError::DeviceFailed(e.to_string()))?;
                let name = network.device_name();
                (Engine::Native(Box::new(network)), name, note)
            }
            Chosen::Gpu(device, name) => {
                let network = guarded(|| PortableNetwork::new(checkpoint, &device))?;
                (Engine::Portable(Box::new(network)), name, None)
            }
        };
        Ok(Self {
            config: checkpoint.config.clone(),
            weights_name: checkpoint.name.clone(),
            weights_sha256: checkpoint.sha256.clone(),
            device_name,
            device_note,
            engine,
        })
    }

    /// Encodes a picture at a model size: the one costly operation per frame. On a GPU the work is only recorded here.
    ///
    /// # Errors
    /// When the size is none that the network can look at, or the device failed.
    pub fn encode(&self, frame: &Frame, model_size: Size) -> Result<Features, NetworkError> {
        if !ModelConfig::is_model_size(model_size) {
            return Err(NetworkError::ModelSize(model_size));
        }
        let (rgb, source) = (frame.rgb(), frame.size());
        Ok(Features(match &self.engine {
            Engine::Native(network) => FeaturesOn::Native(network.encode(rgb, source, model_size)),
            Engine::Portable(network) => FeaturesOn::Portable(guarded(|| network.encode(rgb, source, model_size))?),
        }))
    }

    /// Samples the query patches around points (x, y) of one frame, in level-0 feature pixels.
    ///
    /// # Errors
    /// When the device failed.
    ///
    /// # Panics
    /// If the features come from a network on another device.
    pub fn support(&self, features: &Features, points: &[[f32; 2]]) -> Result<Support, NetworkError> {
        Ok(Support(match (&self.engine, &features.0) {
            (Engine::Native(network), FeaturesOn::Native(features)) => {
                SupportOn::Native(network.support(features, points))
            }
            (Engine::Portable(network), FeaturesOn::Portable(features)) => {
                SupportOn::Portable(guarded(|| network.support(features, points))?)
            }
            _ => panic!("{FOREIGN}"),
        }))
    }

    /// Refines one window in place: `S` frames, of any number (repeats allowed), `N` tracks. The time embedding is
    /// stretched to these frames. One read-back at the end. `false` when
    /// cancelled between two iterations; the state is then of no use.
    ///
    /// # Errors
    /// When the device failed.
    ///
    /// # Panics
    /// If window, support and state differ in frames or tracks, or come from a network on another device.
    pub fn refine(
        &self,
        window: &[&Features],
        support: &Support,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Result<bool, NetworkError> {
        match (&self.engine, &support.0) {
            (Engine::Native(network), SupportOn::Native(support)) => {
                let window: Vec<_> = window.iter().map(|features| features.native()).collect();
                Ok(network.refine(&window, support, state, num_iters, cancel))
            }
            (Engine::Portable(network), SupportOn::Portable(support)) => {
                let window: Vec<_> = window.iter().map(|features| features.portable()).collect();
                guarded(|| network.refine(&window, support, state, num_iters, cancel))?
                    .map_err(NetworkError::DeviceFailed)
            }
            _ => panic!("{FOREIGN}"),
        }
    }

    /// The place of a picture that each query patch fits best; one read-back.
    ///
    /// # Errors
    /// When the device failed.
    ///
    /// # Panics
    /// If features or patches come from a network on another device.
    pub fn search(&self, features: &Features, support: &Support) -> Result<Vec<Match>, NetworkError> {
        match (&self.engine, &support.0) {
            (Engine::Native(network), SupportOn::Native(support)) => Ok(network.search(features.native(), support)),
            (Engine::Portable(network), SupportOn::Portable(support)) => {
                guarded(|| network.search(features.portable(), support))?.map_err(NetworkError::DeviceFailed)
            }
            _ => panic!("{FOREIGN}"),
        }
    }

    /// How well query patches fit places of their own, (x, y) in level-0 feature pixels, as [`Match::score`]; one
    /// read-back.
    ///
    /// # Errors
    /// When the device failed.
    ///
    /// # Panics
    /// If patches and points differ in number, or features and patches come from a network on another device.
    pub fn fits(&self, features: &Features, support: &Support, points: &[[f32; 2]]) -> Result<Vec<f32>, NetworkError> {
        match (&self.engine, &support.0) {
            (Engine::Native(network), SupportOn::Native(support)) => {
                Ok(network.fits(features.native(), support, points))
            }
            (Engine::Portable(network), SupportOn::Portable(support)) => {
                guarded(|| network.fits(features.portable(), support, points))?.map_err(NetworkError::DeviceFailed)
            }
            _ => panic!("{FOREIGN}"),
        }
    }

    /// Begins tracks in a live stream, where they stand still on one frame, as if the whole window showed it: what is
    /// remembered of them; what the network says of them there, after one iteration that leaves them in their places;
    /// and how well their patches, which may come from another frame (else they are sampled there), fit there
    /// ([`Match::score`]). `points` are (x, y) in level-0 feature pixels, at least one. One read-back. What is
    /// remembered has room for `room` tracks, where that can be had.
    ///
    /// # Errors
    /// When the device failed.
    ///
    /// # Panics
    /// If patches and points differ in number, or features and patches come from a network on another device.
    pub fn begin(
        &self,
        features: &Features,
        support: Option<Support>,
        points: &[[f32; 2]],
        room: usize,
    ) -> Result<(Memory, WindowState, Vec<f32>), NetworkError> {
        match (&self.engine, support.map(|support| support.0)) {
            (Engine::Native(network), support) => {
                let support = match support {
                    None => network.support_with_room(features.native(), points, room),
                    Some(SupportOn::Native(support)) => support,
                    Some(SupportOn::Portable(_)) => panic!("{FOREIGN}"),
                };
                let (memory, state, fits) = network.begin(features.native(), support, points, room);
                Ok((Memory(MemoryOn::Native(memory)), state, fits))
            }
            (Engine::Portable(network), support) => {
                let features = features.portable();
                let begun = guarded(|| {
                    let support = match support {
                        None => network.support(features, points),
                        Some(SupportOn::Portable(support)) => support,
                        Some(SupportOn::Native(_)) => panic!("{FOREIGN}"),
                    };
                    network.begin(features, support, points)
                })?;
                let (memory, state, fits) = begun.map_err(NetworkError::DeviceFailed)?;
                Ok((Memory(MemoryOn::Portable(Box::new(memory))), state, fits))
            }
        }
    }

    /// Refines where tracks are on the newest frame of a live window of `S` frames: correlation and transformer look at
    /// that frame alone, the frames before are remembered. One read-back at the end. Returns how well each track's
    /// patch fits the place where it is now, as [`Match::score`]; `None` when cancelled between two iterations: state
    /// and memory are then of no use.
    ///
    /// # Errors
    /// When the device failed.
    ///
    /// # Panics
    /// If memory and state differ in tracks, or come from a network on another device.
    pub fn refine_newest(
        &self,
        newest: &Features,
        memory: &mut Memory,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Result<Option<Vec<f32>>, NetworkError> {
        match (&self.engine, &mut memory.0) {
            (Engine::Native(network), MemoryOn::Native(memory)) => {
                Ok(network.refine_newest(newest.native(), memory, state, num_iters, cancel))
            }
            (Engine::Portable(network), MemoryOn::Portable(memory)) => {
                guarded(|| network.refine_newest(newest.portable(), memory, state, num_iters, cancel))?
                    .map_err(NetworkError::DeviceFailed)
            }
            _ => panic!("{FOREIGN}"),
        }
    }

    /// About how many bytes a frame of a window takes while so many tracks are refined in it: its features, and a token
    /// for each track, in as many forms as there are of it at once.
    #[must_use]
    pub fn bytes_per_frame(&self, model_size: Size, num_tracks: usize) -> usize {
        let config = &self.config;
        let num_tokens = num_tracks + config.num_virtual_tracks;
        // Beside the tokens: where tracks are, were, and go, with their logits.
        let (copies, token) = match &self.engine {
            Engine::Native(_) => (1, 2 * config.hidden_size + 12),
            // The maps lie side by side once more; a GPU does all tokens of a block at once, the MLP four times as
            // wide.
            Engine::Portable(_) => (2, 4 * config.input_dim() + 16 * config.hidden_size),
        };
        copies * config.feature_bytes(model_size) + num_tokens * token * size_of::<f32>()
    }

    /// The network's sizes.
    #[must_use]
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The device in words, such as "CPU, 2 threads (AVX-512)".
    #[must_use]
    pub fn device_name(&self) -> &str {
        &self.device_name
    }

    /// Why it runs on the CPU though a GPU would have been taken.
    #[must_use]
    pub fn device_note(&self) -> Option<&str> {
        self.device_note.as_deref()
    }

    /// Whether the network runs on a GPU.
    #[must_use]
    pub fn is_on_gpu(&self) -> bool {
        matches!(self.engine, Engine::Portable(_))
    }

    /// Whether the network runs on a software adapter, which is slower than the CPU's own code by far.
    #[must_use]
    pub fn is_on_software(&self) -> bool {
        self.is_on_gpu() && self.device_name.contains("(software")
    }

    /// The weights' name: the file's stem.
    #[must_use]
    pub fn weights_name(&self) -> &str {
        &self.weights_name
    }

    /// SHA-256 of the weights file, in hex.
    #[must_use]
    pub fn weights_sha256(&self) -> &str {
        &self.weights_sha256
    }
}

impl Features {
    /// How much memory they take, on whatever device.
    #[must_use]
    pub fn num_bytes(&self) -> usize {
        size_of::<f32>()
            * match &self.0 {
                FeaturesOn::Native(features) => features.num_values(),
                FeaturesOn::Portable(features) => features.num_values(),
            }
    }

    fn native(&self) -> &NativeFeatures {
        match &self.0 {
            FeaturesOn::Native(features) => features,
            FeaturesOn::Portable(_) => panic!("{FOREIGN}"),
        }
    }

    fn portable(&self) -> &PortableFeatures {
        match &self.0 {
            FeaturesOn::Portable(features) => features,
            FeaturesOn::Native(_) => panic!("{FOREIGN}"),
        }
    }
}

/// The GPU runtime panics where a device is lost or out of memory; here that becomes an error.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, NetworkError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let text = payload.downcast_ref::<String>().cloned();
        let text = text.or_else(|| payload.downcast_ref::<&str>().map(|&s| s.to_owned()));
        NetworkError::DeviceFailed(text.unwrap_or_else(|| "for an unknown reason".to_owned()))
    })
}
