//! The session: order, drops, seeking, cancelling, joining, with sources made by the tests.

mod cameras;
mod editing;
mod gpu;
mod joins;
mod live;
mod live_points;
pub(crate) mod rig;
mod ring;
mod track_log;

use cotrail::geometry::{FrameIndex, SourcePoint};
use cotrail::media::SyntheticSource;
use cotrail::model::{CpuOptions, DeviceChoice};
use cotrail::session::{
    Event, ExportItem, ExportRequest, ItemEnd, ItemOutcome, ModelOptions, Movement, RunEnd, RunState, TableJob,
};
use cotrail::tracker::TrackerOptions;
use cotrail::tracks::{About, AboutSettings, AboutSource, AboutWeights, Edit, Query, TrackMode};
use rig::{Gate, Rig, SIZE, Script};
use std::path::{Path, PathBuf};

fn query(frame: u32, x: f32, y: f32) -> Query {
    Query { frame: FrameIndex(frame), point: SourcePoint::new(x, y) }
}

#[test]
fn every_wanted_frame_is_shown_exactly() {
    let mut rig = Rig::start(Script::frames(40), false);
    rig.open();
    for frame in [0, 1, 2, 30, 29, 3, 39] {
        rig.session.show(FrameIndex(frame), Movement::Forward);
        let shown = rig.wait_for_exact(frame);
        assert_eq!(SyntheticSource::number_in(&shown.frame), frame, "the pixels are that frame's");
    }
    rig.session.show(FrameIndex(1000), Movement::Forward);
    rig.wait_for_exact(39);
}

#[test]
fn a_newer_wish_overtakes_the_ones_that_were_not_read_yet() {
    let gate = Gate::default();
    let mut rig = Rig::start(Script { reader_gate: Some(gate.clone()), ..Script::frames(100) }, false);
    rig.open();
    gate.wait_for(0);
    gate.permit(1);
    gate.wait_for(1); // reads ahead
    rig.session.show(FrameIndex(50), Movement::Forward);
    gate.permit(1);
    gate.wait_for(50);
    rig.session.show(FrameIndex(60), Movement::Forward);
    rig.session.show(FrameIndex(70), Movement::Forward);
    gate.permit(1);
    gate.wait_for(70);
    gate.open();
    rig.wait_for_exact(70);
    assert!(!gate.seen().contains(&60), "{:?}", gate.seen());
}

#[test]
fn the_nearest_frame_at_hand_stands_in_while_scrubbing_but_not_while_playing() {
    let gate = Gate::default();
    let mut rig = Rig::start(Script { reader_gate: Some(gate.clone()), ..Script::frames(100) }, false);
    rig.open();
    gate.permit(3); // frames 0, 1, 2
    gate.wait_for(3);
    rig.wait_for_exact(0);
    rig.session.show(FrameIndex(80), Movement::Forward);
    gate.permit(1);
    gate.wait_for(80);
    let stand_in = rig.next_shown();
    assert_eq!((stand_in.frame.index, stand_in.exact), (FrameIndex(3), false));
    gate.permit(1);
    assert_eq!(rig.wait_for_exact(80).frame.index, FrameIndex(80));
    rig.session.show(FrameIndex(20), Movement::Play);
    gate.open();
    let next = rig.next_shown();
    assert_eq!((next.frame.index, next.exact), (FrameIndex(20), true));
}

#[test]
fn moving_backwards_reads_stretches_in_order() {
    let gate = Gate::default();
    let mut rig = Rig::start(Script { reader_gate: Some(gate.clone()), ..Script::frames(200) }, false);
    rig.open();
    gate.wait_for(0);
    rig.session.show(FrameIndex(100), Movement::Backward);
    gate.permit(1);
    gate.wait_for(100);
    gate.permit(1);
    gate.wait_for(76); // 24 frames before, then on towards 99
    gate.permit(1);
    gate.wait_for(77);
    gate.open();
}

#[test]
fn frames_that_do_not_decode_are_bridged_and_counted() {
    let mut rig = Rig::start(Script { missing: vec![5, 6], ..Script::frames(10) }, false);
    rig.open();
    rig.session.show(FrameIndex(5), Movement::Forward);
    rig.wait_for_exact(5);
    rig.session.show(FrameIndex(6), Movement::Forward);
    let shown = rig.wait_for_exact(6);
    assert_eq!((shown.frame.index, SyntheticSource::number_in(&shown.frame)), (FrameIndex(6), 4));
    rig.wait("both are counted", |session, _| session.clip().is_some_and(|clip| clip.reader_status().num_missing == 2));
}

#[test]
fn a_clip_that_cannot_be_opened_leaves_the_current_one() {
    let mut rig = Rig::start(Script::frames(10), false);
    let generation = rig.open();
    rig.session.open(PathBuf::from("broken"));
    rig.wait("the failure is reported", |_, events| {
        events.iter().any(|event| matches!(event, Event::OpenFailed { message, .. } if message.contains("broken")))
    });
    assert_eq!(rig.session.clip().unwrap().generation(), generation);
    assert_eq!(rig.session.opening(), None);
}

#[test]
fn of_two_clips_that_are_opening_the_newer_one_wins() {
    let gate = Gate::default();
    let mut rig = Rig::start(Script { opener_gate: Some(gate.clone()), ..Script::frames(10) }, false);
    let slow = rig.session.open(PathBuf::from("slow"));
    gate.wait_for(0);
    let newer = rig.session.open(PathBuf::from("clip"));
    assert!(newer > slow);
    rig.wait("the newer one is open", |session, _| session.clip().is_some_and(|clip| clip.generation() == newer));
    gate.open();
    rig.wait_for_exact(0);
    assert!(!rig.events.iter().any(|event| event.generation() == Some(slow)), "{:?}", rig.events);
    assert_eq!(rig.session.clip().unwrap().generation(), newer);
}

#[test]
fn a_panic_while_reading_becomes_an_event_and_another_clip_can_be_opened() {
    let mut rig = Rig::start(Script { panics_at: Some(7), ..Script::frames(10) }, false);
    let generation = rig.open();
    rig.session.show(FrameIndex(7), Movement::Forward);
    rig.wait("the clip is given up", |_, events| {
        events.iter().any(|event| {
            matches!(event, Event::ClipFailed { generation: g, message } if *g == generation && message.contains("frame 7"))
        })
    });
    rig.open();
    rig.wait_for_exact(0);
}

#[test]
fn a_point_is_followed_to_the_end_and_stays_where_it_was_put() {
    let mut rig = Rig::start(Script::frames(21), true);
    rig.open();
    let (run, tracks) = rig.session.add_points(vec![query(3, 40.0, 30.0)]).unwrap();
    assert_eq!(rig.session.clip().unwrap().tracks().len(), 1, "shown at once");
    rig.wait_for_end(run, &RunEnd::Finished { num_missing: 0 });
    let store = std::sync::Arc::clone(rig.session.clip().unwrap().tracks());
    assert_eq!(store.sample(tracks[0], FrameIndex(2)), None);
    assert_eq!(store.sample(tracks[0], FrameIndex(3)).unwrap().point, SourcePoint::new(40.0, 30.0));
    assert!((4..21).all(|frame| store.sample(tracks[0], FrameIndex(frame)).is_some()));
    assert_eq!(rig.session.clip().unwrap().tracking_progress(), None);
}

#[test]
fn a_new_click_gets_its_first_window_before_the_run_under_way_goes_on() {
    let gate = Gate::default();
    let mut rig = Rig::start(Script { tracking_gate: Some(gate.clone()), ..Script::frames(120) }, true);
    rig.open();
    let (first, _) = rig.session.add_points(vec![query(0, 40.0, 30.0)]).unwrap();
    gate.permit(20);
    gate.wait_for(20); // its first window is out
    let (second, _) = rig.session.add_points(vec![query(100, 50.0, 30.0)]).unwrap();
    gate.open();
    rig.wait_for_end(first, &RunEnd::Finished { num_missing: 0 });
    rig.wait_for_end(second, &RunEnd::Finished { num_missing: 0 });
    let seen = gate.seen();
    // The first window that holds frame 100 begins at 88.
    let expected: Vec<u32> = (0..=20).chain(88..=103).chain(21..88).chain(104..120).collect();
    assert_eq!(seen, expected, "and every frame is read and encoded once for both");
}

#[test]
fn a_cancelled_run_keeps_what_it_found_and_the_next_one_goes_on() {
    let gate = Gate::default();
    let mut rig = Rig::start(Script { tracking_gate: Some(gate.clone()), ..Script::frames(60) }, true);
    rig.open();
    let (first, tracks) = rig.session.add_points(vec![query(0, 40.0, 30.0)]).unwrap();
    gate.permit(20);
    gate.wait_for(20);
    rig.session.cancel_run(first);
    let (second, _) = rig.session.add_points(vec![query(0, 20.0, 30.0)]).unwrap();
    gate.open();
    rig.wait_for_end(first, &RunEnd::Cancelled);
    let store = std::sync::Arc::clone(rig.session.clip().unwrap().tracks());
    assert!(store.sample(tracks[0], FrameIndex(15)).is_some());
    assert_eq!(store.sample(tracks[0], FrameIndex(16)), None);
    rig.wait_for_end(second, &RunEnd::Finished { num_missing: 0 });
}

#[test]
fn a_track_deleted_while_it_is_followed_is_gone_and_the_others_finish() {
    let gate = Gate::default();
    let mut rig = Rig::start(Script { tracking_gate: Some(gate.clone()), ..Script::frames(40) }, true);
    rig.open();
    let (first, gone) = rig.session.add_points(vec![query(0, 40.0, 30.0)]).unwrap();
    let (both, pair) = rig.session.add_points(vec![query(0, 20.0, 30.0), query(0, 60.0, 40.0)]).unwrap();
    gate.permit(5);
    gate.wait_for(5);
    rig.session.edit(&Edit::Delete { tracks: vec![gone[0], pair[0]] }).unwrap();
    assert_eq!(rig.session.clip().unwrap().run_state(first), None);
    gate.open();
    rig.wait_for_end(both, &RunEnd::Finished { num_missing: 0 });
    let store = std::sync::Arc::clone(rig.session.clip().unwrap().tracks());
    assert_eq!(store.tracks().map(|track| track.id).collect::<Vec<_>>(), vec![pair[1]]);
    assert!(store.sample(pair[1], FrameIndex(39)).is_some());
}

#[test]
fn a_panic_while_tracking_fails_the_run_and_the_next_one_works() {
    let mut rig = Rig::start(Script { tracking_panics_once: true, ..Script::frames(20) }, true);
    rig.open();
    let (run, _) = rig.session.add_points(vec![query(0, 40.0, 30.0)]).unwrap();
    rig.wait("the run has failed", |session, _| {
        let state = session.clip().unwrap().run_state(run);
        matches!(state, Some(RunState::Ended(RunEnd::Failed(message))) if message.contains("scripted"))
    });
    let (next, _) = rig.session.add_points(vec![query(0, 40.0, 30.0)]).unwrap();
    rig.wait_for_end(next, &RunEnd::Finished { num_missing: 0 });
}

#[test]
fn without_weights_points_are_placed_and_their_run_says_why_it_failed() {
    let mut rig = Rig::start_with_weights(Script::frames(20), Some(PathBuf::from("nowhere.safetensors")));
    rig.open();
    let (run, _) = rig.session.add_points(vec![query(0, 40.0, 30.0)]).unwrap();
    rig.wait("the run has failed", |session, _| {
        let state = session.clip().unwrap().run_state(run);
        matches!(state, Some(RunState::Ended(RunEnd::Failed(message))) if message.contains("nowhere"))
    });
}

#[test]
fn opening_another_clip_ends_the_runs_of_the_one_before() {
    let gate = Gate::default();
    let mut rig = Rig::start(Script { tracking_gate: Some(gate.clone()), ..Script::frames(40) }, true);
    let old = rig.open();
    rig.session.add_points(vec![query(0, 40.0, 30.0)]).unwrap();
    gate.wait_for(0);
    rig.open();
    gate.open();
    let (run, _) = rig.session.add_points(vec![query(0, 40.0, 30.0)]).unwrap();
    rig.wait_for_end(run, &RunEnd::Finished { num_missing: 0 });
    let of_the_old_one = |event: &Event| matches!(event, Event::RunEnded { generation, .. } if *generation == old);
    assert!(!rig.events.iter().any(of_the_old_one), "{:?}", rig.events);
    assert_eq!(rig.session.clip().unwrap().tracks().len(), 1);
}

#[test]
fn dropping_the_session_joins_every_thread_in_the_middle_of_its_work() {
    let script = Script::frames(5000);
    let alive = script.alive.clone();
    let mut rig = Rig::start(script, true);
    rig.open();
    rig.session.add_points(vec![query(0, 40.0, 30.0)]).unwrap();
    rig.wait("tracking is under way", |session, _| {
        session.clip().unwrap().tracks().runs().next().unwrap().covered().is_some()
    });
    assert_eq!(alive.count(), 2, "one source for the view, one for tracking");
    drop(rig);
    assert_eq!(alive.count(), 0);
}

fn about() -> About {
    let source = AboutSource { path: "clip".into(), size: SIZE, frame_rate: 25.0, num_frames: 12, pixel_aspect: 1.0 };
    let settings = AboutSettings {
        mode: TrackMode::Window,
        model_size: SIZE,
        iterations: 3,
        support_grid: 0,
        start: FrameIndex(0),
        end: FrameIndex(11),
        visible_above: 0.6,
    };
    let weights = AboutWeights { name: "tiny".into(), sha256: String::new() };
    About { source, weights, device: "CPU".into(), settings }
}

#[test]
fn clip_and_tables_are_exported_and_a_bad_place_keeps_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut rig = Rig::start(Script::frames(12), true);
    rig.open();
    let (run, _) = rig.session.add_points(vec![query(0, 40.0, 30.0)]).unwrap();
    rig.wait_for_end(run, &RunEnd::Finished { num_missing: 0 });
    let at = |name: &str| folder.path().join(name);
    let items = vec![table(&at("t.csv")), table(&at("t.npz")), clip(&at("t.mp4"))];
    let id = rig.session.export(ExportRequest { items, about: about() }).unwrap();
    assert!(rig.session.export_progress(id).is_some());
    let written = |name: &str| ItemEnd { path: at(name), outcome: ItemOutcome::Written(Vec::new()) };
    let end = rig.wait_for_export(id);
    assert_eq!(end.items, [written("t.csv"), written("t.npz"), written("t.mp4")]);
    let rows = std::fs::read_to_string(at("t.csv")).unwrap().lines().count();
    assert_eq!(rows, 1 + 12);
    assert!(at("t.mp4").metadata().unwrap().len() > 0);

    let items = vec![table(&at("u.csv")), table(&at("no such folder/u.json")), clip(&at("u.mp4"))];
    let id = rig.session.export(ExportRequest { items, about: about() }).unwrap();
    let end = rig.wait_for_export(id);
    assert_eq!([&end.items[0], &end.items[2]], [&written("u.csv"), &written("u.mp4")], "one failure keeps the others");
    let ItemOutcome::Failed(message) = &end.items[1].outcome else { panic!("{end:?}") };
    assert!(message.starts_with("there is no such folder to write to"), "{message}");
    let names: std::collections::BTreeSet<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names, ["t.csv", "t.mp4", "t.npz", "u.csv", "u.mp4"].map(str::to_owned).into());
}

fn clip(path: &Path) -> ExportItem {
    ExportItem::Clip(cotrail::export::ClipJob {
        slowdown: 1.0,
        path: path.to_owned(),
        frames: FrameIndex(0)..=FrameIndex(11),
        drawing: cotrail::export::Drawing::new(cotrail::overlay::OverlayStyle::default()),
        ground: cotrail::export::Ground::Picture,
        encoding: cotrail::media::ClipEncoding::default(),
        audio: true,
    })
}

fn table(path: &Path) -> ExportItem {
    let options = cotrail::tracks::TableOptions::default();
    ExportItem::Table(TableJob { path: path.to_owned(), frames: FrameIndex(0)..=FrameIndex(11), options })
}

#[test]
fn a_cancelled_export_leaves_no_part_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Gate::default();
    let mut rig = Rig::start(Script { export_gate: Some(gate.clone()), ..Script::frames(12) }, false);
    rig.open();
    let at = |name: &str| folder.path().join(name);
    let pictures = ExportItem::Pictures(cotrail::export::PicturesJob {
        folder: at("t_png"),
        name: "t".into(),
        frames: FrameIndex(0)..=FrameIndex(11),
        drawing: cotrail::export::Drawing::new(cotrail::overlay::OverlayStyle::default()),
        ground: None,
    });
    let items = vec![table(&at("t.csv")), clip(&at("t.mp4")), pictures];
    let id = rig.session.export(ExportRequest { items, about: about() }).unwrap();
    gate.permit(2);
    gate.wait_for(2);
    rig.session.cancel_export(id);
    gate.open();
    let outcomes: Vec<_> = rig.wait_for_export(id).items.into_iter().map(|item| item.outcome).collect();
    assert_eq!(outcomes, [ItemOutcome::Written(Vec::new()), ItemOutcome::Cancelled, ItemOutcome::Cancelled]);
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["t.csv"], "what was complete stays, and nothing else");
}

fn tiny(name: &str, iters: Option<usize>) -> ModelOptions {
    ModelOptions {
        weights: std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name),
        device: DeviceChoice::Cpu,
        cpu: CpuOptions::precise(Some(1)),
        tracker: TrackerOptions { pin_queries: true, support_grid: 2, iters, ..TrackerOptions::default() },
        feature_budget_bytes: 1 << 28,
    }
}

fn ready_models(events: &[Event]) -> Vec<ModelOptions> {
    let options = |event: &Event| if let Event::ModelReady(info) = event { Some(info.options.clone()) } else { None };
    events.iter().filter_map(options).collect()
}

#[test]
fn another_model_takes_over_while_a_run_that_has_begun_is_finished_by_the_old_one() {
    let gate = Gate::default();
    let mut rig = Rig::start(Script { tracking_gate: Some(gate.clone()), ..Script::frames(40) }, true);
    rig.open();
    let (first, _) = rig.session.add_points(vec![query(0, 20.0, 20.0)]).unwrap();
    gate.permit(20);
    gate.wait_for(20);
    rig.session.set_model(tiny("tiny_f16.safetensors", Some(2))).unwrap();
    let (second, _) = rig.session.add_points(vec![query(0, 60.0, 40.0)]).unwrap();
    gate.open();
    rig.wait("the new model is ready", |_, events| ready_models(events).len() == 2);
    rig.wait_for_end(first, &RunEnd::Finished { num_missing: 0 });
    rig.wait_for_end(second, &RunEnd::Finished { num_missing: 0 });
    assert_eq!(ready_models(&rig.events)[1], tiny("tiny_f16.safetensors", Some(2)));
    // Each frame is read for each network: features of one mean nothing to the other.
    let mut seen = gate.seen();
    seen.sort_unstable();
    assert_eq!(seen.iter().filter(|frame| **frame == 5).count(), 2, "{seen:?}");
    // The same file with other iterations: no frame is read again.
    rig.session.set_model(tiny("tiny_f16.safetensors", Some(1))).unwrap();
    let (third, _) = rig.session.add_points(vec![query(0, 30.0, 30.0)]).unwrap();
    rig.wait_for_end(third, &RunEnd::Finished { num_missing: 0 });
    assert_eq!(gate.seen().len(), seen.len(), "encoded frames are kept");
}

#[test]
fn a_model_that_cannot_be_had_leaves_the_old_one_at_work() {
    let mut rig = Rig::start(Script::frames(20), true);
    rig.open();
    rig.session.set_model(tiny("no_such.safetensors", None)).unwrap();
    let kept = |event: &Event| matches!(event, Event::ModelKept { message } if message.contains("no_such"));
    rig.wait("it is refused", |_, events| events.iter().any(kept));
    let (run, _) = rig.session.add_points(vec![query(0, 20.0, 20.0)]).unwrap();
    rig.wait_for_end(run, &RunEnd::Finished { num_missing: 0 });
}

#[test]
fn a_session_without_a_network_can_be_given_one() {
    let broken = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut rigs = [Rig::start(Script::frames(20), false), Rig::start_with_weights(Script::frames(20), Some(broken))];
    for rig in &mut rigs {
        rig.open();
        let (run, _) = rig.session.add_points(vec![query(0, 20.0, 20.0)]).unwrap();
        rig.wait("it fails", |session, _| {
            let state = session.clip().and_then(|clip| clip.run_state(run)).cloned();
            matches!(state, Some(RunState::Ended(RunEnd::Failed(_))))
        });
        rig.session.set_model(tiny("tiny.safetensors", None)).unwrap();
        rig.wait("it is there", |_, events| ready_models(events).len() == 1);
        let (run, _) = rig.session.add_points(vec![query(0, 20.0, 20.0)]).unwrap();
        rig.wait_for_end(run, &RunEnd::Finished { num_missing: 0 });
    }
}
