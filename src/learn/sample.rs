//! What one clip teaches.

use super::LearnError;
use crate::geometry::Size;
use crate::model::Features;
use std::sync::Arc;

/// What one stretch of a clip teaches: the places of `N` points over `T` frames, in model pixels of `size`.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// The features of its `T` frames, encoded once and kept: the encoder stays as it is.
    pub features: Vec<Arc<Features>>,
    /// The model size that the frames were encoded at.
    pub size: Size,
    /// `[N]` on which frame of the stretch a point is given, and where it is there, (x, y).
    pub queries: Vec<(usize, [f32; 2])>,
    /// `[T][N]` where the point is said to be.
    pub places: Vec<Vec<[f32; 2]>>,
    /// `[T][N]` whether it is said to be visible there.
    pub visible: Vec<Vec<bool>>,
    /// `[T][N]` how much that counts, 0 to 1. Frames before the query's count for nothing whatever stands here.
    pub weight: Vec<Vec<f32>>,
}

impl Lesson {
    /// How many frames it has, `T`.
    #[must_use]
    pub fn num_frames(&self) -> usize {
        self.features.len()
    }

    /// Makes sure that it can be learned from.
    ///
    /// # Errors
    /// When it has no frame or no point, its parts differ in frames or points, a query is on no frame of it, or a
    /// number is none.
    pub(super) fn check(&self) -> Result<(), LearnError> {
        let (t, n) = (self.num_frames(), self.queries.len());
        let wrong = |problem: &str| Err(LearnError::Lesson(problem.to_owned()));
        if t == 0 || n == 0 {
            return wrong("there is nothing in it");
        }
        let lengths = [self.places.len(), self.visible.len(), self.weight.len()];
        let points = |frame: usize| [self.places[frame].len(), self.visible[frame].len(), self.weight[frame].len()];
        if lengths != [t; 3] || (0..t).any(|frame| points(frame) != [n; 3]) {
            return wrong("its parts differ in frames or points");
        }
        if self.queries.iter().any(|(frame, _)| *frame >= t) {
            return wrong("a query is on none of its frames");
        }
        let places = self.places.iter().flatten().chain(self.queries.iter().map(|(_, place)| place));
        let weights_are_shares = self.weight.iter().flatten().all(|weight| (0.0..=1.0).contains(weight));
        if !weights_are_shares || places.flatten().any(|value| !value.is_finite()) {
            return wrong("a place is no number, or a weight none from 0 to 1");
        }
        Ok(())
    }
}
