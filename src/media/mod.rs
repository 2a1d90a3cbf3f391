//! Frames in and out: videos, image folders and synthetic clips are read, annotated clips are written.
//!
//! Knows nothing of tracking. Every call blocks the calling thread; `session` and `cli` decide which thread that is.

mod source;

pub use source::{FrameSource, MediaError, SourceInfo, SourceKind};
