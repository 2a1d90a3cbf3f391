//! Lost and found in clips: before a window is refined, points that were hidden for long are looked for on its newest
//! frames, by their query patch.

use super::look_alikes::LookAlike;
use crate::model::{Features, Match, Network, NetworkError, QueryPatches};

/// A point is looked for once it has not been seen on so many frames, as in a live stream.
const LOST_AFTER: usize = 16;
/// Where its query patch fits so well, it is taken to be, as in a live stream.
const FOUND_ABOVE: f32 = 0.7;
/// Or where it fits at least so well, and by so much better than anywhere else: what comes back from far away, or turned,
/// fits no better (median 0.53), and still nothing else looks like it.
const STANDS_OUT: (f32, f32) = (0.5, 0.15);
/// One frame may be chance: it has to fit on so many in a row, up to the newest one,
const LEAST_FRAMES: usize = 2;
/// and not to move farther between two of them, in level-0 feature pixels.
const LONGEST_STEP: f32 = 8.0;
/// So many points are looked for in one window; others have their turn in the next one.
const MOST_AT_ONCE: usize = 16;

/// A track that was lost and is there again.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) track: usize,
    /// How well its query patch fits on the newest frame.
    pub(super) fit: f32,
    /// Where it is on the newest frames, the newest one last; (x, y) in level-0 feature pixels.
    pub(super) xys: Vec<[f32; 2]>,
}

/// The tracks to look for, given on how many frames each has not been seen by now; `turn` counts the windows.
pub(super) fn lost(unseen: impl Iterator<Item = usize>, turn: usize) -> Vec<usize> {
    let is_lost = |(track, unseen): (usize, usize)| (unseen >= LOST_AFTER).then_some(track);
    let mut lost: Vec<usize> = unseen.enumerate().filter_map(is_lost).collect();
    if lost.len() > MOST_AT_ONCE {
        let first = turn * MOST_AT_ONCE % lost.len();
        lost.rotate_left(first);
        lost.truncate(MOST_AT_ONCE);
    }
    lost
}

/// Looks for tracks on the newest frames of a window; `patches` holds the query patches of all tracks.
pub(super) fn found(
    network: &Network,
    newest: &[&Features],
    patches: &QueryPatches,
    lost: &[usize],
) -> Result<Vec<Found>, NetworkError> {
    let Some((last, before)) = newest.split_last().filter(|_| !lost.is_empty()) else { return Ok(Vec::new()) };
    let matches = network.search(last, &patches.select(lost))?;
    let hits = lost.iter().zip(&matches).filter(|(_, found)| is_sure(found, FOUND_ABOVE));
    let mut tracks: Vec<Found> =
        hits.map(|(track, found)| Found { track: *track, fit: found.score, xys: vec![found.xy] }).collect();
    if tracks.is_empty() {
        return Ok(tracks);
    }
    let patches = patches.select(&tracks.iter().map(|found| found.track).collect::<Vec<_>>());
    for (age, features) in before.iter().rev().enumerate() {
        let matches = network.search(features, &patches)?;
        let is_going_on = |(found, there): &(&mut Found, &Match)| {
            let [x, y] = found.xys[found.xys.len() - 1];
            let step = (there.xy[0] - x).hypot(there.xy[1] - y);
            found.xys.len() == age + 1 && is_sure(there, FOUND_ABOVE) && step <= LONGEST_STEP
        };
        let going_on = tracks.iter_mut().zip(&matches).filter(is_going_on);
        going_on.for_each(|(found, there)| found.xys.push(there.xy));
    }
    tracks.retain(|found| found.xys.len() >= LEAST_FRAMES);
    for found in &mut tracks {
        found.xys.reverse();
    }
    Ok(tracks)
}

/// Whether a place is the point's, where one that fits so well is. Of two places that fit, one would be a guess.
pub(super) fn is_sure(found: &Match, found_above: f32) -> bool {
    let (at_least, ahead) = STANDS_OUT;
    let stands_out = found.score >= at_least && found.score - found.rival >= ahead;
    (found.score >= found_above || stands_out) && LookAlike::of(found).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Frame;
    use crate::geometry::{FrameIndex, Size};
    use crate::model::{CpuOptions, DeviceChoice};
    use std::path::Path;

    const SIZE: Size = Size::new(96, 72);

    #[test]
    fn the_lost_are_looked_for_in_turns() {
        assert_eq!(lost([0, 15, 16, 90].into_iter(), 7), [2, 3]);
        assert!(lost([0; 3].into_iter(), 1).is_empty());
        let many = |turn| lost([20; 40].into_iter(), turn);
        assert_eq!(many(0), (0..16).collect::<Vec<_>>());
        assert_eq!(many(1), (16..32).collect::<Vec<_>>());
        assert_eq!(many(2), (32..40).chain(0..8).collect::<Vec<_>>());
    }

    #[test]
    fn a_place_that_fits_less_must_stand_out() {
        let sure = |score, rival| is_sure(&Match { xy: [5.0; 2], score, rival, rival_distance: 9.0 }, FOUND_ABOVE);
        assert!(sure(0.71, 0.7) && sure(0.55, 0.39) && !sure(0.55, 0.45) && !sure(0.45, 0.1));
        assert!(!sure(0.95, 0.94), "two places look the same");
    }

    /// A pattern, moved right by some pixels.
    fn shifted(shift: u32) -> Frame {
        let value = |x: u32, y: u32| {
            let x = x + 200 - shift;
            [(x * x / 7 + 3 * y) as u8, ((x * 5) ^ (y * 9)) as u8, (x / 3 * 40 + y * y / 5) as u8]
        };
        let rgb = (0..SIZE.height).flat_map(|y| (0..SIZE.width).flat_map(move |x| value(x, y))).collect();
        Frame::new(FrameIndex(0), 0.0, SIZE, rgb)
    }

    #[test]
    fn a_point_is_found_where_its_picture_is_and_goes_on_being() {
        let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny.safetensors");
        let network = Network::load(&weights, DeviceChoice::Cpu, CpuOptions::precise(Some(1))).unwrap();
        let encode = |frame: &Frame| network.encode(frame, SIZE).unwrap();
        let patches = network.patches(&encode(&shifted(0)), &[[1.0, 1.0], [7.0, 9.0]]).unwrap();
        let black = Frame::new(FrameIndex(0), 0.0, SIZE, vec![0; 3 * SIZE.area()]);
        let [gone, first, second, far] = [&black, &shifted(12), &shifted(16), &shifted(60)].map(encode);
        let looked_for = |newest: &[&Features]| found(&network, newest, &patches, &[1]).unwrap();
        let back = looked_for(&[&gone, &first, &second]);
        assert_eq!((back.len(), back[0].track, &back[0].xys[..]), (1, 1, &[[10.0, 9.0], [11.0, 9.0]][..]));
        assert!(back[0].fit > 0.7, "{}", back[0].fit);
        assert_eq!(looked_for(&[&first, &gone]), [], "it is not there any more");
        assert_eq!(looked_for(&[&gone, &second]), [], "one frame may be chance");
        assert_eq!(looked_for(&[&far, &second]), [], "nothing moves so far from frame to frame");
        assert_eq!(looked_for(&[]), []);
    }
}
