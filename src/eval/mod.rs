//! How good tracks are: clips with known truth, and the measures of TAP-Vid on them.
//!
//! Owns the form of such clips on disk and the measures; never tracks anything itself.

mod clip;
mod measures;
mod returns;

pub use clip::{EvalClip, EvalError};
pub use measures::{Measures, mean, measure};
pub use returns::{Returns, returns};
