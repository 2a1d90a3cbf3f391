//! Where a query patch fits best, and what else looks like it.

/// Places nearer than this to the best one belong to it, in level-0 feature pixels across and down.
const OWN_RADIUS: usize = 4;
/// A place whose score is at least this share of the best rival's is a rival, too.
const RIVAL_SHARE: f32 = 0.9;

/// The place of a picture that a query patch fits best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// (x, y), whole numbers, in level-0 feature pixels.
    pub xy: [f32; 2],
    /// How well, from −1 to 1: the cosine between the patch and what is there.
    pub score: f32,
    /// The highest score away from there; −1 in a picture that has no such place.
    pub rival: f32,
    /// How far away the nearest place is that fits about so well, in level-0 feature pixels.
    pub rival_distance: f32,
}

impl Match {
    /// The highest of a map's scores, row by row, times `scale`.
    pub(super) fn best(scores: &[f32], width: usize, scale: f32) -> Self {
        let higher = |best: (usize, f32), (at, &score): (usize, &f32)| if score > best.1 { (at, score) } else { best };
        let (at, score) = scores.iter().enumerate().fold((0, f32::NEG_INFINITY), higher);
        let (x, y) = (at % width, at / width);
        let away = || {
            scores.chunks(width).enumerate().flat_map(move |(row, line)| {
                let is_near = row.abs_diff(y) <= OWN_RADIUS;
                let (left, right) = if is_near { (x.saturating_sub(OWN_RADIUS), x + OWN_RADIUS + 1) } else { (0, 0) };
                let places = line[..left].iter().enumerate();
                let others = line.iter().enumerate().skip(right);
                places.chain(others).map(move |(column, score)| ((column, row), *score))
            })
        };
        let rival = away().map(|(_, score)| score).fold(f32::NEG_INFINITY, f32::max);
        let distance = |(column, row): (usize, usize)| (column.abs_diff(x) as f32).hypot(row.abs_diff(y) as f32);
        let rivals = away().filter(|(_, score)| *score >= RIVAL_SHARE * rival);
        let rival_distance = rivals.map(|(place, _)| distance(place)).fold(f32::INFINITY, f32::min);
        Self { xy: [x as f32, y as f32], score: score * scale, rival: (rival * scale).max(-1.0), rival_distance }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rival_is_the_best_place_away_from_the_best_one() {
        let mut scores = vec![0.0; 40 * 20];
        for (x, y, score) in [(10, 5, 2.0), (12, 6, 1.9), (30, 5, 1.8), (10, 16, 1.7), (38, 19, 0.5)] {
            scores[y * 40 + x] = score;
        }
        let found = Match::best(&scores, 40, 0.5);
        assert_eq!(found, Match { xy: [10.0, 5.0], score: 1.0, rival: 0.9, rival_distance: 11.0 });
        let tiny = Match::best(&[0.1, 0.7, 0.2, 0.3], 2, 1.0);
        assert_eq!(tiny, Match { xy: [1.0, 0.0], score: 0.7, rival: -1.0, rival_distance: f32::INFINITY });
    }
}
