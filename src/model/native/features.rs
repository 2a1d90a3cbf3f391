//! What the encoder makes of a frame, and the patches cut out of it.

use super::newest::History;
use crate::kernels::cpu::{Isa, MapView, round_row};
use half::f16;
use half::slice::HalfFloatSliceExt;
use rayon::prelude::*;

/// A feature map: `[height, width, channels]`, channels last. Where the network multiplies bf16 numbers, two channels
/// share a float.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureMap {
    /// Rows.
    pub height: usize,
    /// Cells in a row.
    pub width: usize,
    /// Numbers in a cell.
    pub channels: usize,
    /// All cells, row by row.
    pub data: Vec<f32>,
    /// Each float of `data` holds a pair of bf16 numbers.
    pub is_bf16: bool,
}

impl FeatureMap {
    pub(super) fn view(&self) -> MapView<'_> {
        let Self { height, width, is_bf16, .. } = *self;
        MapView { height, width, channels: self.words(), data: &self.data, is_bf16 }
    }

    /// Floats, or pairs of bf16 numbers, in a cell.
    pub(super) fn words(&self) -> usize {
        if self.is_bf16 { self.channels / 2 } else { self.channels }
    }

    /// The same in bf16 where `isa` has that and the channels are even in number.
    pub(super) fn in_bf16(self, isa: Isa) -> Self {
        if !isa.has_bf16() || self.channels % 2 == 1 {
            return self;
        }
        let mut words = vec![0.0; self.data.len() / 2];
        let len = self.width * self.channels;
        words
            .par_chunks_mut(len / 2)
            .zip(self.data.par_chunks(len))
            .for_each(|(words, row)| round_row(isa, row, words));
        Self { data: words, is_bf16: true, ..self }
    }

    /// In half precision.
    pub(super) fn pack(&self) -> Packed {
        let mut data = vec![f16::ZERO; self.data.len()];
        data.convert_from_f32_slice(&self.data);
        Packed { height: self.height, width: self.width, channels: self.channels, data }
    }
}

/// The feature pyramid of one encoded frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NativeFeatures {
    /// NHWC maps, level 0 (unit-length features) first; each is half as large as the one before.
    pub levels: Vec<FeatureMap>,
}

/// Level 0 of a pyramid, put away: a feature is of unit length, so half precision errs by 0.0005 at most.
#[derive(Debug)]
pub(super) struct Packed {
    height: usize,
    width: usize,
    channels: usize,
    data: Vec<f16>,
}

impl Packed {
    pub(super) fn num_bytes(&self) -> usize {
        size_of_val(&*self.data)
    }

    pub(super) fn unpack(&self) -> FeatureMap {
        let mut data = vec![0.0; self.data.len()];
        self.data.convert_to_f32_slice(&mut data);
        FeatureMap { height: self.height, width: self.width, channels: self.channels, data, is_bf16: false }
    }
}

/// The query patches of `N` tracks, in numbers as those of the feature maps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NativePatches {
    num_tracks: usize,
    levels: Vec<Vec<f32>>,
}

impl NativePatches {
    /// `levels` hold `[N, R·R, C]` each, cells in x-major order.
    pub(super) fn new(num_tracks: usize, levels: Vec<Vec<f32>>) -> Self {
        Self { num_tracks, levels }
    }

    /// How many tracks these patches belong to, `N`.
    #[must_use]
    pub fn num_tracks(&self) -> usize {
        self.num_tracks
    }

    /// The patches of one level: `[N, R·R, C]`, cells in x-major order; in bf16 `[N, R·R, C / 2]` pairs.
    ///
    /// # Panics
    /// If there is no such level.
    #[must_use]
    pub fn level(&self, level: usize) -> &[f32] {
        &self.levels[level]
    }

    /// Adds the patches of other tracks behind these. Empty ones ([`NativePatches::default`]) take any number of
    /// levels.
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

    /// Makes room for more tracks.
    pub(super) fn reserve(&mut self, num_more: usize) {
        self.levels.iter_mut().for_each(|level| reserve_rows(level, self.num_tracks, num_more));
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

    fn keep(&mut self, tracks: &[usize]) {
        assert!(tracks.iter().all(|&track| track < self.num_tracks), "tracks below {}", self.num_tracks);
        self.levels.iter_mut().for_each(|level| keep_rows(level, self.num_tracks, tracks));
        self.num_tracks = tracks.len();
    }
}

/// What the correlations of `N` tracks over the `S` frames of a window add to their tokens: `[N, S, hidden]`.
///
/// A live stream keeps them: most frames of a window have been correlated before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NativeEmbeddings {
    num_tracks: usize,
    num_frames: usize,
    data: Vec<f32>,
}

impl NativeEmbeddings {
    /// `data` holds `[N, S, E]`.
    pub(super) fn new(num_tracks: usize, num_frames: usize, data: Vec<f32>) -> Self {
        Self { num_tracks, num_frames, data }
    }

    /// How many tracks there are, `N`.
    #[must_use]
    pub fn num_tracks(&self) -> usize {
        self.num_tracks
    }

    /// How many frames each track has, `S`.
    #[must_use]
    pub fn num_frames(&self) -> usize {
        self.num_frames
    }

    /// `[N, S, E]`.
    #[must_use]
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    pub(super) fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// The window moves on by a frame: the oldest leaves, the newest stands there twice until it is computed.
    pub fn advance(&mut self) {
        if self.data.is_empty() {
            return;
        }
        let row = self.data.len() / (self.num_tracks * self.num_frames);
        for track in self.data.chunks_exact_mut(self.num_frames * row) {
            track.copy_within(row.., 0);
        }
    }

    /// Adds other tracks behind these.
    ///
    /// # Panics
    /// If the two have windows of different lengths.
    pub fn append(&mut self, other: &Self) {
        assert_eq!(self.num_frames, other.num_frames, "windows of one network");
        self.data.extend_from_slice(&other.data);
        self.num_tracks += other.num_tracks;
    }

    fn keep(&mut self, tracks: &[usize]) {
        assert!(tracks.iter().all(|&track| track < self.num_tracks), "tracks below {}", self.num_tracks);
        keep_rows(&mut self.data, self.num_tracks, tracks);
        self.num_tracks = tracks.len();
    }
}

/// What the network remembers of the tracks of a live stream: their query patches, the correlations that are known, and
/// what the transformer made of the frames before.
#[derive(Clone, Debug, PartialEq)]
pub struct NativeMemory {
    /// The query patches of `N` tracks.
    pub patches: NativePatches,
    /// Their correlation features over a window.
    pub embeddings: NativeEmbeddings,
    pub(super) history: History,
}

impl NativeMemory {
    /// The window moves on by a frame.
    pub fn advance(&mut self) {
        self.embeddings.advance();
        self.history.advance(self.embeddings.num_frames());
    }

    /// Adds other tracks, which begin, behind these.
    ///
    /// # Panics
    /// If the two come from different networks.
    pub fn append(&mut self, other: &Self) {
        self.reserve(other.patches.num_tracks());
        self.patches.append(&other.patches);
        self.embeddings.append(&other.embeddings);
        self.history.append(&other.history);
    }

    /// Makes room for more tracks: they find it where there are hundreds, and nothing is copied.
    pub fn reserve(&mut self, num_more: usize) {
        let num_tracks = self.patches.num_tracks();
        self.patches.reserve(num_more);
        reserve_rows(&mut self.embeddings.data, num_tracks, num_more);
        self.history.reserve(num_more);
    }

    /// Forgets all but some tracks, in rising order. Nothing is copied but what moves up: with hundreds of points that
    /// is tens of megabytes.
    ///
    /// # Panics
    /// If there is no such track.
    pub fn keep(&mut self, tracks: &[usize]) {
        self.patches.keep(tracks);
        self.embeddings.keep(tracks);
        self.history.keep(tracks);
    }
}

/// Makes room for `num_more` rows beside these, equally long. Room that was not used is not copied, as `Vec::reserve`
/// would.
pub(super) fn reserve_rows(data: &mut Vec<f32>, num_rows: usize, num_more: usize) {
    let len = data.len() + data.len().checked_div(num_rows).unwrap_or(0) * num_more;
    if len > data.capacity() {
        let mut grown = Vec::with_capacity(len.max(2 * data.capacity()));
        grown.extend_from_slice(data);
        *data = grown;
    }
}

/// Leaves some of `num_rows` equally long rows in place, in rising order.
pub(super) fn keep_rows<T: Copy>(data: &mut Vec<T>, num_rows: usize, kept: &[usize]) {
    let len = data.len().checked_div(num_rows).unwrap_or(0);
    for (to, &from) in kept.iter().enumerate().filter(|(to, from)| to != *from) {
        data.copy_within(from * len..(from + 1) * len, to * len);
    }
    data.truncate(kept.len() * len);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracks_can_be_appended_and_selected() {
        let first = NativePatches::new(2, vec![vec![1.0, 2.0, 3.0, 4.0], vec![10.0, 20.0]]);
        let mut all = NativePatches::default();
        all.append(&first);
        all.append(&NativePatches::new(1, vec![vec![5.0, 6.0], vec![30.0]]));
        all.append(&NativePatches::default());
        let picked = all.select(&[2, 0]);
        assert_eq!((picked.num_tracks(), picked.level(0)), (2, &[5.0, 6.0, 1.0, 2.0][..]));
        assert_eq!(picked.level(1), [30.0, 10.0]);
    }

    #[test]
    fn embeddings_move_on_by_a_frame_and_keep_their_tracks() {
        let two = NativeEmbeddings::new(2, 3, (0..12).map(|v| v as f32).collect());
        let mut second = two.clone();
        second.keep(&[1]);
        let mut all = two.clone();
        all.append(&second);
        all.advance();
        let expected = [2.0, 3.0, 4.0, 5.0, 4.0, 5.0, 8.0, 9.0, 10.0, 11.0, 10.0, 11.0];
        assert_eq!((all.num_tracks(), all.num_frames(), &all.data()[..12]), (3, 3, &expected[..]));
        assert_eq!(all.data()[12..], expected[6..]);
        all.keep(&[0, 2]);
        assert_eq!((all.num_tracks(), all.data()), (2, &[&expected[..6], &expected[6..]].concat()[..]));
        all.keep(&[]);
        assert!(all.data().is_empty());
    }
}
