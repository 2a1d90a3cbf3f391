//! From gradients to other values: `AdamW` with a clipped gradient, and the running mean that is the result.

use super::StudentOptions;
use burn::optim::{AdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, Optimizer};
use burn::tensor::Tensor;
use std::f64::consts::PI;

/// The share of the run in which the rate rises.
const WARM_UP: f64 = 0.03;
/// The rate that the run begins with, and the one that it ends with, of the highest.
const FIRST_RATE: f64 = 0.04;
const LAST_RATE: f64 = 0.002;

/// The learned values and what the optimiser remembers of them, all of one length.
#[derive(Clone)]
pub(super) struct Optimiser {
    adam: AdamW,
    /// The largest length of a gradient; longer ones are shortened to it.
    longest: f32,
    /// The share that the running mean keeps of itself.
    keeps: f32,
    pub(super) values: Tensor<1>,
    /// The running mean of the values.
    pub(super) mean: Tensor<1>,
    /// `None` before the first step.
    pub(super) moments: Option<AdaptiveMomentumState<1>>,
    pub(super) num_steps: usize,
}

impl Optimiser {
    pub(super) fn new(values: Tensor<1>, options: &StudentOptions) -> Self {
        let adam = AdamWConfig::new()
            .with_beta_1(0.9)
            .with_beta_2(0.99)
            .with_epsilon(1e-8)
            .with_weight_decay(options.weight_decay)
            .build();
        let (longest, keeps) = (options.longest_gradient, options.mean_keeps);
        Self { adam, longest, keeps, mean: values.clone(), values, moments: None, num_steps: 0 }
    }

    /// One step against a gradient of this length. One that is no number changes nothing.
    pub(super) fn step(&mut self, gradient: Tensor<1>, length: f32, rate: f64) {
        self.num_steps += 1;
        if !length.is_finite() {
            return;
        }
        let shortened = gradient * (self.longest / (length + 1e-6)).min(1.0);
        let state = self.moments.take().map(AdamWState::new);
        let (values, state) = self.adam.step(rate, self.values.clone(), shortened, state);
        self.moments = state.map(|state| state.momentum);
        self.mean = self.mean.clone() * self.keeps + values.clone() * (1.0 - self.keeps);
        self.values = values;
    }
}

/// The rate at a share of the run, of the highest: rises, then falls along a cosine.
pub(super) fn rate_at(progress: f64) -> f64 {
    if progress < WARM_UP {
        return FIRST_RATE + (1.0 - FIRST_RATE) * progress / WARM_UP;
    }
    let fallen = ((progress - WARM_UP) / (1.0 - WARM_UP)).min(1.0);
    LAST_RATE + (1.0 - LAST_RATE) * 0.5 * (1.0 + (PI * fallen).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_and_falls() {
        // ../shared/train/train.py: lr_factor(p, 0.03)
        for (progress, expected) in
            [(0.0, 0.04), (0.015, 0.52), (0.03, 1.0), (0.515, 0.501), (1.0, 0.002), (1.2, 0.002)]
        {
            assert!((rate_at(progress) - expected).abs() < 1e-9, "{progress}: {}", rate_at(progress));
        }
    }

    #[test]
    fn a_gradient_that_is_no_number_changes_nothing() {
        let device = burn::tensor::Device::flex();
        let tensor = |values: [f32; 2]| Tensor::<1>::from_floats(values, &device);
        let mut optimiser = Optimiser::new(tensor([1.0, 2.0]), &StudentOptions::default());
        optimiser.step(tensor([f32::NAN, 0.0]), f32::NAN, 1e-3);
        let values = |tensor: &Tensor<1>| tensor.to_data().try_to_vec::<f32>().unwrap();
        assert_eq!((values(&optimiser.values), values(&optimiser.mean)), (vec![1.0, 2.0], vec![1.0, 2.0]));
        optimiser.step(tensor([1e6, 0.0]), 1e6, 1e-3);
        let (now, mean) = (values(&optimiser.values), values(&optimiser.mean));
        assert!((now[0] - 0.999).abs() < 1e-5 && (now[1] - 2.0).abs() < 1e-5, "{now:?}");
        assert!(now[0] < mean[0] && mean[0] < 1.0, "{mean:?}");
    }
}
