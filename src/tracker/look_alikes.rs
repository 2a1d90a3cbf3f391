//! Look-alikes: something else in the picture that looks like a point. Once the point moves far towards it in one
//! frame, nobody knows any more which of the two is followed.

use crate::model::{Features, Match, Network, NetworkError};

/// Where something else fits a query patch so well, doubt begins;
const DOUBT_FROM: f32 = 0.8;
/// where it fits so well, nothing tells the two apart. Of 534 points on things in real and rendered clips, none has a
/// look-alike above 0.79 (the bundled weights); on a fence all do, half of them above 0.98, and on plain walls some.
const DOUBT_TO: f32 = 0.88;
/// A point that moves by less than this share of the way to its look-alike in a frame is not mistaken for it,
const SAFE_STEP: f32 = 0.125;
/// one that moves by so much is as likely to be.
const LONG_STEP: f32 = 0.25;
/// Query patches that are looked for at once: their scores are one picture each.
const AT_ONCE: usize = 64;

/// What a point may be mistaken for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LookAlike {
    /// How much alike the two are, up to 1; above 0.
    likeness: f32,
    /// How far away it is, in level-0 feature pixels.
    distance: f32,
    /// The longest step of the point so far: once it was mistaken, it stays so.
    longest_step: f32,
}

impl LookAlike {
    /// What may be mistaken for a point, `None` where nothing is; `found` is where its query patch fits in a picture
    /// that it can be seen in.
    pub(super) fn of(found: &Match) -> Option<Self> {
        let likeness = ramp(found.rival, DOUBT_FROM, DOUBT_TO);
        (likeness > 0.0).then_some(Self { likeness, distance: found.rival_distance, longest_step: 0.0 })
    }

    /// The same for points of a frame, in order; (x, y) in level-0 feature pixels.
    pub(super) fn of_points(
        network: &Network,
        features: &Features,
        points: &[[f32; 2]],
    ) -> Result<Vec<Option<Self>>, NetworkError> {
        let mut found = Vec::with_capacity(points.len());
        for some in points.chunks(AT_ONCE) {
            found.extend(network.search(features, &network.patches(features, some)?)?);
        }
        Ok(found.iter().map(Self::of).collect())
    }

    /// The same of a point that has not moved yet.
    pub(super) fn at_rest(self) -> Self {
        Self { longest_step: 0.0, ..self }
    }

    /// The point moved from one frame to the next.
    pub(super) fn step(&mut self, [x, y]: [f32; 2], [to_x, to_y]: [f32; 2]) {
        self.longest_step = self.longest_step.max((to_x - x).hypot(to_y - y));
    }

    /// What is left of the network's confidence.
    pub(super) fn confidence(&self, confidence: f32) -> f32 {
        confidence * (1.0 - self.likeness * ramp(self.longest_step / self.distance.max(1.0), SAFE_STEP, LONG_STEP))
    }
}

/// From 0 to 1 between two values.
fn ramp(value: f32, from: f32, to: f32) -> f32 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_rival(rival: f32, rival_distance: f32) -> Option<LookAlike> {
        LookAlike::of(&Match { xy: [0.0; 2], score: 1.0, rival, rival_distance })
    }

    #[test]
    fn what_nothing_looks_like_keeps_its_confidence() {
        assert_eq!(with_rival(0.79, 5.0), None);
    }

    #[test]
    fn confidence_goes_where_a_look_alike_is_within_reach_and_does_not_come_back() {
        let mut point = with_rival(0.99, 8.0).unwrap();
        point.step([10.0, 10.0], [10.5, 10.0]);
        assert_eq!(point.confidence(0.9), 0.9, "slow enough");
        point.step([10.5, 10.0], [10.5, 12.5]);
        assert_eq!(point.confidence(0.9), 0.0);
        point.step([10.5, 12.5], [10.5, 12.5]);
        assert_eq!(point.confidence(0.9), 0.0, "it stands still, but who does?");
        let mut half = with_rival(0.84, 8.0).unwrap();
        half.step([0.0; 2], [4.0, 0.0]);
        assert!((half.confidence(0.8) - 0.4).abs() < 1e-3, "half alike");
    }
}
