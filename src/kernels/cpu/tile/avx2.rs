//! AVX2 tiles: 6 pixels × 16 channels in 12 of the 16 registers.

use super::{PANEL, Tile};
use std::arch::x86_64::{
    __m256, __m256i, _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_loadu_si256, _mm256_maskload_ps,
    _mm256_maskstore_ps, _mm256_max_ps, _mm256_min_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps,
};

pub(super) const MAX_PIXELS: usize = 6;
pub(super) const MAX_CHANNELS: usize = 16;

#[expect(unsafe_code, reason = "see `super::compute`")]
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn compute(pixels: usize, tile: Tile) {
    macro_rules! of_width {
        ($registers:literal, $($pixels:literal)*) => {
            match pixels {
                // SAFETY: forwarded from `super::compute`.
                $($pixels => unsafe { kernel::<$pixels, $registers>(tile) },)*
                _ => unreachable!("tiles hold 1 to {MAX_PIXELS} pixels"),
            }
        };
    }
    if tile.channels > 8 {
        of_width!(2, 1 2 3 4 5 6);
    } else {
        of_width!(1, 1 2 3 4 5 6);
    }
}

#[expect(unsafe_code, reason = "see `super::compute`")]
#[target_feature(enable = "avx2,fma")]
unsafe fn kernel<const N: usize, const V: usize>(tile: Tile) {
    // SAFETY: all offsets are those that `Tile` names; `load` and `store` keep to the valid channels.
    unsafe {
        let mut sums = [[_mm256_setzero_ps(); V]; N];
        if !tile.bias.is_null() {
            for v in 0..V {
                let bias = _mm256_loadu_ps(tile.bias.add(8 * v));
                for sum in &mut sums {
                    sum[v] = bias;
                }
            }
        }
        if tile.accumulate {
            for (i, sum) in sums.iter_mut().enumerate() {
                for (v, sum) in sum.iter_mut().enumerate() {
                    let old = load(tile.out.add(i * tile.out_stride + 8 * v), tile.channels - 8 * v);
                    *sum = _mm256_add_ps(*sum, old);
                }
            }
        }
        let step = tile.pixel_stride;
        for row in 0..tile.rows {
            let first = tile.input.add(row * tile.row_stride);
            let mut inputs: [*const f32; 2] = [first, first.wrapping_add(3 * step)];
            let mut weights = tile.weights.add(row * tile.run * PANEL);
            for _ in 0..tile.run {
                let mut w = [_mm256_setzero_ps(); V];
                for (v, w) in w.iter_mut().enumerate() {
                    *w = _mm256_loadu_ps(weights.add(8 * v));
                }
                weights = weights.wrapping_add(PANEL);
                for i in 0..N {
                    let value = _mm256_set1_ps(*inputs[i / 3].add((i % 3) * step));
                    for v in 0..V {
                        sums[i][v] = _mm256_fmadd_ps(value, w[v], sums[i][v]);
                    }
                }
                for input in &mut inputs {
                    *input = input.wrapping_add(1);
                }
            }
        }
        let six = _mm256_set1_ps(6.0);
        for (i, sum) in sums.iter().enumerate() {
            for (v, &sum) in sum.iter().enumerate() {
                let sum = if tile.relu6 { _mm256_min_ps(_mm256_max_ps(sum, _mm256_setzero_ps()), six) } else { sum };
                store(tile.out.add(i * tile.out_stride + 8 * v), tile.channels - 8 * v, sum);
            }
        }
    }
}

#[expect(unsafe_code, reason = "see `super::compute`")]
#[target_feature(enable = "avx2")]
unsafe fn load(from: *const f32, channels: usize) -> __m256 {
    // SAFETY: the first `channels` floats are readable, and the mask hides the rest.
    unsafe { if channels >= 8 { _mm256_loadu_ps(from) } else { _mm256_maskload_ps(from, mask(channels)) } }
}

#[expect(unsafe_code, reason = "see `super::compute`")]
#[target_feature(enable = "avx2")]
unsafe fn store(to: *mut f32, channels: usize, value: __m256) {
    // SAFETY: the first `channels` floats are writable, and the mask hides the rest. Masked stores are slow on some
    // processors, hence the branch.
    unsafe { if channels >= 8 { _mm256_storeu_ps(to, value) } else { _mm256_maskstore_ps(to, mask(channels), value) } }
}

/// A mask of the first `channels` < 8 lanes.
#[expect(unsafe_code, reason = "see `super::compute`")]
#[target_feature(enable = "avx2")]
unsafe fn mask(channels: usize) -> __m256i {
    const LANES: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
    // SAFETY: eight integers from 8 − channels on lie in the table.
    unsafe { _mm256_loadu_si256(LANES[8 - channels..16 - channels].as_ptr().cast()) }
}
