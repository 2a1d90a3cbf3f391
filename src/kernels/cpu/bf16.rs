//! bf16 numbers, two of which stand in a float's place: the upper halves of floats, rounded to the nearest.

use super::buffer::Buffer;
use super::isa::Isa;
use super::packed::Packed;
use super::product::Pixels;

/// Two floats as a pair, the first in the low half. What is not a number stays none.
#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
pub(super) fn pair(first: f32, second: f32) -> f32 {
    // To the nearest, halfway to the even one.
    let round = |value: f32| {
        let bits = value.to_bits();
        bits.wrapping_add(0x7fff + ((bits >> 16) & 1))
    };
    f32::from_bits((round(first) >> 16) | (round(second) & 0xffff_0000))
}

/// The two numbers of a pair.
#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
pub(super) fn numbers(pair: f32) -> [f32; 2] {
    let bits = pair.to_bits();
    [bits << 16, bits & 0xffff_0000].map(f32::from_bits)
}

/// Rounds a row of floats to pairs; an odd one ends with a zero.
///
/// # Panics
/// If the machine has no bf16, or there is not one word for each two floats.
#[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "compiled for an instruction set"))]
pub fn round_row(isa: Isa, row: &[f32], words: &mut [f32]) {
    assert!(isa.has_bf16() && words.len() == row.len().div_ceil(2), "a word for each two floats");
    // SAFETY: the instruction set was detected, as an `Isa` that has it proves.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        avx512::round_row(row, words);
    }
}

/// The pixels of a product with weights in bf16, rounded into `words`. Distances are then in pairs.
///
/// # Panics
/// If kernel rows share what they read, and a pixel begins in the middle of a pair.
pub(super) fn round_pixels<'a>(isa: Isa, input: &Pixels, weights: &Packed, words: &'a mut Buffer) -> Pixels<'a> {
    let Pixels { data, lines, line_stride, pixels, pixel_stride, row_stride, .. } = *input;
    let (run, pair_run) = (weights.run(), weights.words());
    if weights.rows() > 1 {
        let strides = [line_stride, pixel_stride, row_stride];
        assert!(strides.iter().all(|stride| stride % 2 == 0), "pixels begin with a pair");
        let farthest = (lines - 1) * line_stride + (pixels - 1) * pixel_stride + (weights.rows() - 1) * row_stride;
        round_row(isa, &data[..farthest + run], words.sized(farthest / 2 + pair_run));
        let [line_stride, pixel_stride, row_stride] = strides.map(|stride| stride / 2);
        return Pixels { data: words, line_stride, pixel_stride, row_stride, is_bf16: true, ..*input };
    }
    let line_len = pixels * pair_run;
    for (line, words) in words.sized(lines * line_len).chunks_exact_mut(line_len.max(1)).enumerate() {
        let data = &data[line * line_stride..];
        if pixel_stride == run && run % 2 == 0 {
            round_row(isa, &data[..pixels * run], words);
        } else {
            for (pixel, words) in words.chunks_exact_mut(pair_run).enumerate() {
                round_row(isa, &data[pixel * pixel_stride..][..run], words);
            }
        }
    }
    Pixels { data: words, line_stride: line_len, pixel_stride: pair_run, row_stride: 0, is_bf16: true, ..*input }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        __m512, __m512bh, _mm512_cvtne2ps_pbh, _mm512_loadu_ps, _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps,
        _mm512_storeu_ps,
    };

    /// As [`super::round_row`], which has checked the lengths.
    #[expect(unsafe_code, reason = "loads and stores of registers")]
    #[target_feature(enable = "avx512f,avx512bf16")]
    pub(super) fn round_row(row: &[f32], words: &mut [f32]) {
        // SAFETY: both types are 512 bits that may have any value.
        let join = |low, high| unsafe { std::mem::transmute::<__m512bh, __m512>(_mm512_cvtne2ps_pbh(high, low)) };
        let (whole, rest) = row.as_chunks::<32>();
        let (whole_words, rest_words) = words.split_at_mut(16 * whole.len());
        for (row, words) in whole.iter().zip(whole_words.as_chunks_mut::<16>().0) {
            // SAFETY: 32 floats are read, 16 written.
            unsafe {
                let (low, high) = (_mm512_loadu_ps(row.as_ptr()), _mm512_loadu_ps(row.as_ptr().add(16)));
                _mm512_storeu_ps(words.as_mut_ptr(), join(low, high));
            }
        }
        if !rest.is_empty() {
            let lanes = |count: usize| if count >= 16 { u16::MAX } else { (1 << count) - 1 };
            // SAFETY: masks keep loads and the store within what is left; masked lanes are not touched.
            unsafe {
                let low = _mm512_maskz_loadu_ps(lanes(rest.len()), rest.as_ptr());
                let high = _mm512_maskz_loadu_ps(lanes(rest.len().saturating_sub(16)), rest.as_ptr().wrapping_add(16));
                _mm512_mask_storeu_ps(rest_words.as_mut_ptr(), lanes(rest_words.len()), join(low, high));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu::product::tests::noise;

    #[test]
    fn rows_are_rounded_like_single_numbers_at_every_remainder() {
        let Some(isa) = Isa::available().into_iter().find(|isa| isa.has_bf16()) else { return };
        for len in [1, 2, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 2401] {
            let row = noise(len, 1);
            let mut words = vec![7.0; len.div_ceil(2)];
            round_row(isa, &row, &mut words);
            for (i, word) in words.iter().enumerate() {
                let expected = pair(row[2 * i], row.get(2 * i + 1).copied().unwrap_or(0.0));
                assert_eq!(word.to_bits(), expected.to_bits(), "{len}, word {i}");
                assert_eq!(numbers(*word)[0].to_bits(), half::bf16::from_f32(row[2 * i]).to_f32().to_bits());
            }
        }
        let mut word = [0.0];
        round_row(isa, &[f32::NAN, f32::INFINITY], &mut word);
        assert!(f32::from_bits(word[0].to_bits() << 16).is_nan() && word[0].to_bits() >> 16 == 0x7f80);
    }
}
