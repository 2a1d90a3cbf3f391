//! How a stored picture must be turned to stand upright.

use crate::geometry::Size;

/// One of the eight ways of turning and mirroring a picture: axes swapped first, then mirrored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Orientation {
    /// Stored columns become upright rows.
    swap_axes: bool,
    /// The upright picture's left is right.
    mirror_x: bool,
    /// The upright picture's top is bottom.
    mirror_y: bool,
}

impl Orientation {
    /// From libav's 3×3 display matrix (row by row). Turns that are not by a right angle count as the nearest one.
    fn from_display_matrix(matrix: &[i32; 9]) -> Self {
        // A stored step to the right moves by (m0, m1) on the screen, a step down by (m3, m4).
        let [right_x, right_y, down_x, down_y] = [matrix[0], matrix[1], matrix[3], matrix[4]].map(i64::from);
        if right_x.abs() + down_y.abs() >= right_y.abs() + down_x.abs() {
            Self { swap_axes: false, mirror_x: right_x < 0, mirror_y: down_y < 0 }
        } else {
            Self { swap_axes: true, mirror_x: down_x < 0, mirror_y: right_y < 0 }
        }
    }

    /// From such a matrix in a file's bytes.
    pub(super) fn from_bytes(matrix: &[u8]) -> Option<Self> {
        let mut values = [0; 9];
        for (value, bytes) in values.iter_mut().zip(matrix.as_chunks().0) {
            *value = i32::from_ne_bytes(*bytes);
        }
        (matrix.len() >= 36).then(|| Self::from_display_matrix(&values))
    }

    /// Whether stored columns become upright rows.
    pub(super) fn swaps_axes(self) -> bool {
        self.swap_axes
    }

    /// Size of the upright picture.
    pub(super) fn upright_size(self, stored: Size) -> Size {
        if self.swap_axes { Size::new(stored.height, stored.width) } else { stored }
    }

    /// Copies RGB rows, `stride` bytes apart, into a tightly packed upright picture.
    pub(super) fn upright_rgb(self, rows: &[u8], stride: usize, stored: Size) -> Vec<u8> {
        let (width, height) = (stored.width as usize, stored.height as usize);
        let mut upright = Vec::with_capacity(3 * stored.area());
        if self == Self::default() {
            for row in rows.chunks(stride).take(height) {
                upright.extend_from_slice(&row[..3 * width]);
            }
            return upright;
        }
        let size = self.upright_size(stored);
        for y in 0..size.height as usize {
            let y = if self.mirror_y { size.height as usize - 1 - y } else { y };
            for x in 0..size.width as usize {
                let x = if self.mirror_x { size.width as usize - 1 - x } else { x };
                let at = if self.swap_axes { x * stride + 3 * y } else { y * stride + 3 * x };
                upright.extend_from_slice(&rows[at..at + 3]);
            }
        }
        upright
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: i32 = 1 << 16;
    /// A 3×2 picture whose pixels are numbered, in rows of 10 bytes.
    const ROWS: [u8; 20] = [1, 1, 1, 2, 2, 2, 3, 3, 3, 0, 4, 4, 4, 5, 5, 5, 6, 6, 6, 0];

    fn turned(matrix: [i32; 4]) -> (Size, Vec<u8>) {
        let [a, b, c, d] = matrix.map(|sign| sign * ONE);
        let orientation = Orientation::from_display_matrix(&[a, b, 0, c, d, 0, 0, 0, 1 << 30]);
        let rgb = orientation.upright_rgb(&ROWS, 10, Size::new(3, 2));
        (orientation.upright_size(Size::new(3, 2)), rgb.chunks(3).map(|pixel| pixel[0]).collect())
    }

    #[test]
    fn pictures_are_turned_and_mirrored_as_the_matrix_says() {
        assert_eq!(turned([1, 0, 0, 1]), (Size::new(3, 2), vec![1, 2, 3, 4, 5, 6]));
        assert_eq!(turned([-1, 0, 0, -1]), (Size::new(3, 2), vec![6, 5, 4, 3, 2, 1]));
        assert_eq!(turned([0, 1, -1, 0]), (Size::new(2, 3), vec![4, 1, 5, 2, 6, 3]), "clockwise");
        assert_eq!(turned([0, -1, 1, 0]), (Size::new(2, 3), vec![3, 6, 2, 5, 1, 4]), "anticlockwise");
        assert_eq!(turned([-1, 0, 0, 1]), (Size::new(3, 2), vec![3, 2, 1, 6, 5, 4]), "mirrored");
    }
}
