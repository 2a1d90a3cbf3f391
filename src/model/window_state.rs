//! What a window's iterations refine.

/// Coordinates and logits of one window; frame-major.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowState {
    /// Frames `S`.
    pub num_frames: usize,
    /// Tracks `N`.
    pub num_tracks: usize,
    /// `[S, N]` (x, y) in level-0 feature pixels.
    pub coords: Vec<[f32; 2]>,
    /// `[S, N]` logits.
    pub visibility: Vec<f32>,
    /// `[S, N]` logits.
    pub confidence: Vec<f32>,
}

impl WindowState {
    /// Tracks that stand still at points (x, y), in level-0 feature pixels, with logits of 0.
    #[must_use]
    pub fn still(num_frames: usize, points: &[[f32; 2]]) -> Self {
        let count = num_frames * points.len();
        Self {
            num_frames,
            num_tracks: points.len(),
            coords: points.repeat(num_frames),
            visibility: vec![0.0; count],
            confidence: vec![0.0; count],
        }
    }

    /// The window moves on by a frame: the oldest leaves, the newest stands there twice.
    pub fn advance(&mut self) {
        let n = self.num_tracks;
        self.coords.copy_within(n.., 0);
        self.visibility.copy_within(n.., 0);
        self.confidence.copy_within(n.., 0);
    }

    /// These tracks, then those of `other`.
    ///
    /// # Panics
    /// If the two have windows of different lengths.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        assert_eq!(self.num_frames, other.num_frames, "windows of one network");
        Self {
            num_frames: self.num_frames,
            num_tracks: self.num_tracks + other.num_tracks,
            coords: side_by_side(self.num_frames, &self.coords, &other.coords),
            visibility: side_by_side(self.num_frames, &self.visibility, &other.visibility),
            confidence: side_by_side(self.num_frames, &self.confidence, &other.confidence),
        }
    }

    /// Some tracks, in the given order.
    ///
    /// # Panics
    /// If there is no such track.
    #[must_use]
    pub fn select(&self, tracks: &[usize]) -> Self {
        assert!(tracks.iter().all(|&track| track < self.num_tracks), "tracks below {}", self.num_tracks);
        let n = self.num_tracks;
        Self {
            num_frames: self.num_frames,
            num_tracks: tracks.len(),
            coords: pick(&self.coords, n, tracks),
            visibility: pick(&self.visibility, n, tracks),
            confidence: pick(&self.confidence, n, tracks),
        }
    }
}

/// Two lists of `[S, N]` and `[S, M]` values, frame by frame.
fn side_by_side<T: Copy>(s: usize, a: &[T], b: &[T]) -> Vec<T> {
    let (n, m) = (a.len() / s, b.len() / s);
    (0..s).flat_map(|frame| [&a[frame * n..(frame + 1) * n], &b[frame * m..(frame + 1) * m]].concat()).collect()
}

/// Some columns of `[S, N]` values.
fn pick<T: Copy>(values: &[T], n: usize, tracks: &[usize]) -> Vec<T> {
    values.chunks_exact(n.max(1)).flat_map(|frame| tracks.iter().map(|&track| frame[track])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracks_are_joined_selected_and_moved_on() {
        let mut state = WindowState::still(3, &[[1.0, 2.0]]).join(&WindowState::still(3, &[[3.0, 4.0], [5.0, 6.0]]));
        assert_eq!(state.coords[..4], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [1.0, 2.0]]);
        state.coords[8] = [9.0, 9.0];
        state.visibility[7] = 2.0;
        state.advance();
        assert_eq!((state.coords[5], state.coords[8], state.coords[2]), ([9.0, 9.0], [9.0, 9.0], [5.0, 6.0]));
        let picked = state.select(&[2, 1]);
        assert_eq!((picked.num_tracks, picked.coords[2], picked.visibility[3]), (2, [9.0, 9.0], 2.0));
        assert!(state.select(&[]).coords.is_empty());
    }
}
