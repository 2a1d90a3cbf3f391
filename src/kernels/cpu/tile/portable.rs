//! Tiles in plain Rust: 4 pixels × 8 channels at a time, which compilers turn into whatever vectors there are.

use super::{PANEL, Tile};
use crate::kernels::cpu::isa::fma;

pub(super) const MAX_PIXELS: usize = 4;
const LANES: usize = 8;
/// Plain x86-64 would call a function for each fused multiply-add.
const FMA: bool = cfg!(target_arch = "aarch64");

#[expect(unsafe_code, reason = "see `super::compute`")]
pub(super) unsafe fn compute(pixels: usize, tile: Tile) {
    for channel in (0..tile.channels).step_by(LANES) {
        // SAFETY: forwarded from `super::compute`.
        unsafe {
            match pixels {
                4 => kernel::<4>(tile, channel),
                3 => kernel::<3>(tile, channel),
                2 => kernel::<2>(tile, channel),
                _ => kernel::<1>(tile, channel),
            }
        }
    }
}

#[expect(unsafe_code, reason = "see `super::compute`")]
unsafe fn kernel<const N: usize>(tile: Tile, channel: usize) {
    let lanes = LANES.min(tile.channels - channel);
    // SAFETY: all offsets are those that `Tile` names; weights and bias are padded to PANEL, a multiple of LANES.
    unsafe {
        let mut sums = [[0f32; LANES]; N];
        for (i, sum) in sums.iter_mut().enumerate() {
            if !tile.bias.is_null() {
                *sum = tile.bias.add(channel).cast::<[f32; LANES]>().read_unaligned();
            }
            if tile.accumulate {
                for (lane, value) in sum[..lanes].iter_mut().enumerate() {
                    *value += *tile.out.add(i * tile.out_stride + channel + lane);
                }
            }
        }
        for row in 0..tile.rows {
            let input = tile.input.add(row * tile.row_stride);
            let weights = tile.weights.add(row * tile.run * PANEL + channel);
            for r in 0..tile.run {
                let w = weights.add(r * PANEL).cast::<[f32; LANES]>().read_unaligned();
                for (i, sum) in sums.iter_mut().enumerate() {
                    let value = *input.add(i * tile.pixel_stride + r);
                    for lane in 0..LANES {
                        sum[lane] = fma::<FMA>(value, w[lane], sum[lane]);
                    }
                }
            }
        }
        for (i, sum) in sums.iter().enumerate() {
            let out = std::slice::from_raw_parts_mut(tile.out.add(i * tile.out_stride + channel), lanes);
            out.copy_from_slice(&sum[..lanes]);
            if tile.relu6 {
                for x in out {
                    *x = x.clamp(0.0, 6.0);
                }
            }
        }
    }
}
