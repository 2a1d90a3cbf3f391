//! The user's choices about the window that outlive it: taken from the state when they change, put back at the start.

use crate::app::camera::send_choice::SendChoice;
use crate::app::canvas::look::Look;
use crate::app::canvas::painter::Backdrop;
use crate::app::clip::timeline::ruler::Units;
use crate::app::export::choices::ExportChoices;
use crate::app::kit::commands::{Command, TABLE, binding};
use crate::app::model::kept::KeptModel;
use crate::app::points::filter::Order;
use crate::app::state::State;
use crate::model::ModelConfig;
use crate::overlay::{Colouring, Palette};
use crate::project::{KeptPath, Settings, Theme, ViewSettings};
use crate::session::{LiveSetting, LiveSpeed};
use egui::ThemePreference;
use serde::{Deserialize, Serialize};

/// More iterations per frame than anybody would choose.
const MAX_LIVE_ITERS: usize = 8;

/// Everything of the window itself that is kept beside the settings that other parts know of. What a newer or an older
/// version wrote is taken as far as it is understood.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Kept {
    look: KeptLook,
    timeline: KeptTimeline,
    order: Order,
    export: ExportChoices,
    /// Names of the commands that were used last from the palette.
    commands: Vec<String>,
    camera: KeptCamera,
    pub(crate) model: Option<KeptModel>,
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

impl KeptLook {
    fn of(look: &Look) -> Self {
        let style = &look.style;
        Self {
            fade: style.fade,
            point_radius: style.point_radius,
            line_width: style.line_width,
            shows_hidden: style.show_hidden,
            palette: style.palette,
            colouring: style.colouring,
            has_whole_trails: look.has_whole_trails,
            dim: look.backdrop.dim,
            is_grey: look.backdrop.is_grey,
            has_magnifier: look.shows_loupe,
            docks_magnifier: look.docks_loupe,
        }
    }
}

impl Default for KeptLook {
    fn default() -> Self {
        Self::of(&Look::default())
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
    send_to: SendChoice,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct KeptTimeline {
    units: Units,
    shows_lanes: bool,
}

impl Kept {
    /// What the settings hold, as far as it is understood.
    pub(crate) fn of_settings(settings: &Settings) -> Self {
        let kept = if settings.app.is_null() { Ok(Self::default()) } else { Self::deserialize(&settings.app) };
        kept.unwrap_or_else(|error| {
            tracing::warn!("how the window looked could not be understood: {error}");
            Self::default()
        })
    }

    /// The choices as they are now; a model that was never chosen stays as it was kept.
    fn now(&self, state: &State) -> Self {
        let camera = &state.camera;
        Self {
            look: KeptLook::of(&state.look),
            timeline: KeptTimeline { units: state.clip.timeline.units, shows_lanes: state.clip.timeline.shows_lanes },
            order: state.clip.list.choice.order,
            export: state.export.choices.clone(),
            commands: state.palette.recent.iter().map(|command| binding(*command).name.to_owned()).collect(),
            camera: KeptCamera {
                is_mirrored: camera.is_mirrored,
                recordings: camera.chooser.chosen.as_deref().map(KeptPath::from),
                setting: match camera.speed {
                    LiveSpeed::Auto => None,
                    LiveSpeed::Fixed(setting) => Some(setting),
                },
                send_to: camera.send_to.clone(),
            },
            model: state.model.chosen.as_ref().or(self.model.as_ref()).cloned(),
        }
    }

    fn restore(&self, state: &mut State) {
        let look = &self.look;
        let style = &mut state.look.style;
        (style.fade, style.show_hidden) = (look.fade, look.shows_hidden);
        (style.palette, style.colouring) = (look.palette, look.colouring);
        style.point_radius = look.point_radius.clamp(1.0, 16.0);
        style.line_width = look.line_width.clamp(0.5, 8.0);
        state.look.has_whole_trails = look.has_whole_trails;
        (state.look.shows_loupe, state.look.docks_loupe) = (look.has_magnifier, look.docks_magnifier);
        state.look.backdrop = Backdrop { dim: look.dim.clamp(0.0, 0.9), is_grey: look.is_grey };
        state.look_changed();
        let timeline = &mut state.clip.timeline;
        (timeline.units, timeline.shows_lanes) = (self.timeline.units, self.timeline.shows_lanes);
        state.clip.list.choice.order = self.order;
        let camera = &mut state.camera;
        camera.is_mirrored = self.camera.is_mirrored;
        camera.chooser.chosen = self.camera.recordings.as_ref().map(|folder| folder.as_path().to_owned());
        camera.send_to = self.camera.send_to.clone();
        let is_possible = |setting: &LiveSetting| {
            ModelConfig::is_model_size(setting.model_size) && (1..=MAX_LIVE_ITERS).contains(&setting.iters)
        };
        camera.speed = self.camera.setting.filter(is_possible).map_or(LiveSpeed::Auto, LiveSpeed::Fixed);
        state.export.choices = self.export.clone().within_bounds();
        let named = |name: &String| TABLE.iter().find(|binding| binding.name == name).map(|binding| binding.command);
        let commands: Vec<Command> = self.commands.iter().filter_map(named).collect();
        state.palette.recall(&commands);
    }

    /// Puts everything that was remembered into effect, at the start.
    pub(crate) fn recall(&self, state: &mut State) {
        let (ctx, settings) = (state.desk.ctx.clone(), &state.desk.memory.settings);
        ctx.set_theme(match settings.theme {
            Theme::System => ThemePreference::System,
            Theme::Dark => ThemePreference::Dark,
            Theme::Light => ThemePreference::Light,
        });
        ctx.set_zoom_factor(settings.ui_scale);
        let ViewSettings { trails, trail_frames, speed, loops } = settings.view.clone();
        state.clip.hints.has_moved_on = settings.knows_the_way;
        (state.look.shows_trails, state.look.trail_frames) = (trails, trail_frames);
        (state.clip.player.speed, state.clip.player.loops) = (speed, loops);
        self.restore(state);
    }

    /// Takes note of what has changed, and writes it once it has come to rest. Returns a failure in words.
    pub(crate) fn keep(&mut self, state: &mut State) -> Option<String> {
        let (now, ctx, now_secs) = (self.now(state), state.desk.ctx.clone(), state.desk.now_secs());
        let settings = &mut state.desk.memory.settings;
        if now != *self {
            settings.app = serde_json::to_value(&now).unwrap_or_default();
            *self = now;
        }
        settings.theme = match ctx.options(|options| options.theme_preference) {
            ThemePreference::System => Theme::System,
            ThemePreference::Dark => Theme::Dark,
            ThemePreference::Light => Theme::Light,
        };
        settings.ui_scale = ctx.zoom_factor();
        settings.view = ViewSettings {
            trails: state.look.shows_trails,
            trail_frames: state.look.trail_frames,
            speed: state.clip.player.speed,
            loops: state.clip.player.loops,
        };
        settings.knows_the_way |= state.clip.hints.has_moved_on;
        let size = ctx.input(|input| {
            let viewport = input.viewport();
            let is_free = !viewport.maximized.unwrap_or(false) && !viewport.fullscreen.unwrap_or(false);
            viewport.inner_rect.map(|rect| rect.size()).filter(|_| is_free)
        });
        if let Some(size) = size.filter(|size| size.x >= 1.0 && size.y >= 1.0) {
            let size = size * ctx.zoom_factor(); // in the system's points, as windows are made
            settings.window = Some([size.x.round(), size.y.round()]);
        }
        let repaint = state.desk.repaint.clone();
        state.desk.memory.keep(&ctx, now_secs, repaint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_does_no_harm() {
        let kept: Kept =
            serde_json::from_str(r#"{"look": {"dim": 0.5, "new": 1}, "order": {"sort": "name"}}"#).unwrap();
        assert!((kept.look.dim - 0.5).abs() < 1e-6 && kept.look.fade && kept.model.is_none());
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<Kept>(&text).unwrap(), kept);
    }
}
