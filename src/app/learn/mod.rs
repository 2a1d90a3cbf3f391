//! Learning from the clip that is open: beside the window, by `cotrail learn`.

mod compared;
pub(crate) mod dialog;
pub(crate) mod room;
