//! Multi-head attention over one set of tokens.

use super::activation::softmax_rows;
use super::buffer::Buffer;
use super::isa::Isa;
use super::packed::Packed;
use super::product::{Pixels, Start, multiply};

/// Query rows whose scores are held at once: with 64 keys they stay in the first-level cache.
const ROWS_AT_ONCE: usize = 96;

/// A matrix whose rows stand `stride` floats apart, such as the keys inside rows of queries, keys and values.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Starts at the first row's first element.
    pub data: &'a [f32],
    /// From a row to the next.
    pub stride: usize,
    /// How many rows.
    pub count: usize,
}

/// Memory for [`attention`], to be used again.
#[derive(Debug, Default)]
pub struct AttentionScratch {
    keys: Packed,
    values: Packed,
    scores: Buffer,
}

/// softmax(Q Kᵀ / √d) V for each of `heads` heads of width d; head h takes columns h · d .. (h + 1) · d. `out` gets one
/// row of heads · d floats per query, without gaps.
///
/// # Panics
/// If a matrix is shorter than its rows say, or there is not one value for each key.
pub fn attention(
    isa: Isa,
    [queries, keys, values]: [Rows; 3],
    heads: usize,
    out: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    assert_eq!(keys.count, values.count, "one value for each key");
    if queries.count == 0 || keys.count == 0 {
        return;
    }
    let width = out.len() / queries.count;
    let head_width = width / heads;
    let scale = 1.0 / (head_width as f32).sqrt();
    for head in 0..heads {
        let column = head * head_width;
        scratch.keys.repack(&keys.data[column..], [head_width, keys.count], [1, keys.stride]);
        scratch.values.repack(&values.data[column..], [values.count, head_width], [values.stride, 1]);
        for first in (0..queries.count).step_by(ROWS_AT_ONCE) {
            let rows = ROWS_AT_ONCE.min(queries.count - first);
            let scores = scratch.scores.sized(rows * keys.count);
            let these = Pixels::rows(&queries.data[first * queries.stride + column..], rows, queries.stride);
            multiply(isa, &these, &scratch.keys, Start::Bias, scores, keys.count);
            softmax_rows(isa, scores, keys.count, scale);
            let weights = Pixels::rows(scores, rows, keys.count);
            multiply(isa, &weights, &scratch.values, Start::Bias, &mut out[first * width + column..], width);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::product::tests::{largest_error, noise};

    fn reference([q, k, v]: [Rows; 3], heads: usize, width: usize) -> Vec<f64> {
        let d = width / heads;
        let at = |m: &Rows, row: usize, column: usize| f64::from(m.data[row * m.stride + column]);
        let mut out = vec![0.0; q.count * width];
        for (row, head) in (0..q.count).flat_map(|row| (0..heads).map(move |head| (row, head))) {
            let scores: Vec<f64> = (0..k.count)
                .map(|key| {
                    let dot: f64 = (head * d..(head + 1) * d).map(|i| at(&q, row, i) * at(&k, key, i)).sum();
                    (dot / (d as f64).sqrt()).exp()
                })
                .collect();
            let total: f64 = scores.iter().sum();
            for i in head * d..(head + 1) * d {
                out[row * width + i] = (0..v.count).map(|key| scores[key] / total * at(&v, key, i)).sum();
            }
        }
        out
    }

    #[test]
    fn it_matches_plain_loops() {
        for isa in Isa::available() {
            let mut scratch = AttentionScratch::default();
            for (queries, keys, heads, d) in
                [(16, 16, 2, 48), (100, 33, 1, 48), (3, 70, 4, 12), (1, 1, 1, 5), (33, 64, 3, 20)]
            {
                let width = heads * d;
                let (q, kv) = (noise(queries * width, 1), noise(keys * 2 * width, 2));
                let rows = [
                    Rows { data: &q, stride: width, count: queries },
                    Rows { data: &kv, stride: 2 * width, count: keys },
                    Rows { data: &kv[width..], stride: 2 * width, count: keys },
                ];
                let mut out = vec![f32::NAN; queries * width];
                attention(isa, rows, heads, &mut out, &mut scratch);
                let mut expected = reference(rows, heads, width);
                assert!(largest_error(&out, &expected) < 1e-5, "{} {queries} {keys} {heads} {d}", isa.name());
                expected[width / 2] += 0.01;
                assert!(largest_error(&out, &expected) > 5e-3, "one wrong value goes unnoticed");
            }
        }
    }
}
