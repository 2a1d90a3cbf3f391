//! Pictures per second as an exact fraction.

use std::cmp::Ordering;

/// Pictures per second, exactly: 30000/1001 is not 29.97. Shown as users know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameRate {
    /// Pictures in so many seconds; reduced, and neither is 0.
    pictures: u32,
    secs: u32,
}

impl FrameRate {
    /// So many `pictures` in so many `secs`; `None` if either is 0.
    #[must_use]
    pub fn new(pictures: u32, secs: u32) -> Option<Self> {
        let (mut divisor, mut rest) = (pictures, secs);
        while rest > 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        (pictures > 0 && secs > 0).then(|| Self { pictures: pictures / divisor, secs: secs / divisor })
    }

    /// A whole number of pictures per second.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    pub const fn whole(per_sec: u32) -> Self {
        assert!(per_sec > 0, "a camera that gives no pictures has no rate");
        Self { pictures: per_sec, secs: 1 }
    }

    /// Pictures per second.
    #[must_use]
    pub fn per_sec(self) -> f64 {
        f64::from(self.pictures) / f64::from(self.secs)
    }

    /// Numerator and denominator of the seconds per picture.
    pub(super) fn interval(self) -> (u32, u32) {
        (self.secs, self.pictures)
    }
}

impl Ord for FrameRate {
    fn cmp(&self, other: &Self) -> Ordering {
        let crossed = |a: Self, b: Self| u64::from(a.pictures) * u64::from(b.secs);
        crossed(*self, *other).cmp(&crossed(*other, *self))
    }
}

impl PartialOrd for FrameRate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for FrameRate {
    /// Two places where they say something ("30", "29.97", "7.5"), more where the rate is slow ("0.033").
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rate = self.per_sec();
        let places = if rate < 1.0 { (1.0 - rate.log10()).ceil() as usize } else { 2 };
        let text = format!("{rate:.places$}");
        f.pad(if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_shown_as_users_know_them() {
        let text = |pictures, secs| FrameRate::new(pictures, secs).unwrap().to_string();
        assert_eq!([text(30, 1), text(30_000, 1001), text(60_000, 1001), text(15, 2)], ["30", "29.97", "59.94", "7.5"]);
        assert_eq!(
            [text(7680, 256), text(1, 30), text(100, 1), text(1, u32::MAX)],
            ["30", "0.033", "100", "0.00000000023"]
        );
        assert_eq!((FrameRate::new(0, 1), FrameRate::new(1, 0)), (None, None));
    }

    #[test]
    fn equal_rates_are_equal_and_faster_ones_larger() {
        assert_eq!(FrameRate::new(7680, 256), Some(FrameRate::whole(30)));
        assert!(FrameRate::new(30_000, 1001) < FrameRate::new(30, 1));
        assert!(FrameRate::new(u32::MAX, 1) > FrameRate::new(u32::MAX, 2));
    }
}
