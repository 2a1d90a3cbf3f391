//! NHWC maps with a border of zeros, which convolutions read instead of asking where the picture ends.

use super::buffer::Buffer;
use rayon::prelude::*;

/// A map of `height` × `width` pixels of `channels` floats, with `border` rows and columns of zeros on every side.
#[derive(Clone, Debug, Default)]
pub struct Map {
    height: usize,
    width: usize,
    channels: usize,
    border: usize,
    data: Buffer,
}

impl Map {
    /// Gives the map another shape and keeps its memory; what it then holds, border included, is unspecified.
    pub fn reshape(&mut self, [height, width, channels]: [usize; 3], border: usize) {
        (self.height, self.width, self.channels, self.border) = (height, width, channels, border);
        self.data.resize((height + 2 * border) * (width + 2 * border) * channels);
    }

    /// Height, width and channels, without the border.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        [self.height, self.width, self.channels]
    }

    /// Pixels of zeros around the map.
    #[must_use]
    pub fn border(&self) -> usize {
        self.border
    }

    /// Floats from a row to the next.
    #[must_use]
    pub fn row_stride(&self) -> usize {
        (self.width + 2 * self.border) * self.channels
    }

    /// Everything, border included.
    #[must_use]
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// Everything, border included.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// Row `y` without its border.
    #[must_use]
    pub fn row(&self, y: usize) -> &[f32] {
        let first = (y + self.border) * self.row_stride() + self.border * self.channels;
        &self.data[first..first + self.width * self.channels]
    }

    /// Calls `fill(y, row)` for every row without its border, in parallel.
    pub fn for_each_row(&mut self, fill: impl Fn(usize, &mut [f32]) + Sync) {
        let (stride, side, border, height) = (self.row_stride(), self.border * self.channels, self.border, self.height);
        if stride == 0 {
            return;
        }
        // A few thousand floats a task, so that small maps are not cut into crumbs.
        let rows_each = (8192 / stride).max(1);
        self.data.par_chunks_mut(rows_each * stride).enumerate().for_each(|(chunk, rows)| {
            for (i, row) in rows.chunks_exact_mut(stride).enumerate() {
                let y = chunk * rows_each + i;
                if y >= border && y < border + height {
                    fill(y - border, &mut row[side..stride - side]);
                }
            }
        });
    }

    /// As [`Map::for_each_row`], and sets the border to zero.
    pub fn fill_rows(&mut self, fill: impl Fn(usize, &mut [f32]) + Sync) {
        self.clear_border();
        self.for_each_row(fill);
    }

    /// Sets the border to zero and calls `fill(y, rows)` for strips of `rows_each` rows from `y` on, in parallel;
    /// `rows` gives them without their border, one after the other.
    pub fn fill_strips(&mut self, rows_each: usize, fill: impl Fn(usize, &mut dyn Iterator<Item = &mut [f32]>) + Sync) {
        self.clear_border();
        let (stride, side, border, height) = (self.row_stride(), self.border * self.channels, self.border, self.height);
        let inner = &mut self.data[border * stride..(border + height) * stride];
        inner.par_chunks_mut(rows_each.max(1) * stride.max(1)).enumerate().for_each(|(strip, rows)| {
            let mut rows = rows.chunks_exact_mut(stride).map(|row| &mut row[side..stride - side]);
            fill(strip * rows_each, &mut rows);
        });
    }

    fn clear_border(&mut self) {
        let (stride, side, border) = (self.row_stride(), self.border * self.channels, self.border);
        if border == 0 {
            return;
        }
        let height = self.height;
        for (y, row) in self.data.chunks_exact_mut(stride).enumerate() {
            if y < border || y >= border + height {
                row.fill(0.0);
            } else {
                row[..side].fill(0.0);
                row[stride - side..].fill(0.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filling_clears_the_border_of_used_memory() {
        let mut map = Map::default();
        map.reshape([4, 5, 3], 0);
        map.data_mut().fill(9.0);
        map.reshape([2, 2, 2], 1);
        map.fill_rows(|y, row| row.fill(1.0 + y as f32));
        assert_eq!((map.row(0), map.row(1)), (&[1.0; 4][..], &[2.0; 4][..]));
        assert_eq!(map.data().iter().filter(|&&v| v != 0.0).count(), 8);
        assert_eq!(map.data().len(), 4 * 4 * 2);
    }
}
