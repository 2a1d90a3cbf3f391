//! Every layer against the reference's golden tensors, on burn's CPU backend and on a GPU. A software one will do, but for
//! the encoder: burn's convolutions take minutes there to tune themselves. `COTRAIL_TEST_GPU=1` says that the GPU is a real
//! one, which encodes, too.

use super::{PortableFeatures, PortableNetwork, PortablePatches};
use crate::geometry::Size;
use crate::model::{Checkpoint, CpuOptions, NativeNetwork, WindowState};
use crate::sync::CancelToken;
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::SafeTensors;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

pub(super) struct Golden(Vec<u8>);

impl Golden {
    pub(super) fn read() -> Self {
        Self::of("golden.safetensors")
    }

    /// What the lite network makes of the same video.
    pub(super) fn read_lite() -> Self {
        Self::of("golden_lite.safetensors")
    }

    fn of(name: &str) -> Self {
        Self(std::fs::read(golden_path(name)).unwrap())
    }

    pub(super) fn floats(&self, name: &str) -> Vec<f32> {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let data = file.tensor(name).unwrap().data().to_vec();
        data.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect()
    }

    /// One frame of the golden clip, `[3, 72, 96]` planes made RGB.
    pub(super) fn frame(&self, index: usize) -> Vec<u8> {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let area = 72 * 96;
        let planes = &file.tensor("video").unwrap().data()[3 * area * index..][..3 * area];
        (0..area).flat_map(|i| [planes[i], planes[area + i], planes[2 * area + i]]).collect()
    }
}

const SIZE: Size = Size::new(96, 72);

fn golden_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn network(device: &Device) -> PortableNetwork {
    PortableNetwork::new(&Checkpoint::read(&golden_path("tiny.safetensors")).unwrap(), device)
}

fn has_real_gpu() -> bool {
    std::env::var("COTRAIL_TEST_GPU").is_ok_and(|value| value == "1")
}

/// The features of a frame; on a software GPU, those of the CPU.
fn encode(network: &PortableNetwork, rgb: &[u8]) -> PortableFeatures {
    static ON_CPU: LazyLock<PortableNetwork> = LazyLock::new(|| self::network(&Device::flex()));
    let device = network.device();
    if *device == Device::flex() || has_real_gpu() {
        return network.encode(rgb, SIZE, SIZE);
    }
    let levels = ON_CPU.encode(rgb, SIZE, SIZE).levels;
    PortableFeatures { levels: levels.iter().map(|level| Tensor::from_data(level.to_data(), device)).collect() }
}

pub(super) fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    tensor.to_data().try_to_vec().unwrap()
}

#[track_caller]
pub(super) fn assert_close(what: &str, got: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let worst = got.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst <= tolerance, "{what} differs by up to {worst}");
    assert!(got.iter().all(|v| v.is_finite()), "{what}");
}

fn early_patches(network: &PortableNetwork, features: &PortableFeatures, golden: &Golden) -> PortablePatches {
    let queries = golden.floats("early_queries");
    let points: Vec<[f32; 2]> = queries.as_chunks::<3>().0.iter().map(|q| [q[1] / 4.0, q[2] / 4.0]).collect();
    network.patches(features, &points)
}

fn check_layers(device: &Device) {
    let (golden, network) = (Golden::read(), network(device));
    let features: Vec<_> = (0..16).map(|i| encode(&network, &golden.frame(i))).collect();
    let patches = early_patches(&network, &features[0], &golden);
    let coords = golden.floats("window_coords_in"); // [S, N, 2]
    let tracks_first: Vec<f32> = (0..5)
        .flat_map(|n| (0..16).flat_map(move |s| [0, 1].map(|i| (s * 5 + n) * 2 + i)))
        .map(|i| coords[i])
        .collect();
    let coords = Tensor::<3>::from_data(TensorData::new(tracks_first, [5, 16, 2]), device);
    let corr_mlp_out = golden.floats("corr_mlp_out"); // [L, N, S, C]
    for level in 0..4 {
        let both = [0, 1].map(|frame| values(&features[frame].levels[level])).concat();
        assert_close("features", &both, &golden.floats(&format!("features_level{level}")), 1e-4);
        let sampled = values(&patches.levels[level]);
        assert_close("patches", &sampled, &golden.floats(&format!("support_level{level}")), 1e-4);
        let fmap = Tensor::stack(features.iter().map(|f| f.levels[level].clone()).collect(), 0);
        let at = coords.clone() / f32::from(1u8 << level);
        let got = values(&network.trunk.correlation.forward(&fmap, &at, &patches.levels[level]));
        assert_close("correlation features", &got, &corr_mlp_out[level * got.len()..][..got.len()], 1e-4);
    }
}

fn check_window(device: &Device) {
    let (golden, network) = (Golden::read(), network(device));
    let features: Vec<_> = (0..16).map(|i| encode(&network, &golden.frame(i))).collect();
    let window: Vec<_> = features.iter().collect();
    let patches = early_patches(&network, &features[0], &golden);
    let start = golden.floats("window_coords_in").as_chunks::<2>().0.to_vec();
    for iters in 1..=3 {
        let mut state = WindowState {
            num_frames: 16,
            num_tracks: 5,
            coords: start.clone(),
            visibility: vec![0.0; 80],
            confidence: vec![0.0; 80],
        };
        assert_eq!(network.refine(&window, &patches, &mut state, iters, &CancelToken::new()), Ok(true));
        let expected =
            |name: &str, width: usize| golden.floats(name)[(iters - 1) * 80 * width..][..80 * width].to_vec();
        let pixels: Vec<f32> = state.coords.concat().iter().map(|v| v * 4.0).collect();
        assert_close("coordinates", &pixels, &expected("window_coords_out", 2), 5e-3);
        assert_close("visibility", &state.visibility, &expected("window_vis_out", 1), 1e-3);
        assert_close("confidence", &state.confidence, &expected("window_conf_out", 1), 1e-3);
    }
}

/// The whole clip as one window: longer than the time embedding, and than what is computed at once.
fn check_whole_clip(device: &Device) {
    let (golden, network) = (Golden::read(), network(device));
    let features: Vec<_> = (0..37).map(|i| encode(&network, &golden.frame(i))).collect();
    let queries = golden.floats("queries");
    let queries = queries.as_chunks::<3>().0;
    let points: Vec<[f32; 2]> = queries.iter().map(|q| [q[1] / 4.0, q[2] / 4.0]).collect();
    let patches = queries.iter().zip(&points).map(|(q, point)| network.patches(&features[q[0] as usize], &[*point]));
    let patches = patches.reduce(PortablePatches::join).unwrap();
    let count = 37 * points.len();
    let mut state = WindowState {
        num_frames: 37,
        num_tracks: points.len(),
        coords: points.repeat(37),
        visibility: vec![0.0; count],
        confidence: vec![0.0; count],
    };
    let window: Vec<_> = features.iter().collect();
    assert_eq!(network.refine(&window, &patches, &mut state, 3, &CancelToken::new()), Ok(true));
    let pixels: Vec<f32> = state.coords.concat().iter().map(|v| v * 4.0).collect();
    assert_close("coordinates", &pixels, &golden.floats("offline_coords"), 5e-3);
    let probability = |logits: &[f32]| logits.iter().map(|v| 1.0 / (1.0 + (-v).exp())).collect::<Vec<f32>>();
    assert_close("visibility", &probability(&state.visibility), &golden.floats("offline_visibility"), 1e-3);
    assert_close("confidence", &probability(&state.confidence), &golden.floats("offline_confidence"), 1e-3);
}

#[test]
fn a_whole_clip_as_one_window_equals_the_oracles_on_the_cpu() {
    check_whole_clip(&Device::flex());
}

#[test]
fn every_layer_equals_the_oracles_on_the_cpu() {
    check_layers(&Device::flex());
}

#[test]
fn a_window_equals_the_oracles_after_each_iteration_on_the_cpu() {
    check_window(&Device::flex());
}

#[test]
fn a_cancelled_window_is_left_as_it_was() {
    let (golden, network) = (Golden::read(), network(&Device::flex()));
    let features = network.encode(&golden.frame(0), SIZE, SIZE);
    let patches = network.patches(&features, &[[3.0, 4.0]]);
    let mut state = WindowState {
        num_frames: 16,
        num_tracks: 1,
        coords: vec![[3.0, 4.0]; 16],
        visibility: vec![0.0; 16],
        confidence: vec![0.0; 16],
    };
    let (before, cancel) = (state.clone(), CancelToken::new());
    cancel.cancel();
    assert_eq!(network.refine(&[&features; 16], &patches, &mut state, 3, &cancel), Ok(false));
    assert_eq!(state, before);
}

#[test]
fn windows_and_live_frames_equal_the_oracles_on_a_gpu_even_in_software() {
    let device = crate::kernels::gpu_device().unwrap();
    check_layers(&device);
    check_window(&device);
    check_whole_clip(&device);
    check_live(&device);
    if has_real_gpu() {
        check_lite(&device);
    }
}

#[test]
fn the_lite_features_are_the_oracles_and_the_native_ones() {
    check_lite(&Device::flex());
}

fn check_lite(device: &Device) {
    let (golden, video) = (Golden::read_lite(), Golden::read());
    let checkpoint = Checkpoint::read(&golden_path("tiny_lite_f16.safetensors")).unwrap();
    let portable = PortableNetwork::new(&checkpoint, device);
    let native = NativeNetwork::new(&checkpoint.config, &checkpoint.tensors, CpuOptions::precise(Some(1))).unwrap();
    let ours = [0, 1].map(|frame| portable.encode(&video.frame(frame), SIZE, SIZE));
    let theirs = [0, 1].map(|frame| native.encode(&video.frame(frame), SIZE, SIZE));
    for level in 0..4 {
        let found = [0, 1].map(|frame| values(&ours[frame].levels[level])).concat();
        assert_close("features", &found, &golden.floats(&format!("features_level{level}")), 1e-4);
        let native = [0, 1].map(|frame| theirs[frame].levels[level].data.clone()).concat();
        assert_close("both forms", &found, &native, 1e-4);
    }
}

#[test]
fn live_frames_equal_the_native_ones() {
    check_live(&Device::flex());
}

/// Two independent forms of one step: tracks that join, leave and go on.
fn check_live(device: &Device) {
    let golden = Golden::read();
    let checkpoint = Checkpoint::read(&golden_path("tiny.safetensors")).unwrap();
    let portable = PortableNetwork::new(&checkpoint, device);
    let native = NativeNetwork::new(&checkpoint.config, &checkpoint.tensors, CpuOptions::precise(Some(1))).unwrap();
    let (cancel, places) = (CancelToken::new(), [[4.0, 5.0], [10.5, 8.25], [20.0, 11.0]]);
    let frames: Vec<_> = (0..22).map(|i| golden.frame(i)).collect();
    let ours: Vec<_> = frames.iter().map(|rgb| encode(&portable, rgb)).collect();
    let theirs: Vec<_> = frames.iter().map(|rgb| native.encode(rgb, SIZE, SIZE)).collect();
    let begin = |frame: usize, places: &[[f32; 2]]| {
        let ours = portable.begin(&ours[frame], portable.patches(&ours[frame], places), places).unwrap();
        let theirs = native.begin(&theirs[frame], native.patches(&theirs[frame], places), places, 0);
        assert_close("the first visibility", &ours.1.visibility, &theirs.1.visibility, 2e-3);
        assert_close("the first fits", &ours.2, &vec![1.0; places.len()], 1e-4);
        assert_close("the first fits", &ours.2, &theirs.2, 1e-4);
        assert_eq!((&ours.1.coords, ours.1.coords.last()), (&theirs.1.coords, places.last()));
        (ours.0, theirs.0)
    };
    let (mut our_memory, mut their_memory) = begin(0, &places);
    let found = portable.search(&ours[0], &our_memory.patches).unwrap();
    for (ours, theirs) in found.iter().zip(native.search(&theirs[0], &their_memory.patches)) {
        assert_close("a search's score", &[ours.score], &[theirs.score], 1e-4);
        assert_close("a search's rival", &[ours.rival], &[theirs.rival], 1e-4);
        assert_eq!(ours.xy, theirs.xy);
    }
    assert!((found[2].xy, found[2].score > 0.999) == (places[2], true), "a patch is found where it was cut: {found:?}");
    let mut our_state = WindowState::still(16, &places);
    let mut their_state = our_state.clone();
    for frame in 1..22 {
        our_memory.advance();
        their_memory.advance();
        our_state.advance();
        their_state.advance();
        let our_fits = portable.refine_newest(&ours[frame], &mut our_memory, &mut our_state, 2, &cancel).unwrap();
        let their_fits = native.refine_newest(&theirs[frame], &mut their_memory, &mut their_state, 2, &cancel);
        assert_close("fits", &our_fits.unwrap(), &their_fits.unwrap(), 2e-3);
        assert_close("coordinates", our_state.coords.as_flattened(), their_state.coords.as_flattened(), 2e-3);
        assert_close("visibility", &our_state.visibility, &their_state.visibility, 2e-3);
        if frame == 3 {
            let more = [[15.0, 3.0], [7.0, 14.0]];
            let (ours, theirs) = begin(frame, &more);
            our_memory = our_memory.join(&ours);
            their_memory.append(&theirs);
            our_state = our_state.join(&WindowState::still(16, &more));
            their_state = their_state.join(&WindowState::still(16, &more));
        }
        if frame == 5 {
            let kept = [0, 2, 4];
            our_memory = our_memory.select(&kept);
            their_memory.keep(&kept);
            (our_state, their_state) = (our_state.select(&kept), their_state.select(&kept));
        }
    }
    assert_ne!(our_state.coords[0], our_state.coords[3 * 15], "the tracks move");
}
