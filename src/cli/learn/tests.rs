//! The whole command with a pupil that learns nothing, or something on cue.

use super::*;
use crate::cli::args::{Args, Command};
use crate::cli::failure::one_line;
use crate::geometry::FrameIndex;
use crate::learn::{Lesson, Losses};
use crate::media::{FrameSource, PngPixels, SyntheticSource, write_png};
use clap::Parser;
use std::cell::RefCell;
use std::rc::Rc;

const SIZE: Size = Size::new(96, 72);

/// What a pupil goes through.
#[derive(Clone, Debug, Default, PartialEq)]
struct Life {
    steps: usize,
    /// A digest of all lessons.
    lessons: u64,
}

/// Learns nothing, but looks at its lessons; in the end it has the weights that it is given.
struct Fake {
    life: Rc<RefCell<Life>>,
    result: Checkpoint,
    /// Presses Ctrl-C after so many steps.
    stops_after: Option<(usize, CancelToken)>,
}

impl Pupil for Fake {
    fn num_steps(&self) -> usize {
        self.life.borrow().steps
    }

    fn step(&mut self, lesson: &Lesson, progress: f64) -> Result<Losses, LearnError> {
        let (t, n) = (lesson.features.len(), lesson.queries.len());
        assert!(n > 0 && (0.0..1.0).contains(&progress));
        assert!([lesson.places.len(), lesson.visible.len(), lesson.weight.len()] == [t; 3]);
        let mut life = self.life.borrow_mut();
        for (point, (frame, place)) in lesson.queries.iter().enumerate() {
            let [x, y] = lesson.places[*frame][point];
            assert!((x - place[0]).hypot(y - place[1]) < 0.01 && lesson.weight[*frame][point] == 1.0);
            assert!((0..*frame).all(|t| lesson.weight[t][point] == 0.0));
        }
        for [x, y] in lesson.places.iter().flatten() {
            assert!(x.is_finite() && y.is_finite());
            life.lessons =
                life.lessons.wrapping_mul(31).wrapping_add(u64::from(x.to_bits() ^ y.to_bits().rotate_left(9)));
        }
        life.steps += 1;
        if let Some((_, cancel)) = self.stops_after.as_ref().filter(|(steps, _)| *steps == life.steps) {
            cancel.cancel();
        }
        Ok(Losses { position: 1.0, confidence: 0.5, gradient: 1.0 })
    }

    fn save(&self, path: &Path, note: &str) -> Result<(), LearnError> {
        let Life { steps, lessons } = *self.life.borrow();
        fs::write(path, format!("{steps} {lessons} {note}")).unwrap();
        Ok(())
    }

    fn resume(&mut self, path: &Path) -> Result<String, LearnError> {
        let text = fs::read_to_string(path).unwrap();
        let mut parts = text.splitn(3, ' ');
        let mut number = || parts.next().unwrap().parse().unwrap();
        *self.life.borrow_mut() = Life { steps: number() as usize, lessons: number() };
        Ok(parts.next().unwrap().to_owned())
    }

    fn checkpoint(&self) -> Result<Checkpoint, LearnError> {
        Ok(self.result.clone())
    }

    fn write(&self, base: &Path, out: &Path, learned: &str) -> Result<(), LearnError> {
        assert!(base.exists());
        fs::write(out, learned).unwrap();
        Ok(())
    }
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// A folder with a clip of so many pictures.
fn folder(num_frames: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("clip");
    fs::create_dir(&clip).unwrap();
    let mut source = SyntheticSource::new(SIZE, num_frames, 25.0);
    for number in 0..num_frames {
        let frame = source.read(FrameIndex::new(number)).unwrap();
        write_png(&clip.join(format!("{number:04}.png")), SIZE, PngPixels::Rgb(frame.rgb())).unwrap();
    }
    folder
}

/// What a command writes, and what the pupil went through; `still` gives it a network whose points never move.
fn learned(folder: &Path, words: &str, (still, stops_after): (bool, Option<usize>)) -> (anyhow::Result<String>, Life) {
    let path = |name: &str| folder.join(name).display().to_string();
    let command = format!(
        "cotrail learn {} --out {} --work {} --points 24 --quiet --device cpu --threads 1 --weights {} {words}",
        path("clip"),
        path("mine.safetensors"),
        path("work"),
        golden("tiny.safetensors").display()
    );
    let Some(Command::Learn(args)) = Args::parse_from(command.split_whitespace()).command else { panic!("{command}") };
    let (config, cancel) = (LearnConfig::try_from(*args).unwrap(), CancelToken::new());
    let life = Rc::new(RefCell::new(Life::default()));
    let make = |_: &LearnConfig, _: &Arc<Network>, base: &Path| -> anyhow::Result<Box<dyn Pupil>> {
        let mut result = Checkpoint::read(base)?;
        for (name, tensor) in result.tensors.iter_mut().filter(|_| still) {
            if name.contains("flow_head") {
                tensor.data.fill(0.0);
            }
        }
        let stops_after = stops_after.map(|steps| (steps, cancel.clone()));
        Ok(Box::new(Fake { life: Rc::clone(&life), result, stops_after }))
    };
    let mut out = Vec::new();
    let ended =
        learn(&config, &make, (&Progress::new(true), &cancel), &mut out).map(|_| String::from_utf8(out).unwrap());
    let life = life.borrow().clone();
    (ended, life)
}

#[test]
fn a_network_that_is_no_better_is_not_written_and_the_labels_can_be_looked_at() {
    let folder = folder(40);
    let path = |name: &str| folder.path().join(name);
    let words = format!(
        "--steps 3 --teacher lk --labels {} --report {}",
        path("seen").display(),
        path("learned.json").display()
    );
    let (said, life) = learned(folder.path(), &words, (false, None));
    let said = said.unwrap();
    assert!(said.contains("nothing is written: no better on what was held back: agreement"), "{said}");
    assert!(said.contains("learned 3 steps") && life.steps == 3, "{said}");
    assert!(!path("mine.safetensors").exists());
    let report: serde_json::Value = serde_json::from_slice(&fs::read(path("learned.json")).unwrap()).unwrap();
    assert_eq!((&report["before"], &report["written"]), (&report["after"], &serde_json::Value::Null));
    assert_eq!((&report["clips"][0]["stretches"], &report["clips"][0]["held_back"]), (&2.into(), &1.into()));
    let labels = fs::read_to_string(path("seen/labels.csv")).unwrap();
    assert_eq!(labels.lines().count(), 1 + 2, "{labels}");
    assert!(fs::metadata(path("seen/clip.mp4")).unwrap().len() > 1000);
    // Two that are asked about two stretches, the network that is to learn among them; points of two stretches.
    assert_eq!(fs::read_dir(path("work/labels")).unwrap().count(), 2 * 2 + 2);
}

#[test]
fn a_network_that_is_better_is_written_with_what_it_learned_from() {
    // Points that stay where they are beat a network of random weights.
    let folder = folder(40);
    let compared = folder.path().join("compared");
    let words = format!("--steps 2 --teacher lk --compare {}", compared.display());
    learned(folder.path(), &words, (false, None)).0.unwrap();
    let picture = |name: &str| image::open(compared.join(name)).unwrap().into_rgb8();
    assert_eq!(picture("before.png"), picture("after.png"), "nothing was learned");
    let (said, _) = learned(folder.path(), &words, (true, None));
    assert!(picture("before.png") != picture("after.png"));
    let said = said.unwrap();
    assert!(said.contains("better on what was held back: agreement with the teachers"), "{said}");
    let written = fs::read_to_string(folder.path().join("mine.safetensors")).unwrap();
    assert_eq!(written, "learned from 1 clip in 2 steps, 0 minutes");
}

#[test]
fn a_run_that_goes_on_learns_the_same_as_one_that_was_not_stopped() {
    let folder = folder(40);
    let (whole, life) = learned(folder.path(), "--steps 9 --teacher lk", (false, None));
    whole.unwrap();
    let (stopped, half) = learned(folder.path(), "--steps 9 --teacher lk", (false, Some(4)));
    let error = stopped.unwrap_err();
    assert!(one_line(&error).contains("4 steps kept; the same command with --resume goes on"), "{error:#}");
    assert!(error.downcast_ref::<Interrupted>().is_some() && half.steps == 4);
    let (resumed, other) = learned(folder.path(), "--steps 9 --teacher lk --resume", (false, None));
    assert!(resumed.unwrap().contains("learned 9 steps"));
    assert_eq!(life, other);
    let error = learned(folder.path(), "--steps 9 --seed 1 --teacher lk --resume", (false, None)).0.unwrap_err();
    assert!(one_line(&error).contains("nothing to go on with"), "{error:#}");
}

#[test]
fn what_cannot_be_learned_from_or_written_is_said_before_the_work() {
    let error = |folder: &Path, words: &str| {
        let (said, life) = learned(folder, words, (false, None));
        assert_eq!(life.steps, 0);
        one_line(&said.unwrap_err())
    };
    let short = folder(20);
    assert!(error(short.path(), "--steps 1").contains("too little to learn from"));
    let folder = folder(30);
    fs::create_dir(folder.path().join("mine.safetensors")).unwrap();
    assert!(error(folder.path(), "--steps 1").contains("this is a folder"));
    fs::remove_dir(folder.path().join("mine.safetensors")).unwrap();
    assert!(error(folder.path(), "--steps 1 --report none/x.json").contains("no such folder"));
    assert!(error(folder.path(), "--steps 1 --teacher nobody").contains("--teacher nobody"));
    let other = folder.path().join("other").display().to_string();
    assert!(error(folder.path(), &format!("--steps 1 {other}")).contains("no such clip"));
}

#[test]
fn runs_that_nobody_went_on_with_are_forgotten_but_for_the_one_that_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let [own, old, new] = ["own", "old", "new"].map(|name| folder.path().join(name));
    for (path, days) in [(&own, 40), (&old, 40), (&new, 20)] {
        let age = Duration::from_hours(24 * days);
        fs::File::create(path).unwrap().set_modified(std::time::SystemTime::now() - age).unwrap();
    }
    forget_old(&own);
    assert_eq!([&own, &old, &new].map(|path| path.exists()), [true, false, true]);
    forget_old(&folder.path().join("nowhere/own")); // no such folder: nothing to do
}
