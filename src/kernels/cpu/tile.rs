//! One tile of every matrix product: a few pixels × up to [`PANEL`] output channels, held in registers.

use super::isa::{Isa, Level};
use super::packed::PANEL;

/// What a tile reads and writes. Distances are in floats.
///
/// Output pixel i, channel c is `out[i · out_stride + c]`; it becomes
/// `start + Σ_row Σ_r input[i · pixel_stride + row · row_stride + r] · weights[(row · run + r) · PANEL + c]`,
/// where start is the old value (`accumulate`), the bias (not null), or their sum. The terms are added in this order
/// with one rounding each wherever the tile's border lies, so results do not depend on how the work was cut.
///
/// With `is_bf16` each float of input and weights holds a pair of bf16 numbers, and a term is the sum of two products.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    pub(super) input: *const f32,
    pub(super) pixel_stride: usize,
    pub(super) row_stride: usize,
    pub(super) rows: usize,
    pub(super) run: usize,
    pub(super) weights: *const f32,
    pub(super) bias: *const f32,
    pub(super) accumulate: bool,
    pub(super) out: *mut f32,
    pub(super) out_stride: usize,
    pub(super) channels: usize,
    /// Only set where the instruction set was detected.
    pub(super) is_bf16: bool,
    /// Results are limited to 0..6.
    pub(super) relu6: bool,
    /// Weights of a later tile, fetched into the cache meanwhile: `prefetch_lines` cache lines for every
    /// [`PREFETCH_EVERY`] inputs. Only an address: it is never read.
    pub(super) prefetch: *const f32,
    pub(super) prefetch_lines: usize,
}

/// Inputs between two rounds of prefetching.
pub(super) const PREFETCH_EVERY: usize = 8;

impl Tile {
    /// The tile that starts `pixel` pixels further on.
    #[expect(unsafe_code, reason = "pointers inside the caller's slices")]
    pub(super) unsafe fn at_pixel(self, pixel: usize) -> Self {
        // SAFETY: the caller promises that the pixel lies in both slices.
        unsafe {
            Self {
                input: self.input.add(pixel * self.pixel_stride),
                out: self.out.add(pixel * self.out_stride),
                ..self
            }
        }
    }

    /// The tile that starts at output channel `channel` of the same panel.
    #[expect(unsafe_code, reason = "pointers inside the caller's slices")]
    pub(super) unsafe fn at_channel(self, channel: usize) -> Self {
        // SAFETY: the caller promises that the channel is below `channels`; weights and bias are padded to PANEL.
        unsafe {
            Self {
                weights: self.weights.add(channel),
                bias: if self.bias.is_null() { self.bias } else { self.bias.add(channel) },
                out: self.out.add(channel),
                channels: self.channels - channel,
                ..self
            }
        }
    }
}

/// The most pixels that a tile of this instruction set covers.
pub(super) fn max_pixels(isa: Isa) -> usize {
    match isa.level() {
        Level::Portable => portable::MAX_PIXELS,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => avx2::MAX_PIXELS,
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => avx512::MAX_PIXELS,
    }
}

/// The most channels that a tile of this instruction set covers.
pub(super) fn max_channels(isa: Isa) -> usize {
    match isa.level() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => avx2::MAX_CHANNELS,
        _ => PANEL,
    }
}

/// Computes `pixels` ≤ [`max_pixels`] pixels of a tile.
///
/// # Safety
/// Every element named in [`Tile`] must lie in memory that the caller may read or write; weights and a bias that is not
/// null hold [`PANEL`] floats per row, and `channels` is between 1 and [`PANEL`].
#[expect(unsafe_code, reason = "raw strided access in the innermost loop; checked once per product by `multiply`")]
pub(super) unsafe fn compute(isa: Isa, pixels: usize, tile: Tile) {
    debug_assert!(pixels >= 1 && pixels <= max_pixels(isa) && tile.channels >= 1 && tile.channels <= PANEL);
    // SAFETY: forwarded from the caller; the instruction set was detected, as an `Isa` or weights in bf16 prove.
    unsafe {
        match isa.level() {
            #[cfg(target_arch = "x86_64")]
            _ if tile.is_bf16 => avx512::compute_bf16(pixels, tile),
            Level::Portable => portable::compute(pixels, tile),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => avx2::compute(pixels, tile),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => avx512::compute(pixels, tile),
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
