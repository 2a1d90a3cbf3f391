//! The student against `PyTorch` (`tests/oracle/learn_step.py`) and against itself, on the golden network.

use super::loss::{counts, counts_of_all};
use super::{Backwards, Losses, One, Student, StudentOptions};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use crate::learn::Lesson;
use crate::model::{Checkpoint, CpuOptions, DeviceChoice, Features, Network, Trunk};
use safetensors::SafeTensors;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SIZE: Size = Size::new(96, 72);
/// Steps of the oracle's curve.
const STEPS: usize = 50;

fn golden_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

struct Golden(Vec<u8>);

impl Golden {
    fn bytes(&self, name: &str) -> Vec<u8> {
        SafeTensors::deserialize(&self.0).unwrap().tensor(name).unwrap().data().to_vec()
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        self.bytes(name).as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect()
    }
}

/// The golden network, the oracle's file, and its two lessons: 27 frames from the first on, and 20 from the tenth.
fn setup(device: DeviceChoice) -> (Arc<Network>, Golden, [Lesson; 2]) {
    let network =
        Arc::new(Network::load(&golden_path("tiny.safetensors"), device, CpuOptions::precise(Some(2))).unwrap());
    let read = |name: &str| Golden(std::fs::read(golden_path(name)).unwrap());
    let (film, golden) = (read("golden.safetensors").bytes("video"), read("learn.safetensors"));
    let area = SIZE.area();
    let features: Vec<Arc<Features>> = film
        .chunks_exact(3 * area)
        .map(|planes| {
            let rgb = (0..area).flat_map(|i| [planes[i], planes[area + i], planes[2 * area + i]]).collect();
            Arc::new(network.encode(&Frame::new(FrameIndex(0), 0.0, SIZE, rgb), SIZE).unwrap())
        })
        .collect();
    let lesson = |i: usize, features: &[Arc<Features>]| {
        let queries = golden.floats(&format!("queries{i}"));
        let queries: Vec<_> = queries.as_chunks::<3>().0.iter().map(|q| (q[0] as usize, [q[1], q[2]])).collect();
        let (n, places) = (queries.len(), golden.floats(&format!("places{i}")));
        let visible: Vec<bool> = golden.bytes(&format!("visible{i}")).iter().map(|&byte| byte != 0).collect();
        Lesson {
            features: features.to_vec(),
            size: SIZE,
            places: places.as_chunks::<2>().0.chunks(n).map(<[_]>::to_vec).collect(),
            visible: visible.chunks(n).map(<[_]>::to_vec).collect(),
            weight: vec![vec![1.0; n]; features.len()],
            queries,
        }
    };
    let lessons = [lesson(0, &features[..27]), lesson(1, &features[9..29])];
    (network, golden, lessons)
}

/// As the oracle learns.
fn options() -> StudentOptions {
    StudentOptions { num_iters: 3, backwards: Backwards::All, rate: 1e-3, ..StudentOptions::default() }
}

fn student(network: &Arc<Network>, options: StudentOptions) -> Student {
    Student::new(network.clone(), Checkpoint::read(&golden_path("tiny.safetensors")).unwrap(), options).unwrap()
}

fn length(values: &[f32]) -> f32 {
    values.iter().map(|v| v * v).sum::<f32>().sqrt()
}

#[track_caller]
fn assert_near(what: &str, found: f32, expected: f32, tolerance: f32) {
    let off = (found - expected).abs() / expected.abs();
    assert!(off <= tolerance, "{what}: {found} for {expected}, off by {off}");
}

/// Losses and the gradient of each parameter: 1e-3 of the value, or of the gradient's length.
fn check_step(device: DeviceChoice) {
    let (network, golden, [lesson, _]) = setup(device);
    let student = student(&network, options());
    let points: Vec<usize> = (0..lesson.queries.len()).collect();
    let (losses, gradient) = student.gradient(&lesson, &points, None).unwrap();
    let expected = golden.floats("losses");
    assert_near("position", losses.position, expected[0], 1e-3);
    assert_near("confidence", losses.confidence, expected[1], 1e-3);
    let tensors = student.parameters.tensors(&super::values(gradient).unwrap());
    let base = Checkpoint::read(&golden_path("tiny.safetensors")).unwrap();
    let parameters = Trunk::parameters(&base.config);
    assert_eq!(tensors.len(), parameters.len());
    let mut all = 0.0;
    for (name, _) in parameters {
        let mut found = tensors[&name].data.clone();
        if name.starts_with("updateformer.vis_conf_head") {
            let frozen = found.len() / 2;
            assert_eq!(found[..frozen], base.tensors[&name].data[..frozen], "{name}: not learned, so not in the row");
            found[..frozen].fill(0.0);
        }
        let expected = golden.floats(&format!("length.{name}"))[0];
        all += expected * expected;
        assert_near(&name, length(&found), expected, 1e-3);
        let some = golden.floats(&format!("gradient.{name}"));
        let found: Vec<f32> = found.iter().step_by(found.len().div_ceil(400)).copied().collect();
        let off: Vec<f32> = some.iter().zip(&found).map(|(a, b)| a - b).collect();
        assert_eq!(some.len(), found.len(), "{name}");
        assert!(length(&off) <= 1e-3 * length(&some), "{name} is off by {} of {}", length(&off), length(&some));
    }
    assert_near("the length of all", losses.gradient, all.sqrt(), 1e-3);
}

#[test]
fn a_steps_losses_and_gradients_are_pytorchs() {
    check_step(DeviceChoice::Cpu);
}

#[test]
fn a_steps_losses_and_gradients_are_pytorchs_on_a_gpu() {
    if std::env::var("COTRAIL_TEST_GPU").is_ok_and(|v| v == "1") {
        check_step(DeviceChoice::Gpu);
    } else {
        eprintln!("skipped: COTRAIL_TEST_GPU=1 says that this machine has a real GPU");
    }
}

#[test]
fn fifty_steps_lose_as_pytorchs_do() {
    let (network, golden, lessons) = setup(DeviceChoice::Cpu);
    let mut student = student(&network, options());
    let curve = golden.floats("curve");
    for (step, expected) in curve.as_chunks::<3>().0.iter().enumerate() {
        let losses = student.step(&lessons[step % 2], step as f64 / STEPS as f64).unwrap();
        // Rounding grows from step to step: it was 7e-5 at the end.
        assert_near(&format!("step {step}"), losses.position, expected[0], 1e-3);
        // A place that is 12 px off is a hit or none by the last bit; that moved this loss by 0.007 once.
        assert!((losses.confidence - expected[1]).abs() <= 0.02, "step {step}: {losses:?} {expected:?}");
    }
    let base = Checkpoint::read(&golden_path("tiny.safetensors")).unwrap();
    let learned = student.weights().unwrap();
    for (name, tensor) in &learned {
        let frozen = if name.starts_with("updateformer.vis_conf_head") { tensor.data.len() / 2 } else { 0 };
        assert_eq!(tensor.data[..frozen], base.tensors[name].data[..frozen], "{name}: the row of visibility stays");
        assert!(tensor.data[frozen..] != base.tensors[name].data[frozen..], "{name} has learned");
    }
}

#[test]
fn a_run_that_goes_on_takes_the_same_steps() {
    let (network, _, lessons) = setup(DeviceChoice::Cpu);
    let few = StudentOptions { num_points: 3, num_iters: 2, backwards: Backwards::One, seed: 5, ..options() };
    let run = |student: &mut Student, steps: std::ops::Range<usize>| {
        steps.map(|step| student.step(&lessons[step % 2], step as f64 / 4.0).unwrap()).collect::<Vec<_>>()
    };
    let mut whole = student(&network, few.clone());
    let losses = run(&mut whole, 0..4);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.safetensors");
    let mut first = student(&network, few.clone());
    let mut parts = run(&mut first, 0..2);
    first.save(&path, "two steps").unwrap();
    let mut second = student(&network, few.clone());
    assert_eq!(second.resume(&path).unwrap(), "two steps");
    assert_eq!(second.num_steps(), 2);
    parts.extend(run(&mut second, 2..4));
    assert_eq!(parts, losses);
    assert_eq!(second.weights().unwrap(), whole.weights().unwrap());
    let other = StudentOptions { seed: 6, ..few };
    assert!(run(&mut student(&network, other), 0..4) != losses, "another seed draws other points");
}

#[test]
fn what_is_no_run_of_these_weights_is_refused() {
    let (network, ..) = setup(DeviceChoice::Cpu);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.safetensors");
    let mut student = student(&network, options());
    let problem = |student: &mut Student| student.resume(&path).unwrap_err().to_string();
    assert!(problem(&mut student).contains("run.safetensors"));
    for bytes in [b"no such thing".to_vec(), std::fs::read(golden_path("tiny.safetensors")).unwrap()] {
        std::fs::write(&path, bytes).unwrap();
        assert!(problem(&mut student).contains("it holds no such run"));
    }
    student.save(&path, "").unwrap();
    student.base.sha256 = "another".to_owned();
    assert!(problem(&mut student).contains("it began with other weights"));
    let missing = folder.path().join("none/run.safetensors");
    assert!(student.save(&missing, "").unwrap_err().to_string().contains("cannot be kept"));
    let other = Checkpoint::read(&golden_path("tiny_f16.safetensors")).unwrap();
    assert!(Student::new(network.clone(), other, options()).is_err(), "the network of other weights");
    for nothing in [StudentOptions { num_points: 0, ..options() }, StudentOptions { num_iters: 0, ..options() }] {
        let base = Checkpoint::read(&golden_path("tiny.safetensors")).unwrap();
        assert!(Student::new(network.clone(), base, nothing).is_err(), "nothing to do in a step");
    }
}

#[test]
fn what_was_learned_is_written_and_read_again() {
    let (network, _, [lesson, _]) = setup(DeviceChoice::Cpu);
    let mut student = student(&network, options());
    let before = student.measure(&lesson).unwrap();
    for step in 0..12 {
        student.step(&lesson, f64::from(step) / 12.0).unwrap();
    }
    let after = student.measure(&lesson).unwrap();
    assert!(after.position < 0.9 * before.position, "{before:?} {after:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.safetensors");
    student.write(&golden_path("tiny.safetensors"), &path, "from a test").unwrap();
    let (mine, in_memory) = (Checkpoint::read(&path).unwrap(), student.checkpoint().unwrap());
    assert_eq!((&mine.tensors, &mine.config), (&in_memory.tensors, &in_memory.config));
    assert!(student.write(&golden_path("tiny_f16.safetensors"), &path, "").is_err(), "not what it began with");
}

#[test]
fn labels_that_count_for_nothing_teach_nothing() {
    let (network, _, [mut lesson, _]) = setup(DeviceChoice::Cpu);
    let student = student(&network, options());
    let whole = student.measure(&lesson).unwrap();
    let strange = lesson.clone();
    lesson.weight.iter_mut().flatten().for_each(|weight| *weight = 0.5);
    let half = student.measure(&lesson).unwrap();
    assert_near("all weights alike", half.position, whole.position, 1e-4);
    for (weight, places) in lesson.weight.iter_mut().zip(&mut lesson.places) {
        (weight[2], places[2]) = (0.0, [1e6, -1e6]);
    }
    let without = student.measure(&lesson).unwrap();
    lesson.places.iter_mut().for_each(|places| places[2] = [5.0, 5.0]);
    assert_eq!(student.measure(&lesson).unwrap(), without);
    // Nor do frames before the query's, nor hidden points far outside.
    for (change, counts) in
        [((0, 6, [1e6; 2], true), false), ((20, 1, [1e6; 2], false), false), ((20, 1, [80.0; 2], false), true)]
    {
        let (frame, point, place, is_visible) = change;
        let mut other = strange.clone();
        (other.places[frame][point], other.visible[frame][point]) = (place, is_visible);
        let mut unseen = strange.clone();
        unseen.weight[frame][point] = 0.0;
        assert_eq!(student.measure(&other).unwrap() != student.measure(&unseen).unwrap(), counts, "{change:?}");
    }
}

#[test]
fn one_iteration_drawn_by_chance_has_the_gradient_of_all_on_average() {
    let (network, _, [lesson, _]) = setup(DeviceChoice::Cpu);
    let mut student = student(&network, StudentOptions { loss_weights: [1.0, 0.0], ..options() });
    let points: Vec<usize> = (0..lesson.queries.len()).collect();
    let gradient = |student: &Student, one: Option<&One>| {
        let (losses, gradient) = student.gradient(&lesson, &points, one).unwrap();
        (losses, super::values(gradient).unwrap())
    };
    let (all_losses, all) = gradient(&student, None);
    let num_iters = student.options.num_iters;
    let (mut mean, mut losses) = (vec![0.0; all.len()], Losses::default());
    for num_later in 0..num_iters {
        let one = One { num_later, ..student.one().unwrap() };
        let share = counts(num_later) / counts_of_all(num_iters);
        let (found, gradient) = gradient(&student, Some(&one));
        losses.position += share * found.position;
        losses.confidence += share * found.confidence;
        mean.iter_mut().zip(gradient).for_each(|(mean, value)| *mean += share * value);
    }
    assert_near("position", losses.position, all_losses.position, 1e-3);
    assert_near("confidence", losses.confidence, all_losses.confidence, 1e-3);
    // Of the places. What leads through the logits of earlier iterations is missing: little, here.
    let product: f32 = mean.iter().zip(&all).map(|(a, b)| a * b).sum();
    let (cosine, length) = (product / length(&mean) / length(&all), length(&mean) / length(&all));
    assert!(cosine > 0.97 && (length - 1.0).abs() < 0.1, "{cosine} {length}");
    let drawn: Vec<usize> = (0..60).map(|_| student.one().unwrap().num_later).collect();
    let times = |num_later| drawn.iter().filter(|drawn| **drawn == num_later).count();
    assert!(times(0) >= times(2) && times(2) > 0 && times(0) + times(1) + times(2) == 60, "{drawn:?}");
}

#[test]
fn a_lesson_that_does_not_fit_together_is_refused() {
    let (network, _, [lesson, _]) = setup(DeviceChoice::Cpu);
    let mut student = student(&network, options());
    let mut problem = |change: &dyn Fn(&mut Lesson)| {
        let mut lesson = lesson.clone();
        change(&mut lesson);
        student.step(&lesson, 0.0).unwrap_err().to_string()
    };
    assert!(problem(&|l| l.queries.clear()).contains("nothing in it"));
    assert!(problem(&|l| l.places.truncate(3)).contains("differ in frames or points"));
    assert!(problem(&|l| l.visible[3].truncate(2)).contains("differ in frames or points"));
    assert!(problem(&|l| l.queries[0].0 = 27).contains("none of its frames"));
    assert!(problem(&|l| l.places[2][1][0] = f32::NAN).contains("no number"));
    assert!(problem(&|l| l.weight[2][1] = 1.5).contains("no number"));
    assert_eq!(student.num_steps(), 0);
}
