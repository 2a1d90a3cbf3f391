//! The network on its device: three operations, whatever the machine.

use super::device::{Chosen, CpuOptions, DeviceChoice, Gpu, choose};
use super::engine::{Engine, Features, Memory, PackedFeatures, QueryPatches};
use super::failing::Countdown;
use super::portable::guarded;
use super::{Checkpoint, CheckpointError, Match, ModelConfig, NativeNetwork, PortableNetwork, WindowState, self_test};
use crate::frame::Frame;
use crate::geometry::Size;
use crate::sync::CancelToken;
use burn::tensor::{Device, Tensor};
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
    engine: Box<dyn Engine>,
    /// Set where a test wants the device to fail.
    fails: Option<Countdown>,
}

impl Network {
    /// Reads weights (`.safetensors` or an official-layout `.pth`) and puts them on a device; `cpu` is for where that is
    /// the CPU. Takes up to a second.
    ///
    /// # Errors
    /// When the file cannot be read, is not a checkpoint of this network, or the device cannot be had.
    pub fn load(weights: &Path, device: DeviceChoice, cpu: CpuOptions) -> Result<Self, NetworkError> {
        Self::new(&Checkpoint::read(weights)?, device, cpu)
    }

    /// Puts a checkpoint on a device. A GPU has to show on a small window that it computes what the CPU does.
    ///
    /// # Errors
    /// When the device cannot be had.
    pub fn new(checkpoint: &Checkpoint, device: DeviceChoice, cpu: CpuOptions) -> Result<Self, NetworkError> {
        let fails = Countdown::wanted().filter(|_| device != DeviceChoice::Cpu);
        let (engine, device_name, device_note) = match choose(device) {
            _ if fails.is_some() => {
                let (engine, ..) = on_cpu(checkpoint, cpu, None)?;
                (engine, "a GPU that fails".to_owned(), None)
            }
            Err(problem) => return Err(NetworkError::NoDevice(problem)),
            Ok(Chosen::Cpu(note)) => on_cpu(checkpoint, cpu, note)?,
            Ok(Chosen::Gpu(gpu)) => match on_gpu(checkpoint, &gpu) {
                Ok(engine) => (engine, gpu.name, None),
                Err(problem) if device == DeviceChoice::Auto => {
                    tracing::warn!("{} cannot be used ({problem}); the CPU is taken instead", gpu.name);
                    let note = format!("{} cannot be used: {problem}", gpu.name);
                    on_cpu(checkpoint, cpu, Some(note))?
                }
                Err(problem) => return Err(NetworkError::NoDevice(format!("{}: {problem}", gpu.name))),
            },
        };
        Ok(Self {
            config: checkpoint.config.clone(),
            weights_name: checkpoint.name.clone(),
            weights_sha256: checkpoint.sha256.clone(),
            device_name,
            device_note,
            engine,
            fails,
        })
    }

    /// Other weights on the same device, in the same form. Where the encoder's are the same, what either network made
    /// serves both. A GPU does not have to show again that it computes rightly.
    ///
    /// # Errors
    /// When the weights make no network, or the device failed.
    pub fn with_weights(&self, checkpoint: &Checkpoint) -> Result<Self, NetworkError> {
        Ok(Self {
            config: checkpoint.config.clone(),
            weights_name: checkpoint.name.clone(),
            weights_sha256: checkpoint.sha256.clone(),
            device_name: self.device_name.clone(),
            device_note: self.device_note.clone(),
            engine: self.working()?.with_weights(checkpoint)?,
            fails: None,
        })
    }

    /// The engine, as long as its device works.
    fn working(&self) -> Result<&dyn Engine, NetworkError> {
        self.fails.as_ref().map_or(Ok(()), Countdown::pass)?;
        Ok(&*self.engine)
    }

    /// Encodes a picture at a model size: the one costly operation per frame. On a GPU the work is only recorded here.
    ///
    /// # Errors
    /// When the size is none that the network can look at, or the device failed.
    pub fn encode(&self, frame: &Frame, model_size: Size) -> Result<Features, NetworkError> {
        check_size(model_size)?;
        self.working()?.encode(frame, model_size)
    }

    /// Encodes a picture and puts it away, smaller than its pyramid is. What comes back is a rounded one: whoever needs
    /// the same results with and without goes on with what [`Network::unpack`] gives.
    ///
    /// # Errors
    /// As for [`Network::encode`].
    pub fn encode_packed(&self, frame: &Frame, model_size: Size) -> Result<PackedFeatures, NetworkError> {
        check_size(model_size)?;
        self.working()?.encode_packed(frame, model_size)
    }

    /// The pyramid that was put away.
    ///
    /// # Errors
    /// When the device failed.
    ///
    /// # Panics
    /// If it comes from a network on another device.
    pub fn unpack(&self, packed: &PackedFeatures) -> Result<Features, NetworkError> {
        self.working()?.unpack(packed)
    }

    /// Samples the query patches around points (x, y) of one frame, in level-0 feature pixels.
    ///
    /// # Errors
    /// When the device failed.
    ///
    /// # Panics
    /// If the features come from a network on another device.
    pub fn patches(&self, features: &Features, points: &[[f32; 2]]) -> Result<QueryPatches, NetworkError> {
        self.working()?.patches(features, points)
    }

    /// Refines one window in place: `S` frames, of any number (repeats allowed), `N` tracks. The time embedding is
    /// stretched to these frames. One read-back at the end. `false` when
    /// cancelled between two iterations; the state is then of no use.
    ///
    /// # Errors
    /// When the device failed.
    ///
    /// # Panics
    /// If window, patches and state differ in frames or tracks, or come from a network on another device.
    pub fn refine(
        &self,
        window: &[&Features],
        patches: &QueryPatches,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Result<bool, NetworkError> {
        self.working()?.refine(window, patches, state, num_iters, cancel)
    }

    /// Where the tensors of what learns on top of this network belong.
    #[must_use]
    pub fn tensor_device(&self) -> Device {
        self.engine.tensor_device()
    }

    /// The correlations of a window as they enter the MLP, for whoever trains what follows: `[N · S · L, 49 · 49]`, on
    /// [`Network::tensor_device`]. Only the state's coordinates count.
    ///
    /// # Errors
    /// When the device failed.
    ///
    /// # Panics
    /// As [`Network::refine`].
    pub fn volumes(
        &self,
        window: &[&Features],
        patches: &QueryPatches,
        state: &WindowState,
    ) -> Result<Tensor<2>, NetworkError> {
        self.working()?.volumes(window, patches, state)
    }

    /// The place of a picture that each query patch fits best; one read-back.
    ///
    /// # Errors
    /// When the device failed.
    ///
    /// # Panics
    /// If features or patches come from a network on another device.
    pub fn search(&self, features: &Features, patches: &QueryPatches) -> Result<Vec<Match>, NetworkError> {
        self.working()?.search(features, patches)
    }

    /// How well query patches fit places of their own, (x, y) in level-0 feature pixels, as [`Match::score`]; one
    /// read-back.
    ///
    /// # Errors
    /// When the device failed.
    ///
    /// # Panics
    /// If patches and points differ in number, or features and patches come from a network on another device.
    pub fn fits(
        &self,
        features: &Features,
        patches: &QueryPatches,
        points: &[[f32; 2]],
    ) -> Result<Vec<f32>, NetworkError> {
        self.working()?.fits(features, patches, points)
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
        patches: Option<QueryPatches>,
        points: &[[f32; 2]],
        room: usize,
    ) -> Result<(Memory, WindowState, Vec<f32>), NetworkError> {
        self.working()?.begin(features, patches, points, room)
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
        self.working()?.refine_newest(newest, memory, state, num_iters, cancel)
    }

    /// About how many bytes a frame of a window takes while so many tracks are refined in it: its features, and a token
    /// for each track, in as many forms as there are of it at once.
    #[must_use]
    pub fn bytes_per_frame(&self, model_size: Size, num_tracks: usize) -> usize {
        let num_tokens = num_tracks + self.config.num_virtual_tracks;
        self.engine.bytes_per_frame(&self.config, self.config.feature_bytes(model_size), num_tokens)
    }

    /// The network's sizes.
    #[must_use]
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The device in words, such as "CPU, 2 threads (AVX-512, bf16)".
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
        self.fails.is_some() || self.engine.is_on_gpu()
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

/// An engine, its device's name, and what there is to say of that.
type Placed = (Box<dyn Engine>, String, Option<String>);

fn on_cpu(checkpoint: &Checkpoint, cpu: CpuOptions, note: Option<String>) -> Result<Placed, NetworkError> {
    let network = NativeNetwork::new(&checkpoint.config, &checkpoint.tensors, cpu)
        .map_err(|error| NetworkError::DeviceFailed(error.to_string()))?;
    let name = network.device_name();
    Ok((Box::new(network), name, note))
}

/// The network on a GPU; on hardware, after it has shown that it computes what the CPU does. The error is a clause.
fn on_gpu(checkpoint: &Checkpoint, gpu: &Gpu) -> Result<Box<dyn Engine>, String> {
    let device = crate::kernels::gpu_device()?;
    let network = guarded(|| PortableNetwork::new(checkpoint, &device)).map_err(|error| error.to_string())?;
    if gpu.is_hardware {
        self_test::check(&network, checkpoint)?;
    }
    Ok(Box::new(network))
}

fn check_size(model_size: Size) -> Result<(), NetworkError> {
    if ModelConfig::is_model_size(model_size) { Ok(()) } else { Err(NetworkError::ModelSize(model_size)) }
}
