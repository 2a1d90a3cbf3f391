//! The whole network on the CPU: encode, patches, refine.

use super::correlation::{TokenBuilder, Window};
use super::encoder::Encoder;
use super::features::{NativeEmbeddings, NativeFeatures, NativeMemory, NativePatches, Packed};
use super::newest::{DELTAS, History, NewestScratch};
use super::parameters::{NativeError, Parameters};
use super::search::{fits, search};
use super::update_former::{Tokens, UpdateFormer};
use crate::geometry::Size;
use crate::kernels::cpu::{Buffer, Isa, ScratchPool, sample_patch};
use crate::model::{CpuOptions, HostTensor, Match, ModelConfig, WindowState};
use crate::sync::CancelToken;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The network in the CPU's own form: packed weights, whole operations, no tensors in between.
///
/// It works on threads of its own. Results are the same for any number of them, bit for bit.
#[derive(Debug)]
pub struct NativeNetwork {
    isa: Isa,
    config: ModelConfig,
    encoder: Encoder,
    token_builder: TokenBuilder,
    update_former: UpdateFormer,
    tokens: ScratchPool<Tokens>,
    live: ScratchPool<LiveScratch>,
    pool: rayon::ThreadPool,
}

/// Memory of a live step, used again.
#[derive(Debug, Default)]
struct LiveScratch {
    /// `[N, S, hidden]`
    tokens: Buffer,
    scratch: NewestScratch,
}

impl NativeNetwork {
    /// Packs the weights and starts the threads.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape than `config` asks for, `config` makes no network, or the threads
    /// cannot be started.
    pub fn new(
        config: &ModelConfig,
        tensors: &BTreeMap<String, HostTensor>,
        cpu: CpuOptions,
    ) -> Result<Self, NativeError> {
        let isa = if cpu.is_precise { Isa::best().precise() } else { Isa::best() };
        Self::with_isa(isa, config, tensors, cpu.num_threads)
    }

    /// Other weights in the same form, on as many threads.
    pub(super) fn with_weights(
        &self,
        config: &ModelConfig,
        tensors: &BTreeMap<String, HostTensor>,
    ) -> Result<Self, NativeError> {
        Self::with_isa(self.isa, config, tensors, Some(self.pool.current_num_threads()))
    }

    fn with_isa(
        isa: Isa,
        config: &ModelConfig,
        tensors: &BTreeMap<String, HostTensor>,
        num_threads: Option<usize>,
    ) -> Result<Self, NativeError> {
        config.check().map_err(NativeError::Config)?;
        let parameters = Parameters::new(isa, tensors);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(num_threads.unwrap_or(0))
            .thread_name(|i| format!("compute {i}"))
            .build()
            .map_err(NativeError::Threads)?;
        Ok(Self {
            isa,
            config: config.clone(),
            encoder: Encoder::new(isa, config, &parameters.part("fnet"))?,
            token_builder: TokenBuilder::new(isa, config, &parameters)?,
            update_former: UpdateFormer::new(isa, config, &parameters)?,
            tokens: ScratchPool::default(),
            live: ScratchPool::default(),
            pool,
        })
    }

    /// The network's sizes.
    #[must_use]
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The device in words, such as "CPU, 2 threads (AVX-512, bf16)".
    #[must_use]
    pub fn device_name(&self) -> String {
        let num_threads = self.pool.current_num_threads();
        let plural = if num_threads == 1 { "" } else { "s" };
        format!("CPU, {num_threads} thread{plural} ({})", self.isa.name())
    }

    /// Whether products, features and patches are in bf16.
    pub(super) fn has_bf16(&self) -> bool {
        self.isa.has_bf16()
    }

    /// Encodes a picture: RGB bytes of `source` size, seen at `model` size.
    ///
    /// # Panics
    /// If `rgb` is not 3 · width · height bytes long, or either size is empty or below one feature cell.
    #[must_use]
    pub fn encode(&self, rgb: &[u8], source: Size, model: Size) -> NativeFeatures {
        self.pool.install(|| self.encoder.pyramid(self.encoder.level0(rgb, source, model)))
    }

    /// The same, put away: level 0 in half precision.
    pub(super) fn encode_packed(&self, rgb: &[u8], source: Size, model: Size) -> Packed {
        self.pool.install(|| self.encoder.level0(rgb, source, model).pack())
    }

    /// The pyramid that was put away.
    pub(super) fn unpack(&self, packed: &Packed) -> NativeFeatures {
        self.pool.install(|| self.encoder.pyramid(packed.unpack()))
    }

    /// Samples the query patches of `points`, (x, y) in level-0 feature pixels of the frame they were clicked on.
    ///
    /// # Panics
    /// If `features` are another network's.
    #[must_use]
    pub fn patches(&self, features: &NativeFeatures, points: &[[f32; 2]]) -> NativePatches {
        self.support_with_room(features, points, points.len())
    }

    /// The same, with room for so many tracks in all.
    ///
    /// # Panics
    /// As [`NativeNetwork::patches`].
    #[must_use]
    pub fn support_with_room(&self, features: &NativeFeatures, points: &[[f32; 2]], room: usize) -> NativePatches {
        let cells = self.config.patch_width().pow(2);
        let sample_level = |(level, map): (usize, &super::FeatureMap)| {
            let len = cells * map.words();
            let mut patches = Vec::with_capacity(room.max(points.len()) * len);
            patches.resize(points.len() * len, 0.0);
            let downscale = (1u32 << level) as f32;
            patches.par_chunks_mut(len).zip(points).for_each(|(patch, [x, y])| {
                let point = [x / downscale, y / downscale];
                sample_patch(self.isa, &map.view(), point, self.config.corr_radius, patch);
            });
            patches
        };
        let levels = self.pool.install(|| features.levels.iter().enumerate().map(sample_level).collect());
        NativePatches::new(points.len(), levels)
    }

    /// Refines the tracks of one window in place, `num_iters` times. `window` holds the features of its frames, of any
    /// number; a frame may stand there more than once.
    ///
    /// Returns `false` where `cancel` was raised before the last iteration; `state` then holds the ones before.
    ///
    /// # Panics
    /// If `window`, `patches` and `state` do not belong together, or are another network's.
    #[must_use]
    pub fn refine(
        &self,
        window: &[&NativeFeatures],
        patches: &NativePatches,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> bool {
        self.assert_window(window, patches, state);
        if state.num_tracks == 0 {
            return true;
        }
        // What a whole clip takes is not kept.
        let is_long = state.num_frames > self.config.window_len;
        let mut work = |tokens: &mut Tokens| {
            (0..num_iters).all(|_| {
                if cancel.is_cancelled() {
                    return false;
                }
                self.iterate(window, patches, state, tokens);
                true
            })
        };
        self.pool.install(|| if is_long { work(&mut Tokens::default()) } else { self.tokens.with(work) })
    }

    /// The place of a picture that each query patch fits best.
    #[must_use]
    pub fn search(&self, features: &NativeFeatures, patches: &NativePatches) -> Vec<Match> {
        self.pool.install(|| search(self.isa, features, patches, self.config.corr_radius))
    }

    /// How well each query patch fits a place of its own, (x, y) in level-0 feature pixels ([`Match::score`]).
    ///
    /// # Panics
    /// If patches and points differ in number.
    #[must_use]
    pub fn fits(&self, features: &NativeFeatures, patches: &NativePatches, points: &[[f32; 2]]) -> Vec<f32> {
        assert_eq!(patches.num_tracks(), points.len(), "patches for every point");
        self.pool.install(|| fits(self.isa, features, patches, self.config.corr_radius, points))
    }

    /// Begins tracks in a live stream: what is remembered of them where they stand still on one frame, as if the whole
    /// window showed it; what the network says of them there, after one iteration that leaves them in their places; and
    /// how well their patches fit there ([`Match::score`]). `points` are (x, y) in level-0 feature pixels. What is
    /// remembered has room for `room` tracks: growing means copying tens of megabytes where there are hundreds.
    ///
    /// # Panics
    /// If `patches` holds other tracks, or is another network's.
    #[must_use]
    pub fn begin(
        &self,
        features: &NativeFeatures,
        patches: NativePatches,
        points: &[[f32; 2]],
        room: usize,
    ) -> (NativeMemory, WindowState, Vec<f32>) {
        let mut memory = self.remember(features, patches, points, room.max(points.len()));
        let mut state = WindowState::still(self.config.window_len, points);
        let newest = state.coords.len() - points.len();
        let fits = self.pool.install(|| {
            self.live.with(|live| self.iterate_newest(&mut memory, &mut state, true, live));
            fits(self.isa, features, &memory.patches, self.config.corr_radius, points)
        });
        state.coords[newest..].copy_from_slice(points);
        (memory, state, fits)
    }

    /// What a live stream remembers of tracks that stand still on one frame, as if the whole window showed it. `points`
    /// are (x, y) in level-0 feature pixels.
    ///
    /// # Panics
    /// If `patches` holds other tracks, or is another network's.
    fn remember(
        &self,
        features: &NativeFeatures,
        mut patches: NativePatches,
        points: &[[f32; 2]],
        room: usize,
    ) -> NativeMemory {
        let (s, width) = (self.config.window_len, self.token_builder.hidden());
        assert_eq!(patches.num_tracks(), points.len(), "patches for every track");
        let state = WindowState::still(s, points);
        patches.reserve(room - points.len());
        let mut data = Vec::with_capacity(room * s * width);
        data.resize(points.len() * s * width, 0.0);
        let mut embeddings = NativeEmbeddings::new(points.len(), s, data);
        let window = Window { frames: &[features], patches: &patches, state: &state };
        self.pool.install(|| self.token_builder.embed(window, &mut embeddings));
        for track in embeddings.data_mut().chunks_exact_mut(s * width) {
            let (before, newest) = track.split_at_mut((s - 1) * width);
            before.chunks_exact_mut(width).for_each(|frame| frame.copy_from_slice(newest));
        }
        NativeMemory { patches, embeddings, history: History::new(points.len(), room) }
    }

    /// Refines where tracks are on the newest frame of a live window, `num_iters` times: correlation and transformer
    /// look at that frame alone, the frames before are remembered.
    ///
    /// Returns how well each track's patch fits where it is now ([`Match::score`]); `None` where `cancel` was raised
    /// before the last iteration, and `state` then holds the ones before.
    ///
    /// # Panics
    /// If the arguments do not belong together, or are another network's.
    #[must_use]
    pub fn refine_newest(
        &self,
        newest: &NativeFeatures,
        memory: &mut NativeMemory,
        state: &mut WindowState,
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Option<Vec<f32>> {
        let (s, n) = (self.config.window_len, state.num_tracks);
        assert_eq!(state.num_frames, s, "a window of {s} frames");
        let num_known = [memory.patches.num_tracks(), memory.embeddings.num_tracks()];
        assert_eq!(num_known, [n; 2], "one of each for every track");
        if n == 0 {
            return Some(Vec::new());
        }
        self.pool.install(|| {
            let done = self.live.with(|live| {
                (0..num_iters).all(|number| {
                    if cancel.is_cancelled() {
                        return false;
                    }
                    let window = Window { frames: &[newest], patches: &memory.patches, state };
                    self.token_builder.embed(window, &mut memory.embeddings);
                    self.iterate_newest(memory, state, number == 0, live);
                    true
                })
            });
            let points = &state.coords[(s - 1) * n..];
            done.then(|| fits(self.isa, newest, &memory.patches, self.config.corr_radius, points))
        })
    }

    /// One iteration on the newest frame, which is correlated already. Of the frames before, only the motion of the
    /// last one changes from iteration to iteration: after the first, what is in `live` of the others stays.
    fn iterate_newest(
        &self,
        memory: &mut NativeMemory,
        state: &mut WindowState,
        is_first: bool,
        live: &mut LiveScratch,
    ) {
        let (s, n) = (self.config.window_len, state.num_tracks);
        let first_frame = if is_first { 0 } else { s.saturating_sub(2) };
        let tokens = live.tokens.sized(n * s * self.config.hidden_size);
        self.token_builder.build_from(state, &memory.embeddings, first_frame, tokens);
        let deltas = self.update_former.run_newest(tokens, first_frame, &mut memory.history, &mut live.scratch);
        for (track, delta) in deltas.as_chunks::<DELTAS>().0.iter().enumerate() {
            let at = (s - 1) * n + track;
            state.coords[at][0] += delta[0];
            state.coords[at][1] += delta[1];
            state.visibility[at] += delta[2];
            state.confidence[at] += delta[3];
        }
    }

    /// The correlation features of a window as they enter the tokens: `[L, N, S, corr_out]`.
    ///
    /// # Panics
    /// As [`NativeNetwork::refine`].
    #[must_use]
    pub fn correlate(&self, window: &[&NativeFeatures], patches: &NativePatches, state: &WindowState) -> Vec<f32> {
        self.assert_window(window, patches, state);
        self.pool.install(|| self.token_builder.correlate(Window { frames: window, patches, state }))
    }

    /// The correlations of a window as they enter the MLP: the width of a row, and the rows `[N, S, L]`. Only the
    /// state's coordinates count.
    pub(super) fn volumes(
        &self,
        window: &[&NativeFeatures],
        patches: &NativePatches,
        state: &WindowState,
    ) -> (usize, Vec<f32>) {
        self.assert_window(window, patches, state);
        let rows = self.pool.install(|| self.token_builder.volumes(Window { frames: window, patches, state }));
        (self.config.patch_width().pow(4), rows)
    }

    fn iterate(
        &self,
        frames: &[&NativeFeatures],
        patches: &NativePatches,
        state: &mut WindowState,
        tokens: &mut Tokens,
    ) {
        let window = Window { frames, patches, state };
        let (num_tracks, num_frames) = (state.num_tracks, state.num_frames);
        self.token_builder.build(window, tokens.of_tracks((num_tracks, num_frames), &self.update_former));
        self.update_former.run((num_tracks, num_frames), tokens, |frame, track, [dx, dy, visibility, confidence]| {
            let at = frame * num_tracks + track;
            state.coords[at][0] += dx;
            state.coords[at][1] += dy;
            state.visibility[at] += visibility;
            state.confidence[at] += confidence;
        });
    }

    fn assert_window(&self, window: &[&NativeFeatures], patches: &NativePatches, state: &WindowState) {
        let (s, n) = (state.num_frames, state.num_tracks);
        assert!(s > 0 && window.len() == s, "features of {s} frames");
        assert!(window.iter().all(|frame| frame.levels.len() == self.config.corr_levels), "features of this network");
        assert_eq!(patches.num_tracks(), n, "patches for every track");
        let lengths = [state.coords.len(), state.visibility.len(), state.confidence.len()];
        assert_eq!(lengths, [s * n; 3], "coordinates and logits for {s} frames of {n} tracks");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EncoderKind, FeatureMap};

    /// Noise for every tensor that a network of these sizes asks for.
    fn noise_weights(config: &ModelConfig) -> BTreeMap<String, HostTensor> {
        let mut tensors = BTreeMap::new();
        let mut state = 1u32;
        // The errors name what is missing and how large it should be.
        loop {
            match NativeNetwork::with_isa(Isa::best(), config, &tensors, Some(1)) {
                Err(NativeError::MissingTensor { name }) => {
                    tensors.insert(name, HostTensor { shape: vec![], data: vec![] });
                }
                Err(NativeError::WrongShape { name, expected, .. }) => {
                    let len = expected.iter().product();
                    let fan_in: usize = expected[1..].iter().product();
                    let scale = (fan_in.max(4) as f32).powf(-0.5);
                    let mut next = || {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        ((state >> 8) as f32 / 8_388_608.0 - 1.0) * scale
                    };
                    let data = (0..len).map(|_| next()).collect();
                    tensors.insert(name, HostTensor { shape: expected, data });
                }
                Err(error) => panic!("{error}"),
                Ok(_) => return tensors,
            }
        }
    }

    fn track(isa: Isa, config: &ModelConfig, weights: &BTreeMap<String, HostTensor>) -> (NativeFeatures, WindowState) {
        let network = NativeNetwork::with_isa(isa, config, weights, Some(2)).unwrap();
        let source = Size::new(50, 41);
        let picture =
            |i: usize| -> Vec<u8> { (0..3 * source.area()).map(|p| ((p * 7 + i * 3) * p % 251) as u8).collect() };
        let frames: Vec<_> =
            (0..config.window_len).map(|i| network.encode(&picture(i), source, Size::new(72, 64))).collect();
        let window: Vec<&NativeFeatures> = frames.iter().collect();
        let points = [[3.5, 4.25], [17.0, 15.0], [0.0, 9.9]];
        let patches = network.patches(&frames[0], &points);
        let coords = [points; 4].concat();
        let (visibility, confidence) = (vec![0.0; coords.len()], vec![0.0; coords.len()]);
        let mut state = WindowState { num_frames: 4, num_tracks: 3, coords, visibility, confidence };
        assert!(network.refine(&window, &patches, &mut state, 2, &CancelToken::new()));
        (frames[0].clone(), state)
    }

    /// The golden network has convenient sizes; these have channels that no register divides, other depths and heads.
    #[test]
    fn every_instruction_set_computes_odd_networks_alike() {
        for encoder in [EncoderKind::Residual, EncoderKind::Lite] {
            compare_instruction_sets(encoder);
        }
    }

    fn compare_instruction_sets(encoder: EncoderKind) {
        let config = ModelConfig {
            latent_dim: 36,
            hidden_size: 60,
            num_heads: 3,
            space_depth: 1,
            time_depth: 2,
            corr_hidden: 21,
            corr_out: 10,
            num_virtual_tracks: 5,
            corr_radius: 3,
            corr_levels: 3,
            stride: 4,
            window_len: 4,
            model_resolution: (64, 72),
            clip_resolution: None,
            mlp_ratio: 1.5,
            iters: 2,
            encoder,
            visible_above: 0.6,
            calibration: crate::calibration::Calibration::default(),
        };
        let weights = noise_weights(&config);
        let (features, state) = track(Isa::available()[0], &config, &weights);
        assert_eq!((features.levels[0].width, features.levels[2].channels), (18, 36));
        assert!(state.coords.iter().flatten().all(|v| v.is_finite()));
        for isa in &Isa::available()[1..] {
            let (others, other) = track(*isa, &config, &weights);
            let numbers = |map: &FeatureMap| -> Vec<f32> {
                let halves = |word: &f32| [word.to_bits() << 16, word.to_bits() & 0xffff_0000].map(f32::from_bits);
                if map.is_bf16 { map.data.iter().flat_map(halves).collect() } else { map.data.clone() }
            };
            let worst = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let rounded = features.levels[0].clone().in_bf16(*isa);
            let features_error = worst(&numbers(&rounded), &numbers(&others.levels[0]));
            let coords_error = worst(state.coords.as_flattened(), other.coords.as_flattened());
            let (features, coords) = if isa.has_bf16() { (0.03, 0.1) } else { (1e-4, 1e-3) };
            assert!(
                features_error < features && coords_error < coords,
                "{}: {features_error}, {coords_error}",
                isa.name()
            );
        }
    }
}
