//! The user's choices about the window that outlive it: taken from the state when they change, put back at the start.

use super::export::ExportChoices;
use super::keys::{Command, TABLE};
use super::look::Backdrop;
use super::points::Order;
use super::state::State;
use super::timeline::Units;
use crate::geometry::Size;
use crate::model::{DeviceChoice, ModelConfig};
use crate::overlay::{Colouring, OverlayStyle, Palette};
use crate::project::KeptPath;
use crate::session::{LiveSetting, LiveSpeed, ModelOptions};
use serde::{Deserialize, Serialize};

/// More iterations per frame than anybody would choose.
const MAX_LIVE_ITERS: usize = 8;

/// Everything of the window itself that is kept beside the settings that other parts know of. What a newer or an older
/// version wrote is taken as far as it is understood.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    look: KeptLook,
    timeline: KeptTimeline,
    order: Order,
    export: ExportChoices,
    /// Names of the commands that were used last from the palette.
    commands: Vec<String>,
    camera: KeptCamera,
    pub(super) model: Option<KeptModel>,
}

#[expect(clippy::struct_excessive_bools, reason = "choices that do not depend on each other")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct KeptLook {
    fade: bool,
    point_radius: f32,
    line_width: f32,
    shows_hidden: bool,
    palette: Palette,
    colouring: Colouring,
    has_whole_trails: bool,
    dim: f32,
    is_grey: bool,
    has_magnifier: bool,
    docks_magnifier: bool,
}

impl Default for KeptLook {
    fn default() -> Self {
        let style = OverlayStyle::default();
        Self {
            fade: style.fade,
            point_radius: style.point_radius,
            line_width: style.line_width,
            shows_hidden: style.show_hidden,
            palette: style.palette,
            colouring: style.colouring,
            has_whole_trails: false,
            dim: 0.0,
            is_grey: false,
            has_magnifier: true,
            docks_magnifier: false,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct KeptCamera {
    is_mirrored: bool,
    /// Where recordings go; the usual folder where `None`.
    recordings: Option<KeptPath>,
    /// How exactly points are followed; as exactly as keeps up where `None`.
    setting: Option<LiveSetting>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct KeptTimeline {
    units: Units,
    shows_lanes: bool,
}

/// The model that the user chose in the panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct KeptModel {
    /// The bundled weights where `None`.
    weights: Option<KeptPath>,
    device: DeviceChoice,
    iters: Option<usize>,
    picture: Option<Size>,
}

impl KeptModel {
    /// What differs from how the window would start of itself.
    pub(super) fn of(options: &ModelOptions, base: &ModelOptions) -> Self {
        let path = &options.weights;
        let absolute = || std::path::absolute(path).unwrap_or_else(|_| path.clone());
        Self {
            weights: (*path != base.weights).then(|| absolute().as_path().into()),
            device: options.device,
            iters: options.tracker.iters,
            picture: options.tracker.model_size,
        }
    }

    /// The options to start with.
    pub(super) fn options(&self, base: &ModelOptions) -> ModelOptions {
        let mut options = ModelOptions { device: self.device, ..base.clone() };
        if let Some(weights) = &self.weights {
            weights.as_path().clone_into(&mut options.weights);
        }
        options.tracker.iters = self.iters.map(|iters| iters.clamp(1, 64));
        options.tracker.model_size = self.picture;
        options
    }
}

impl Kept {
    /// The choices as they are now; a model that was never chosen stays as it was kept.
    pub(super) fn of(state: &State) -> Self {
        let (overlay, backdrop) = (&state.overlay, state.look.backdrop);
        Self {
            look: KeptLook {
                fade: overlay.fade,
                point_radius: overlay.point_radius,
                line_width: overlay.line_width,
                shows_hidden: overlay.show_hidden,
                palette: overlay.palette,
                colouring: overlay.colouring,
                has_whole_trails: state.look.has_whole_trails,
                dim: backdrop.dim,
                is_grey: backdrop.is_grey,
                has_magnifier: state.aids.shows_loupe,
                docks_magnifier: state.aids.docks_loupe,
            },
            timeline: KeptTimeline { units: state.timeline.units, shows_lanes: state.timeline.shows_lanes },
            order: state.list.chosen_order(),
            export: state.export.choices.clone(),
            commands: state.palette.recent().map(|command| super::keys::binding(command).name.to_owned()).collect(),
            camera: KeptCamera {
                is_mirrored: state.live.is_mirrored,
                recordings: state.live.chooser.chosen_recordings().map(KeptPath::from),
                setting: match state.live.speed {
                    LiveSpeed::Auto => None,
                    LiveSpeed::Fixed(setting) => Some(setting),
                },
            },
            model: state.model_panel.chosen.as_ref().or(state.memory.kept.model.as_ref()).cloned(),
        }
    }

    /// Puts the choices into effect.
    pub(super) fn restore(self, state: &mut State) {
        let look = self.look;
        state.overlay = OverlayStyle {
            fade: look.fade,
            point_radius: look.point_radius.clamp(1.0, 16.0),
            line_width: look.line_width.clamp(0.5, 8.0),
            show_hidden: look.shows_hidden,
            palette: look.palette,
            colouring: look.colouring,
            ..state.overlay.clone()
        };
        state.look.has_whole_trails = look.has_whole_trails;
        (state.aids.shows_loupe, state.aids.docks_loupe) = (look.has_magnifier, look.docks_magnifier);
        state.set_backdrop(Backdrop { dim: look.dim.clamp(0.0, 0.9), is_grey: look.is_grey });
        (state.timeline.units, state.timeline.shows_lanes) = (self.timeline.units, self.timeline.shows_lanes);
        state.list.set_order(self.order);
        state.live.is_mirrored = self.camera.is_mirrored;
        state.live.chooser.set_recordings(self.camera.recordings.map(|folder| folder.as_path().to_owned()));
        let is_possible = |setting: &LiveSetting| {
            ModelConfig::is_model_size(setting.model_size) && (1..=MAX_LIVE_ITERS).contains(&setting.iters)
        };
        state.live.speed = self.camera.setting.filter(is_possible).map_or(LiveSpeed::Auto, LiveSpeed::Fixed);
        state.export.choices = self.export.within_bounds();
        let named = |name: &String| TABLE.iter().find(|binding| binding.name == name).map(|binding| binding.command);
        let commands: Vec<Command> = self.commands.iter().filter_map(named).collect();
        state.palette.recall(&commands);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracker::TrackerOptions;

    #[test]
    fn what_is_not_understood_does_no_harm() {
        let kept: Kept =
            serde_json::from_str(r#"{"look": {"dim": 0.5, "new": 1}, "order": {"sort": "name"}}"#).unwrap();
        assert!((kept.look.dim - 0.5).abs() < 1e-6 && kept.look.fade && kept.model.is_none());
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<Kept>(&text).unwrap(), kept);
    }

    #[test]
    fn a_model_is_kept_as_what_was_chosen() {
        let base = ModelOptions {
            weights: "somewhere/small.safetensors".into(),
            device: DeviceChoice::Auto,
            num_threads: Some(3),
            tracker: TrackerOptions::default(),
            feature_budget_bytes: 1,
        };
        let mut chosen = ModelOptions { device: DeviceChoice::Cpu, ..base.clone() };
        chosen.tracker.iters = Some(2);
        let moved =
            ModelOptions { weights: "elsewhere/small.safetensors".into(), num_threads: Some(1), ..base.clone() };
        let again = KeptModel::of(&chosen, &base).options(&moved);
        assert_eq!(again, ModelOptions { weights: moved.weights.clone(), num_threads: Some(1), ..chosen.clone() });
        chosen.weights = "my.pth".into();
        let kept = KeptModel::of(&chosen, &base).options(&moved);
        assert_eq!(kept.weights, std::path::absolute("my.pth").unwrap(), "the next start may be in another folder");
    }
}
