//! A GPU that gives up while a clip or a camera is followed.

use super::live::{Rig as LiveRig, ids};
use super::rig::{Rig, Script};
use super::{query, tiny};
use cotrail::geometry::{FrameIndex, SourcePoint};
use cotrail::model::DeviceChoice;
use cotrail::session::{Event, LiveCommand, LiveEvent, ModelOptions, RunEnd, Session};
use cotrail::tracks::{Sample, TrackId};
use std::process::Command;
use std::time::Instant;

const VARIABLE: &str = "COTRAIL_FAIL_GPU_AFTER";

/// Runs a test once more, in a process whose GPU fails; returns whether this is that process.
fn is_where_the_gpu_fails(test: &str, after: &str) -> bool {
    if std::env::var_os(VARIABLE).is_some() {
        return true;
    }
    let mut again = Command::new(std::env::current_exe().unwrap());
    let output = again.args(["--exact", test, "--nocapture"]).env(VARIABLE, after).output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    false
}

fn on(device: DeviceChoice) -> ModelOptions {
    ModelOptions { device, ..tiny("tiny.safetensors", None) }
}

fn has_failed(event: &Event) -> bool {
    matches!(event, Event::GpuFailed { message } if message.contains("lost"))
}

/// The samples of a point over a clip of 40 frames that is followed on this device.
fn followed(device: DeviceChoice) -> (Vec<Sample>, usize) {
    let mut rig = Rig::start(Script::frames(40), false);
    rig.session.set_model(on(device)).unwrap();
    rig.open();
    let (run, tracks) = rig.session.add_points(vec![query(0, 40.0, 30.0), query(5, 60.0, 20.0)]).unwrap();
    rig.wait_for_end(run, &RunEnd::Finished { num_missing: 0 });
    let store = rig.session.clip().unwrap().tracks().clone();
    let samples = (0..40).filter_map(|frame| store.sample(tracks[0], FrameIndex(frame))).collect();
    (samples, rig.events.iter().filter(|event| has_failed(event)).count())
}

#[test]
fn a_clip_is_followed_to_its_end_by_the_cpu() {
    if !is_where_the_gpu_fails("session::gpu::a_clip_is_followed_to_its_end_by_the_cpu", "21") {
        return;
    }
    let (samples, num_failures) = followed(DeviceChoice::Auto);
    let (expected, none) = followed(DeviceChoice::Cpu);
    assert_eq!((samples.len(), num_failures, none), (40, 1, 0));
    assert_eq!(samples, expected);
}

#[test]
fn live_points_go_on_where_they_are() {
    if !is_where_the_gpu_fails("session::gpu::live_points_go_on_where_they_are", "30") {
        return;
    }
    let mut rig = LiveRig::start(false);
    let wait_for = |session: &mut Session, is_it: &dyn Fn(&Event) -> bool| {
        let start = Instant::now();
        while !session.update().iter().any(is_it) {
            assert!(start.elapsed() < super::live::PATIENCE, "the event does not come");
            std::thread::yield_now();
        }
    };
    rig.session.set_model(on(DeviceChoice::Auto)).unwrap();
    let is_gpu = |event: &Event| matches!(event, Event::ModelReady(info) if info.device.contains("GPU"));
    wait_for(&mut rig.session, &is_gpu);
    rig.picture();
    rig.next_shown();
    rig.live.send(LiveCommand::Add(None, vec![SourcePoint::new(20.0, 30.0), SourcePoint::new(60.0, 40.0)]));
    assert_eq!(ids(&rig.next_shown()), [0, 1]);
    let failure = (0..200).find_map(|_| {
        assert_eq!(ids(&rig.follow()), [0, 1]);
        rig.live.events().pop()
    });
    let Some(LiveEvent::GpuFailed(message)) = failure else { panic!("{failure:?}") };
    rig.session.gpu_failed(message);
    wait_for(&mut rig.session, &has_failed);
    for _ in 0..6 {
        let shown = rig.follow();
        assert_eq!(ids(&shown), [0, 1]);
        assert!(shown.tracks.sample(TrackId(1), shown.at).is_some());
    }
    assert_eq!(rig.live.events().pop(), None, "nothing else is wrong");
    let status = rig.wait_for_status("points are followed again", |status| status.has_network);
    assert!(status.has_network);
}
