//! The way of a zoomed view through a clip: smooth, after points that were seen, and ahead of them. Plain numbers.

/// A place (x, y) in source pixels.
pub(super) type Place = [f32; 2];

/// Frames on either side over which places are averaged.
const SMOOTH_RADIUS: usize = 3;
/// The newest frames that tell how fast things move.
const SPEED_FRAMES: usize = 6;
/// What is left of that speed after each frame on which nothing was seen.
const KEPT_SPEED: f32 = 0.95;
/// What is left after each frame of how far the view was from where it should be.
const KEPT_OFFSET: f32 = 0.7;
/// Frames over which the view turns towards a place that it has to show.
pub(super) const TURN_FRAMES: usize = 8;

/// Middles for the next `count` frames. `before` are those of the frames before, `seen` is where points were seen from
/// the first of these on; what is missing at its end is not known yet. Nothing seen, nothing before: `start`.
pub(super) fn path(start: Place, before: &[Place], seen: &[Option<Place>], count: usize) -> Vec<Place> {
    let last = before.last().copied();
    let target = smoothed(&filled(seen, before.len() + count, last.unwrap_or(start)));
    let mut offset = last.map_or([0.0; 2], |last| difference(last, target[before.len() - 1]));
    target[before.len()..]
        .iter()
        .map(|target| {
            offset = offset.map(|v| v * KEPT_OFFSET);
            sum(*target, offset)
        })
        .collect()
}

/// Moves middles so that a view of `half` the extent shows a place: on frame `at`, counted from the first middle and
/// perhaps after the last one; those around it move along.
pub(super) fn show(middles: &mut [Place], at: usize, place: Place, half: Place) {
    let Some(last) = middles.len().checked_sub(1) else { return };
    let away = difference(place, middles[at.min(last)]);
    let shift = [0, 1].map(|axis| away[axis] - away[axis].clamp(-half[axis], half[axis]));
    for (i, middle) in middles.iter_mut().enumerate() {
        let share = (1.0 - at.abs_diff(i) as f32 / TURN_FRAMES as f32).max(0.0);
        *middle = sum(*middle, shift.map(|v| v * share));
    }
}

/// Places for `count` frames: straight between those that were seen, going on after the last one.
fn filled(seen: &[Option<Place>], count: usize, nothing: Place) -> Vec<Place> {
    let known: Vec<(usize, Place)> =
        seen.iter().take(count).enumerate().filter_map(|(i, place)| Some((i, (*place)?))).collect();
    let (Some(&(first, first_place)), Some(&(last, last_place))) = (known.first(), known.last()) else {
        return vec![nothing; count];
    };
    let mut filled = vec![first_place; first + 1];
    for pair in known.windows(2) {
        let ((from, a), (to, b)) = (pair[0], pair[1]);
        filled.extend((from + 1..=to).map(|i| mix(a, b, (i - from) as f32 / (to - from) as f32)));
    }
    let mut speed = speed(&filled[first..]);
    let mut place = last_place;
    for _ in last + 1..count {
        speed = speed.map(|v| v * KEPT_SPEED);
        place = sum(place, speed);
        filled.push(place);
    }
    filled
}

/// How far the newest places move in a frame: the slope of the line through them.
fn speed(places: &[Place]) -> Place {
    let newest = &places[places.len() - places.len().min(SPEED_FRAMES)..];
    let middle = (newest.len() - 1) as f32 / 2.0;
    let weights = (0..newest.len()).map(|i| i as f32 - middle);
    let total: f32 = weights.clone().map(|w| w * w).sum();
    let slope =
        |axis: usize| weights.clone().zip(newest).map(|(w, place)| w * place[axis]).sum::<f32>() / total.max(0.5);
    [slope(0), slope(1)]
}

/// The mean of each place and its neighbours, as many on either side, so that what moves evenly is not held back.
fn smoothed(places: &[Place]) -> Vec<Place> {
    let mean = |i: usize| {
        let radius = SMOOTH_RADIUS.min(i).min(places.len() - 1 - i);
        let near = &places[i - radius..=i + radius];
        near.iter().fold([0.0; 2], |all, place| sum(all, *place)).map(|v| v / near.len() as f32)
    };
    (0..places.len()).map(mean).collect()
}

fn sum(a: Place, b: Place) -> Place {
    [a[0] + b[0], a[1] + b[1]]
}

fn difference(a: Place, b: Place) -> Place {
    [a[0] - b[0], a[1] - b[1]]
}

fn mix(a: Place, b: Place, share: f32) -> Place {
    sum(a, difference(b, a).map(|v| v * share))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_near(a: Place, b: Place, within: f32) -> bool {
        difference(a, b).iter().all(|v| v.abs() <= within)
    }

    #[test]
    fn what_moves_evenly_is_followed_without_delay_and_ahead() {
        let at = |i: usize| [100.0 + 20.0 * i as f32, 50.0 - 3.0 * i as f32];
        let before: Vec<Place> = (0..8).map(at).collect();
        let seen: Vec<_> = before.iter().copied().map(Some).collect();
        let ahead = path([0.0; 2], &before, &seen, 8);
        let worst = (0..8).map(|i| difference(ahead[i], at(8 + i))[0].abs()).fold(0.0, f32::max);
        assert!(worst < 40.0, "some speed is lost where nothing is known: {worst}");
        let seen: Vec<_> = (0..16).map(at).map(Some).collect();
        let along = path([0.0; 2], &before, &seen, 8);
        assert!((0..8).all(|i| is_near(along[i], at(8 + i), 0.01)), "{along:?}");
    }

    #[test]
    fn the_view_stays_where_nothing_is_seen_and_bridges_gaps() {
        assert_eq!(path([7.0, 8.0], &[], &[], 3), vec![[7.0, 8.0]; 3]);
        assert_eq!(path([7.0, 8.0], &[[5.0, 5.0]], &[None], 2), vec![[5.0, 5.0]; 2]);
        assert_eq!(
            filled(&[None, Some([1.0, 0.0]), None, Some([3.0, 4.0])], 4, [9.0; 2])[..],
            [[1.0, 0.0], [1.0, 0.0], [2.0, 2.0], [3.0, 4.0]]
        );
    }

    #[test]
    fn a_place_that_has_to_be_shown_is_turned_to_bit_by_bit() {
        let mut middles = vec![[0.0; 2]; 8];
        show(&mut middles, 10, [150.0, 20.0], [100.0, 100.0]);
        assert!(middles.windows(2).all(|pair| pair[1][0] >= pair[0][0] && pair[1][0] - pair[0][0] < 7.0));
        assert_eq!(middles[0], [0.0; 2]);
        show(&mut middles, 7, [150.0, 20.0], [100.0, 100.0]);
        assert!((middles[7][0] - 50.0).abs() < 1e-3 && middles[7][1] == 0.0);
        show(&mut [], 0, [1.0; 2], [1.0; 2]);
    }

    proptest! {
        #[test]
        fn the_path_is_smoother_than_what_it_follows(jumps in proptest::collection::vec(-15f32..15.0, 24)) {
            let seen: Vec<_> = jumps.iter().enumerate().map(|(i, jump)| Some([10.0 * i as f32 + jump, 0.0])).collect();
            let before: Vec<Place> = (0..8).map(|i| [10.0 * i as f32, 0.0]).collect();
            let along = path([0.0; 2], &before, &seen, 16);
            let all: Vec<Place> = before.iter().chain(&along).copied().collect();
            for three in all.windows(3) {
                let bend = three[0][0] - 2.0 * three[1][0] + three[2][0];
                prop_assert!(bend.abs() < 25.0, "{bend}: jumps of 15 px alone bend by up to 60");
            }
        }
    }
}
