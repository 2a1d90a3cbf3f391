//! How good tracks are: clips with known truth, the measures of TAP-Vid on them, and baselines to compare with.
//!
//! Owns the forms of such clips on disk and the measures; the network's tracks are made elsewhere.

mod archive;
mod baseline;
mod calibrating;
mod clip;
mod ends;
mod measures;
mod pickle;
mod returns;
mod source;
mod tapvid;

pub use baseline::Baseline;
pub use calibrating::{Verdict, calibrate, calibration_error};
pub use clip::{EvalClip, EvalError, Known, QueryMode, Truth};
pub use measures::{Counts, Measures, errors_px, mean, measure};
pub use pickle::PickleError;
pub use returns::{Returns, returns};
pub use source::ClipSource;
pub use tapvid::PickledClips;
