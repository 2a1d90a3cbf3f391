//! Pictures to look at: `--labels`, and `--compare`.

use crate::cli::progress::Progress;
use crate::export::{ClipJob, Drawing, Ground, WholeFile, export_clip, write_snapshot};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::learn::{Agreement, Clip, HeldBack, Labelled, Part, Tally, Taught, Teacher, Tracks};
use crate::media::{ClipEncoding, ClipSource};
use crate::overlay::OverlayStyle;
use crate::sync::CancelToken;
use crate::tracks::{ImportedTrack, Query, Sample, TrackStore};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Length of trails in frames.
const TRAIL: usize = 8;
/// Points in the pictures of before and after.
const COMPARED: usize = 40;

/// Writes a clip for each clip, and what was counted of each clip and teacher.
pub(super) fn write(
    folder: &Path,
    (paths, clips): (&[PathBuf], &[Clip]),
    teachers: &[Teacher],
    labelled: &[(Part, Labelled)],
    progress: &Progress,
    cancel: &CancelToken,
) -> anyhow::Result<()> {
    write_table(&folder.join("labels.csv"), clips, teachers, labelled)?;
    for (number, (path, clip)) in paths.iter().zip(clips).enumerate() {
        let of_clip = labelled.iter().filter(|(part, _)| part.clip == number).map(|(_, labelled)| labelled);
        let tracks: Vec<ImportedTrack> = of_clip.flat_map(counted_tracks).collect();
        if tracks.is_empty() {
            continue;
        }
        let mut store = TrackStore::new();
        store.add_tracks(&tracks);
        let job = ClipJob {
            path: folder.join(format!("{}.mp4", clip.name)),
            frames: FrameIndex(0)..=clip.last(),
            drawing: Drawing::new(style()),
            ground: Ground::Picture,
            encoding: ClipEncoding::default(),
            audio: false,
            slowdown: 1.0,
        };
        let bar = progress.frames("drawing labels", 0);
        let mut each = |done: usize, total: usize| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        };
        let exported = export_clip(&mut *ClipSource::from(path.as_path()).open()?, &store, job, &mut each, cancel);
        bar.finish_and_clear();
        exported.map_err(anyhow::Error::from).map_err(crate::cli::track::name_cancel)?;
    }
    Ok(())
}

/// Writes `before.png` and `after.png` in place of what is there: the last frame of that stretch, of those held back, on
/// which the two put points farthest apart, with the points that do so most.
pub(super) fn compare(
    folder: &Path,
    held_back: &HeldBack,
    clips: &mut [Clip],
    [before, after]: [&[Tracks]; 2],
) -> anyhow::Result<()> {
    // On the last frame, where one of them sees the point.
    let apart = |number: usize, point: usize| {
        let last = |tracks: &[Tracks]| tracks[number][point].last().copied().flatten();
        let ((a, in_a), (b, in_b)) = last(before).zip(last(after))?;
        (in_a || in_b).then(|| a.distance(b))
    };
    let of_all = |(number, taught): &(usize, &Taught)| {
        (0..taught.queries.len()).filter_map(|point| apart(*number, point)).sum::<f32>()
    };
    let stretches = held_back.taught().enumerate();
    let Some((number, taught)) = stretches.max_by(|a, b| of_all(a).total_cmp(&of_all(b))) else { return Ok(()) };
    let far = |point: usize| Some((point, apart(number, point)?));
    let mut points: Vec<(usize, f32)> = (0..taught.queries.len()).filter_map(far).collect();
    points.sort_by(|a, b| b.1.total_cmp(&a.1));
    points.truncate(COMPARED);
    let frames = clips[taught.clip].read(taught.stretch, taught.stretch.len - 1, 1)?;
    for (name, tracks) in [("before.png", &before[number]), ("after.png", &after[number])] {
        let track = |(point, _): &(usize, f32)| {
            let place = |(t, place): (usize, &Option<(SourcePoint, bool)>)| {
                let (point, _) = place.filter(|(_, visible)| *visible)?;
                Some((FrameIndex::new(t), Sample::by_hand(point)))
            };
            let samples = tracks[*point].iter().enumerate().filter_map(place).collect();
            ImportedTrack { name: None, query: taught.queries[*point], samples }
        };
        let mut store = TrackStore::new();
        store.add_tracks(&points.iter().map(track).collect::<Vec<_>>());
        let path = folder.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        write_snapshot(&path, &frames[0], &store, frames[0].index, &Drawing::new(style()))?;
    }
    Ok(())
}

fn style() -> OverlayStyle {
    OverlayStyle { trail_frames: TRAIL, point_radius: 3.0, line_width: 1.5, ..OverlayStyle::default() }
}

/// The points of a stretch where a label of any teacher counts; where several do, as the first one of them says.
fn counted_tracks(labelled: &Labelled) -> Vec<ImportedTrack> {
    let taught = &labelled.taught;
    let start = taught.stretch.first;
    let track = |(n, query): (usize, &Query)| {
        let sample = |t: usize| {
            let point = taught.labels.iter().find_map(|labels| labels.counted(n, t))?;
            Some((start.after(t), Sample::by_hand(point)))
        };
        let samples: Vec<(FrameIndex, Sample)> = (0..taught.stretch.len).filter_map(sample).collect();
        let query = Query { frame: start.after(query.frame.get()), point: query.point };
        (!samples.is_empty()).then_some(ImportedTrack { name: None, query, samples })
    };
    taught.queries.iter().enumerate().filter_map(track).collect()
}

/// What was counted of the labels of one teacher, and how far it agrees with each.
pub(super) fn tally<'a>(labelled: impl Iterator<Item = &'a Labelled>, teacher: usize) -> (Tally, Vec<Agreement>) {
    let (mut tally, mut agreements): (Tally, Vec<Agreement>) = (Tally::default(), Vec::new());
    for labelled in labelled {
        tally += labelled.taught.labels[teacher].tally;
        agreements.resize(labelled.agreements.len(), Agreement::default());
        for (sum, more) in agreements.iter_mut().zip(&labelled.agreements[teacher]) {
            *sum += *more;
        }
    }
    (tally, agreements)
}

/// A share in percent, `None` of nothing.
pub(super) fn percent(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}

fn write_table(path: &Path, clips: &[Clip], teachers: &[Teacher], labelled: &[(Part, Labelled)]) -> anyhow::Result<()> {
    let head = ["clip", "held_back", "teacher", "points", "asked", "visible", "returned", "counted", "counted_percent"];
    let agrees = teachers.iter().map(|teacher| format!("agrees_percent_{}", teacher.name()));
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(head.map(str::to_owned).into_iter().chain(agrees))?;
    let figure = |percent: Option<f64>| percent.map(|percent| format!("{percent:.1}")).unwrap_or_default();
    for (number, clip) in clips.iter().enumerate() {
        for is_held_back in [false, true] {
            let here = labelled.iter().filter(|(part, _)| part.clip == number && part.is_held_back == is_held_back);
            let here: Vec<&Labelled> = here.map(|(_, labelled)| labelled).collect();
            let num_points: usize = here.iter().map(|labelled| labelled.taught.queries.len()).sum();
            for (teacher, named) in teachers.iter().enumerate().filter(|_| !here.is_empty()) {
                let (tally, agreements) = tally(here.iter().copied(), teacher);
                let Tally { asked, visible, returned, counted } = tally;
                let numbers = [num_points, asked, visible, returned, counted].map(|number| number.to_string());
                let words = [clip.name.clone(), is_held_back.to_string(), named.name().to_owned()];
                let agrees = agreements.iter().map(|agreement| figure(percent(agreement.same, agreement.both)));
                let share = figure(percent(counted, asked));
                table.write_record(words.into_iter().chain(numbers).chain([share]).chain(agrees))?;
            }
        }
    }
    let bytes = table.into_inner()?;
    WholeFile::open(path)?.finish(|mut file| file.write_all(&bytes))?;
    Ok(())
}
