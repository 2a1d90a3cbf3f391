//! The last frames of a stream. One on which nothing was followed is encoded only when something needs it: a camera
//! that nobody has clicked on costs nothing.

use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use crate::model::{Features, Network, NetworkError};
use std::cell::{OnceCell, RefCell};

/// A frame, encoded once at most.
#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) index: FrameIndex,
    /// Until it is encoded.
    picture: RefCell<Option<Frame>>,
    features: OnceCell<Features>,
}

impl Remembered {
    pub(super) fn new(frame: &Frame) -> Self {
        Self { index: frame.index, picture: RefCell::new(Some(frame.clone())), features: OnceCell::new() }
    }

    /// What the network made of it; encodes it the first time.
    pub(super) fn features(&self, network: &Network, model_size: Size) -> Result<&Features, NetworkError> {
        if let Some(picture) = &*self.picture.borrow() {
            self.features.set(network.encode(picture, model_size)?).ok(); // it was empty as long as there is a picture
        }
        *self.picture.borrow_mut() = None;
        Ok(self.features.get().expect("a frame without a picture is encoded"))
    }
}
