//! The way back through layer norm, both GELUs and softmax: each takes what the operation was given (softmax: what it
//! gave) and turns the gradient of its result into that of its input, in place.

use super::activation::{CUBIC, LINEAR, erf, exp};
use super::isa::{fma, multiversion};
use super::lanes::{fold, sum_of_pairs};

/// The factor of the normal distribution's density, 1 / √(2π).
const DENSITY: f32 = 0.5 * std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2;
multiversion! {
    /// Of [`gelu_tanh`](super::gelu_tanh).
    pub fn gelu_tanh_backward(x: &[f32], gradient: &mut [f32]) => gelu_tanh_backward_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn gelu_tanh_backward_body<const FMA: bool>(x: &[f32], gradient: &mut [f32]) {
    for (gradient, &x) in gradient.iter_mut().zip(x) {
        let share = 1.0 / (1.0 + exp::<FMA>(x * fma::<FMA>(x * x, CUBIC, LINEAR)));
        let slope = -share * (1.0 - share) * fma::<FMA>(x * x, 3.0 * CUBIC, LINEAR);
        // Far out the share is 0 or 1, and what it is multiplied with too large a number.
        let slope = if x.abs() > 30.0 { 0.0 } else { x * slope };
        *gradient *= share + slope;
    }
}

multiversion! {
    /// Of [`gelu_erf`](super::gelu_erf).
    pub fn gelu_erf_backward(x: &[f32], gradient: &mut [f32]) => gelu_erf_backward_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn gelu_erf_backward_body<const FMA: bool>(x: &[f32], gradient: &mut [f32]) {
    for (gradient, &x) in gradient.iter_mut().zip(x) {
        let share = fma::<FMA>(0.5, erf::<FMA>(x * std::f32::consts::FRAC_1_SQRT_2), 0.5);
        let near = x.clamp(-15.0, 15.0); // beyond, the density is 0 to rounding
        *gradient *= fma::<FMA>(near * DENSITY, exp::<FMA>(-0.5 * near * near), share);
    }
}

multiversion! {
    /// Of [`softmax_rows`](super::softmax_rows) with a scale of 1; `y` is what it gave.
    pub fn softmax_backward(y: &[f32], width: usize, gradient: &mut [f32]) => softmax_backward_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn softmax_backward_body<const FMA: bool>(y: &[f32], width: usize, gradient: &mut [f32]) {
    for (y, gradient) in y.chunks_exact(width).zip(gradient.chunks_exact_mut(width)) {
        let common = product::<FMA>(y, gradient);
        for (gradient, &y) in gradient.iter_mut().zip(y) {
            *gradient = y * (*gradient - common);
        }
    }
}

multiversion! {
    /// Of [`layer_norm`](super::layer_norm); `normal` is what it gave, `x` what it was given.
    pub fn layer_norm_backward(
        x: &[f32], normal: &[f32], width: usize, epsilon: f32, gradient: &mut [f32],
    ) => layer_norm_backward_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn layer_norm_backward_body<const FMA: bool>(
    x: &[f32],
    normal: &[f32],
    width: usize,
    epsilon: f32,
    gradient: &mut [f32],
) {
    let rows = x.chunks_exact(width).zip(normal.chunks_exact(width)).zip(gradient.chunks_exact_mut(width));
    for ((x, normal), gradient) in rows {
        let share = 1.0 / width as f32;
        let mean = sum(x) * share;
        let squares = fold(x, 0.0, |sum, value| fma::<FMA>(value - mean, value - mean, sum), |a, b| a + b);
        let factor = 1.0 / fma::<FMA>(squares, share, epsilon).sqrt();
        let (common, along) = (sum(gradient) * share, product::<FMA>(normal, gradient) * share);
        for (gradient, &normal) in gradient.iter_mut().zip(normal) {
            *gradient = factor * (fma::<FMA>(-along, normal, *gradient) - common);
        }
    }
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn sum(values: &[f32]) -> f32 {
    fold(values, 0.0, |sum, value| sum + value, |a, b| a + b)
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn product<const FMA: bool>(a: &[f32], b: &[f32]) -> f32 {
    sum_of_pairs(a, b, |sum, a, b| fma::<FMA>(a, b, sum))
}
