//! The three operations on burn.

use super::encoder::{Encoder, pyramid};
use super::layers::{Weights, cat};
use super::newest::History;
use super::search::{fits, search};
use super::trunk::Trunk;
use crate::geometry::Size;
use crate::kernels::{ops, preprocess};
use crate::model::{Checkpoint, Match, ModelConfig, WindowState};
use crate::sync::CancelToken;
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use std::collections::BTreeMap;

/// Frames whose feature maps lie in one buffer: what a GPU binds is limited. Tests have short clips.
const FRAMES_AT_ONCE: usize = if cfg!(test) { 24 } else { 64 };

/// The feature pyramid of one frame on the device: per level `[H, W, C]`.
#[derive(Clone, Debug)]
pub struct PortableFeatures {
    pub(crate) levels: Vec<Tensor<3>>,
}

/// Query patches on the device: per level `[N, 49, C]`.
#[derive(Clone, Debug)]
pub struct PortablePatches {
    pub(crate) levels: Vec<Tensor<3>>,
}

impl PortablePatches {
    /// These tracks, then those of `other`.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        let both = |(a, b)| Tensor::cat(vec![a, b], 0);
        Self { levels: self.levels.into_iter().zip(other.levels).map(both).collect() }
    }

    /// The patches of some tracks, at least one, in the given order.
    #[must_use]
    pub fn select(&self, tracks: &[usize]) -> Self {
        let pick = picker(tracks, &self.levels[0].device());
        Self { levels: self.levels.iter().map(pick).collect() }
    }
}

/// Takes some tracks out of tensors whose first axis is the tracks.
fn picker(tracks: &[usize], device: &Device) -> impl Fn(&Tensor<3>) -> Tensor<3> + use<> {
    let indices: Vec<i32> = tracks.iter().map(|&track| track as i32).collect();
    let indices = TensorData::new(indices, [tracks.len()]);
    let indices = Tensor::<1, Int>::from_data(indices, (device, DType::I32));
    move |tensor| tensor.clone().select(0, indices.clone())
}

/// What the network remembers of the tracks of a live stream, on the device.
#[derive(Clone, Debug)]
pub struct PortableMemory {
    pub(crate) patches: PortablePatches,
    pub(crate) embeddings: Tensor<3>, // [N, S, E]
    history: History,
}

impl PortableMemory {
    /// The window moves on by a frame: the oldest leaves, the newest stands there twice until it is computed.
    pub fn advance(&mut self) {
        let s = self.embeddings.dims()[1];
        let rest = self.embeddings.clone().narrow(1, 1, s - 1);
        let newest = self.embeddings.clone().narrow(1, s - 1, 1);
        self.embeddings = Tensor::cat(vec![rest, newest], 1);
        self.history.advance();
    }

    /// These tracks, then those of `other`, which begin.
    #[must_use]
    pub fn join(self, other: &Self) -> Self {
        let embeddings = Tensor::cat(vec![self.embeddings, other.embeddings.clone()], 0);
        let history = self.history.join(other.embeddings.dims()[0]);
        Self { patches: self.patches.join(other.patches.clone()), embeddings, history }
    }

    /// Some tracks, in the given order; at least one.
    #[must_use]
    pub fn select(&self, tracks: &[usize]) -> Self {
        let pick = picker(tracks, &self.embeddings.device());
        let levels = self.patches.levels.iter().map(&pick).collect();
        let history = self.history.select(tracks, &pick);
        Self { patches: PortablePatches { levels }, embeddings: pick(&self.embeddings), history }
    }
}

/// The network's layers on a burn device.
#[derive(Debug)]
pub struct PortableNetwork {
    config: ModelConfig,
    device: Device,
    encoder: Encoder,
    pub(super) trunk: Trunk,
}

impl PortableNetwork {
    /// Where its tensors are.
    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// Puts a checkpoint's tensors on a device.
    #[must_use]
    pub fn new(checkpoint: &Checkpoint, device: &Device) -> Self {
        let learned = BTreeMap::new();
        let weights = Weights { tensors: &checkpoint.tensors, device, learned: &learned };
        Self {
            config: checkpoint.config.clone(),
            device: device.clone(),
            encoder: Encoder::new(&weights, &checkpoint.config),
            trunk: Trunk::new(checkpoint, device, &learned),
        }
    }

    /// Picture → feature pyramid. `rgb` holds `source` pixels, three bytes each.
    #[must_use]
    pub fn encode(&self, rgb: &[u8], source: Size, model: Size) -> PortableFeatures {
        self.pyramid(self.level0(rgb, source, model))
    }

    /// Picture → level 0 of the pyramid, `[H, W, C]`.
    pub(super) fn level0(&self, rgb: &[u8], source: Size, model: Size) -> Tensor<3> {
        let words = preprocess::pack(rgb);
        let num_words = words.len();
        let picture = Tensor::<1, Int>::from_data(TensorData::new(words, [num_words]), (&self.device, DType::I32));
        let [source, model] = [source, model].map(|size| [size.height as usize, size.width as usize]);
        self.encoder.forward(ops::preprocess(picture, source, model))
    }

    /// The levels that follow from level 0, `[H, W, C]`.
    pub(super) fn pyramid(&self, level0: Tensor<3>) -> PortableFeatures {
        PortableFeatures { levels: pyramid(level0, self.config.corr_levels) }
    }

    /// Query patches around points of one frame, in level-0 feature pixels.
    #[must_use]
    pub fn patches(&self, features: &PortableFeatures, points: &[[f32; 2]]) -> PortablePatches {
        let points = TensorData::new(points.concat(), [points.len(), 2]);
        let points = Tensor::<2>::from_data(points, &self.device);
        let level = |(i, fmap): (usize, &Tensor<3>)| ops::patches(fmap.clone(), points.clone() / f32::from(1u8 << i));
        PortablePatches { levels: features.levels.iter().enumerate().map(level).collect() }
    }

    /// Refines one window of any number of frames in place; one read-back at the end. `Ok(false)` when cancelled
    /// between iterations, with the state as it was.
    ///
    /// # Errors
    /// When the device fails; the text is the runtime's.
    ///
    /// # Panics
    /// If the window, the patches and the state differ in frames or tracks.
    pub fn refine(
        &self,
        window: &[&PortableFeatures],
        patches: &PortablePatches,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Result<bool, String> {
        assert_eq!(window.len(), state.num_frames, "as many feature maps as frames");
        let level = |part: &[&PortableFeatures], i: usize| {
            Tensor::stack(part.iter().map(|features| features.levels[i].clone()).collect(), 0)
        };
        let levels = |part| (0..self.config.corr_levels).map(|i| level(part, i)).collect();
        let fmaps: Vec<Vec<Tensor<4>>> = window.chunks(FRAMES_AT_ONCE).map(levels).collect();
        let mut now = self.upload(state);
        for _ in 0..num_iters {
            if cancel.is_cancelled() {
                return Ok(false);
            }
            let tokens = self.tokens(&fmaps, patches, &now);
            now = now + self.trunk.update_former.forward(tokens);
        }
        read_back(now, state)?;
        Ok(true)
    }

    /// The correlations of a window as they enter the MLP, `[N · S · L, 49 · 49]`. Only the state's coordinates count.
    pub(super) fn volumes(
        &self,
        window: &[&PortableFeatures],
        patches: &PortablePatches,
        state: &WindowState,
    ) -> Tensor<2> {
        let coords = self.upload(state).narrow(2, 0, 2); // [N, S, 2]
        let level = |(i, patches): (usize, &Tensor<3>)| {
            let fmap = Tensor::stack(window.iter().map(|features| features.levels[i].clone()).collect(), 0);
            let volume = ops::correlation(fmap, coords.clone() / f32::from(1u8 << i), patches.clone());
            let [n, s, cells, patch_cells] = volume.dims();
            volume.reshape([n, s, 1, cells * patch_cells])
        };
        Tensor::<4>::cat(patches.levels.iter().enumerate().map(level).collect(), 2).flatten(0, 2)
    }

    /// The place of a picture that each query patch fits best; one read-back.
    ///
    /// # Errors
    /// When the device fails; the text is the runtime's.
    pub fn search(&self, features: &PortableFeatures, patches: &PortablePatches) -> Result<Vec<Match>, String> {
        search(features, patches)
    }

    /// How well each query patch fits a place of its own, (x, y) in level-0 feature pixels; one read-back.
    ///
    /// # Errors
    /// When the device fails; the text is the runtime's.
    pub fn fits(
        &self,
        features: &PortableFeatures,
        patches: &PortablePatches,
        points: &[[f32; 2]],
    ) -> Result<Vec<f32>, String> {
        let places = TensorData::new(points.concat(), [points.len(), 1, 2]);
        let fits = fits(features, patches, Tensor::from_data(places, &self.device)); // [N, 1, 1]
        fits.try_into_data().map_err(|e| e.to_string())?.try_to_vec().map_err(|e| e.to_string())
    }

    /// Begins tracks in a live stream: what is remembered of them where they stand still on one frame, as if the whole
    /// window showed it; what the network says of them there, after one iteration that leaves them in their places; and
    /// how well their patches fit there. `points` are (x, y) in level-0 feature pixels; at least one. One read-back.
    ///
    /// # Errors
    /// When the device fails; the text is the runtime's.
    pub fn begin(
        &self,
        features: &PortableFeatures,
        patches: PortablePatches,
        points: &[[f32; 2]],
    ) -> Result<(PortableMemory, WindowState, Vec<f32>), String> {
        let mut memory = self.remember(features, patches, points);
        let mut state = WindowState::still(self.config.window_len, points);
        let (before, newest) = (state.num_frames - 1, state.coords.len() - points.len());
        let now = self.upload(&state);
        let last = now.clone().narrow(1, before, 1); // [N, 1, 4]
        let fits = fits(features, &memory.patches, last.clone().narrow(2, 0, 2));
        let tokens = self.trunk.tokens(memory.embeddings.clone(), &now);
        let last = last + self.trunk.update_former.forward_newest(tokens, &mut memory.history);
        let now = Tensor::cat(vec![now.narrow(1, 0, before), last], 1);
        let fits = read_back(Tensor::cat(vec![now, fits.repeat_dim(1, before + 1)], 2), &mut state)?;
        state.coords[newest..].copy_from_slice(points);
        Ok((memory, state, fits))
    }

    /// What a live stream remembers of tracks that stand still on one frame, as if the whole window showed it. `points`
    /// are (x, y) in level-0 feature pixels; at least one.
    fn remember(&self, features: &PortableFeatures, patches: PortablePatches, points: &[[f32; 2]]) -> PortableMemory {
        let coords = TensorData::new(points.concat(), [points.len(), 1, 2]);
        let newest = self.embed(features, &patches, &Tensor::from_data(coords, &self.device)); // [N, 1, E]
        let embeddings = newest.repeat_dim(1, self.config.window_len);
        PortableMemory { patches, embeddings, history: History::new(points.len()) }
    }

    /// Refines where tracks are on the newest frame of a live window: correlation and transformer look at that frame
    /// alone, the frames before are remembered. One read-back at the end. Returns how well each track's patch fits
    /// where it is now; `None` when cancelled, as for [`PortableNetwork::refine`].
    ///
    /// # Errors
    /// When the device fails; the text is the runtime's.
    pub fn refine_newest(
        &self,
        newest: &PortableFeatures,
        memory: &mut PortableMemory,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Result<Option<Vec<f32>>, String> {
        let before = state.num_frames - 1;
        let mut now = self.upload(state);
        for _ in 0..num_iters {
            if cancel.is_cancelled() {
                return Ok(None);
            }
            let last = now.clone().narrow(1, before, 1); // [N, 1, 4]
            let embedding = self.embed(newest, &memory.patches, &last.clone().narrow(2, 0, 2));
            memory.embeddings = Tensor::cat(vec![memory.embeddings.clone().narrow(1, 0, before), embedding], 1);
            let tokens = self.trunk.tokens(memory.embeddings.clone(), &now);
            let last = last + self.trunk.update_former.forward_newest(tokens, &mut memory.history);
            now = Tensor::cat(vec![now.narrow(1, 0, before), last], 1);
        }
        let places = now.clone().narrow(1, before, 1).narrow(2, 0, 2); // [N, 1, 2]
        let fits = fits(newest, &memory.patches, places).repeat_dim(1, before + 1);
        read_back(Tensor::cat(vec![now, fits], 2), state).map(Some)
    }

    /// The correlation features of one frame at coordinates `[N, 1, 2]`: `[N, 1, E]`.
    fn embed(&self, frame: &PortableFeatures, patches: &PortablePatches, coords: &Tensor<3>) -> Tensor<3> {
        let level = |(i, fmap): (usize, &Tensor<3>)| {
            let fmap = fmap.clone().unsqueeze::<4>(); // [1, H, W, C]
            self.trunk.correlation.forward(&fmap, &(coords.clone() / f32::from(1u8 << i)), &patches.levels[i])
        };
        Tensor::cat(frame.levels.iter().enumerate().map(level).collect(), 2)
    }

    /// `[N, S, 4]`: x, y, visibility and confidence logits.
    fn upload(&self, state: &WindowState) -> Tensor<3> {
        let (s, n) = (state.num_frames, state.num_tracks);
        let mut values = Vec::with_capacity(4 * s * n);
        for track in 0..n {
            for frame in 0..s {
                let at = frame * n + track;
                values.extend(state.coords[at]);
                values.extend([state.visibility[at], state.confidence[at]]);
            }
        }
        Tensor::from_data(TensorData::new(values, [n, s, 4]), &self.device)
    }

    /// What the transformer sees of the state `[N, S, 4]`: `[N, S, input_dim]`. The feature maps are those of up to
    /// [`FRAMES_AT_ONCE`] frames each, level by level.
    fn tokens(&self, fmaps: &[Vec<Tensor<4>>], patches: &PortablePatches, state: &Tensor<3>) -> Tensor<3> {
        let part = |(at, fmaps): (usize, &Vec<Tensor<4>>)| {
            let coords = state.clone().narrow(1, at * FRAMES_AT_ONCE, fmaps[0].dims()[0]).narrow(2, 0, 2);
            let level = |(i, (fmap, patches)): (usize, (&Tensor<4>, &Tensor<3>))| {
                self.trunk.correlation.forward(fmap, &(coords.clone() / f32::from(1u8 << i)), patches)
            };
            Tensor::cat(fmaps.iter().zip(&patches.levels).enumerate().map(level).collect(), 2)
        };
        self.trunk.tokens(cat(fmaps.iter().enumerate().map(part).collect(), 1), state)
    }
}

/// Waits for `[N, S, 4]` and puts it into a state of `[S, N]`. Returns what more there is for each track on its last
/// frame.
fn read_back(refined: Tensor<3>, state: &mut WindowState) -> Result<Vec<f32>, String> {
    let (s, n) = (state.num_frames, state.num_tracks);
    let width = refined.dims()[2];
    let data = refined.try_into_data().map_err(|e| e.to_string())?;
    let values: Vec<f32> = data.try_to_vec().map_err(|e| e.to_string())?;
    for (row, value) in values.chunks_exact(width).enumerate() {
        let at = (row % s) * n + row / s;
        state.coords[at] = [value[0], value[1]];
        state.visibility[at] = value[2];
        state.confidence[at] = value[3];
    }
    Ok(values.chunks_exact(s * width).flat_map(|track| &track[(s - 1) * width + 4..]).copied().collect())
}
