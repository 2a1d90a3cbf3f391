//! Chance that can be repeated.

/// Numbers that look like chance and follow from a seed alone (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The numbers of a seed; `what` says what for, so that no two uses share them.
    #[must_use]
    pub fn new(seed: u64, what: &[u64]) -> Self {
        let mut chance = Self(seed);
        for part in what {
            chance.0 = chance.number() ^ *part;
        }
        chance
    }

    /// Where it stands: `Chance::new(state, &[])` goes on from there.
    #[must_use]
    pub fn state(&self) -> u64 {
        self.0
    }

    /// Any whole number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below 1.
    pub fn share(&mut self) -> f32 {
        (self.number() >> 40) as f32 / (1u32 << 24) as f32
    }

    /// From `low` to below `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.share()
    }

    /// A whole number below `count`; 0 where that is 0.
    pub fn below(&mut self, count: usize) -> usize {
        (self.number() % count.max(1) as u64) as usize
    }

    /// `count` of the whole numbers below `of`, each once, in rising order; all where there are no more.
    pub fn some(&mut self, count: usize, of: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..of).collect();
        let count = count.min(of);
        for at in 0..count {
            let other = at + self.below(of - at);
            all.swap(at, other);
        }
        all.truncate(count);
        all.sort_unstable();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_and_another_use_gives_others() {
        let shares = |seed, what: &[u64]| {
            let mut chance = Chance::new(seed, what);
            (0..1000).map(|_| chance.share()).collect::<Vec<_>>()
        };
        let first = shares(7, &[1, 2]);
        assert_eq!(first, shares(7, &[1, 2]));
        let mut chance = Chance::new(7, &[1]);
        chance.number();
        assert_eq!(Chance::new(chance.state(), &[]).number(), chance.number());
        assert!(first != shares(7, &[2, 1]) && first != shares(8, &[1, 2]));
        let mean = first.iter().sum::<f32>() / 1000.0;
        assert!((mean - 0.5).abs() < 0.05 && first.iter().all(|share| (0.0..1.0).contains(share)), "{mean}");
    }

    #[test]
    fn some_of_many_are_chosen_once_each() {
        let mut chance = Chance::new(1, &[]);
        let some = chance.some(10, 50);
        assert_eq!(some.len(), 10);
        assert!(some.windows(2).all(|pair| pair[0] < pair[1]) && some[9] < 50);
        assert_eq!(chance.some(9, 3), [0, 1, 2]);
        assert!(chance.some(2, 0).is_empty());
    }
}
