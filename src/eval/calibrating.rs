//! Calibration: a table of what scores are worth, from verdicts whose truth is known.

use crate::calibration::Calibration;

/// Verdicts that share a step of the table at least: fewer would make chance look like knowledge.
const LEAST_VERDICTS: usize = 50;
/// Steps of scores on which verdicts are put together, at most.
const MAX_STEPS: usize = 40;

/// A score, and whether what it was given for is right.
pub type Verdict = (f32, bool);

/// Neighbours in the order of the scores that share a probability.
#[derive(Clone, Copy)]
struct Step {
    num: f64,
    scores: f64,
    right: f64,
}

/// The rising table that is nearest to the verdicts (isotonic regression: where a step would go down, it is put
/// together with the one before). Empty where there are no verdicts.
#[must_use]
pub fn calibrate(verdicts: &[Verdict]) -> Calibration {
    let mut sorted = verdicts.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let per_step = sorted.len().div_ceil(MAX_STEPS).max(LEAST_VERDICTS);
    let mut steps: Vec<Step> = Vec::new();
    let mut rest = &sorted[..];
    while !rest.is_empty() {
        // Equal scores stay together, and what is too few for a step belongs to the last one.
        let last = rest[per_step.min(rest.len()) - 1].0;
        let end = rest.partition_point(|(score, _)| *score <= last);
        let end = if rest.len() - end < per_step { rest.len() } else { end };
        let (these, others) = rest.split_at(end);
        rest = others;
        let mut step = Step {
            num: these.len() as f64,
            scores: these.iter().map(|(score, _)| f64::from(*score)).sum(),
            right: these.iter().filter(|(_, is_right)| *is_right).count() as f64,
        };
        while let Some(before) = steps.pop_if(|before| before.right * step.num >= step.right * before.num) {
            step = Step {
                num: before.num + step.num,
                scores: before.scores + step.scores,
                right: before.right + step.right,
            };
        }
        steps.push(step);
    }
    let knot = |step: &Step| [step.scores / step.num, step.right / step.num].map(|value| value as f32);
    let mut knots: Vec<[f32; 2]> = steps.iter().map(knot).collect();
    knots.dedup_by(|later, earlier| later[0] <= earlier[0]); // two steps may be nearer than an f32 can tell
    Calibration::new(knots)
}

/// The expected calibration error: how far a share that is promised is from the share that is kept, on average over ten
/// classes of promises; from 0 to 1.
#[must_use]
pub fn calibration_error(promises: &[Verdict]) -> f64 {
    let mut classes = [(0.0f64, 0.0f64); 10];
    for (promised, is_right) in promises {
        let class = &mut classes[((10.0 * promised) as usize).min(9)];
        *class = (class.0 + f64::from(*promised), class.1 + f64::from(u8::from(*is_right)));
    }
    classes.iter().map(|(promised, kept)| (promised - kept).abs()).sum::<f64>() / promises.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `num` verdicts with scores around `score`, `right` of them right.
    fn some(score: f32, num: u16, right: u16) -> impl Iterator<Item = Verdict> {
        (0..num).map(move |i| (score + 1e-4 * f32::from(i), i % (num / right.max(1)).max(1) == 0 && right > 0))
    }

    #[test]
    fn a_table_says_how_often_scores_were_right_and_never_falls() {
        let verdicts: Vec<_> = some(0.1, 100, 0).chain(some(0.3, 100, 50)).chain(some(0.5, 100, 25)).collect();
        let table = calibrate(&verdicts);
        assert!(table.is_sound());
        let share = |score| table.probability(score).unwrap().share();
        assert_eq!(share(0.05), 0.0);
        // The falling step was put together with the one before: 75 of 200.
        assert!((share(0.6) - 0.375).abs() < 1e-4, "{table:?}");
        assert_eq!(calibrate(&[]), Calibration::default());
    }

    #[test]
    fn equal_scores_have_one_probability() {
        let verdicts: Vec<_> =
            (0..400).map(|i| (0.25, i % 4 == 0)).chain((0..400).map(|i| (0.75, i % 4 != 0))).collect();
        assert_eq!(calibrate(&verdicts).knots(), [[0.25, 0.25], [0.75, 0.75]]);
        assert_eq!(calibrate(&verdicts[..10]).knots(), [[0.25, 0.3]]);
    }

    #[test]
    fn promises_that_are_kept_have_no_error() {
        let kept: Vec<_> = (0..100).map(|i| (0.8, i < 80)).chain((0..100).map(|i| (0.3, i < 30))).collect();
        assert!(calibration_error(&kept) < 1e-6);
        let broken: Vec<_> = (0..100).map(|i| (0.9, i < 40)).collect();
        assert!((calibration_error(&broken) - 0.5).abs() < 1e-6);
        assert_eq!(calibration_error(&[]), 0.0);
    }

    proptest! {
        #[test]
        fn any_verdicts_make_a_sound_table_that_keeps_its_promises(
            verdicts in proptest::collection::vec((0.0f32..=1.0, any::<bool>()), 1..600),
        ) {
            let table = calibrate(&verdicts);
            prop_assert!(table.is_sound() && !table.is_empty(), "{table:?}");
            let total: f32 = table.knots().iter().map(|[_, p]| *p).fold(0.0, f32::max);
            prop_assert!(total <= 1.0);
        }
    }
}
