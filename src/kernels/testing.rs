//! What the kernel tests share.

use burn::tensor::Device;

/// The GPU that the kernels are tested on; software Vulkan will do.
pub(super) fn gpu() -> Device {
    crate::kernels::gpu_device().expect("kernel tests need a Vulkan driver (mesa-vulkan-drivers is enough)")
}

/// Reproducible values in −1..1.
pub(super) fn noise(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Fails where two outputs differ by more than `tolerance`, or where one is not a number.
#[track_caller]
pub(super) fn assert_close(got: &[f32], expected: &[f32], tolerance: f32) {
    if let Some(problem) = difference(got, expected, tolerance) {
        panic!("{problem}");
    }
}

fn difference(got: &[f32], expected: &[f32], tolerance: f32) -> Option<String> {
    if got.len() != expected.len() {
        return Some(format!("{} values, not {}", got.len(), expected.len()));
    }
    let close = |a: f32, b: f32| (a - b).abs() <= tolerance; // false for NaN
    let at = got.iter().zip(expected).position(|(&a, &b)| !close(a, b))?;
    Some(format!("value {at} is {}, not {}", got[at], expected[at]))
}

#[test]
fn the_comparison_notices_one_wrong_value_and_one_that_was_never_written() {
    let expected = noise(1000, 1);
    let mut got = expected.clone();
    assert_eq!(difference(&got, &expected, 1e-6), None);
    got[777] += 1e-3;
    assert!(difference(&got, &expected, 1e-4).is_some());
    got[777] = f32::NAN;
    assert!(difference(&got, &expected, 1e-4).is_some());
    assert!(difference(&got[1..], &expected, 1e9).is_some());
}
