//! Which points are followed: corners on some frames, spread over the picture.

use super::Chance;
use crate::flow::{Pyramid, corners};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::tracks::Query;

/// Frames of a stretch on which points are placed.
const FRAMES: usize = 8;
/// At least so many frames follow on one on which points are placed.
const LEAST_LATER: usize = 7;
/// Corners are looked for where a picture has no more pixels than this: a camera's full picture has grain.
const MOST_PIXELS: usize = 1 << 20;
/// How much nearer than evenly spread two points may be.
const NEARNESS: f32 = 0.5;

/// About `count` points of a stretch, at corners on random frames of it, spread over the picture. The frames are those
/// of the stretch, counted from 0. The same seed gives the same points.
#[must_use]
pub fn queries(frames: &[Frame], count: usize, chance: &mut Chance) -> Vec<Query> {
    let last = frames.len().saturating_sub(LEAST_LATER).max(1);
    let chosen = chance.some(FRAMES, last.min(frames.len()));
    let mut queries = Vec::with_capacity(count);
    for (number, &frame) in chosen.iter().enumerate() {
        let share = count * (number + 1) / chosen.len() - count * number / chosen.len();
        let points = spread(&frames[frame], share, chance);
        queries.extend(points.into_iter().map(|point| Query { frame: FrameIndex::new(frame), point }));
    }
    queries
}

/// Corners of a picture, `count` at most, none near another. Which of them is chance; strong ones are likelier.
fn spread(frame: &Frame, count: usize, chance: &mut Chance) -> Vec<SourcePoint> {
    let Size { width, height } = frame.size();
    let pyramid = Pyramid::new(frame);
    let pixels = |level: usize| frame.size().area() >> (2 * level);
    let level = (0..pyramid.levels().len()).find(|level| pixels(*level) <= MOST_PIXELS).unwrap_or_default();
    let scale = (1 << level) as f32;
    let mut found: Vec<(f32, SourcePoint)> = corners(&pyramid.levels()[level])
        .into_iter()
        .map(|corner| {
            let point = SourcePoint::new(scale * corner.point.x, scale * corner.point.y);
            (corner.strength.sqrt() * chance.share(), point)
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let apart = NEARNESS * (width as f32 * height as f32 / count.max(1) as f32).sqrt();
    let mut chosen: Vec<SourcePoint> = Vec::with_capacity(count);
    for (_, point) in found {
        if chosen.len() == count {
            break;
        }
        if chosen.iter().all(|other| other.distance(point) >= apart) {
            chosen.push(point);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{FrameSource, SyntheticSource};

    fn frames(size: Size) -> Vec<Frame> {
        let mut source = SyntheticSource::new(size, 20, 25.0);
        (0..20).map(|frame| source.read(FrameIndex(frame)).unwrap()).collect()
    }

    #[test]
    fn points_are_apart_on_several_frames_and_follow_from_the_seed() {
        let frames = frames(Size::new(320, 240));
        let choose = |seed| queries(&frames, 80, &mut Chance::new(seed, &[]));
        let chosen = choose(3);
        assert_eq!(chosen, choose(3));
        assert_ne!(chosen, choose(4));
        assert!((60..=80).contains(&chosen.len()), "{}", chosen.len());
        let apart = 0.5 * (320.0f32 * 240.0 / 10.0).sqrt();
        for (i, a) in chosen.iter().enumerate() {
            assert!(a.frame.get() <= 12 && frames[0].size().contains(a.point));
            let same = chosen[..i].iter().filter(|b| b.frame == a.frame);
            assert!(same.map(|b| b.point.distance(a.point)).all(|distance| distance >= apart));
        }
        let mut on: Vec<usize> = chosen.iter().map(|query| query.frame.get()).collect();
        on.dedup();
        assert_eq!(on.len(), 8);
    }

    #[test]
    fn plain_pictures_have_no_points_and_short_stretches_have_some() {
        let plain = Frame::new(FrameIndex(0), 0.0, Size::new(64, 48), vec![80; 3 * 64 * 48]);
        assert!(queries(&[plain.clone(), plain], 10, &mut Chance::new(0, &[])).is_empty());
        assert!(queries(&[], 10, &mut Chance::new(0, &[])).is_empty());
        let short = &frames(Size::new(160, 120))[..3];
        let chosen = queries(short, 10, &mut Chance::new(0, &[]));
        assert!(!chosen.is_empty() && chosen.iter().all(|query| query.frame == FrameIndex(0)));
    }
}
