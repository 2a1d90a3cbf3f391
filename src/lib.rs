//! Cotrail follows points through video: frames come from a file, a folder of images or a camera, the online
//! `CoTracker3` network follows the points, and tracks are drawn over the picture or written to files.
//!
//! `docs/library.md` has an example, `ARCHITECTURE.md` says how the modules fit together.

#![cfg_attr(test, expect(clippy::float_cmp, reason = "tests claim exact results"))]

#[cfg(feature = "gui")]
pub mod app;
pub mod bundled;
pub mod calibration;
pub mod cli;
pub mod eval;
pub mod export;
pub mod flow;
pub mod frame;
pub mod geometry;
mod hex;
pub mod journal;
pub mod kernels;
pub mod learn;
pub mod measure;
pub mod media;
pub mod model;
pub mod overlay;
pub mod polish;
pub mod project;
pub mod session;
pub mod sync;
pub mod tracker;
pub mod tracks;
pub mod weights;
pub mod whole;
