//! Labels for the stretches of clips, those to learn from and those that are held back.

use super::clips::{Clip, Stretch};
use super::kept::{Kept, Question};
use super::labels::{Agreement, judge};
use super::lessons::Taught;
use super::queries::queries;
use super::teachers::{Asked, Said, Teacher, Tracks};
use super::{Chance, LearnError};
use crate::frame::Frame;
use crate::geometry::Size;
use crate::model::Network;
use crate::sync::CancelToken;
use crate::tracker::FeatureCache;
use crate::tracks::Query;
use std::sync::Arc;

/// What points draw from chance, beside other uses of a seed.
const POINTS: u64 = 4;
/// What the choice of clips that are held back does.
const HELD_BACK: u64 = 5;

/// A stretch of a clip, and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The clip's number.
    pub clip: usize,
    /// The stretch.
    pub stretch: Stretch,
    /// Whether it is held back to judge what was learned from the others.
    pub is_held_back: bool,
}

/// The stretches of clips, `[clip]`, evenly chosen ones where there are more than `most`. A share of the clips is held
/// back, as chance has it; where that is less than half of one, as many of the last stretches of each, or the last
/// clip.
///
/// # Errors
/// When nothing is left to hold back, or to learn from.
pub fn split(clips: &[Vec<Stretch>], share: f64, most: usize, seed: u64) -> Result<Vec<Part>, LearnError> {
    let all =
        clips.iter().enumerate().flat_map(|(clip, stretches)| stretches.iter().map(move |stretch| (clip, *stretch)));
    let all: Vec<(usize, Stretch)> = all.collect();
    let num = all.len().min(most);
    let chosen = (0..num).map(|number| all[number * all.len() / num]);
    let mut parts: Vec<Part> = chosen.map(|(clip, stretch)| Part { clip, stretch, is_held_back: false }).collect();
    let mut there: Vec<usize> = parts.iter().map(|part| part.clip).collect();
    there.dedup();
    let num_held = (share * there.len() as f64).round() as usize;
    if num_held > 0 && num_held < there.len() {
        let held = Chance::new(seed, &[HELD_BACK]).some(num_held, there.len());
        let held: Vec<usize> = held.into_iter().map(|number| there[number]).collect();
        for part in &mut parts {
            part.is_held_back = held.contains(&part.clip);
        }
        return Ok(parts);
    }
    for of_clip in parts.chunk_by_mut(|a, b| a.clip == b.clip).filter(|of_clip| of_clip.len() > 1) {
        let num_held = ((share * of_clip.len() as f64).round() as usize).clamp(1, of_clip.len() - 1);
        let first = of_clip.len() - num_held;
        of_clip[first..].iter_mut().for_each(|part| part.is_held_back = true);
    }
    if parts.len() > 1
        && !parts.iter().any(|part| part.is_held_back)
        && let Some(last) = parts.last_mut()
    {
        last.is_held_back = true;
    }
    if parts.len() < 2 {
        let problem = "it takes a shot of 24 frames, or two of 12, so that one part can be held back";
        return Err(LearnError::TooLittle(problem.to_owned()));
    }
    Ok(parts)
}

/// Who labels, and how.
pub struct Labelling<'a> {
    /// The network that is to learn.
    pub own: &'a Arc<Network>,
    /// The size that it looks at pictures in.
    pub model_size: Size,
    /// Who labels.
    pub teachers: &'a [Teacher],
    /// About how many points a stretch has.
    pub num_points: usize,
    /// What points follow from.
    pub seed: u64,
    /// What is known already.
    pub kept: &'a Kept,
    /// Stops the work.
    pub cancel: &'a CancelToken,
}

/// A stretch that was labelled.
pub struct Labelled {
    /// Its labels.
    pub taught: Taught,
    /// How far each two teachers agree, `[A][B]`.
    pub agreements: Vec<Vec<Agreement>>,
    /// What the network that is to learn says of its points, in windows.
    pub own: Tracks,
}

impl Labelling<'_> {
    /// Those who are asked, each once; the network that is to learn is among them.
    #[must_use]
    pub fn asked(&self) -> Vec<&Teacher> {
        let mut asked = vec![&Teacher::Window];
        for teacher in self.teachers.iter().map(Teacher::kept_as) {
            if asked.iter().all(|other| other.key(self.own) != teacher.key(self.own)) {
                asked.push(teacher);
            }
        }
        asked
    }

    /// Labels a stretch; `each` is told when one of [`Labelling::asked`] is done. What is known is not asked again.
    ///
    /// # Errors
    /// When the clip cannot be read, a network fails, what was said cannot be kept, or the work was stopped.
    pub fn label(&self, clip: &mut Clip, part: Part, each: &mut dyn FnMut()) -> Result<Labelled, LearnError> {
        let stretch = part.stretch;
        let about = format!("{} {}+{}", clip.digest, stretch.first, stretch.len);
        let mut reader = Reader { clip, stretch, frames: None };
        let points = self.points(&about, &mut reader)?;
        let cache = Arc::new(FeatureCache::new(usize::MAX));
        let mut known: Vec<(String, Said)> = Vec::new();
        for teacher in self.asked() {
            let key = teacher.key(self.own);
            let about = format!("{about} {} {key}", self.model_size);
            let question = Question { about: &about, queries: &points, num_frames: stretch.len };
            let said = if let Some(said) = self.kept.find(&question) {
                said
            } else {
                let asked = Asked {
                    frames: reader.frames()?,
                    own: self.own,
                    cache: &cache,
                    model_size: self.model_size,
                    cancel: self.cancel,
                };
                let said = asked.teach(teacher, &points)?;
                self.kept.put(&question, &said)?;
                said
            };
            known.push((key, said));
            each();
        }
        let said = self.teachers.iter().map(|teacher| find(&known, &teacher.key(self.own))).collect::<Vec<_>>();
        let size = reader.clip.size;
        let (labels, agreements) = judge(self.teachers, &said, &points, size);
        let own = find(&known, &Teacher::Window.key(self.own)).there.clone();
        let taught = Taught { clip: part.clip, stretch, queries: points, labels };
        Ok(Labelled { taught, agreements, own })
    }

    /// The points of a stretch.
    fn points(&self, about: &str, reader: &mut Reader<'_>) -> Result<Vec<Query>, LearnError> {
        let about = format!("{about} {} {}", self.num_points, self.seed);
        if let Some(points) = self.kept.find_points(&about) {
            return Ok(points);
        }
        let first = u64::from(reader.stretch.first.0);
        let points = queries(reader.frames()?, self.num_points, &mut Chance::new(self.seed, &[POINTS, first]));
        self.kept.put_points(&about, &points)?;
        Ok(points)
    }
}

/// The pictures of a stretch, read when they are needed.
struct Reader<'a> {
    clip: &'a mut Clip,
    stretch: Stretch,
    frames: Option<Vec<Frame>>,
}

impl Reader<'_> {
    fn frames(&mut self) -> Result<&[Frame], LearnError> {
        if self.frames.is_none() {
            self.frames = Some(self.clip.read(self.stretch, 0, self.stretch.len)?);
        }
        Ok(self.frames.as_deref().unwrap_or_default())
    }
}

/// What the teacher of this key said; all were asked.
fn find<'a>(known: &'a [(String, Said)], key: &str) -> &'a Said {
    let said = known.iter().find(|(known, _)| known == key);
    &said.expect("all were asked").1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::FrameIndex;

    fn stretches(num: usize) -> Vec<Stretch> {
        (0..num).map(|number| Stretch { first: FrameIndex::new(30 * number), len: 30 }).collect()
    }

    fn held(clips: &[usize], share: f64, most: usize) -> Vec<(usize, usize, bool)> {
        let clips: Vec<_> = clips.iter().map(|num| stretches(*num)).collect();
        let parts = split(&clips, share, most, 1).unwrap();
        parts.iter().map(|part| (part.clip, part.stretch.first.get() / 30, part.is_held_back)).collect()
    }

    #[test]
    fn a_share_of_the_clips_is_held_back_or_of_each_the_last_stretches() {
        let ten = held(&[2; 10], 0.2, 100);
        let of_clip =
            |clip: usize| ten.iter().filter(move |part| part.0 == clip).map(|part| part.2).collect::<Vec<_>>();
        assert_eq!((0..10).filter(|clip| of_clip(*clip) == [true; 2]).count(), 2);
        assert_eq!((0..10).filter(|clip| of_clip(*clip) == [false; 2]).count(), 8);
        let one = held(&[20], 0.1, 100);
        assert!(one.iter().all(|(_, number, is_held)| *is_held == (*number >= 18)) && one.len() == 20);
        assert_eq!(held(&[2, 0, 1], 0.1, 100), [(0, 0, false), (0, 1, true), (2, 0, false)]);
        assert_eq!(held(&[1, 1, 1], 0.1, 100), [(0, 0, false), (1, 0, false), (2, 0, true)]);
        let some: Vec<usize> = held(&[10], 0.1, 5).iter().map(|part| part.1).collect();
        assert_eq!(some, [0, 2, 4, 6, 8]);
        for few in [&[][..], &[1], &[0, 0, 1]] {
            let clips: Vec<_> = few.iter().map(|num| stretches(*num)).collect();
            assert!(matches!(split(&clips, 0.1, 9, 1), Err(LearnError::TooLittle(_))), "{few:?}");
        }
    }
}
