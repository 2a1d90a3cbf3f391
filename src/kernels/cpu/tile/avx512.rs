//! AVX-512 tiles, of floats or of pairs of bf16 numbers: 12 pixels × 32 channels in 24 of the 32 registers.

use super::{PANEL, PREFETCH_EVERY, Tile};
use std::arch::x86_64::{
    __m512, __m512bh, _MM_HINT_T0, _mm_prefetch, _mm512_add_ps, _mm512_dpbf16_ps, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_max_ps, _mm512_min_ps, _mm512_set1_ps, _mm512_setzero_ps,
};

pub(super) const MAX_PIXELS: usize = 12;

#[expect(unsafe_code, reason = "see `super::compute`")]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn compute(pixels: usize, tile: Tile) {
    // SAFETY: forwarded from `super::compute`.
    unsafe { of_size::<false>(pixels, tile) }
}

#[expect(unsafe_code, reason = "see `super::compute`")]
#[target_feature(enable = "avx512f,avx512bf16")]
pub(super) unsafe fn compute_bf16(pixels: usize, tile: Tile) {
    // SAFETY: forwarded from `super::compute`.
    unsafe { of_size::<true>(pixels, tile) }
}

#[expect(unsafe_code, reason = "see `super::compute`")]
#[inline(always)] // compiled with its caller's instruction set
unsafe fn of_size<const BF16: bool>(pixels: usize, tile: Tile) {
    macro_rules! of_width {
        ($registers:literal, $($pixels:literal)*) => {
            match pixels {
                // SAFETY: forwarded from `super::compute`.
                $($pixels => unsafe { kernel::<$pixels, $registers, BF16>(tile) },)*
                _ => unreachable!("tiles hold 1 to {MAX_PIXELS} pixels"),
            }
        };
    }
    if tile.channels > 16 {
        of_width!(2, 1 2 3 4 5 6 7 8 9 10 11 12);
    } else {
        of_width!(1, 1 2 3 4 5 6 7 8 9 10 11 12);
    }
}

#[expect(unsafe_code, reason = "see `super::compute`")]
#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
unsafe fn kernel<const N: usize, const V: usize, const BF16: bool>(tile: Tile) {
    // SAFETY: all offsets are those that `Tile` names; masks keep loads and stores to the valid channels.
    unsafe {
        let masks: [u16; 2] = [lanes(tile.channels), lanes(tile.channels.saturating_sub(16))];
        let mut sums = [[_mm512_setzero_ps(); V]; N];
        if !tile.bias.is_null() {
            for v in 0..V {
                let bias = _mm512_loadu_ps(tile.bias.add(16 * v));
                for sum in &mut sums {
                    sum[v] = bias;
                }
            }
        }
        if tile.accumulate {
            for (i, sum) in sums.iter_mut().enumerate() {
                for v in 0..V {
                    let old = _mm512_maskz_loadu_ps(masks[v], tile.out.add(i * tile.out_stride + 16 * v));
                    sum[v] = _mm512_add_ps(sum[v], old);
                }
            }
        }
        // One moving pointer for three pixels: x86 addresses base, base + stride and base + 2 · stride for free.
        let step = tile.pixel_stride;
        let mut prefetch = tile.prefetch;
        for row in 0..tile.rows {
            let first = tile.input.add(row * tile.row_stride);
            let mut inputs: [*const f32; 4] =
                [first, first.wrapping_add(3 * step), first.wrapping_add(6 * step), first.wrapping_add(9 * step)];
            let mut weights = tile.weights.add(row * tile.run * PANEL);
            let mut left = tile.run;
            while left > 0 {
                for _ in 0..tile.prefetch_lines {
                    _mm_prefetch::<_MM_HINT_T0>(prefetch.cast());
                    prefetch = prefetch.wrapping_add(16);
                }
                let now = left.min(PREFETCH_EVERY);
                left -= now;
                for _ in 0..now {
                    let mut w = [_mm512_setzero_ps(); V];
                    for (v, w) in w.iter_mut().enumerate() {
                        *w = _mm512_loadu_ps(weights.add(16 * v));
                    }
                    weights = weights.add(PANEL);
                    for i in 0..N {
                        let value = _mm512_set1_ps(*inputs[i / 3].add((i % 3) * step));
                        for v in 0..V {
                            sums[i][v] = add_product::<BF16>(value, w[v], sums[i][v]);
                        }
                    }
                    for input in &mut inputs {
                        *input = input.wrapping_add(1);
                    }
                }
            }
        }
        let six = _mm512_set1_ps(6.0);
        for (i, sum) in sums.iter().enumerate() {
            for v in 0..V {
                let limited = _mm512_min_ps(_mm512_max_ps(sum[v], _mm512_setzero_ps()), six);
                let sum = if tile.relu6 { limited } else { sum[v] };
                _mm512_mask_storeu_ps(tile.out.add(i * tile.out_stride + 16 * v), masks[v], sum);
            }
        }
    }
}

#[expect(unsafe_code, reason = "needs the instruction set of its caller")]
#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
unsafe fn add_product<const BF16: bool>(a: __m512, b: __m512, sum: __m512) -> __m512 {
    // SAFETY: the caller has the instruction set; both types are 512 bits that may have any value.
    unsafe {
        if BF16 {
            let [a, b] = [a, b].map(|pairs| std::mem::transmute::<__m512, __m512bh>(pairs));
            _mm512_dpbf16_ps(sum, a, b)
        } else {
            _mm512_fmadd_ps(a, b, sum)
        }
    }
}

/// A mask of the first `count` lanes.
fn lanes(count: usize) -> u16 {
    if count >= 16 { u16::MAX } else { (1 << count) - 1 }
}
