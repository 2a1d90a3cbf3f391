//! The last frames of a stream. One on which nothing was followed is encoded only when something needs it: a camera
//! that nobody has clicked on costs nothing.

use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use crate::model::{Features, Network, NetworkError};
use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

/// A frame, encoded once at most.
#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) index: FrameIndex,
    network: Arc<Network>,
    model_size: Size,
    /// Until it is encoded.
    picture: RefCell<Option<Frame>>,
    features: OnceCell<Features>,
}

impl Remembered {
    pub(super) fn new(frame: &Frame, network: Arc<Network>, model_size: Size) -> Self {
        let (picture, features) = (RefCell::new(Some(frame.clone())), OnceCell::new());
        Self { index: frame.index, network, model_size, picture, features }
    }

    /// What the network made of it; encodes it the first time.
    pub(super) fn features(&self) -> Result<&Features, NetworkError> {
        if let Some(picture) = &*self.picture.borrow() {
            self.features.set(self.network.encode(picture, self.model_size)?).ok(); // it was empty as long as there is a picture
        }
        *self.picture.borrow_mut() = None;
        Ok(self.features.get().expect("a frame without a picture is encoded"))
    }
}
