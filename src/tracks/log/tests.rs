//! The log as a whole: what was pushed comes out, whatever lies in memory and on the disk.

use super::*;
use crate::calibration::Probability;
use crate::geometry::Size;
use crate::tracks::table::{About, AboutSettings, AboutSource, AboutWeights, Entry, Table, TableOptions, TrackMode};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const SMALL: LogLimits =
    LogLimits { memory_bytes: 4000, waiting_bytes: 20_000, chunk_bytes: 1000, file_bytes: 4000, disk_bytes: 1 << 30 };

/// Point `id` is on frame `frame` here.
fn sample(id: u32, frame: u32) -> LiveSample {
    let point = SourcePoint::new(id as f32 + 0.25, frame as f32 * 0.5);
    let probability = id.is_multiple_of(2).then_some(Probability::new(0.25));
    let visible = !(id + frame).is_multiple_of(3);
    LiveSample { id, point, visibility: 0.75, confidence: 0.5, probability, visible }
}

/// Every second frame of the camera is followed.
fn line(row: u32, ids: impl IntoIterator<Item = u32>) -> LiveLine {
    let frame = 2 * row;
    let points = ids.into_iter().map(|id| sample(id, frame)).collect();
    let time_secs = f64::from(frame) / 30.0;
    LiveLine {
        frame: FrameIndex(frame),
        time_secs,
        unix_secs: 1e9 + time_secs,
        clip_frame: None,
        names: BTreeMap::new(),
        points,
    }
}

fn frames_of(view: &LogView, id: u32) -> Vec<u32> {
    view.entries(TrackId(id)).map(|entry| entry.frame.0).collect()
}

fn files_in(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, |folders| folders.flatten().map(|f| fs::read_dir(f.path()).unwrap().count()).sum())
}

fn about() -> About {
    About {
        source: AboutSource {
            path: "camera:0".into(),
            size: Size::new(64, 48),
            frame_rate: 30.0,
            num_frames: 9,
            pixel_aspect: 1.0,
        },
        weights: AboutWeights { name: "tiny".into(), sha256: String::new() },
        device: String::new(),
        settings: AboutSettings {
            mode: TrackMode::Live,
            model_size: Size::new(64, 64),
            iterations: 2,
            support_grid: 0,
            start: FrameIndex(0),
            end: FrameIndex(9),
            visible_above: 0.6,
        },
    }
}

fn csv(view: &LogView, names: &BTreeMap<TrackId, String>, options: &TableOptions) -> String {
    let mut bytes = Vec::new();
    LogTable::new(view, names, &about(), options).write_text(crate::tracks::TableFormat::Csv, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

proptest! {
    #[test]
    fn what_was_pushed_is_read_wherever_it_lies(
        rows in proptest::collection::vec(proptest::collection::btree_set(0u32..12, 0..8), 1..120),
        writes_every in 1usize..20,
    ) {
        let mut rows = rows;
        rows[0].insert(0); // frames before the first point are left out
        let folder = tempfile::tempdir().unwrap();
        let log = Arc::new(TrackLog::new(SMALL));
        let mut writer = LogWriter::new(Arc::clone(&log), folder.path().to_owned());
        for (row, ids) in rows.iter().enumerate() {
            log.push(&line(row as u32, ids.iter().copied()));
            if row % writes_every == 0 {
                writer.work().unwrap();
            }
        }
        let view = log.view();
        prop_assert_eq!((view.num_frames(), view.num_lost()), (rows.len(), 0));
        prop_assert_eq!(view.num_samples(), rows.iter().map(|ids| ids.len() as u64).sum::<u64>());
        for id in 0..12 {
            let expected: Vec<Entry> = rows.iter().enumerate().filter(|(_, ids)| ids.contains(&id)).map(|(row, _)| {
                let LiveLine { frame, time_secs, .. } = line(row as u32, []);
                let LiveSample { point, visibility, confidence, probability, visible, .. } = sample(id, frame.0);
                let source = crate::tracks::SampleSource::Tracked;
                let sample = crate::tracks::Sample { point, visibility, confidence, probability, visible, source };
                Entry { row, frame, time_secs, sample, similarity: None, corners: None }
            }).collect();
            prop_assert_eq!(view.entries(TrackId(id)).collect::<Vec<_>>(), expected);
        }
        view.check().unwrap();
    }
}

#[test]
fn memory_is_bounded_files_take_the_rest_and_go_with_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = Arc::new(TrackLog::new(SMALL));
    let mut writer = LogWriter::new(Arc::clone(&log), folder.path().join("live"));
    let mut most = 0;
    for row in 0..1000 {
        if log.push(&line(row, 0..4)) {
            writer.work().unwrap();
        }
        most = most.max(log.status().memory_bytes);
    }
    assert!(most <= SMALL.memory_bytes + 200, "{most}");
    let status = log.status();
    assert!(status.disk_bytes > 60_000 && files_in(&folder.path().join("live")) > 10, "{status:?}");
    let view = log.view();
    assert_eq!(frames_of(&view, 3), (0..1000).map(|row| 2 * row).collect::<Vec<_>>());
    drop(writer);
    assert_eq!(fs::read_dir(folder.path().join("live")).unwrap().count(), 0);
}

#[test]
fn disk_use_is_bounded_and_the_oldest_goes_first() {
    let folder = tempfile::tempdir().unwrap();
    let limits = LogLimits { disk_bytes: 30_000, ..SMALL };
    let log = Arc::new(TrackLog::new(limits));
    let mut writer = LogWriter::new(Arc::clone(&log), folder.path().to_owned());
    let early = log.view();
    for row in 0..2000 {
        // The points change every hundred frames.
        log.push(&line(row, (0..4).map(|i| i + 4 * (row / 100))));
        writer.work().unwrap();
    }
    let status = log.status();
    assert!(status.disk_bytes <= limits.disk_bytes && status.num_lost > 1000, "{status:?}");
    let view = log.view();
    assert_eq!(view.num_lost() + view.num_frames() as u64, 2000);
    assert_eq!(frames_of(&view, 79), (1900..2000).map(|row| 2 * row).collect::<Vec<_>>());
    assert!(view.tracks().count() < 40, "tracks of which nothing is left are forgotten");
    let all: u64 = view.tracks().map(|(id, _)| view.entries(id).count() as u64).sum();
    assert_eq!(all, view.num_samples());
    let first = 2 * view.num_lost() as u32;
    assert_eq!(view.ends(), Some((FrameIndex(first), FrameIndex(3998))));
    assert_eq!(early.num_frames(), 0);
    let mut json = std::io::Cursor::new(Vec::new());
    let (names, options, about) = (BTreeMap::new(), TableOptions::default(), about());
    let table = LogTable::new(&view, &names, &about, &options);
    table.write(crate::tracks::TableFormat::Json, &mut json).unwrap();
    assert!(String::from_utf8(json.into_inner()).unwrap().contains("\"note\": \"partial: "));
}

#[test]
fn a_disk_that_takes_nothing_is_told_of_and_memory_stays_bounded() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("live"), "a file").unwrap();
    let log = Arc::new(TrackLog::new(SMALL));
    let mut writer = LogWriter::new(Arc::clone(&log), folder.path().join("live"));
    let failures = (0..1000).filter(|row| log.push(&line(*row, 0..4)) && writer.work().is_err()).count();
    assert!(failures > 0);
    let (status, view) = (log.status(), log.view());
    assert!(status.memory_bytes <= SMALL.waiting_bytes && status.num_lost > 0, "{status:?}");
    assert_eq!(status.num_lost + view.num_frames() as u64, 1000);
    let kept = view.num_lost() as u32..1000;
    assert_eq!(frames_of(&view, 0), kept.map(|row| 2 * row).collect::<Vec<_>>());
}

#[test]
fn what_the_user_placed_stands_in_place_of_what_was_said() {
    let log = TrackLog::new(SMALL);
    log.push(&line(0, []));
    log.place(FrameIndex(0), TrackId(7), SourcePoint::new(5.5, 6.5));
    log.push(&line(1, [7]));
    log.place(FrameIndex(2), TrackId(7), SourcePoint::new(1.0, 2.0));
    log.place(FrameIndex(99), TrackId(8), SourcePoint::new(1.0, 2.0)); // there is no such frame
    let names = BTreeMap::from([(TrackId(7), "nose".to_owned())]);
    let expected = "track,name,frame,time_secs,x,y,visibility,confidence,visible,probability\n\
        0,nose,0,0.0,5.5,6.5,1.0,1.0,1,\n\
        0,nose,2,0.06666666666666667,1.0,2.0,1.0,1.0,1,\n";
    assert_eq!(csv(&log.view(), &names, &TableOptions::default()), expected);
    assert_eq!(log.view().tracks().next().unwrap().1.point, SourcePoint::new(5.5, 6.5));
}

#[test]
fn deleted_points_stay_and_hidden_frames_can_be_left_out() {
    let log = TrackLog::new(SMALL);
    (0..4).for_each(|row| {
        log.push(&line(row, if row < 2 { vec![0, 1] } else { vec![1] }));
    });
    let view = log.view();
    assert_eq!((frames_of(&view, 0), frames_of(&view, 1)), (vec![0, 2], vec![0, 2, 4, 6]));
    let options = TableOptions { tracks: Some(vec![TrackId(1)]), keeps_hidden: false, first_number: 100 };
    let text = csv(&view, &BTreeMap::new(), &options);
    let rows: Vec<&str> = text.lines().skip(1).map(|row| row.split(',').nth(2).unwrap()).collect();
    assert_eq!(rows, ["100", "104", "106"], "{text}"); // 1 + 2 can be divided by 3
}

#[test]
fn what_a_crash_left_is_swept_away_and_what_lives_stays() {
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        let log = Arc::new(TrackLog::new(LogLimits { memory_bytes: 0, ..SMALL }));
        let mut writer = LogWriter::new(Arc::clone(&log), folder.path().to_owned());
        (0..9).for_each(|row| {
            log.push(&line(row, 0..4));
        });
        writer.work().unwrap();
        (log, writer)
    };
    let (log, writer) = start();
    let dead = folder.path().join("stream-dead");
    fs::create_dir(&dead).unwrap();
    fs::write(dead.join("lock"), "").unwrap();
    fs::write(dead.join("0.tracks"), "left").unwrap();
    fs::create_dir(folder.path().join("something else")).unwrap();
    writer.sweep();
    let there = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!((there, dead.exists()), (2, false), "its own folder, and one that is no log's");
    assert_eq!(frames_of(&log.view(), 0).len(), 9);
}

#[test]
fn files_that_were_cut_off_are_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let log = Arc::new(TrackLog::new(LogLimits { memory_bytes: 0, ..SMALL }));
    let mut writer = LogWriter::new(Arc::clone(&log), folder.path().to_owned());
    for row in 0..20 {
        log.push(&line(row, 0..4));
        writer.work().unwrap();
    }
    let view = log.view();
    for file in fs::read_dir(folder.path()).unwrap().flatten().flat_map(|f| fs::read_dir(f.path()).unwrap().flatten()) {
        fs::OpenOptions::new().write(true).open(file.path()).unwrap().set_len(10).unwrap();
    }
    let (names, options, about) = (BTreeMap::new(), TableOptions::default(), about());
    let table = LogTable::new(&view, &names, &about, &options);
    let error = table.write_text(crate::tracks::TableFormat::Csv, &mut Vec::new()).unwrap_err();
    assert!(error.to_string().starts_with("the tracks on the disk cannot be read"), "{error}");
}

fn description() -> LogDescription {
    LogDescription { about: about(), names: BTreeMap::from([(TrackId(1), "nose".to_owned())]) }
}

/// A stream of so many rows that was written aside after some of them, and then ended without a word.
fn crashed(parent: &Path, num_rows: u32, aside_at: u32) {
    let log = Arc::new(TrackLog::new(SMALL));
    log.describe(description());
    let mut writer = LogWriter::new(Arc::clone(&log), parent.to_owned()).outliving();
    for row in 0..num_rows {
        if log.push(&line(row, (0..4).map(|i| i + 4 * (row / 50)))) {
            writer.work().unwrap();
        }
        if row + 1 == aside_at {
            writer.write_aside().unwrap();
        }
    }
}

#[test]
fn what_a_stream_left_is_read_again_wherever_it_lay() {
    for (num_rows, aside_at) in [(20, 20), (300, 300), (300, 290), (300, 100)] {
        let folder = tempfile::tempdir().unwrap();
        crashed(folder.path(), num_rows, aside_at);
        let left = LeftLog::find(folder.path()).expect("it is found");
        let (log, view) = (left.log(), left.log().view());
        let read = view.num_frames() as u32;
        assert!((aside_at..=num_rows).contains(&read) && view.num_lost() == 0, "{num_rows} {aside_at}: {read}");
        for id in 0..view.tracks().count() as u32 {
            let rows = 50 * (id / 4)..read.min(50 * (id / 4 + 1));
            assert_eq!(frames_of(&view, id), rows.map(|row| 2 * row).collect::<Vec<_>>(), "point {id}");
            let entry = view.entries(TrackId(id)).next().unwrap();
            let expected = sample(id, entry.frame.0);
            assert_eq!((entry.sample.point, entry.sample.visible), (expected.point, expected.visible));
            assert_eq!(view.tracks().nth(id as usize).unwrap().1, Query { frame: entry.frame, point: expected.point });
        }
        assert!(!log.is_settled() && *log.description().unwrap() == description());
        assert!(LeftLog::find(folder.path()).is_none(), "nobody else takes it meanwhile");
        left.remove();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_file_that_was_cut_off_gives_what_is_whole_and_nonsense_nothing() {
    let folder = tempfile::tempdir().unwrap();
    crashed(folder.path(), 300, 10);
    let stream = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let last = (0..10_000).map(|i| stream.join(format!("{i}.tracks"))).take_while(|path| path.exists()).last().unwrap();
    let file = fs::OpenOptions::new().write(true).open(&last).unwrap();
    file.set_len(file.metadata().unwrap().len() - 7).unwrap();
    let view = LeftLog::find(folder.path()).unwrap().log().view();
    assert!((100..300).contains(&view.num_frames()), "{}", view.num_frames());
    view.check().unwrap();
    fs::write(stream.join("newest"), [b"ctl1".as_slice(), &[0xff; 60]].concat()).unwrap();
    assert_eq!(LeftLog::find(folder.path()).unwrap().log().view().num_frames(), view.num_frames());
    fs::write(stream.join("stream.json"), "{}").unwrap();
    assert!(LeftLog::find(folder.path()).is_none());
}

#[test]
fn what_a_stream_left_stays_until_another_one_has_points() {
    let folder = tempfile::tempdir().unwrap();
    crashed(folder.path(), 20, 20);
    let num_left = || fs::read_dir(folder.path()).unwrap().count();
    let log = Arc::new(TrackLog::new(SMALL));
    log.describe(description());
    let mut writer = LogWriter::new(Arc::clone(&log), folder.path().to_owned()).outliving();
    writer.sweep();
    log.push(&line(0, []));
    writer.write_aside().unwrap();
    assert_eq!((num_left(), LeftLog::find(folder.path()).unwrap().log().view().num_frames()), (1, 20));
    log.push(&line(1, [7]));
    writer.write_aside().unwrap();
    assert_eq!(num_left(), 1);
    log.settle();
    writer.write_aside().unwrap();
    drop((writer, log));
    let left = LeftLog::find(folder.path()).unwrap();
    assert_eq!((left.log().view().num_frames(), left.log().is_settled()), (1, true), "and it is known to be done with");
}

#[test]
fn a_log_is_settled_until_something_more_is_said_of_a_point() {
    let log = TrackLog::new(SMALL);
    assert!(log.is_settled(), "there is nothing");
    log.push(&line(0, [1]));
    assert!(!log.is_settled());
    log.settle_view(&log.view());
    assert!(log.is_settled());
    log.push(&line(1, []));
    assert!(log.is_settled(), "a frame without points");
    log.push(&line(2, [1]));
    assert!(!log.is_settled());
    log.settle();
    assert!(log.is_settled());
    log.give_up();
    log.push(&line(3, [1]));
    assert!(log.is_settled());
}
