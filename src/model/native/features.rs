//! What the encoder makes of a frame, and the patches cut out of it.

use crate::kernels::cpu::MapView;

/// A feature map: `[height, width, channels]`, channels last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureMap {
    /// Rows.
    pub height: usize,
    /// Cells in a row.
    pub width: usize,
    /// Floats in a cell.
    pub channels: usize,
    /// All cells, row by row.
    pub data: Vec<f32>,
}

impl FeatureMap {
    pub(super) fn view(&self) -> MapView<'_> {
        MapView { height: self.height, width: self.width, channels: self.channels, data: &self.data }
    }
}

/// The feature pyramid of one encoded frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NativeFeatures {
    /// NHWC maps, level 0 (unit-length features) first; each is half as large as the one before.
    pub levels: Vec<FeatureMap>,
}

impl NativeFeatures {
    /// Floats in all levels together.
    #[must_use]
    pub fn num_values(&self) -> usize {
        self.levels.iter().map(|level| level.data.len()).sum()
    }
}

/// The query patches of `N` tracks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NativeSupport {
    num_tracks: usize,
    levels: Vec<Vec<f32>>,
}

impl NativeSupport {
    /// `levels` hold `[N, R·R, C]` each, cells in x-major order.
    pub(super) fn new(num_tracks: usize, levels: Vec<Vec<f32>>) -> Self {
        Self { num_tracks, levels }
    }

    /// How many tracks these patches belong to, `N`.
    #[must_use]
    pub fn num_tracks(&self) -> usize {
        self.num_tracks
    }

    /// The patches of one level: `[N, R·R, C]`, cells in x-major order.
    ///
    /// # Panics
    /// If there is no such level.
    #[must_use]
    pub fn level(&self, level: usize) -> &[f32] {
        &self.levels[level]
    }

    /// These tracks, then those of `other`.
    ///
    /// # Panics
    /// As [`NativeSupport::append`].
    #[must_use]
    pub fn join(mut self, other: &Self) -> Self {
        self.append(other);
        self
    }

    /// Adds the patches of other tracks behind these. Empty ones ([`NativeSupport::default`]) take any number of levels.
    ///
    /// # Panics
    /// If both hold patches, of different networks.
    pub fn append(&mut self, other: &Self) {
        if other.levels.is_empty() {
            return;
        }
        if self.levels.is_empty() {
            self.levels = vec![Vec::new(); other.levels.len()];
        }
        assert_eq!(self.levels.len(), other.levels.len(), "patches of one network");
        for (mine, theirs) in self.levels.iter_mut().zip(&other.levels) {
            mine.extend_from_slice(theirs);
        }
        self.num_tracks += other.num_tracks;
    }

    /// The patches of some tracks, in the given order.
    ///
    /// # Panics
    /// If there is no such track.
    #[must_use]
    pub fn select(&self, tracks: &[usize]) -> Self {
        let pick = |level: &Vec<f32>| {
            let len = level.len() / self.num_tracks.max(1);
            tracks.iter().flat_map(|&track| &level[track * len..(track + 1) * len]).copied().collect()
        };
        assert!(tracks.iter().all(|&track| track < self.num_tracks), "tracks below {}", self.num_tracks);
        Self { num_tracks: tracks.len(), levels: self.levels.iter().map(pick).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracks_can_be_appended_and_selected() {
        let first = NativeSupport::new(2, vec![vec![1.0, 2.0, 3.0, 4.0], vec![10.0, 20.0]]);
        assert_eq!(first.clone().join(&first).level(1), [10.0, 20.0, 10.0, 20.0]);
        let mut all = NativeSupport::default();
        all.append(&first);
        all.append(&NativeSupport::new(1, vec![vec![5.0, 6.0], vec![30.0]]));
        all.append(&NativeSupport::default());
        let picked = all.select(&[2, 0]);
        assert_eq!((picked.num_tracks(), picked.level(0)), (2, &[5.0, 6.0, 1.0, 2.0][..]));
        assert_eq!(picked.level(1), [30.0, 10.0]);
    }
}
