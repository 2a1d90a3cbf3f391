//! Memory that starts on a cache line and is used again.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Floats per cache line (and per AVX-512 register).
const LINE: usize = 16;

#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
struct Line([f32; LINE]);

/// A slice of floats that starts on a cache line, so that a 64-byte load of a packed row never touches two lines.
#[derive(Clone, Debug, Default)]
pub struct Buffer {
    lines: Vec<Line>,
    len: usize,
}

impl Buffer {
    /// `len` zeros.
    #[must_use]
    pub fn zeroed(len: usize) -> Self {
        Self { lines: vec![Line([0.0; LINE]); len.div_ceil(LINE)], len }
    }

    /// Changes the length and keeps the memory; what it then holds is unspecified (old values or zeros).
    pub fn resize(&mut self, len: usize) {
        let num_lines = len.div_ceil(LINE);
        if num_lines > self.lines.capacity() {
            // Where it grows again and again, not every time. What is not used yet is not touched either.
            let room = num_lines.max(2 * self.lines.capacity());
            self.lines = Vec::new(); // nothing to copy: free first
            self.lines = Vec::with_capacity(room);
        }
        if num_lines > self.lines.len() {
            self.lines.resize(num_lines, Line([0.0; LINE]));
        }
        self.len = len;
    }

    /// [`Buffer::resize`], then the slice.
    pub fn sized(&mut self, len: usize) -> &mut [f32] {
        self.resize(len);
        self
    }
}

impl Deref for Buffer {
    type Target = [f32];

    #[expect(unsafe_code, reason = "an aligned line is an array of floats")]
    fn deref(&self) -> &[f32] {
        // SAFETY: `Line` is `repr(C)` around 16 floats and 64 bytes large, so the lines are lines.len() · 16 floats in
        // a row, and `len` never exceeds that.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast::<f32>(), self.len) }
    }
}

impl DerefMut for Buffer {
    #[expect(unsafe_code, reason = "an aligned line is an array of floats")]
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as in `deref`; the borrow of `self` is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast::<f32>(), self.len) }
    }
}

/// Scratch space that tasks borrow and hand back: fresh memory costs a page fault every 4 KiB, which was a tenth of an
/// encoder run.
#[derive(Debug)]
pub struct ScratchPool<T>(Mutex<Vec<T>>);

impl<T: Default> ScratchPool<T> {
    /// Calls `work` with a piece of scratch space; its contents are unspecified.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let mut scratch = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let result = work(&mut scratch);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        result
    }
}

impl<T> Default for ScratchPool<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_aligned_and_keeps_its_length() {
        let mut buffer = Buffer::zeroed(37);
        assert_eq!((buffer.len(), buffer.as_ptr() as usize % 64), (37, 0));
        buffer[36] = 3.0;
        buffer.resize(20);
        buffer.resize(37);
        assert_eq!(buffer.iter().filter(|&&v| v > 2.0).count(), 1);
        assert_eq!(buffer.sized(1000).len(), 1000);
        assert_eq!(buffer.as_ptr() as usize % 64, 0);
    }

    #[test]
    fn the_pool_hands_scratch_out_again() {
        let pool = ScratchPool::<Vec<u8>>::default();
        pool.with(|outer| {
            outer.push(1);
            pool.with(|inner| assert!(inner.is_empty()));
        });
        let total: usize = (0..2).map(|_| pool.with(|scratch| std::mem::take(scratch).len())).sum();
        assert_eq!(total, 1);
    }
}
