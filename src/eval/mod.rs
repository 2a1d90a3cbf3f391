//! How good tracks are: clips with known truth, the measures of TAP-Vid on them, and what needs no network to compare
//! with.
//!
//! Owns the forms of such clips on disk and the measures; the network's tracks are made elsewhere.

mod baseline;
mod calibrating;
mod clip;
mod ends;
mod measures;
mod returns;

pub use baseline::Baseline;
pub use calibrating::{Verdict, calibrate, calibration_error};
pub use clip::{EvalClip, EvalError, Known, Truth};
pub use measures::{Counts, Measures, errors_px, mean, measure};
pub use returns::{Returns, returns};
