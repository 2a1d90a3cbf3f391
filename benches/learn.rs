//! What a step of the student costs: `cargo bench --bench learn [-- STEPS POINTS FRAMES]`, on two threads of the CPU.
//! `tests/oracle/learn_step.py --time 3` measures the same in `PyTorch`.

use cotrail::frame::Frame;
use cotrail::geometry::{FrameIndex, Size};
use cotrail::learn::{Backwards, Chance, Lesson, Student, StudentOptions};
use cotrail::model::{Checkpoint, CpuOptions, DeviceChoice, Network};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|text| text.parse().ok()).collect();
    let number = |at: usize, otherwise: usize| numbers.get(at).copied().unwrap_or(otherwise);
    let (num_steps, num_points, num_frames) = (number(0, 3), number(1, 64), number(2, 24));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/small.safetensors");
    let base = Checkpoint::read(&path).expect("the bundled weights are there");
    let network =
        Arc::new(Network::new(&base, DeviceChoice::Cpu, CpuOptions::precise(Some(2))).expect("there is a CPU"));
    let lesson = noise(&network, num_points, num_frames);
    for backwards in [Backwards::All, Backwards::One] {
        let options = StudentOptions { num_points, backwards, ..StudentOptions::default() };
        let mut student =
            Student::new(Arc::clone(&network), base.clone(), options).expect("the network is that of the weights");
        for step in 0..=num_steps {
            let begun = Instant::now();
            let losses = student.step(&lesson, 0.0).expect("the lesson is usable");
            let name = if step == 0 { "warm-up" } else { "step" };
            println!("backwards through {backwards:?}: {name} {:.2} s {losses:?}", begun.elapsed().as_secs_f64());
        }
    }
}

/// Pictures of noise, and points that are said to stay where they are.
fn noise(network: &Network, num_points: usize, num_frames: usize) -> Lesson {
    let (size, mut chance) = (network.config().model_size(), Chance::new(0, &[]));
    let frame = |chance: &mut Chance| {
        let rgb = (0..3 * size.area()).map(|_| chance.number() as u8).collect();
        let frame = Frame::new(FrameIndex(0), 0.0, size, rgb);
        Arc::new(network.encode(&frame, size).expect("the CPU works"))
    };
    let features = (0..num_frames).map(|_| frame(&mut chance)).collect();
    let Size { width, height } = size;
    let places: Vec<[f32; 2]> =
        (0..num_points).map(|_| [chance.between(0.0, width as f32), chance.between(0.0, height as f32)]).collect();
    Lesson {
        features,
        size,
        queries: places.iter().map(|&place| (0, place)).collect(),
        places: vec![places; num_frames],
        visible: vec![vec![true; num_points]; num_frames],
        weight: vec![vec![1.0; num_points]; num_frames],
    }
}
