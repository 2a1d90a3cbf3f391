//! Frame times and rates from timestamps.

use crate::media::DEFAULT_FRAME_RATE;
use std::ops::RangeInclusive;

/// What the timestamps of a clip say.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Timing {
    /// Seconds from the first frame, never falling.
    pub(super) times_secs: Vec<f64>,
    pub(super) frame_rate: f64,
    pub(super) is_variable: bool,
}

/// Frames further off the common distance than this share of it make a clip one of variable rate.
const MAX_JITTER: f64 = 0.1;
/// What a stream may say of its rate, in frames per second, to be believed without times.
const SANE_RATES: RangeInclusive<f64> = 1.0..=240.0;

/// The times of a stream that tells none: its own word on its rate, where that is sane, else the usual rate.
pub(super) fn assumed_rate(nominal_rate: Option<f64>) -> f64 {
    nominal_rate.filter(|rate| SANE_RATES.contains(rate)).unwrap_or(DEFAULT_FRAME_RATE)
}

/// Turns timestamps (in units of `unit_secs`, in order of showing) into times.
pub(super) fn timing(timestamps: &[i64], unit_secs: f64, nominal_rate: Option<f64>) -> Timing {
    let first = timestamps.first().copied().unwrap_or(0);
    let mut latest = 0.0;
    let times_secs: Vec<f64> = timestamps
        .iter()
        .map(|&timestamp| {
            latest = f64::max(latest, timestamp.saturating_sub(first) as f64 * unit_secs);
            latest
        })
        .collect();
    let mut distances: Vec<f64> = times_secs.windows(2).map(|pair| pair[1] - pair[0]).collect();
    distances.sort_by(f64::total_cmp);
    let measured = (distances.len() as f64 / latest).max(0.0);
    let (Some(&shortest), Some(&longest)) = (distances.first(), distances.last()) else {
        return Timing { times_secs, frame_rate: nominal_rate.unwrap_or(DEFAULT_FRAME_RATE), is_variable: false };
    };
    let median = distances[distances.len() / 2];
    // Timestamps are rounded to whole units (milliseconds in Matroska), so that distances differ by up to two of them.
    let jitter = 2.0 * unit_secs + MAX_JITTER * median;
    let is_variable = longest - median > jitter || median - shortest > jitter;
    let frame_rate = match nominal_rate {
        // The container's own fraction is exact where the measurement is rounded.
        Some(rate) if !is_variable && (rate / measured - 1.0).abs() < 0.02 => rate,
        _ if measured.is_finite() && measured > 0.0 => measured,
        rate => rate.unwrap_or(DEFAULT_FRAME_RATE),
    };
    Timing { times_secs, frame_rate, is_variable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_milliseconds_are_a_constant_rate() {
        let timing = timing(&[5000, 5033, 5067, 5100, 5133], 1e-3, Some(30.0));
        assert!(!timing.is_variable);
        assert_eq!((timing.frame_rate, timing.times_secs[0]), (30.0, 0.0));
        assert!((timing.times_secs[4] - 0.133).abs() < 1e-12);
    }

    #[test]
    fn a_million_frames_a_second_are_not_believed() {
        let rates = [Some(1e6), Some(0.0), Some(29.97), Some(240.0), Some(f64::NAN), None].map(assumed_rate);
        assert_eq!(rates, [30.0, 30.0, 29.97, 240.0, 30.0, 30.0]);
    }

    #[test]
    fn gaps_make_a_variable_rate_and_the_average_is_measured() {
        let timing = timing(&[0, 1, 2, 5, 6, 10], 0.1, Some(25.0));
        assert!(timing.is_variable);
        assert!((timing.frame_rate - 5.0).abs() < 1e-9, "{}", timing.frame_rate);
    }

    #[test]
    fn broken_timestamps_never_fall_and_never_divide_by_nothing() {
        assert_eq!(timing(&[10, 5, 20], 1.0, None).times_secs, [0.0, 0.0, 10.0]);
        let rates = [timing(&[7, 7, 7], 1.0, None), timing(&[7], 1.0, Some(24.0)), timing(&[], 1.0, None)];
        assert_eq!(Vec::from(rates.map(|timing| timing.frame_rate)), [30.0, 24.0, 30.0]);
        assert!(timing(&[i64::MIN, i64::MAX], 1.0, None).frame_rate.is_finite());
    }
}
