//! Project files: what goes in comes out, and what is damaged is refused with words.

use cotrail::calibration::Probability;
use cotrail::geometry::{FrameIndex, Size, SourcePoint};
use cotrail::project::{Autosave, Project, ProjectError, SavedClip, SavedView, orphans};
use cotrail::tracks::{
    AboutWeights, Chunk, CloserLook, Edit, Polish, PolishedPlace, Query, RunSettings, Sample, SampleSource, TrackId,
    TrackMode, TrackStore, Treatment,
};
use proptest::prelude::*;
use std::path::Path;
use std::time::{Duration, SystemTime};

const NUM_FRAMES: u32 = 24;

fn query(frame: u32, x: f32) -> Query {
    Query { frame: FrameIndex(frame), point: SourcePoint::new(x, 1.0 / 3.0) }
}

/// Numbers of all magnitudes, the hard ones among them.
fn number(i: usize) -> f32 {
    let bits = (i as u32).wrapping_mul(2_654_435_761) & 0x7f7f_ffff;
    [f32::from_bits(bits), -f32::from_bits(bits), f32::MIN_POSITIVE, f32::MAX, -0.0, 0.1, 1e-45][i % 7]
}

fn chunk(first: u32, num_frames: usize, num_tracks: usize) -> Chunk {
    let sample = |i: usize| {
        let share = (number(i).abs() / f32::MAX).min(1.0);
        (!i.is_multiple_of(5)).then_some(Sample {
            point: SourcePoint::new(number(i), number(i + 3)),
            visibility: share,
            confidence: 1.0 - share,
            probability: (i % 3 == 1).then(|| Probability::new(share)),
            visible: i.is_multiple_of(2),
            source: if i % 11 == 1 { SampleSource::Corrected } else { SampleSource::Tracked },
        })
    };
    Chunk { first: FrameIndex(first), num_tracks, samples: (0..num_frames * num_tracks).map(sample).collect() }
}

fn settings() -> RunSettings {
    RunSettings {
        weights: AboutWeights { name: "small".into(), sha256: "ab".repeat(32) },
        mode: TrackMode::Window,
        model_size: Size::new(384, 256),
        zoom: None,
        iterations: 4,
        support_grid: 6,
    }
}

/// A store after a lot of work: corrections, tracks that were split, merged and swapped, a run under way.
fn worked_on() -> TrackStore {
    let mut store = TrackStore::new();
    let (run, ids) = store.add_run((0..3).map(|i| (Some(format!("a \"{i}\"")), query(i, i as f32))));
    store.advance(run, Some(chunk(0, 8, 3)), None);
    store.advance(run, Some(chunk(8, 8, 3)), Some(chunk(16, 8, 3)));
    store.set_run_settings(run, settings());
    let (other, more) = store.add_run([(None, query(5, 2.5)), (None, query(7, 9.0))]);
    store.advance(other, Some(chunk(0, 24, 2)), None);
    let (third, gone) = store.add_run([(None, query(0, 0.5))]);
    store.advance(third, Some(chunk(0, 24, 1)), None);
    store.apply(&Edit::Delete { tracks: gone }).unwrap();
    let [again, back] = store.correct(&[(ids[1], SourcePoint::new(0.1, 0.2))], FrameIndex(9)).unwrap()[..] else {
        panic!("a run for each way")
    };
    store.advance(again.run, Some(chunk(9, 15, 1)), None);
    store.advance(back.run, Some(chunk(5, 5, 1)), Some(chunk(0, 5, 1)));
    for edit in [
        Edit::Split { track: ids[0], frame: FrameIndex(12) },
        Edit::Swap { a: ids[2], b: more[0], frame: FrameIndex(6) },
        Edit::ClearAfter { tracks: vec![more[1]], frame: FrameIndex(20) },
        Edit::SetGroup { tracks: vec![ids[2]], group: Some("left".into()) },
        Edit::SetHidden { tracks: vec![ids[2]], hidden: true },
        Edit::SetColour { tracks: vec![more[0]], colour: 6 },
        Edit::SetLocked { tracks: vec![more[0]], locked: true },
        Edit::Treat(Treatment {
            visible_above: Some(0.3),
            smooth_frames: 2,
            fill_gap_frames: 5,
            through_cuts: true,
            end_outside: true,
            polish: false,
            plane: None,
        }),
    ] {
        store.apply(&edit).unwrap();
    }
    let late = store.tracks().last().unwrap().id;
    store.apply(&Edit::Merge { first: ids[0], second: late }).unwrap();
    store
}

fn project(store: &TrackStore) -> Project {
    let clip = SavedClip::describe(Path::new("/clips/a.mp4"), NUM_FRAMES as usize, Path::new("/clips/a.cotrail"));
    Project { clip, tracking: None, view: SavedView::default(), tracks: store.to_saved(), origin: None }
}

fn parse(bytes: &[u8]) -> Result<TrackStore, String> {
    let project = Project::parse(bytes, Path::new("p.cotrail")).map_err(|error| error.to_string())?;
    TrackStore::from_saved(project.tracks).map_err(|error| error.to_string())
}

/// A track on a frame: the bits of its numbers, and the verdict.
type Seen = (TrackId, u32, Option<[u32; 4]>, Option<(bool, SampleSource, Option<Probability>)>);

/// Every bit of what a user can see of a store.
fn bits(store: &TrackStore) -> Vec<Seen> {
    let frames = (0..NUM_FRAMES + 4).map(FrameIndex);
    let at = |frame: FrameIndex| {
        let samples: Vec<_> = store.samples_at(frame).collect();
        samples.into_iter().map(move |(track, sample)| {
            let numbers = sample.map(|s| [s.point.x, s.point.y, s.visibility, s.confidence].map(f32::to_bits));
            (track.id, frame.0, numbers, sample.map(|s| (s.visible, s.source, s.probability)))
        })
    };
    frames.flat_map(at).collect()
}

#[test]
fn a_store_with_corrections_and_edited_tracks_comes_back_bit_by_bit() {
    let mut before = worked_on();
    let after = parse(&project(&before).to_bytes()).unwrap();
    assert_eq!(before.tracks().collect::<Vec<_>>(), after.tracks().collect::<Vec<_>>());
    assert_eq!((before.treatment(), before.len()), (after.treatment(), after.len()));
    assert_eq!(bits(&before), bits(&after));
    before.apply(&Edit::Treat(Treatment::default())).unwrap();
    let after = parse(&project(&before).to_bytes()).unwrap();
    assert_eq!(bits(&before), bits(&after), "raw results, too");
    assert!(bits(&after).iter().filter(|(.., sample)| sample.is_some()).count() > 60);
    for (a, b) in before.runs().zip(after.runs()) {
        assert_eq!(
            (a.id, a.queries(), a.settings(), a.covered(), a.last_settled()),
            (b.id, b.queries(), b.settings(), b.covered(), b.last_settled())
        );
    }
    assert_eq!(after.to_saved(), before.to_saved());
    let known: Vec<_> = after.runs().map(|run| run.settings().cloned()).collect();
    assert_eq!((&known[0], &known[1]), (&Some(settings()), &None));
}

#[test]
fn what_an_older_cotrail_saved_means_what_it_meant() {
    let mut store = worked_on();
    store.apply(&Edit::Treat(Treatment { visible_above: Some(0.2), ..Treatment::default() })).unwrap();
    let mut old: serde_json::Value = serde_json::from_slice(&project(&store).to_bytes()).unwrap();
    for run in old["tracks"]["runs"].as_array_mut().unwrap() {
        run.as_object_mut().unwrap().remove("settings");
        for chunk in ["settled", "provisional"] {
            let Some(chunk) = run[chunk].as_object_mut() else { continue };
            assert!(chunk.remove("probability").is_some(), "an older one did not write it");
        }
    }
    let old = parse(old.to_string().as_bytes()).unwrap();
    let mut num_judged = 0;
    for sample in (0..NUM_FRAMES).flat_map(|frame| old.samples_at(FrameIndex(frame))).filter_map(|(_, sample)| sample) {
        if sample.source == SampleSource::Tracked {
            assert_eq!(sample.visible, sample.visibility * sample.confidence > 0.2);
            num_judged += 1;
        }
    }
    assert!(num_judged > 20);
    assert!(!String::from_utf8(project(&old).to_bytes()).unwrap().contains("probability"));
}

#[test]
fn ids_of_deleted_tracks_are_not_used_again_after_reading() {
    let mut after = parse(&project(&worked_on()).to_bytes()).unwrap();
    let known: Vec<TrackId> = worked_on().tracks().map(|track| track.id).collect();
    let (_, new) = after.add_run([(None, query(0, 0.0))]);
    assert!(known.iter().all(|id| *id < new[0]) && new[0].0 >= 6, "{new:?} after {known:?}");
}

#[test]
fn other_files_newer_ones_and_damaged_ones_are_refused_with_words() {
    let good = String::from_utf8(project(&worked_on()).to_bytes()).unwrap();
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    let with_first_x = |x: &str| {
        let (before, after) = good.split_once("\"x\":[").unwrap();
        format!("{before}\"x\":[{x}{}", &after[after.find(',').unwrap()..])
    };
    for (text, part) in [
        (String::new(), "not a Cotrail project"),
        ("{}".into(), "not a Cotrail project"),
        ("[1]".into(), "not a Cotrail project"),
        ("{\"format\": \"other\", \"version\": 1}".into(), "not a Cotrail project"),
        ("\u{0}\u{1}video".into(), "not a Cotrail project"),
        (with("\"version\":1", "\"version\":2"), "made by a newer Cotrail (format 2"),
        (with("\"version\":1", "\"version\":0"), "no version 0"),
        (good[..good.len() / 2].into(), "cut off"),
        (good[..60].into(), "cut off"),
        (with("\"frames\":24", "\"frames\":\"many\""), "damaged, invalid type: string"),
        (with("\"frames\":24", "\"frames\":0"), "number of frames is out of range"),
        (with("\"frame\":0", "\"frame\":24"), "frame on show is not in the clip"),
        (with("\"range\":null", "\"range\":[5,4]"), "range is not in the clip"),
        (with("\"tracks\":{", "\"other\":{"), "missing field `tracks`"),
        (with("\"id\":0,\"name\"", "\"id\":1,\"name\""), "the track 1 is there twice"),
        (with("\"id\":0,\"points\"", "\"id\":1,\"points\""), "the run 1 is there twice"),
        (with("\"from\":0", "\"from\":3"), "segments of the track 0 are not in order"),
        (with("\"run\":0,\"slot\":0", "\"run\":9,\"slot\":0"), "needs the point 0 of the run 9"),
        (with("\"run\":0,\"slot\":0", "\"run\":0,\"slot\":3"), "needs the point 3 of the run 0"),
        (with("\"settled\":{\"first\":0", "\"settled\":{\"first\":4294967295"), "out of range"),
        (with_first_x("1e39"), "out of range"),
        (with_first_x("1e999"), "damaged, number out of range"),
        (with("\"x\":[", "\"x\":[0,"), "results of the run 0 are incomplete"),
        (with("\"probability\":[", "\"probability\":[0.5,"), "results of the run 0 are incomplete"),
        (with("\"probability\":[", "\"probability\":[7,"), "a probability is not between 0 and 1"),
        (with("\"states\":\"", "\"states\":\"?"), "results of the run 0 are incomplete"),
        (with("\"states\":\"", "\"states\":\".."), "results of the run 0 are incomplete"),
        (with("\"iterations\":4", "\"iterations\":1000000"), "number of iterations of the run 0 is out of range"),
        (with("\"iterations\":4", "\"iterations\":\"many\""), "damaged, invalid type: string"),
        (with("\"visible_above\":0.3", "\"visible_above\":7"), "threshold is out of range"),
        (format!("{}{}", "{\"format\":\"cotrail project\",\"version\":1,\"a\":", "[".repeat(100_000)), "cut off"),
    ] {
        match parse(text.as_bytes()) {
            Ok(_) => panic!("{part}: it was taken"),
            Err(error) => assert!(error.contains(part), "{part}: {error}"),
        }
    }
}

/// A store whose first run was looked at closely on frames 3 to 5.
fn looked_at(look: CloserLook) -> TrackStore {
    let mut store = worked_on();
    let place = |i: usize| {
        let similarity = (i % 4 != 1).then(|| 1.0 - i as f32 / 3.0);
        let corners = [1, 2, 3, 4].map(|n| SourcePoint::new(number(i + n), number(n)));
        let corners = look.plane.filter(|_| i == 3).map(|_| corners);
        (i % 3 != 2).then_some(PolishedPlace { point: SourcePoint::new(number(i + 1), number(i)), similarity, corners })
    };
    let places = (0..9).map(|i| place(i.min(5))).collect();
    let run = store.runs().next().unwrap().id;
    store.set_polish(run, Polish { look, first: FrameIndex(3), num_tracks: 3, places });
    let CloserLook { polish, plane } = look;
    store.apply(&Edit::Treat(Treatment { polish, plane, ..*store.treatment() })).unwrap();
    store
}

fn polished() -> TrackStore {
    looked_at(CloserLook { polish: true, plane: None })
}

#[test]
fn polished_places_and_planes_come_back_bit_by_bit() {
    let looks = [(true, None), (false, Some(61)), (true, Some(15))];
    for look in looks.map(|(polish, plane)| CloserLook { polish, plane }) {
        let before = looked_at(look);
        let after = parse(&project(&before).to_bytes()).unwrap();
        let [polish, other] = [&before, &after].map(|store| store.runs().next().unwrap().polish().cloned().unwrap());
        assert_eq!((&polish, polish.look), (&other, look));
        assert_eq!(polish.places.iter().flatten().any(|place| place.corners.is_some()), look.plane.is_some());
        assert_eq!((bits(&before), after.has_planes()), (bits(&after), look.plane.is_some()));
    }
    let after = parse(&project(&polished()).to_bytes()).unwrap();
    assert_ne!(bits(&after), bits(&worked_on()), "they are what is seen");
    assert!(after.is_polished() && !worked_on().is_polished());
    let plain = String::from_utf8(project(&worked_on()).to_bytes()).unwrap();
    assert!(!plain.contains("polish"), "nothing is written of what was not done");
}

#[test]
fn damaged_polished_places_are_refused() {
    let good = String::from_utf8(project(&polished()).to_bytes()).unwrap();
    let (before, after) = good.split_once("\"polish\":{").unwrap();
    for (from, to, part) in [
        ("\"states\":\"", "\"states\":\"?", "results of the run 0 are incomplete"),
        ("\"states\":\"", "\"states\":\".", "results of the run 0 are incomplete"),
        ("\"x\":[", "\"x\":[0.5,", "results of the run 0 are incomplete"),
        ("\"similarity\":[", "\"similarity\":[0.5,", "results of the run 0 are incomplete"),
        ("\"similarity\":[1", "\"similarity\":[7", "a polished place of the run 0 is out of range"),
        ("\"first\":3", "\"first\":4294967295", "a frame of the run 0 is out of range"),
    ] {
        assert!(after.contains(from), "{from} in {after}");
        let damaged = format!("{before}\"polish\":{{{}", after.replacen(from, to, 1));
        let error = parse(damaged.as_bytes()).map(|_| ()).unwrap_err();
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn damaged_planes_are_refused() {
    let good = looked_at(CloserLook { polish: false, plane: Some(61) });
    let good = String::from_utf8(project(&good).to_bytes()).unwrap();
    for (from, to, part) in [
        ("\"corners\":[", "\"corners\":[0.5,", "results of the run 0 are incomplete"),
        ("\"plane\":61,\"planes_only\"", "\"plane\":3,\"planes_only\"", "the side of a plane of the run 0"),
        ("\"plane\":61,\"planes_only\"", "\"planes_only\"", "the side of a plane of the run 0"),
        ("\"plane\":61}", "\"plane\":9999}", "the side of planes, the smoothing"),
    ] {
        assert!(good.contains(from), "{from} in {good}");
        let error = parse(good.replacen(from, to, 1).as_bytes()).map(|_| ()).unwrap_err();
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn a_field_of_a_later_cotrail_is_ignored() {
    let good = String::from_utf8(project(&worked_on()).to_bytes()).unwrap();
    let later = good.replacen("\"tracks\":{", "\"mood\":[{}],\"tracks\":{\"mood\":null,", 1);
    assert_eq!(bits(&parse(later.as_bytes()).unwrap()), bits(&worked_on()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_change_to_a_file_gives_a_store_or_words(at in 0usize..100_000, byte in any::<u8>(), cut in 0usize..40) {
        let mut bytes = project(&worked_on()).to_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        let end = (at + cut).min(bytes.len());
        bytes.drain(at + 1..end.max(at + 1));
        match parse(&bytes) {
            // What is taken must be sound all the way through.
            Ok(store) => {
                prop_assert!(bits(&store).iter().flat_map(|(_, _, n, _)| n).all(|n| n.iter().all(|b| f32::from_bits(*b).is_finite())));
                let ids: Vec<TrackId> = store.tracks().map(|track| track.id).collect();
                prop_assert!(ids.iter().all(|id| store.covered(*id).is_none_or(|(first, last)| first <= last)));
            }
            Err(error) => prop_assert!(!error.is_empty()),
        }
    }

    #[test]
    fn any_number_comes_back(bits in any::<u32>(), place in 0usize..8) {
        let value = f32::from_bits(bits);
        prop_assume!(value.is_finite());
        let mut store = TrackStore::new();
        let (run, ids) = store.add_run([(None, query(0, 0.0))]);
        let mut results = chunk(0, 8, 1);
        let point = SourcePoint::new(value, -value);
        results.samples[place] = Some(Sample { confidence: 0.5, source: SampleSource::Tracked, ..Sample::by_hand(point) });
        store.advance(run, Some(results), None);
        let after = parse(&project(&store).to_bytes()).unwrap();
        let sample = after.sample(ids[0], FrameIndex(place as u32)).unwrap();
        prop_assert_eq!((sample.point.x.to_bits(), sample.point.y.to_bits()), (value.to_bits(), (-value).to_bits()));
    }
}

#[test]
fn what_a_window_left_is_found_and_what_a_living_one_wrote_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemTime::now();
    let (dead, living) = (Autosave::create(folder.path(), now).unwrap(), Autosave::create(folder.path(), now).unwrap());
    dead.write(&project(&worked_on())).unwrap();
    living.write(&project(&worked_on())).unwrap();
    let left = dead.path().to_owned();
    drop(dead); // the system gives the lock back, as after a crash
    let found = orphans(folder.path(), now);
    let paths: Vec<&Path> = found.iter().map(|orphan| orphan.autosave.path()).collect();
    assert_eq!(paths, [left.as_path()]);
    assert_eq!(found[0].project.tracks.len(), worked_on().len());
    assert!(orphans(folder.path(), now).is_empty(), "one window at a time is asked");
    found[0].autosave.remove();
    living.remove();
    living.write(&project(&worked_on())).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a window that ended well leaves nothing");
}

#[test]
fn an_autosave_that_makes_no_sense_stays_and_forgotten_locks_go() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("1-2-0.cotrail"), "{\"format\":\"cotrail project\",").unwrap();
    std::fs::write(folder.path().join("3-4-0.lock"), "").unwrap();
    let names = || {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let now = SystemTime::now();
    assert!(orphans(folder.path(), now).is_empty());
    assert_eq!(names(), ["1-2-0.cotrail", "1-2-0.lock", "3-4-0.lock"]);
    assert!(orphans(folder.path(), now + Duration::from_hours(48)).is_empty());
    assert_eq!(names(), ["1-2-0.cotrail", "1-2-0.lock"]);
}

#[test]
fn a_failed_write_leaves_the_project_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.cotrail");
    project(&worked_on()).write(&path, false).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(project(&TrackStore::new()).write(&path, false), Err(ProjectError::Exists(_))));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(Project::read(&path).unwrap(), project(&worked_on()));
}
