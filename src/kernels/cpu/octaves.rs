//! The octave encoding of motion: sines and cosines of 2⁰ x to 2⁹ x.

/// Octaves of the encoding.
pub const OCTAVES: usize = 10;

/// Writes `[x | sin(2ᵏ x) | cos(2ᵏ x)]`, k outside, the values of `x` inside, each part.
///
/// # Panics
/// If `out` is not 1 + 2 · [`OCTAVES`] times as long as `x`.
pub fn encode_octaves(x: &[f32], out: &mut [f32]) {
    assert_eq!(out.len(), x.len() * (1 + 2 * OCTAVES), "an encoding of {} values", x.len());
    let (same, waves) = out.split_at_mut(x.len());
    same.copy_from_slice(x);
    let (sines, cosines) = waves.split_at_mut(x.len() * OCTAVES);
    let octaves = sines.chunks_exact_mut(x.len().max(1)).zip(cosines.chunks_exact_mut(x.len().max(1)));
    for (k, (sines, cosines)) in octaves.enumerate() {
        let factor = (1u32 << k) as f32;
        for ((sine, cosine), &x) in sines.iter_mut().zip(cosines).zip(x) {
            let angle = x * factor;
            *sine = sin(angle);
            // As the reference: the sum is rounded to f32, which at 2⁹ is farther off than the cosine itself.
            *cosine = sin(angle + std::f32::consts::FRAC_PI_2);
        }
    }
}

/// The sine of an angle of any size, within a unit in the last place of f32: the range is reduced in f64, which is
/// exact enough up to 2³¹.
fn sin(angle: f32) -> f32 {
    // Adding this rounds to a whole number, which then stands in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let angle = f64::from(angle);
    let rounded = angle * std::f64::consts::FRAC_1_PI + ROUND;
    let r = angle - (rounded - ROUND) * std::f64::consts::PI;
    let square = r * r;
    // The Taylor series to r¹³: under 1e-9 for |r| ≤ π / 2.
    let mut p = 1.0 / 6_227_020_800.0;
    for factor in [-1.0 / 39_916_800.0, 1.0 / 362_880.0, -1.0 / 5_040.0, 1.0 / 120.0, -1.0 / 6.0, 1.0] {
        p = p * square + factor;
    }
    let sine = p * r;
    // sin(r + nπ) is −sin r for odd n.
    (if rounded.to_bits() & 1 == 1 { -sine } else { sine }) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sines_match_for_every_range() {
        for i in -200_000..200_000 {
            let angle = i as f32 * 0.013_7;
            let error = (f64::from(sin(angle)) - f64::from(angle).sin()).abs();
            assert!(error < 6e-8, "sin {angle} is off by {error}");
        }
        assert!((f64::from(sin(1e6)) - 1e6f64.sin()).abs() < 1e-7);
        assert!(sin(f32::NAN).is_nan() && sin(f32::INFINITY).is_nan());
    }

    #[test]
    fn parts_stand_in_the_references_order() {
        let x = [0.3, -1.2, 0.0, 0.75];
        let mut out = [f32::NAN; 84];
        encode_octaves(&x, &mut out);
        assert_eq!(out[..4], x);
        for k in 0..OCTAVES {
            for (i, &x) in x.iter().enumerate() {
                let angle = f64::from(x) * f64::from(1 << k);
                assert!((f64::from(out[4 + 4 * k + i]) - angle.sin()).abs() < 1e-7, "sin of octave {k}");
                // Half an ulp of an angle of up to 614.
                assert!((f64::from(out[44 + 4 * k + i]) - angle.cos()).abs() < 4e-5, "cos of octave {k}");
            }
        }
    }
}
