//! What a build without the feature `camera` answers.

use super::{CameraError, CameraListing, CameraRequest, CameraStream};

pub(super) fn list() -> Result<Vec<CameraListing>, CameraError> {
    Err(CameraError::NotBuiltIn)
}

pub(super) fn open(_request: &CameraRequest) -> Result<Box<dyn CameraStream>, CameraError> {
    Err(CameraError::NotBuiltIn)
}
