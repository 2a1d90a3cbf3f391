//! Folds over a row in lanes side by side, so that the compiler can work on whole registers.

/// An AVX-512 register's worth.
const LANES: usize = 16;

/// Takes the row's numbers into `LANES` accumulators, one after the other, and joins these in pairs.
#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
pub(super) fn fold(row: &[f32], start: f32, take: impl Fn(f32, f32) -> f32, join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [start; LANES];
    let (whole, rest) = row.as_chunks::<LANES>();
    for part in whole {
        for (lane, &x) in lanes.iter_mut().zip(part) {
            *lane = take(*lane, x);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane = take(*lane, x);
    }
    join_lanes(lanes, join)
}

/// The same of two rows, number by number.
#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
pub(super) fn sum_of_pairs(a: &[f32], b: &[f32], take: impl Fn(f32, f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for (lane, (&a, &b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane = take(*lane, a, b);
        }
    }
    for (lane, (&a, &b)) in lanes.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        *lane = take(*lane, a, b);
    }
    join_lanes(lanes, |a, b| a + b)
}

#[expect(clippy::inline_always, reason = "must be compiled with its caller's instruction set")]
#[inline(always)]
fn join_lanes(mut lanes: [f32; LANES], join: impl Fn(f32, f32) -> f32) -> f32 {
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            lanes[i] = join(lanes[i], lanes[i + half]);
        }
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_taken_once_at_every_remainder() {
        for len in [0, 1, 15, 16, 17, 40] {
            let row: Vec<f32> = (1..=len).map(|v| v as f32).collect();
            let sum = (len * (len + 1) / 2) as f32;
            assert!((fold(&row, 0.0, |a, b| a + b, |a, b| a + b) - sum).abs() < 1e-3, "{len}");
            let doubled = sum_of_pairs(&row, &vec![2.0; len], |sum, a, b| sum + a * b);
            assert!((doubled - 2.0 * sum).abs() < 1e-3, "{len}");
        }
    }
}
