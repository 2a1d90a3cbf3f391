//! Cotrail tracks any point in video: frames come in from a file or a folder of images, the online `CoTracker3` model
//! follows the points window by window, and trails are drawn over the picture or written to a file.

pub mod frame;
pub mod geometry;
pub mod media;
pub mod model;
pub mod sync;
pub mod tracker;
pub mod tracks;
