//! Products of two rows of numbers.

use super::bf16::numbers;
use super::isa::{fma, multiversion};
use super::lanes::sum_of_pairs;

multiversion! {
    /// The sum of the products of two rows, number by number; where `is_bf16`, each float holds a pair of them.
    pub fn dot(a: &[f32], b: &[f32], is_bf16: bool) -> f32 => dot_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn dot_body<const FMA: bool>(a: &[f32], b: &[f32], is_bf16: bool) -> f32 {
    if !is_bf16 {
        return sum_of_pairs(a, b, |sum, a, b| fma::<FMA>(a, b, sum));
    }
    sum_of_pairs(a, b, |sum, a, b| {
        let (a, b) = (numbers(a), numbers(b));
        fma::<FMA>(a[0], b[0], fma::<FMA>(a[1], b[1], sum))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::bf16::pair;
    use crate::kernels::cpu::isa::Isa;
    use crate::kernels::cpu::product::tests::{noise, rounded};

    #[test]
    fn it_matches_plain_loops_of_floats_and_of_pairs() {
        for (isa, len) in Isa::available().into_iter().flat_map(|isa| [2, 30, 32, 98].map(|len| (isa, len))) {
            let (a, b) = (rounded(&noise(len, 1)), rounded(&noise(len, 2)));
            let expected: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            let pairs = |row: &[f32]| row.chunks(2).map(|two| pair(two[0], two[1])).collect::<Vec<f32>>();
            for found in [dot(isa, &a, &b, false), dot(isa, &pairs(&a), &pairs(&b), true)] {
                assert!((f64::from(found) - expected).abs() < 1e-5, "{} {len}: {found}", isa.name());
            }
        }
    }
}
