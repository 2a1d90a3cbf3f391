//! The exponential function and what is built from it: both GELUs and softmax.

use super::isa::{fma, multiversion};
use super::lanes::fold;

/// ln 2 in two parts: the first has trailing zeros, so that its product with n is exact.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;
/// Adding this rounds to a whole number, which then stands in the low bits.
const ROUND: f32 = 12_582_912.0;

// Both polynomials are least-squares fits made for this file.
/// erf x / x − 1 in x², below 0.95.
const NEAR: [f32; 6] = [0.128_379_14, -0.376_124_6, 0.112_814_37, -0.026_752_42, 0.004_971_958_6, -5.881_639_5e-4];
/// ln erfc x in x, above; beyond 4, erf is 1 to rounding.
const FAR: [f32; 7] =
    [-2.890_367_5e-4, -1.127_283_9, -0.637_853_7, -0.103_330_31, 0.021_930_449, -0.002_966_954_8, 1.879_456_4e-4];

// GELU's tanh form is x · (1 + tanh u) / 2 = x / (1 + e^(−2u)) with u = √(2/π) · (x + 0.044715 · x³):
/// −2u's factor of x.
pub(super) const LINEAR: f32 = -2.0 * 0.797_884_6;
/// −2u's factor of x³.
pub(super) const CUBIC: f32 = LINEAR * 0.044_715;

/// eˣ to two units in the last place; x beyond ±87 counts as ±87.
#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
pub(super) fn exp<const FMA: bool>(x: f32) -> f32 {
    let x = x.clamp(-87.0, 87.0);
    let rounded = fma::<FMA>(x, std::f32::consts::LOG2_E, ROUND);
    let n = rounded - ROUND;
    let r = fma::<FMA>(n, -LN2_LOW, fma::<FMA>(n, -LN2_HIGH, x));
    // The Taylor series to r⁶: under 1.2e-7 for |r| ≤ ln 2 / 2.
    let mut p = 1.0 / 720.0;
    for factor in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = fma::<FMA>(p, r, factor);
    }
    f32::from_bits(p.to_bits().wrapping_add(rounded.to_bits() << 23))
}

/// The error function, to 2e-7.
#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
pub(super) fn erf<const FMA: bool>(x: f32) -> f32 {
    let evaluate = |coefficients: &[f32], x: f32| {
        coefficients.iter().rev().copied().reduce(|sum, factor| fma::<FMA>(sum, x, factor)).unwrap_or_default()
    };
    let size = x.abs();
    let near = fma::<FMA>(x, evaluate(&NEAR, x * x), x);
    let far = (1.0 - exp::<FMA>(evaluate(&FAR, size.min(4.0)))).copysign(x);
    if size < 0.95 { near } else { far }
}

multiversion! {
    /// GELU with the exact error function.
    pub fn gelu_erf(values: &mut [f32]) => gelu_erf_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn gelu_erf_body<const FMA: bool>(values: &mut [f32]) {
    for value in values {
        let half = 0.5 * *value;
        *value = fma::<FMA>(half, erf::<FMA>(*value * std::f32::consts::FRAC_1_SQRT_2), half);
    }
}

multiversion! {
    /// GELU in its tanh approximation.
    pub fn gelu_tanh(values: &mut [f32]) => gelu_tanh_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn gelu_tanh_body<const FMA: bool>(values: &mut [f32]) {
    for value in values {
        let x = *value;
        let exponent = x * fma::<FMA>(x * x, CUBIC, LINEAR);
        *value = x / (1.0 + exp::<FMA>(exponent));
    }
}

multiversion! {
    /// Softmax of `scale` · row, for every row of `width` values.
    pub fn softmax_rows(values: &mut [f32], width: usize, scale: f32) => softmax_rows_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn softmax_rows_body<const FMA: bool>(values: &mut [f32], width: usize, scale: f32) {
    for row in values.chunks_exact_mut(width) {
        let larger = |a: f32, b: f32| if b > a { b } else { a };
        let largest = fold(row, f32::NEG_INFINITY, larger, larger);
        for value in &mut *row {
            *value = exp::<FMA>((*value - largest) * scale);
        }
        let factor = 1.0 / fold(row, 0.0, |sum, value| sum + value, |a, b| a + b);
        for value in &mut *row {
            *value *= factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::isa::Isa;
    use crate::kernels::cpu::product::tests::{largest_error, noise};

    /// The error function by its series, which converges everywhere.
    fn slow_erf(x: f64) -> f64 {
        if x.abs() > 5.0 {
            return x.signum();
        }
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * 2.0 / std::f64::consts::PI.sqrt()
    }

    fn inputs() -> Vec<f32> {
        let mut x: Vec<f32> = (-6000..6003).map(|i| i as f32 * 1e-3).collect();
        x.extend([-100.0, -20.0, 20.0, 100.0, 1e-20, -0.0, 1e30]);
        x
    }

    #[test]
    fn gelus_match_their_definitions() {
        for isa in Isa::available() {
            let mut found = inputs();
            gelu_erf(isa, &mut found);
            let mut expected: Vec<f64> = inputs()
                .iter()
                .map(|&x| f64::from(x))
                .map(|x| 0.5 * x * (1.0 + slow_erf(x * std::f64::consts::FRAC_1_SQRT_2)))
                .collect();
            assert!(largest_error(&found, &expected) < 1e-6, "{} erf {}", isa.name(), largest_error(&found, &expected));
            expected[3] += 1e-4;
            assert!(largest_error(&found, &expected) > 5e-5, "one wrong value goes unnoticed");

            let mut found = inputs();
            gelu_tanh(isa, &mut found);
            let tanh = |x: f64| (std::f64::consts::FRAC_2_PI.sqrt() * (x + 0.044_715 * x * x * x)).tanh();
            let expected: Vec<f64> =
                inputs().iter().map(|&x| 0.5 * f64::from(x) * (1.0 + tanh(f64::from(x)))).collect();
            assert!(
                largest_error(&found, &expected) < 1e-6,
                "{} tanh {}",
                isa.name(),
                largest_error(&found, &expected)
            );
        }
    }

    #[test]
    fn not_a_number_stays_one() {
        for isa in Isa::available() {
            let mut values = [f32::NAN; 20];
            gelu_erf(isa, &mut values);
            assert!(values.iter().all(|v| v.is_nan()), "{} erf", isa.name());
            gelu_tanh(isa, &mut values);
            assert!(values.iter().all(|v| v.is_nan()), "{} tanh", isa.name());
        }
    }

    #[test]
    fn softmax_matches_plain_loops_for_large_scores() {
        for isa in Isa::available() {
            for width in [1, 7, 16, 67] {
                let mut found: Vec<f32> = noise(3 * width, 4).iter().map(|x| x * 300.0).collect();
                let mut expected = Vec::new();
                for row in found.chunks(width) {
                    let largest = row.iter().copied().fold(f32::MIN, f32::max);
                    let powers: Vec<f64> = row.iter().map(|&x| (f64::from(x - largest) * 0.25).exp()).collect();
                    expected.extend(powers.iter().map(|p| p / powers.iter().sum::<f64>()));
                }
                softmax_rows(isa, &mut found, width, 0.25);
                assert!(largest_error(&found, &expected) < 1e-6, "{} {width}", isa.name());
                expected[0] += 0.01;
                assert!(largest_error(&found, &expected) > 5e-3, "one wrong value goes unnoticed");
            }
        }
    }
}
