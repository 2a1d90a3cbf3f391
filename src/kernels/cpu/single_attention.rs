//! Attention of a single token: the newest frame of a track to the frames that are remembered.

use super::activation::exp;
use super::isa::{Isa, fma, multiversion};
use super::lanes::{fold, sum_of_pairs};

/// softmax(q Kᵀ / √d) V for each of `heads` heads of width d, for one query. `keys_values` holds a row of keys, then
/// values, for each remembered token; `scores` is memory for one number each.
///
/// # Panics
/// If the rows are not twice as wide as the query, there is none, or `out` is not as wide as the query.
pub fn attend_once(isa: Isa, query: &[f32], keys_values: &[f32], heads: usize, out: &mut [f32], scores: &mut Vec<f32>) {
    let width = query.len();
    assert!(!keys_values.is_empty() && keys_values.len().is_multiple_of(2 * width), "rows of keys and values");
    assert_eq!((out.len(), width % heads), (width, 0), "heads of equal width");
    scores.resize(keys_values.len() / (2 * width), 0.0);
    attend(isa, query, keys_values, heads, out, scores);
}

multiversion! {
    fn attend(query: &[f32], keys_values: &[f32], heads: usize, out: &mut [f32], scores: &mut [f32]) => attend_body
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn attend_body<const FMA: bool>(query: &[f32], keys_values: &[f32], heads: usize, out: &mut [f32], scores: &mut [f32]) {
    let width = query.len();
    let head_width = width / heads;
    let scale = 1.0 / (head_width as f32).sqrt();
    for (head, out) in out.chunks_exact_mut(head_width).enumerate() {
        let columns = head * head_width..(head + 1) * head_width;
        let query = &query[columns.clone()];
        for (score, row) in scores.iter_mut().zip(keys_values.chunks_exact(2 * width)) {
            *score = sum_of_pairs(query, &row[columns.clone()], |sum, q, k| fma::<FMA>(q, k, sum)) * scale;
        }
        let larger = |a: f32, b: f32| if b > a { b } else { a };
        let highest = fold(scores, f32::NEG_INFINITY, larger, larger);
        for score in scores.iter_mut() {
            *score = exp::<FMA>(*score - highest);
        }
        let total = fold(scores, 0.0, |sum, score| sum + score, |a, b| a + b);
        out.fill(0.0);
        for (score, row) in scores.iter().zip(keys_values.chunks_exact(2 * width)) {
            let weight = score / total;
            for (out, &value) in out.iter_mut().zip(&row[width + columns.start..width + columns.end]) {
                *out = fma::<FMA>(weight, value, *out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::product::tests::noise;
    use crate::kernels::cpu::{AttentionScratch, Rows, attention};

    #[test]
    fn it_is_the_attention_of_one_row() {
        for isa in Isa::available() {
            for (keys, heads, d) in [(16, 4, 48), (1, 1, 5), (7, 3, 20), (33, 2, 16)] {
                let width = heads * d;
                let (query, kv) = (noise(width, 1), noise(keys * 2 * width, 2));
                let rows = [
                    Rows { data: &query, stride: width, count: 1 },
                    Rows { data: &kv, stride: 2 * width, count: keys },
                    Rows { data: &kv[width..], stride: 2 * width, count: keys },
                ];
                let (mut expected, mut out) = (vec![0.0; width], vec![f32::NAN; width]);
                attention(isa, rows, heads, &mut expected, &mut AttentionScratch::default());
                attend_once(isa, &query, &kv, heads, &mut out, &mut Vec::new());
                let error = |out: &[f32], expected: &[f32]| {
                    out.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
                };
                assert!(error(&out, &expected) < 1e-5, "{} {keys} {heads} {d}", isa.name());
                expected[width / 2] += 0.01;
                assert!(error(&out, &expected) > 5e-3, "one wrong value goes unnoticed");
            }
        }
    }
}
