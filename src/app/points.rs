//! The list of points, with what is known of each on the shown frame, and how far tracking is.

use super::actions::{Action, Actions};
use super::controls::icon_ui;
use super::icons::Icon;
use super::overlay_paint::paint_marker_at;
use super::state::State;
use super::style::{self, GAP};
use crate::overlay::{Emphasis, Marker, MarkerState};
use crate::session::{Clip, RunEnd, RunState};
use crate::tracks::{Sample, Track, TrackId};
use egui::{
    Align, Align2, Id, Label, Layout, ProgressBar, Rect, RichText, Role, ScrollArea, Sense, TextEdit, TextStyle,
};
use egui::{Ui, WidgetInfo, pos2, vec2};

/// What a point is on the shown frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PointState {
    Visible,
    Hidden,
    BeforeQuery,
    Waiting,
    Following,
    NotTracked,
    Failed,
}

impl PointState {
    fn of(clip: &Clip, track: &Track, sample: Option<Sample>, state: &State) -> Self {
        match sample {
            Some(sample) if sample.visible => return Self::Visible,
            Some(_) => return Self::Hidden,
            None => {}
        }
        let shown = state.shown_frame().unwrap_or(state.player.playhead);
        let run = clip.run_of(track.id);
        match run.and_then(|run| clip.run_state(run)) {
            Some(RunState::Ended(RunEnd::Failed(_))) => Self::Failed,
            _ if shown < track.query.frame => Self::BeforeQuery,
            Some(RunState::Waiting) => Self::Waiting,
            Some(RunState::Following { .. }) => Self::Following,
            _ => Self::NotTracked,
        }
    }

    fn text(self, track: &Track) -> String {
        match self {
            Self::Visible => "visible".into(),
            Self::Hidden => "hidden".into(),
            Self::BeforeQuery => format!("from {}", track.query.frame),
            Self::Waiting => "waiting".into(),
            Self::Following => "tracking".into(),
            Self::NotTracked => "not tracked".into(),
            Self::Failed => "failed".into(),
        }
    }

    fn marker(self) -> MarkerState {
        match self {
            Self::Visible => MarkerState::Visible,
            Self::Hidden => MarkerState::Hidden,
            _ => MarkerState::Pending,
        }
    }
}

/// The panel.
pub(super) fn points_ui(ui: &mut Ui, state: &mut State, actions: &mut Actions) {
    let num_points = state.session.clip().map_or(0, |clip| clip.tracks().len());
    ui.horizontal(|ui| {
        ui.heading("Points");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if num_points > 0 {
                ui.label(RichText::new(num_points.to_string()).font(style::figures(13.0)).weak());
            }
        });
    });
    let footer = egui::Panel::bottom("points_footer").frame(egui::Frame::new()).show_separator_line(false);
    footer.show(ui, |ui| {
        progress_ui(ui, state, actions);
        trail_ui(ui, state, actions);
    });
    if num_points == 0 {
        return empty_ui(ui, state);
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let scroll = ScrollArea::vertical().auto_shrink(false);
    scroll.show_rows(ui, style::ROW_HEIGHT, num_points, |ui, rows| {
        rows_ui(ui, state, rows, actions);
    });
}

fn empty_ui(ui: &mut Ui, state: &State) {
    ui.add_space(2.0 * GAP);
    let text = if state.session.clip().is_some() {
        "No points yet.\n\nClick on the picture what you want to follow. Each click is tracked through the clip."
    } else {
        "Points that you place will be listed here."
    };
    ui.add(Label::new(RichText::new(text).weak()).wrap());
}

fn rows_ui(ui: &mut Ui, state: &mut State, rows: std::ops::Range<usize>, actions: &mut Actions) {
    let Some(clip) = state.session.clip() else { return };
    let shown = state.shown_frame().unwrap_or(state.player.playhead);
    let tracks = std::sync::Arc::clone(clip.tracks());
    let samples = tracks.samples_at(shown).skip(rows.start).take(rows.len());
    let listed: Vec<_> = samples.map(|(track, sample)| (track, PointState::of(clip, track, sample, state))).collect();
    for (track, point_state) in listed {
        if state.renaming.as_ref().is_some_and(|renaming| renaming.track == track.id) {
            rename_ui(ui, state, actions);
        } else {
            row_ui(ui, state, track, point_state, actions);
        }
    }
}

fn row_ui(ui: &mut Ui, state: &State, track: &Track, point_state: PointState, actions: &mut Actions) {
    let tokens = style::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), style::ROW_HEIGHT));
    let response = ui.interact(rect, Id::unique(("point", track.id.0)), Sense::click());
    let is_selected = state.is_selected(track.id);
    let text = point_state.text(track);
    let name = format!("{}, {text}", track.name);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_selected, &name));
    // Not `hovered`: the delete button lies over the row.
    let is_under_pointer = ui.rect_contains_pointer(rect);
    let fill = if is_selected {
        Some(tokens.selection)
    } else {
        (is_under_pointer || state.hovered == Some(track.id)).then_some(tokens.raised)
    };
    if let Some(fill) = fill {
        ui.painter().rect_filled(rect, style::CORNER, fill);
    }
    if response.has_focus() {
        let ring = egui::Stroke::new(1.5, tokens.accent);
        ui.painter().rect_stroke(rect, style::CORNER, ring, egui::StrokeKind::Inside);
    }
    let marker = list_marker(state, track, point_state.marker());
    paint_marker_at(ui.painter(), &marker, pos2(rect.left() + 14.0, rect.center().y));
    let delete_rect = Rect::from_center_size(pos2(rect.right() - 14.0, rect.center().y), vec2(24.0, 24.0));
    let state_right = delete_rect.left() - GAP;
    let state_text = ui.painter().text(
        pos2(state_right, rect.center().y),
        Align2::RIGHT_CENTER,
        &text,
        TextStyle::Small.resolve(ui.style()),
        if point_state == PointState::Failed {
            tokens.error
        } else if is_selected {
            tokens.text
        } else {
            tokens.weak
        },
    );
    let name_rect =
        Rect::from_min_max(pos2(rect.left() + 30.0, rect.top()), pos2(state_text.left() - GAP, rect.bottom()));
    let mut name_ui =
        ui.new_child(egui::UiBuilder::new().max_rect(name_rect).layout(Layout::left_to_right(Align::Center)));
    name_ui.add(Label::new(&track.name).truncate().sense(Sense::hover()));
    delete_ui(ui, track, delete_rect, is_under_pointer || is_selected, actions);
    if is_under_pointer {
        actions.push(Action::Hover(Some(track.id)));
    }
    if response.double_clicked() {
        actions.push(Action::StartRename(track.id));
    } else if response.clicked() {
        actions.push(Action::Select(vec![track.id]));
    }
    if let Some(message) = failure(state, track.id) {
        response.on_hover_text(message);
    }
}

fn delete_ui(ui: &mut Ui, track: &Track, rect: Rect, is_shown: bool, actions: &mut Actions) {
    let mut button_ui = ui.new_child(egui::UiBuilder::new().max_rect(rect).id_salt(("delete", track.id.0)));
    if !is_shown {
        button_ui.set_opacity(0.0); // stays in the order of focus and in what a screen reader hears
    }
    let name = format!("Delete {}", track.name);
    if icon_ui(&mut button_ui, Icon::Close, 24.0, &name, false, true).on_hover_text(&name).clicked() {
        actions.push(Action::Delete(vec![track.id]));
    }
}

fn failure(state: &State, track: TrackId) -> Option<String> {
    let clip = state.session.clip()?;
    match clip.run_state(clip.run_of(track)?)? {
        RunState::Ended(RunEnd::Failed(message)) => Some(message.clone()),
        RunState::Ended(RunEnd::Cancelled) => Some("tracking was stopped".to_owned()),
        _ => None,
    }
}

fn list_marker(state: &State, track: &Track, marker_state: MarkerState) -> Marker {
    Marker {
        track: track.id,
        point: track.query.point,
        shape: state.overlay.palette.shape(track.colour),
        colour: state.overlay.palette.colour(track.colour),
        radius: 5.0,
        state: marker_state,
        emphasis: Emphasis::None,
    }
}

fn rename_ui(ui: &mut Ui, state: &mut State, actions: &mut Actions) {
    let Some(renaming) = state.renaming.as_mut() else { return };
    let field = TextEdit::singleline(&mut renaming.text).desired_width(f32::INFINITY).align(egui::Align2::LEFT_CENTER);
    let response = ui.add_sized(vec2(ui.available_width(), style::ROW_HEIGHT), field);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Name of the point"));
    if std::mem::take(&mut renaming.needs_focus) {
        response.request_focus();
    }
    if response.lost_focus() {
        let is_kept = !ui.input(|input| input.key_pressed(egui::Key::Escape));
        actions.push(Action::EndRename { is_kept });
    }
}

fn progress_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let Some(clip) = state.session.clip() else { return };
    let Some((done, total)) = clip.tracking_progress() else { return };
    let share = done as f32 / total.max(1) as f32;
    let num_runs = clip.num_active_runs();
    ui.separator();
    let what = if state.is_model_loading() {
        "Loading the model…".to_owned()
    } else if num_runs == 1 {
        "Tracking".to_owned()
    } else {
        format!("Tracking {num_runs} points")
    };
    ui.horizontal(|ui| {
        ui.label(what);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Stop").on_hover_text("Stop tracking; what was found stays").clicked() {
                actions.push(Action::Run(super::keys::Command::StopTracking));
            }
        });
    });
    let bar = ProgressBar::new(share).desired_height(6.0).corner_radius(3).fill(style::tokens(ui).accent);
    let response = ui.add(bar);
    let name = format!("Tracking progress, {:.0} %", 100.0 * share);
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &name));
    let speed = clip.frames_per_sec().map(|speed| format!(" · {speed:.1} frames/s")).unwrap_or_default();
    ui.label(RichText::new(format!("{:.0} %{speed}", 100.0 * share)).small().weak());
}

fn trail_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    ui.separator();
    ui.horizontal(|ui| {
        let mut is_shown = state.shows_trails;
        let name = super::keys::tooltip(super::keys::Command::Trails);
        if ui.checkbox(&mut is_shown, "Trails").on_hover_text(name).changed() {
            actions.push(Action::Run(super::keys::Command::Trails));
        }
        let mut frames = state.trail_frames;
        ui.spacing_mut().slider_width = (ui.available_width() - 56.0).max(40.0);
        let slider = egui::Slider::new(&mut frames, 1..=200).logarithmic(true).show_value(false);
        let response = ui.add_enabled(state.shows_trails, slider);
        response.widget_info(|| WidgetInfo::slider(state.shows_trails, f64::from(frames), "Trail length in frames"));
        let response = response.on_hover_text("Length of the trails in frames");
        if response.changed() {
            actions.push(Action::SetTrail(frames));
        }
        ui.label(RichText::new(frames.to_string()).font(style::figures(12.5)).weak());
    });
}
