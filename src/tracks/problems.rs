//! What in a track deserves a look: stretches where it is probably wrong, or lost. Pure: samples in, problems out.

use super::{Sample, SampleSource, TrackId, TrackStore};
use crate::geometry::{FrameIndex, Size};

/// Below this certainty the network does not know where the point is.
pub const DOUBTFUL_BELOW: f32 = 0.5;
/// Below this similarity to its own frame, a polished point has drifted to something else, or turned: on rendered clips
/// two of three such places are wrong, of those above 0.9 one in sixteen.
pub const DRIFT_BELOW: f32 = 0.5;
/// Shorter stretches of doubt, and shorter ways out of the picture, are passed over;
const MIN_FRAMES: usize = 3;
/// and stretches with no more good frames than this between them are one.
const MAX_GAP: usize = 3;
/// A jump is this many times as far as the track's usual step,
const JUMP_FACTOR: f32 = 6.0;
/// and farther than this many pixels.
const MIN_JUMP_PX: f32 = 8.0;
/// A track that comes and goes so often …
const FLICKER_CHANGES: usize = 4;
/// … in so many frames flickers.
const FLICKER_FRAMES: usize = 16;
/// A track that is hidden so long at its end is lost.
const LOST_FRAMES: usize = 16;

impl Sample {
    /// Whether the network doubts the position; what was placed by hand is never in doubt.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        // Where a point is hidden, the probability that it can be seen and is near says nothing of its place.
        let certainty = if self.visible { self.certainty() } else { self.confidence };
        self.source == SampleSource::Tracked && certainty < DOUBTFUL_BELOW
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// The point is outside the picture.
    LeftPicture,
    /// The point is hidden up to the end.
    Lost,
    /// The network is not sure of the position.
    Doubtful,
    /// What is under the point looks like something else than on its own frame; known of polished tracks.
    Drift,
    /// The point moved farther from one frame to the next than it ever does.
    Jump,
    /// The point comes and goes.
    Flicker,
}

impl ProblemKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::LeftPicture, Self::Lost, Self::Doubtful, Self::Drift, Self::Jump, Self::Flicker];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LeftPicture => "left the picture",
            Self::Lost => "lost",
            Self::Doubtful => "doubtful",
            Self::Drift => "drift",
            Self::Jump => "jump",
            Self::Flicker => "flicker",
        }
    }
}

/// A stretch of a track that deserves a look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Problem {
    /// The track.
    pub track: TrackId,
    /// What is wrong.
    pub kind: ProblemKind,
    /// Its first frame.
    pub first: FrameIndex,
    /// Its last frame.
    pub last: FrameIndex,
    /// How doubtful the track is there, 0 to 1: of a jump, how much farther it is than the track usually goes; of
    /// drift, how little the point looks like itself; of everything else, how far the network is from being sure to see
    /// the point.
    pub score: f32,
}

/// The problems of every track that is not hidden, by first frame, then in the order of the tracks.
#[must_use]
pub fn problems(store: &TrackStore, picture: Size) -> Vec<Problem> {
    let mut found = Vec::new();
    for track in store.tracks().filter(|track| !track.hidden) {
        let Some((first, last)) = store.covered(track.id) else { continue };
        let samples: Vec<_> = store.samples_of(track.id, first..=last).map(|(_, sample)| sample).collect();
        let similarities: Vec<_> = store.similarities_of(track.id, first..=last).collect();
        found.extend(problems_of(track.id, first, (&samples, &similarities), picture));
    }
    found.sort_by_key(|problem| problem.first); // stable: tracks keep their order
    found
}

/// The problems of one track, by first frame, from its samples and its
/// [similarities](TrackStore::similarities_of) from a frame on.
#[must_use]
pub fn problems_of(
    track: TrackId,
    first: FrameIndex,
    (samples, similarities): (&[Option<Sample>], &[Option<f32>]),
    picture: Size,
) -> Vec<Problem> {
    let is_outside = |sample: &Sample| sample.source != SampleSource::Corrected && !picture.contains(sample.point);
    let such =
        |is_so: &dyn Fn(&Sample) -> bool| stretches(samples.iter().map(|sample| sample.as_ref().is_some_and(is_so)));
    let outside = such(&is_outside);
    let lost = lost(samples).filter(|(from, _)| !outside.iter().any(|(_, until)| until > from));
    // Where a point is out or gone for good, doubt is no news.
    let explained: Vec<(usize, usize)> = outside.iter().copied().chain(lost).collect();
    let is_news =
        |(from, _): &(usize, usize)| !explained.iter().any(|(a, b)| a.saturating_sub(MIN_FRAMES) <= *from && from < b);
    let doubtful: Vec<_> = such(&Sample::is_doubtful).into_iter().filter(is_news).collect();
    let has_drifted = |(sample, similarity): (&Option<Sample>, &Option<f32>)| {
        sample.is_some_and(|sample| sample.visible) && similarity.is_some_and(|similarity| similarity < DRIFT_BELOW)
    };
    let drift = stretches(samples.iter().zip(similarities).map(has_drifted)).into_iter().filter(is_news);
    let is_doubted = |(from, until): &(usize, usize)| doubtful.iter().any(|(a, b)| a < until && from < b);
    let drift: Vec<_> = drift.filter(|stretch| !is_doubted(stretch)).collect();
    let likeness = |from: usize, until: usize| {
        let known: Vec<f32> = similarities[from..until].iter().copied().flatten().collect();
        (known.iter().sum::<f32>() / known.len().max(1) as f32).clamp(0.0, 1.0)
    };
    let jumps = jumps(samples);
    let jump_score = |from: usize| jumps.iter().find(|(at, _)| *at == from).map(|(_, score)| *score);
    let jump_stretches = jumps.iter().map(|(at, _)| (*at, *at + 1)).collect();
    let mut found = Vec::new();
    for (kind, stretches) in [
        (ProblemKind::LeftPicture, outside),
        (ProblemKind::Lost, lost.into_iter().collect()),
        (ProblemKind::Doubtful, doubtful),
        (ProblemKind::Drift, drift),
        (ProblemKind::Jump, jump_stretches),
        (ProblemKind::Flicker, flickers(samples)),
    ] {
        found.extend(stretches.into_iter().map(|(from, until)| Problem {
            track,
            kind,
            first: first.after(from),
            last: first.after(until - 1),
            score: match kind {
                ProblemKind::Jump => jump_score(from).unwrap_or_default(),
                ProblemKind::Drift => 1.0 - likeness(from, until),
                _ => doubt(&samples[from..until]),
            },
        }));
    }
    found.sort_by_key(|problem| (problem.first, problem.kind));
    found
}

/// Stretches of frames that are so, as half-open ranges; near ones are joined, short ones left out.
fn stretches(are_so: impl Iterator<Item = bool>) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize, usize)> = Vec::new(); // from, until, how many of them are so
    for (at, _) in are_so.enumerate().filter(|(_, is_so)| *is_so) {
        match found.last_mut() {
            Some((_, until, count)) if at - *until <= MAX_GAP => (*until, *count) = (at + 1, *count + 1),
            _ => found.push((at, at + 1, 1)),
        }
    }
    found.into_iter().filter(|(.., count)| *count >= MIN_FRAMES).map(|(from, until, _)| (from, until)).collect()
}

/// The end of the track, if it is hidden there for long.
fn lost(samples: &[Option<Sample>]) -> Option<(usize, usize)> {
    let last = samples.iter().rposition(Option::is_some)?;
    let is_hidden = |sample: &Option<Sample>| sample.is_some_and(|sample| !sample.visible);
    let from = samples[..=last].iter().rposition(|sample| !is_hidden(sample)).map_or(0, |visible| visible + 1);
    (last + 1 - from >= LOST_FRAMES).then_some((from, last + 1))
}

/// How far the network is from being sure to see the point, on average.
fn doubt(samples: &[Option<Sample>]) -> f32 {
    let sure: Vec<f32> = samples.iter().flatten().map(|sample| sample.visibility * sample.confidence).collect();
    (1.0 - sure.iter().sum::<f32>() / sure.len().max(1) as f32).clamp(0.0, 1.0)
}

/// Frames on which the point stands far from where it was one frame before; it is seen on both, and the hand placed it
/// on neither. With their scores.
fn jumps(samples: &[Option<Sample>]) -> Vec<(usize, f32)> {
    let seen = |sample| tracked(sample).filter(|sample| sample.visible);
    let step = |at: usize| Some(seen(samples[at - 1])?.point.distance(seen(samples[at])?.point));
    let steps: Vec<(usize, f32)> = (1..samples.len()).filter_map(|at| Some((at, step(at)?))).collect();
    let mut sorted: Vec<f32> = steps.iter().map(|(_, distance)| *distance).collect();
    sorted.sort_by(f32::total_cmp);
    let Some(median) = sorted.get(sorted.len() / 2) else { return Vec::new() };
    let far = (JUMP_FACTOR * median).max(MIN_JUMP_PX);
    steps.into_iter().filter(|(_, distance)| *distance > far).map(|(at, distance)| (at, 1.0 - far / distance)).collect()
}

/// What the network or a bridge between its places says; the user's own hand is never a problem.
fn tracked(sample: Option<Sample>) -> Option<Sample> {
    sample.filter(|sample| sample.source != SampleSource::Corrected)
}

/// Stretches in which the point comes and goes.
fn flickers(samples: &[Option<Sample>]) -> Vec<(usize, usize)> {
    let verdict = |at: usize| tracked(samples[at]).map(|sample| sample.visible);
    let changed = |at: &usize| matches!((verdict(at - 1), verdict(*at)), (Some(a), Some(b)) if a != b);
    let changes: Vec<usize> = (1..samples.len()).filter(changed).collect();
    let mut found: Vec<(usize, usize)> = Vec::new();
    for group in changes.windows(FLICKER_CHANGES) {
        let (from, until) = (group[0], group[FLICKER_CHANGES - 1] + 1);
        if until - from > FLICKER_FRAMES {
            continue;
        }
        match found.last_mut() {
            Some((_, end)) if from <= *end => *end = until,
            _ => found.push((from, until)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::SourcePoint;
    use crate::tracks::{Chunk, Query};

    const PICTURE: Size = Size::new(640, 360);

    fn good(frame: usize) -> Sample {
        let point = SourcePoint::new(100.0 + frame as f32, 100.0);
        Sample { source: SampleSource::Tracked, ..Sample::by_hand(point) }
    }

    /// A track of good samples, changed where the test wants it otherwise.
    fn track(num_frames: usize, change: impl Fn(usize, &mut Sample)) -> Vec<Option<Sample>> {
        let sample = |frame| {
            let mut sample = good(frame);
            change(frame, &mut sample);
            Some(sample)
        };
        (0..num_frames).map(sample).collect()
    }

    /// Kind, first and last frame of each problem.
    fn found(samples: &[Option<Sample>]) -> Vec<(ProblemKind, u32, u32)> {
        let problems = problems_of(TrackId(7), FrameIndex(10), (samples, &[]), PICTURE);
        problems.into_iter().map(|problem| (problem.kind, problem.first.0, problem.last.0)).collect()
    }

    #[test]
    fn a_good_track_has_no_problem() {
        assert_eq!(found(&track(200, |_, _| ())), []);
        assert_eq!(found(&[]), []);
        assert_eq!(found(&[None, None]), []);
    }

    #[test]
    fn doubt_counts_from_three_frames_on_and_near_stretches_are_one() {
        let doubt = |frames: &'static [usize]| {
            found(&track(60, |frame, sample| {
                if frames.contains(&frame) {
                    sample.confidence = 0.49;
                }
            }))
        };
        assert_eq!(doubt(&[5, 6]), []);
        assert_eq!(doubt(&[5, 6, 7]), [(ProblemKind::Doubtful, 15, 17)]);
        assert_eq!(doubt(&[5, 6, 7, 11, 12, 13]), [(ProblemKind::Doubtful, 15, 23)]);
        assert_eq!(doubt(&[5, 6, 7, 20, 21, 22]), [(ProblemKind::Doubtful, 15, 17), (ProblemKind::Doubtful, 30, 32)]);
    }

    #[test]
    fn a_point_that_looks_like_something_else_has_drifted_unless_that_is_known_already() {
        let drift = |change: fn(&mut Sample)| {
            let samples = track(40, |_, sample| change(sample));
            let similarities: Vec<_> = (0..40).map(|at| Some(if (20..30).contains(&at) { 0.2 } else { 0.9 })).collect();
            let found = problems_of(TrackId(7), FrameIndex(10), (&samples, &similarities), PICTURE);
            found
                .into_iter()
                .map(|problem| (problem.kind, problem.first.0, problem.last.0, (10.0 * problem.score).round()))
                .collect::<Vec<_>>()
        };
        assert_eq!(drift(|_| ()), [(ProblemKind::Drift, 30, 39, 8.0)]);
        assert_eq!(drift(|sample| sample.confidence = 0.1)[..].len(), 1, "doubtful all along");
    }

    #[test]
    fn what_the_hand_placed_is_never_doubtful() {
        let corrected = track(20, |_, sample| (sample.confidence, sample.source) = (0.1, SampleSource::Corrected));
        assert_eq!(found(&corrected), []);
    }

    #[test]
    fn corrections_are_neither_jumps_nor_flicker_nor_out_of_the_picture() {
        let corrected_on = |frames: &'static [usize], change: fn(&mut Sample)| {
            found(&track(60, |frame, sample| {
                change(sample);
                if frames.contains(&frame) {
                    let point = SourcePoint::new(sample.point.x, 190.0);
                    *sample = Sample { source: SampleSource::Corrected, visible: true, point, ..*sample };
                }
            }))
        };
        assert_eq!(corrected_on(&[20, 30], |_| ()), [], "the track goes on where it was");
        let hidden = corrected_on(&[20, 24, 28], |sample| sample.visible = false);
        assert_eq!(hidden, [(ProblemKind::Lost, 39, 69)], "the points by hand are seen, the others are not");
    }

    #[test]
    fn a_jump_is_far_for_this_track_and_in_pixels() {
        let moved = |by: f32, pace: f32| {
            found(&track(40, |frame, sample| {
                sample.point.x = pace * frame as f32 + if frame >= 20 { by } else { 0.0 };
            }))
        };
        assert_eq!(moved(7.0, 0.0), [], "few pixels");
        assert_eq!(moved(9.0, 0.0), [(ProblemKind::Jump, 30, 30)]);
        assert_eq!(moved(40.0, 10.0), [], "usual for a fast track");
        assert_eq!(moved(70.0, 10.0), [(ProblemKind::Jump, 30, 30)]);
    }

    #[test]
    fn scores_tell_the_worst_from_the_others() {
        let score = |change: &dyn Fn(usize, &mut Sample)| {
            let samples = track(40, change);
            problems_of(TrackId(0), FrameIndex(0), (&samples, &[]), PICTURE)[0].score
        };
        let doubtful =
            |confidence: f32| score(&move |frame, sample| sample.confidence = if frame < 5 { confidence } else { 1.0 });
        assert!((doubtful(0.4) - 0.6).abs() < 1e-6 && (doubtful(0.1) - 0.9).abs() < 1e-6);
        let jump = |by: f32| score(&move |frame, sample| sample.point.x = if frame < 20 { 0.0 } else { by });
        assert!((jump(10.0) - 0.2).abs() < 1e-6 && (jump(80.0) - 0.9).abs() < 1e-6, "8 px are usual");
    }

    #[test]
    fn a_point_that_comes_back_elsewhere_did_not_jump() {
        let samples = track(40, |frame, sample| {
            if (20..25).contains(&frame) {
                sample.visible = false;
            }
            sample.point.x += if frame >= 22 { 100.0 } else { 0.0 };
        });
        assert_eq!(found(&samples), []);
    }

    #[test]
    fn coming_and_going_four_times_in_sixteen_frames_is_flicker() {
        let hidden_on =
            |frames: &'static [usize]| found(&track(60, |frame, sample| sample.visible = !frames.contains(&frame)));
        assert_eq!(hidden_on(&[10, 30]), [], "twice, too far apart");
        assert_eq!(hidden_on(&[10, 14]), [(ProblemKind::Flicker, 20, 25)]);
        assert_eq!(hidden_on(&[10, 14, 18, 22]), [(ProblemKind::Flicker, 20, 33)]);
    }

    #[test]
    fn out_of_the_picture_and_lost_explain_the_doubt_there() {
        let out = track(40, |frame, sample| {
            if frame >= 18 {
                (sample.confidence, sample.visible) = (0.1, false);
            }
            sample.point.x += if frame >= 20 { 1000.0 } else { 0.0 };
        });
        assert_eq!(found(&out), [(ProblemKind::LeftPicture, 30, 49)]);
        let lost = track(40, |frame, sample| {
            if frame >= 20 {
                (sample.confidence, sample.visible) = (0.1, false);
            }
        });
        assert_eq!(found(&lost), [(ProblemKind::Lost, 30, 49)]);
        let short = track(40, |frame, sample| sample.visible = frame < 30);
        assert_eq!(found(&short), [], "ten hidden frames at the end may be anything");
    }

    #[test]
    fn problems_of_all_tracks_come_in_the_order_of_time() {
        let mut store = TrackStore::new();
        let query = Query { frame: FrameIndex(0), point: SourcePoint::new(1.0, 1.0) };
        let (run, ids) = store.add_run([(None, query), (None, query)]);
        let doubt = |frame: usize, range: std::ops::Range<usize>| {
            let confidence = if range.contains(&frame) { 0.2 } else { 1.0 };
            Some(Sample { confidence, ..good(frame) })
        };
        let samples = (0..40).flat_map(|frame| [doubt(frame, 20..25), doubt(frame, 5..9)]).collect();
        store.advance(run, Some(Chunk { first: FrameIndex(0), num_tracks: 2, samples }), None);
        let found: Vec<_> = problems(&store, PICTURE).iter().map(|p| (p.track, p.first.0)).collect();
        assert_eq!(found, [(ids[1], 5), (ids[0], 20)]);
    }
}
