//! Whether what was learned is worth keeping, on what was held back.

use super::clips::Clip;
use super::lessons::{LESSON_FRAMES, Taught};
use super::made::made;
use super::teachers::{Asked, Teacher, Tracks, ends, raster_distance};
use super::{Chance, LearnError};
use crate::eval::{Counts, EvalClip, Known, QueryMode, Truth, measure};
use crate::frame::Frame;
use crate::geometry::Size;
use crate::model::Network;
use crate::sync::CancelToken;
use crate::tracker::FeatureCache;
use crate::tracks::{Direction, Query};
use serde::Serialize;
use std::sync::Arc;

/// Made clips that are held back, and the points in each.
const NUM_MADE: usize = 4;
const MADE_POINTS: usize = 96;
/// What made clips draw from chance, beside those that are learned from.
const HELD_BACK: u64 = 3;
/// Distances of which shares are averaged, as TAP-Vid does.
const THRESHOLDS_PX: [f32; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];
/// What any one measure may lose, and what they must gain on average, in percent: less may be chance.
const MAY_LOSE: f64 = 1.0;
const MUST_GAIN: f64 = 0.2;

/// How good a network is on what was held back, in percent: `δ_avg` of TAP-Vid, the mean share within 1, 2, 4, 8 and 16
/// pixels of a picture of 256 × 256.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Marks {
    /// Of its places to the labels that count, for each teacher; `None` where none count.
    pub agreement: Vec<Option<f64>>,
    /// Of points there and back again to their queries.
    pub returns: f64,
    /// Of its places on made clips to the truth.
    pub made: f64,
}

/// What a look at a network found.
pub struct Examined {
    /// How good it is.
    pub marks: Marks,
    /// Where it puts the points of each stretch, in the order of [`HeldBack::taught`].
    pub tracks: Vec<Tracks>,
}

/// A stretch that is held back.
struct Exam {
    taught: Taught,
    /// Where each point is followed back from, whoever follows it: the last frame on which it was seen before.
    ends: Vec<Option<Query>>,
    /// The labels that count as if they were the truth, for each teacher.
    truths: Vec<EvalClip>,
}

/// What was held back.
pub struct HeldBack {
    exams: Vec<Exam>,
    made: Vec<EvalClip>,
    num_teachers: usize,
}

impl HeldBack {
    /// Holds back these stretches of `clips`, each with what the network as it was says of its points, and clips made
    /// of their pictures in `size`.
    #[must_use]
    pub fn new(taught: Vec<(Taught, Tracks)>, clips: &[Clip], size: Size, seed: u64) -> Self {
        let mut textures: Vec<Frame> = Vec::new();
        let mut used: Vec<usize> = taught.iter().map(|(taught, _)| taught.clip).collect();
        used.dedup();
        for clip in used {
            textures.extend(clips[clip].textures.iter().cloned());
        }
        let make = |number: usize| {
            let chance = Chance::new(seed, &[HELD_BACK, number as u64]);
            made(&textures, size, (LESSON_FRAMES, MADE_POINTS), chance)
        };
        let num_made = if textures.is_empty() { 0 } else { NUM_MADE };
        let made = (0..num_made).map(make).filter(|clip| !clip.queries.is_empty()).collect();
        let num_teachers = taught.first().map_or(0, |(taught, _)| taught.labels.len());
        let exams = taught.into_iter().map(|(taught, before)| Exam::new(taught, &before, clips));
        Self { exams: exams.collect(), made, num_teachers }
    }

    /// How many stretches and made clips there are to be looked at.
    #[must_use]
    pub fn len(&self) -> usize {
        self.exams.len() + self.made.len()
    }

    /// The stretches.
    pub fn taught(&self) -> impl Iterator<Item = &Taught> {
        self.exams.iter().map(|exam| &exam.taught)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How good a network is, in windows. `each` is told when a stretch or made clip is done.
    ///
    /// # Errors
    /// When it fails, a clip cannot be read any more, or the work was stopped.
    pub fn examine(
        &self,
        (network, model_size): (&Arc<Network>, Size),
        clips: &mut [Clip],
        each: &mut dyn FnMut(),
        cancel: &CancelToken,
    ) -> Result<Examined, LearnError> {
        let mut tracks = Vec::with_capacity(self.exams.len());
        let mut agreement = vec![Counts::default(); self.num_teachers];
        let (mut made, mut returns) = (Counts::default(), Returns::default());
        let with_cache = |frames: &[Frame], ask: &mut dyn FnMut(&Asked<'_>) -> Result<(), LearnError>| {
            let cache = &Arc::new(FeatureCache::new(usize::MAX));
            ask(&Asked { frames, own: network, cache, model_size, cancel })
        };
        for exam in &self.exams {
            let clip = &mut clips[exam.taught.clip];
            let (size, frames) = (clip.size, clip.read(exam.taught.stretch, 0, exam.taught.stretch.len)?);
            with_cache(&frames, &mut |asked| {
                let there = asked.follow(&Teacher::Window, &exam.taught.queries, Direction::Forward)?;
                for (counts, truth) in agreement.iter_mut().zip(&exam.truths) {
                    *counts += measure(truth, |n, t| there[n][t]);
                }
                returns.add(exam, asked, &there, size)?;
                tracks.push(there);
                Ok(())
            })?;
            each();
        }
        for clip in &self.made {
            with_cache(&clip.frames, &mut |asked| {
                let there = asked.follow(&Teacher::Window, &clip.queries, Direction::Forward)?;
                made += measure(clip, |n, t| there[n][t]);
                Ok(())
            })?;
            each();
        }
        let percent = |counts: &Counts| (counts.visible > 0).then(|| 100.0 * counts.measures().delta_avg());
        let agreement = agreement.iter().map(percent).collect();
        let marks = Marks { agreement, returns: returns.percent(), made: percent(&made).unwrap_or_default() };
        Ok(Examined { marks, tracks })
    }
}

impl Exam {
    fn new(taught: Taught, before: &Tracks, clips: &[Clip]) -> Self {
        let size = clips[taught.clip].size;
        let truth = |labels: &super::labels::Labels| {
            let known = |n: usize, t: usize| labels.counted(n, t).map(|point| Truth { point, visible: true });
            let len = taught.stretch.len;
            EvalClip {
                name: String::new(),
                size,
                frames: Vec::new(),
                known: Known::Everywhere,
                queries: taught.queries.clone(),
                query_mode: QueryMode::First,
                truth: (0..taught.queries.len()).map(|n| (0..len).map(|t| known(n, t)).collect()).collect(),
                visible_share: 0.0,
            }
        };
        let truths = taught.labels.iter().map(truth).collect();
        Self { ends: ends(before, &taught.queries), truths, taught }
    }
}

/// How near points come back to their queries.
#[derive(Default)]
struct Returns {
    num: usize,
    within: [usize; 5],
}

impl Returns {
    /// Follows points back from where they are on the frames of `exam.ends`; one that is outside the picture there does
    /// not come back.
    fn add(&mut self, exam: &Exam, asked: &Asked<'_>, there: &Tracks, size: Size) -> Result<(), LearnError> {
        let end = |(n, end): (usize, &Option<Query>)| {
            let frame = (*end)?.frame;
            let (point, _) = there[n][frame.get()]?;
            size.contains(point).then_some(Query { frame, point })
        };
        let ends: Vec<Option<Query>> = exam.ends.iter().enumerate().map(end).collect();
        let back = asked.follow_back(&Teacher::Window, &ends)?;
        for (n, query) in exam.taught.queries.iter().enumerate().filter(|(n, _)| exam.ends[*n].is_some()) {
            self.num += 1;
            let Some((point, _)) = back[n][query.frame.get()] else { continue };
            let distance = raster_distance(size, point, query.point);
            for (within, threshold) in self.within.iter_mut().zip(THRESHOLDS_PX) {
                *within += usize::from(distance < threshold);
            }
        }
        Ok(())
    }

    fn percent(&self) -> f64 {
        100.0 * self.within.iter().sum::<usize>() as f64 / (THRESHOLDS_PX.len() * self.num.max(1)) as f64
    }
}

/// Whether a network that has learned is better than the one before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// Whether it is worth keeping.
    pub is_better: bool,
    /// Why, in a sentence.
    pub reason: String,
}

/// Compares a network with the one before: it is better where its measures gain [`MUST_GAIN`] on average, and none loses
/// more than [`MAY_LOSE`]. Agreement is that with all teachers but the network itself as it was, with which it agreed by nature.
#[must_use]
pub fn verdict(teachers: &[Teacher], before: &Marks, after: &Marks) -> Verdict {
    let agreement = |marks: &Marks| {
        let others = teachers.iter().zip(&marks.agreement).filter(|(teacher, _)| !teacher.is_student());
        let known: Vec<f64> = others.filter_map(|(_, agreement)| *agreement).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    let figures = [
        ("agreement with the teachers", agreement(before).zip(agreement(after))),
        ("coming back to where points were placed", Some((before.returns, after.returns))),
        ("exactness on made clips", Some((before.made, after.made))),
    ];
    let figures: Vec<(&str, (f64, f64))> =
        figures.into_iter().filter_map(|(what, marks)| Some((what, marks?))).collect();
    let gain = |marks: &(f64, f64)| marks.1 - marks.0;
    let mean = figures.iter().map(|(_, marks)| gain(marks)).sum::<f64>() / figures.len() as f64;
    let worst = figures.iter().min_by(|a, b| gain(&a.1).total_cmp(&gain(&b.1)));
    let list: Vec<String> = figures.iter().map(|(what, (a, b))| format!("{what} {a:.1} -> {b:.1} %")).collect();
    let (list, lost) = (list.join(", "), worst.filter(|(_, marks)| gain(marks) < -MAY_LOSE));
    let (is_better, reason) = match lost {
        Some((what, (a, b))) => (false, format!("on what was held back, {what} fell from {a:.1} to {b:.1} %")),
        None if mean >= MUST_GAIN => (true, format!("better on what was held back: {list}")),
        None => (false, format!("no better on what was held back: {list}")),
    };
    Verdict { is_better, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(agreement: &[Option<f64>], returns: f64, made: f64) -> Marks {
        Marks { agreement: agreement.to_vec(), returns, made }
    }

    #[test]
    fn better_is_what_gains_on_average_and_loses_nothing_that_counts() {
        let teachers = [Teacher::Window, Teacher::LucasKanade];
        let before = marks(&[Some(99.0), Some(80.0)], 70.0, 60.0);
        let judge = |after: &Marks| verdict(&teachers, &before, after);
        // That it no longer agrees with itself does not matter.
        let better = judge(&marks(&[Some(90.0), Some(82.0)], 69.5, 61.0));
        assert!(better.is_better && better.reason.contains("agreement with the teachers 80.0 -> 82.0 %"), "{better:?}");
        let lost = judge(&marks(&[Some(99.0), Some(90.0)], 75.0, 58.9));
        assert_eq!(
            (lost.is_better, lost.reason.as_str()),
            (false, "on what was held back, exactness on made clips fell from 60.0 to 58.9 %")
        );
        let same = judge(&before);
        assert!(!same.is_better && same.reason.starts_with("no better on what was held back: agreement"), "{same:?}");
        assert!(!judge(&marks(&[Some(99.0), Some(80.4)], 69.5, 60.0)).is_better);
        let alone = verdict(&teachers[..1], &marks(&[Some(99.0)], 70.0, 60.0), &marks(&[Some(9.0)], 70.5, 60.0));
        assert!(alone.is_better && !alone.reason.contains("teachers"), "{alone:?}");
        let unknown = verdict(&teachers, &marks(&[None, None], 1.0, 1.0), &marks(&[None, None], 1.0, 2.0));
        assert!(unknown.is_better, "{unknown:?}");
    }
}
