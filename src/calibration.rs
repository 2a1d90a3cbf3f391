//! What a network's own figures are worth: from its score to how often it is right.

use crate::geometry::Size;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU16;

/// Steps of a [`Probability`].
const STEPS: f32 = 10_000.0;

/// How probable it is that a point can be seen and is within [`Probability::WITHIN_PX`] of where it is said to be, in
/// steps of a hundredth of a percent: 2 bytes in every sample, and short in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "f64", try_from = "f64")]
pub struct Probability(NonZeroU16);

impl Probability {
    /// How near it speaks of, in pixels of a picture of 256 × 256.
    pub const WITHIN_PX: f64 = 8.0;

    /// How near it speaks of, in pixels of a picture of this size.
    #[must_use]
    pub fn within_px(picture: Size) -> f64 {
        Self::WITHIN_PX * (f64::from(picture.width) * f64::from(picture.height)).sqrt() / 256.0
    }

    /// The nearest one to a share; what is no number counts as 0.
    #[must_use]
    pub fn new(share: f32) -> Self {
        // A cast of what is not a number gives 0.
        Self(NonZeroU16::MIN.saturating_add((STEPS * share.clamp(0.0, 1.0)).round() as u16))
    }

    /// In two bytes; 0 where there is none.
    #[must_use]
    pub fn to_bits(this: Option<Self>) -> u16 {
        this.map_or(0, |this| this.0.get())
    }

    /// What [`Probability::to_bits`] gave.
    #[must_use]
    pub fn from_bits(bits: u16) -> Option<Self> {
        NonZeroU16::new(bits.min(1 + STEPS as u16)).map(Self)
    }

    /// As a share from 0 to 1.
    #[must_use]
    pub fn share(self) -> f32 {
        f32::from(self.0.get() - 1) / STEPS
    }

    /// The one `share` of the way from this one to another.
    #[must_use]
    pub fn towards(self, other: Self, share: f32) -> Self {
        Self::new(self.share() + share * (other.share() - self.share()))
    }
}

impl From<Probability> for f64 {
    fn from(probability: Probability) -> Self {
        Self::from(probability.0.get() - 1) / Self::from(STEPS)
    }
}

impl TryFrom<f64> for Probability {
    type Error = &'static str;

    fn try_from(share: f64) -> Result<Self, Self::Error> {
        if (0.0..=1.0).contains(&share) {
            Ok(Self::new(share as f32))
        } else {
            Err("a probability is not between 0 and 1")
        }
    }
}

/// A table from a network's score (visibility · confidence) to how often it is right, made on clips with known truth.
/// Empty where nobody made one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Calibration {
    /// Score and probability, both rising.
    knots: Vec<[f32; 2]>,
}

impl Calibration {
    /// The table with these pairs of score and probability.
    #[must_use]
    pub fn new(knots: Vec<[f32; 2]>) -> Self {
        Self { knots }
    }

    /// Whether there is no table.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.knots.is_empty()
    }

    /// Score and probability, both rising.
    #[must_use]
    pub fn knots(&self) -> &[[f32; 2]] {
        &self.knots
    }

    /// Whether it is what it should be: numbers from 0 to 1, scores that rise, probabilities that do not fall.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let is_share = |value: &f32| (0.0..=1.0).contains(value);
        self.knots.iter().flatten().all(is_share)
            && self.knots.windows(2).all(|pair| pair[0][0] < pair[1][0] && pair[0][1] <= pair[1][1])
    }

    /// What a score is worth: on the straight line between the two entries around it; `None` without a table.
    #[must_use]
    pub fn probability(&self, score: f32) -> Option<Probability> {
        let after = self.knots.partition_point(|[at, _]| *at <= score);
        let (lower, upper) = (self.knots.get(after.saturating_sub(1))?, self.knots.get(after));
        let share = match upper.filter(|_| after > 0) {
            Some(upper) => lower[1] + (score - lower[0]) / (upper[0] - lower[0]) * (upper[1] - lower[1]),
            None => lower[1],
        };
        Some(Probability::new(share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_its_entries_a_table_is_straight_and_beyond_them_level() {
        let table = Calibration::new(vec![[0.1, 0.2], [0.5, 0.4], [0.75, 0.9]]);
        let share = |score| table.probability(score).unwrap().share();
        assert_eq!([-1.0, 0.0, 0.1, 0.5, 0.75, 0.8, 1.0].map(share), [0.2, 0.2, 0.2, 0.4, 0.9, 0.9, 0.9]);
        assert!((share(0.3) - 0.3).abs() < 1e-4 && (share(0.625) - 0.65).abs() < 1e-4);
        assert_eq!(share(f32::NAN), 0.2);
        assert_eq!(Calibration::default().probability(0.5), None);
        assert_eq!(Calibration::new(vec![[0.4, 0.7]]).probability(0.9), Some(Probability::new(0.7)));
    }

    #[test]
    fn a_table_falls_nowhere_and_holds_shares() {
        let is_sound = |knots: &[[f32; 2]]| Calibration::new(knots.to_vec()).is_sound();
        assert!(is_sound(&[]) && is_sound(&[[0.0, 0.3], [0.5, 0.3], [1.0, 1.0]]));
        for bad in [
            [[0.5, 0.1], [0.5, 0.2]],
            [[0.1, 0.2], [0.2, 0.1]],
            [[0.1, 0.2], [1.1, 0.3]],
            [[0.1, f32::NAN], [0.2, 0.3]],
        ] {
            assert!(!is_sound(&bad), "{bad:?}");
        }
    }

    #[test]
    fn a_probability_is_short_in_files_and_comes_back() {
        assert_eq!(
            [0.0, 0.83456, 1.0, 7.0, -1.0, f32::NAN].map(|p| Probability::new(p).share()),
            [0.0, 0.8346, 1.0, 1.0, 0.0, 0.0]
        );
        let text = serde_json::to_string(&[Probability::new(0.83456), Probability::new(1.0)]).unwrap();
        assert_eq!(text, "[0.8346,1.0]");
        let all: Vec<Probability> = (0..=10_000u16).map(|i| Probability::new(f32::from(i) / STEPS)).collect();
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Probability>>(&text).unwrap(), all);
        assert!(serde_json::from_str::<Probability>("1.01").is_err());
        let bits = |probability| Probability::from_bits(Probability::to_bits(probability));
        assert_eq!(
            (bits(None), bits(Some(all[77])), bits(Some(all[10_000]))),
            (None, Some(all[77]), Some(all[10_000]))
        );
        assert_eq!(Probability::from_bits(u16::MAX), Some(Probability::new(1.0)));
        assert_eq!(
            (Probability::within_px(Size::new(256, 256)), Probability::within_px(Size::new(1024, 576))),
            (8.0, 24.0)
        );
        assert_eq!(Probability::new(0.2).towards(Probability::new(0.6), 0.25), Probability::new(0.3));
    }
}
