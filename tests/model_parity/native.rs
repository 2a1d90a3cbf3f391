//! The native CPU network against the reference's tensors, layer by layer.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use cotrail::geometry::Size;
use cotrail::model::{CpuOptions, HostTensor, ModelConfig, NativeError, NativeFeatures, NativeNetwork, WindowState};
use cotrail::sync::CancelToken;
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;

const MODEL: Size = Size::new(96, 72);
/// Of single layers.
const LAYER: f32 = 1e-4;
/// Of coordinates, in model pixels.
const COORDINATE_PX: f32 = 5e-3;

/// Every tensor of a file as f32, and its `config` where it has one.
fn read(name: &str) -> (BTreeMap<String, HostTensor>, Option<ModelConfig>) {
    let bytes = std::fs::read(format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let config = header.metadata().as_ref().and_then(|texts| texts.get("config"));
    let config = config.map(|text| serde_json::from_str(text).unwrap());
    let host = |view: safetensors::tensor::TensorView| {
        let data = match view.dtype() {
            Dtype::F32 => view.data().chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect(),
            Dtype::U8 => view.data().iter().map(|&b| f32::from(b)).collect(),
            other => panic!("{other:?}"),
        };
        HostTensor { shape: view.shape().to_vec(), data }
    };
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    (tensors.tensors().into_iter().map(|(name, view)| (name, host(view))).collect(), config)
}

struct Golden {
    tensors: BTreeMap<String, HostTensor>,
    network: NativeNetwork,
    frames: Vec<NativeFeatures>,
}

impl Golden {
    fn new(num_threads: usize) -> Self {
        Self::with(CpuOptions::precise(Some(num_threads)))
    }

    fn with(cpu: CpuOptions) -> Self {
        let (weights, config) = read("tiny.safetensors");
        let (tensors, _) = read("golden.safetensors");
        let network = NativeNetwork::new(&config.unwrap(), &weights, cpu).unwrap();
        let plane = MODEL.area();
        let encode = |frame: &[f32]| {
            let rgb: Vec<u8> = (0..plane).flat_map(|p| [0, 1, 2].map(|c| frame[c * plane + p] as u8)).collect();
            network.encode(&rgb, MODEL, MODEL)
        };
        let frames = tensors["video"].data.chunks(3 * plane).take(16).map(encode).collect();
        Self { tensors, network, frames }
    }

    fn tensor(&self, name: &str) -> &[f32] {
        &self.tensors[name].data
    }

    fn window(&self) -> Vec<&NativeFeatures> {
        self.frames.iter().collect()
    }

    fn points(&self) -> Vec<[f32; 2]> {
        self.tensor("early_queries").chunks(3).map(|q| [q[1] / 4.0, q[2] / 4.0]).collect()
    }

    fn start(&self) -> WindowState {
        let coords: Vec<[f32; 2]> = self.tensor("window_coords_in").as_chunks().0.to_vec();
        let (visibility, confidence) = (vec![0.0; coords.len()], vec![0.0; coords.len()]);
        WindowState { num_frames: 16, num_tracks: 5, coords, visibility, confidence }
    }
}

fn assert_close(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst <= tolerance && found.iter().all(|v| v.is_finite()), "{what} is off by {worst}");
}

#[test]
fn features_and_support_are_the_references() {
    let golden = Golden::new(2);
    let patches = golden.network.patches(&golden.frames[0], &golden.points());
    for level in 0..4 {
        let expected = golden.tensor(&format!("features_level{level}"));
        let half = expected.len() / 2;
        for (frame, expected) in golden.frames.iter().zip([&expected[..half], &expected[half..]]) {
            assert_close(&format!("features level {level}"), &frame.levels[level].data, expected, LAYER);
        }
        let expected = golden.tensor(&format!("support_level{level}"));
        assert_close(&format!("patches level {level}"), patches.level(level), expected, LAYER);
    }
}

#[test]
fn correlation_features_are_the_references() {
    let golden = Golden::new(2);
    let patches = golden.network.patches(&golden.frames[0], &golden.points());
    // The file has [L, N, S, C], as we do.
    let found = golden.network.correlate(&golden.window(), &patches, &golden.start());
    assert_close("correlation features", &found, golden.tensor("corr_mlp_out"), LAYER);
}

#[test]
fn a_window_is_the_references_after_every_iteration() {
    let golden = Golden::new(2);
    let patches = golden.network.patches(&golden.frames[0], &golden.points());
    let mut state = golden.start();
    for i in 0..3 {
        assert!(golden.network.refine(&golden.window(), &patches, &mut state, 1, &CancelToken::new()));
        let expected = |name: &str| {
            let all = golden.tensor(name);
            &all[i * all.len() / 3..(i + 1) * all.len() / 3]
        };
        let coords_px: Vec<f32> = state.coords.iter().flatten().map(|v| v * 4.0).collect();
        assert_close(&format!("coordinates {i}"), &coords_px, expected("window_coords_out"), COORDINATE_PX);
        assert_close(&format!("visibility {i}"), &state.visibility, expected("window_vis_out"), 10.0 * LAYER);
        assert_close(&format!("confidence {i}"), &state.confidence, expected("window_conf_out"), 10.0 * LAYER);
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let run = |num_threads: usize| {
        let golden = Golden::new(num_threads);
        let patches = golden.network.patches(&golden.frames[0], &golden.points());
        let mut state = golden.start();
        assert!(golden.network.refine(&golden.window(), &patches, &mut state, 3, &CancelToken::new()));
        (golden.frames, state)
    };
    let one = run(1);
    assert!(one == run(2) && one == run(3));
}

/// Where the processor has no bf16, both are the same.
#[test]
fn as_fast_as_can_be_a_window_stays_near_the_references() {
    let run = |num_threads: usize| {
        let golden = Golden::with(CpuOptions::fast(Some(num_threads)));
        let patches = golden.network.patches(&golden.frames[0], &golden.points());
        let mut state = golden.start();
        assert!(golden.network.refine(&golden.window(), &patches, &mut state, 3, &CancelToken::new()));
        (golden, state)
    };
    let (golden, state) = run(2);
    let coords_px: Vec<f32> = state.coords.iter().flatten().map(|v| v * 4.0).collect();
    let last = |name: &str| &golden.tensor(name)[2 * golden.tensor(name).len() / 3..];
    assert_close("coordinates", &coords_px, last("window_coords_out"), 0.2);
    assert_close("visibility", &state.visibility, last("window_vis_out"), 0.05);
    assert_close("confidence", &state.confidence, last("window_conf_out"), 0.05);
    assert_eq!(run(1).1, state, "the number of threads does not change a bit");
    let is_rounded = coords_px.iter().zip(last("window_coords_out")).any(|(a, b)| (a - b).abs() > COORDINATE_PX);
    assert!(golden.network.device_name().contains("bf16") || !is_rounded, "rounded, and the device does not say so");
}

#[test]
fn a_cancelled_window_stops_before_the_next_iteration() {
    let golden = Golden::new(1);
    let patches = golden.network.patches(&golden.frames[0], &golden.points());
    let (mut state, cancel) = (golden.start(), CancelToken::new());
    cancel.cancel();
    assert!(!golden.network.refine(&golden.window(), &patches, &mut state, 3, &cancel));
    assert_eq!(state, golden.start());
}

#[test]
fn no_track_is_a_window_too() {
    let golden = Golden::new(1);
    let patches = golden.network.patches(&golden.frames[0], &[]);
    let (coords, visibility, confidence) = (vec![], vec![], vec![]);
    let mut state = WindowState { num_frames: 16, num_tracks: 0, coords, visibility, confidence };
    assert!(golden.network.refine(&golden.window(), &patches, &mut state, 1, &CancelToken::new()));
}

#[test]
fn wrong_weights_are_named() {
    let (mut weights, config) = read("tiny.safetensors");
    let config = config.unwrap();
    weights.get_mut("fnet.conv2.weight").unwrap().shape[0] += 1;
    let error = NativeNetwork::new(&config, &weights, CpuOptions::precise(Some(1))).unwrap_err();
    assert!(matches!(&error, NativeError::WrongShape { name, .. } if name == "fnet.conv2.weight"), "{error}");
    weights.remove("updateformer.virual_tracks");
    weights.get_mut("fnet.conv2.weight").unwrap().shape[0] -= 1;
    let error = NativeNetwork::new(&config, &weights, CpuOptions::precise(Some(1))).unwrap_err();
    assert_eq!(error.to_string(), "the weights lack the tensor updateformer.virual_tracks");
}
