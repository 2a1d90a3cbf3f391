//! What is wrong with where the student puts the points, as a number to make smaller.
//!
//! | loss       | of                  | per iteration                                                                  |
//! |------------|---------------------|--------------------------------------------------------------------------------|
//! | position   | x and y             | Huber, slope 1 from 1 px on, mean over the labels; hidden ones count a fifth    |
//! | confidence | the visible points  | cross entropy with "within 12 px", of a picture of 384 rows                     |
//!
//! Iterations count 1, 0.8, 0.64, … from the last one back, and both are the mean over all iterations of all windows.
//! Hidden points far outside the picture do not count: nothing can be known of them. Visibility has no loss here.

use super::windows::Window;
use crate::learn::Lesson;
use burn::tensor::activation::log_sigmoid;
use burn::tensor::{Device, Tensor, TensorData};

/// What an iteration counts over the one after it.
const GAMMA: f32 = 0.8;
/// What a hidden point counts over a visible one.
const HIDDEN: f32 = 0.2;
/// A confident place is within that of the true one, in a picture of [`CONFIDENT_ROWS`].
const CONFIDENT_PX: f32 = 12.0;
const CONFIDENT_ROWS: f32 = 384.0;
/// How far outside, in pictures, a hidden point may be.
const OUTSIDE: f32 = 0.3;

/// What an iteration counts that `num_later` others follow.
pub(super) fn counts(num_later: usize) -> f32 {
    GAMMA.powi(num_later as i32)
}

/// What all iterations count together.
pub(super) fn counts_of_all(num_iters: usize) -> f32 {
    (0..num_iters).map(counts).sum()
}

/// What the labels of a window say; tensors of `[N, S, …]`, and zeros where nothing is said.
pub(super) struct Labels {
    places_px: Vec<[f32; 2]>,
    places: Tensor<3>,
    position_weight: Tensor<3>,
    confidence_weight: Tensor<3>,
    confident_px: f32,
}

impl Labels {
    /// Of some points in a window; `num_iters` are those of all windows.
    pub(super) fn new(lesson: &Lesson, points: &[usize], window: Window, num_iters: usize, device: &Device) -> Self {
        let count = points.len() * window.len;
        let (mut places_px, mut position, mut confidence) = (vec![[0.0; 2]; count], vec![0.0; count], vec![0.0; count]);
        for (at, (frame, point)) in window.labelled(points, lesson.num_frames()) {
            if frame < lesson.queries[point].0 {
                continue;
            }
            let (place, weight) = (lesson.places[frame][point], lesson.weight[frame][point]);
            places_px[at] = place;
            let extents = [lesson.size.width, lesson.size.height].map(|extent| extent as f32);
            let is_near = |axis: usize| (-OUTSIDE..1.0 + OUTSIDE).contains(&(place[axis] / extents[axis]));
            if lesson.visible[frame][point] {
                position[at] = weight;
                confidence[at] = weight;
            } else if is_near(0) && is_near(1) {
                position[at] = HIDDEN * weight;
            }
        }
        // Where hardly anything is said, that does not count as much as a whole window of labels.
        for weights in [&mut position, &mut confidence] {
            let all = weights.iter().sum::<f32>().max(1.0) * num_iters as f32;
            for weight in weights {
                *weight /= all;
            }
        }
        let tensor = |values: Vec<f32>, width: usize| {
            let shape = [points.len(), window.len, width];
            Tensor::<3>::from_data(TensorData::new(values, shape), device)
        };
        Self {
            places: tensor(places_px.concat(), 2),
            position_weight: tensor(position, 1),
            confidence_weight: tensor(confidence, 1),
            places_px,
            confident_px: CONFIDENT_PX * lesson.size.height as f32 / CONFIDENT_ROWS,
        }
    }

    /// Position and confidence loss, `[2]`, of an iteration that `num_later` others follow. `coords` are in pixels,
    /// `[N, S, 2]`, and `found` the same values; `confidence` are logits, `[N, S, 1]`.
    pub(super) fn losses(
        &self,
        coords: Tensor<3>,
        found: &[[f32; 2]],
        confidence: Tensor<3>,
        num_later: usize,
    ) -> Tensor<1> {
        let off = (coords - self.places.clone()).abs();
        let near = off.clone().clamp_max(1.0);
        let position = (near.clone() * (off - near * 0.5)).sum_dim(2) * self.position_weight.clone();
        let hits = found.iter().zip(&self.places_px).map(|(a, b)| {
            let is_hit = (a[0] - b[0]).hypot(a[1] - b[1]) < self.confident_px;
            f32::from(u8::from(is_hit))
        });
        let hits = TensorData::new(hits.collect::<Vec<_>>(), confidence.dims());
        let hits = Tensor::<3>::from_data(hits, &self.places.device());
        // −ln σ(x) for a hit, −ln σ(−x) = x − ln σ(x) for none.
        let entropy = confidence.clone() * (-hits + 1.0) - log_sigmoid(confidence);
        let confidence = entropy * self.confidence_weight.clone();
        Tensor::cat(vec![position.sum(), confidence.sum()], 0) * counts(num_later)
    }
}
