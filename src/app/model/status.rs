//! What is known of the network.

use crate::calibration::Probability;
use crate::geometry::Size;
use crate::session::ModelInfo;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ModelStatus {
    Loading,
    Ready(Box<ModelInfo>),
    Failed(String),
}

impl ModelStatus {
    /// What is in use.
    pub(crate) fn ready(&self) -> Option<&ModelInfo> {
        if let Self::Ready(info) = self { Some(info) } else { None }
    }

    /// How near a place is that the network's probabilities call right, in pixels of a picture; `None` where its
    /// weights know none.
    pub(crate) fn within_px(&self, picture: Size) -> Option<f64> {
        let is_calibrated = self.ready().is_some_and(|model| !model.config.calibration.is_empty());
        is_calibrated.then(|| Probability::within_px(picture))
    }
}
