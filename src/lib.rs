//! Cotrail tracks any point in video: frames come in from a file or a folder of images, the online `CoTracker3` model
//! follows the points window by window, and trails are drawn over the picture or written to a file.

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
pub mod journal;
pub mod kernels;
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
