//! What tells the transformer which frame of a window it looks at: a row for each frame, for windows of any length.

use std::borrow::Cow;

/// A row of values for each frame of the windows that the network was trained on.
#[derive(Clone, Debug)]
pub(super) struct TimeEmbedding {
    rows: Vec<f32>,
    width: usize,
}

impl TimeEmbedding {
    /// Rows of `width` values.
    pub(super) fn new(rows: Vec<f32>, width: usize) -> Self {
        Self { rows, width }
    }

    /// The rows of a window of so many frames: those between are interpolated, as the reference does (`PyTorch`'s
    /// linear `interpolate`: the middles of first and last frame do not lie on each other).
    pub(super) fn stretched(&self, num_frames: usize) -> Cow<'_, [f32]> {
        let known = self.rows.len() / self.width;
        if num_frames == known {
            return Cow::Borrowed(&self.rows);
        }
        let row = |at: usize| &self.rows[at.min(known - 1) * self.width..][..self.width];
        let scale = known as f32 / num_frames as f32;
        let rows = (0..num_frames).flat_map(|frame| {
            let at = ((frame as f32 + 0.5) * scale - 0.5).max(0.0);
            let (before, share) = (at as usize, at.fract());
            row(before).iter().zip(row(before + 1)).map(move |(a, b)| (1.0 - share) * a + share * b)
        });
        Cow::Owned(rows.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_stretched_and_shrunk_as_pytorch_interpolates() {
        let time = TimeEmbedding::new(vec![0.0, 10.0, 1.0, 20.0, 3.0, 0.0], 2);
        assert_eq!(*time.stretched(3), [0.0, 10.0, 1.0, 20.0, 3.0, 0.0]);
        // torch.nn.functional.interpolate(rows, size=6, mode="linear"), and to a size of 2.
        let long = time.stretched(6);
        let first: Vec<f32> = long.iter().copied().step_by(2).collect();
        assert_eq!(first, [0.0, 0.25, 0.75, 1.5, 2.5, 3.0]);
        assert_eq!(*time.stretched(2), [0.25, 12.5, 2.5, 5.0]);
    }
}
