//! Layer norm over the width of a token.

use super::isa::{fma, multiversion};
use super::lanes::fold;

multiversion! {
    /// Writes every normalised row of `x` (as wide as given) to `out`: mean 0, variance 1, `epsilon` added to the
    /// variance.
    pub fn layer_norm(x: &[f32], width: usize, epsilon: f32, out: &mut [f32]) => layer_norm_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn layer_norm_body<const FMA: bool>(x: &[f32], width: usize, epsilon: f32, out: &mut [f32]) {
    for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
        let mean = fold(x, 0.0, |sum, value| sum + value, |a, b| a + b) / width as f32;
        let squares = fold(x, 0.0, |sum, value| fma::<FMA>(value - mean, value - mean, sum), |a, b| a + b);
        let factor = 1.0 / (squares / width as f32 + epsilon).sqrt();
        for (out, &value) in out.iter_mut().zip(x) {
            *out = (value - mean) * factor;
        }
    }
}

multiversion! {
    /// Every row of `x` becomes row · `scale` + `shift`.
    pub fn scale_and_shift(x: &mut [f32], scale: &[f32], shift: &[f32]) => scale_and_shift_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn scale_and_shift_body<const FMA: bool>(x: &mut [f32], scale: &[f32], shift: &[f32]) {
    for row in x.chunks_exact_mut(scale.len()) {
        for ((value, &scale), &shift) in row.iter_mut().zip(scale).zip(shift) {
            *value = fma::<FMA>(*value, scale, shift);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::isa::Isa;
    use crate::kernels::cpu::product::tests::{largest_error, noise};

    #[test]
    fn it_matches_plain_loops() {
        for isa in Isa::available() {
            for width in [1, 12, 48, 100] {
                let x: Vec<f32> = noise(4 * width, 5).iter().map(|v| 3.0 * v + 2.0).collect();
                let (scale, shift) = (noise(width, 6), noise(width, 7));
                let mut expected = Vec::new();
                for row in x.chunks(width) {
                    let mean = row.iter().map(|&v| f64::from(v)).sum::<f64>() / width as f64;
                    let variance = row.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / width as f64;
                    for ((&v, &scale), &shift) in row.iter().zip(&scale).zip(&shift) {
                        let normalized = (f64::from(v) - mean) / (variance + 1e-5).sqrt();
                        expected.push(normalized * f64::from(scale) + f64::from(shift));
                    }
                }
                let mut found = vec![f32::NAN; x.len()];
                layer_norm(isa, &x, width, 1e-5, &mut found);
                scale_and_shift(isa, &mut found, &scale, &shift);
                assert!(largest_error(&found, &expected) < 1e-5, "{} {width}", isa.name());
                expected[width] += 0.01;
                assert!(largest_error(&found, &expected) > 5e-3, "one wrong value goes unnoticed");
            }
        }
    }
}
