//! The model that the user chose, as it is kept from one start to the next.

use crate::geometry::Size;
use crate::model::DeviceChoice;
use crate::project::KeptPath;
use crate::session::ModelOptions;
use crate::tracker::{SPAN_BYTES, Zoom};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptModel {
    /// The bundled weights where `None`.
    weights: Option<KeptPath>,
    device: DeviceChoice,
    iters: Option<usize>,
    picture: Option<Size>,
    #[serde(default)]
    whole_clip: bool,
    #[serde(default)]
    zoom: Option<Zoom>,
}

impl KeptModel {
    /// What differs from how the window would start of itself.
    pub(crate) fn of(options: &ModelOptions, base: &ModelOptions) -> Self {
        let path = &options.weights;
        let absolute = || std::path::absolute(path).unwrap_or_else(|_| path.clone());
        Self {
            weights: (*path != base.weights).then(|| absolute().as_path().into()),
            device: options.device,
            iters: options.tracker.iters,
            picture: options.tracker.model_size,
            whole_clip: options.tracker.span_bytes.is_some(),
            zoom: options.tracker.zoom,
        }
    }

    pub(crate) fn options(&self, base: &ModelOptions) -> ModelOptions {
        let mut options = ModelOptions { device: self.device, ..base.clone() };
        if let Some(weights) = &self.weights {
            weights.as_path().clone_into(&mut options.weights);
        }
        options.tracker.iters = self.iters.map(|iters| iters.clamp(1, 64));
        options.tracker.model_size = self.picture;
        options.tracker.span_bytes = self.whole_clip.then_some(SPAN_BYTES);
        options.tracker.zoom = self.zoom.filter(|_| !self.whole_clip);
        options
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CpuOptions;
    use crate::tracker::TrackerOptions;

    fn base() -> ModelOptions {
        ModelOptions {
            weights: "somewhere/small.safetensors".into(),
            device: DeviceChoice::Auto,
            cpu: CpuOptions::fast(Some(3)),
            tracker: TrackerOptions::default(),
            feature_budget_bytes: 1,
        }
    }

    #[test]
    fn a_zoom_is_kept() {
        let base = base();
        for zoom in [Zoom::Auto, Zoom::Size(Size::new(640, 360))] {
            let tracker = TrackerOptions { zoom: Some(zoom), ..TrackerOptions::default() };
            let chosen = ModelOptions { tracker, ..base.clone() };
            let text = serde_json::to_string(&KeptModel::of(&chosen, &base)).unwrap();
            assert_eq!(serde_json::from_str::<KeptModel>(&text).unwrap().options(&base), chosen, "{text}");
        }
    }

    #[test]
    fn a_model_is_kept_as_what_was_chosen() {
        let base = base();
        let mut chosen = ModelOptions { device: DeviceChoice::Cpu, ..base.clone() };
        (chosen.tracker.iters, chosen.tracker.span_bytes) = (Some(2), Some(SPAN_BYTES));
        let (weights, cpu) = ("elsewhere/small.safetensors".into(), CpuOptions::fast(Some(1)));
        let moved = ModelOptions { weights, cpu, ..base.clone() };
        let again = KeptModel::of(&chosen, &base).options(&moved);
        assert_eq!(again, ModelOptions { weights: moved.weights.clone(), cpu, ..chosen.clone() });
        chosen.weights = "my.pth".into();
        let kept = KeptModel::of(&chosen, &base).options(&moved);
        assert_eq!(kept.weights, std::path::absolute("my.pth").unwrap(), "the next start may be in another folder");
    }
}
