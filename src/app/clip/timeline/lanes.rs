//! One lane for each track: where it is visible, hidden, doubtful, and where the hand was.

use super::bands::{apart, colour_of, diamond};
use super::digest::{Lane, LaneState};
use super::scale::{GUTTER, SIDE_MARGIN, Scale};
use super::state::Change;
use crate::app::actions::{Actions, ClipAction, PointsAction};
use crate::app::canvas::overlay_paint::paint_marker_at;
use crate::app::clip::room::ClipRoom;
use crate::app::kit::controls::focus_ring;
use crate::app::kit::style::{self, GAP, Tokens};
use crate::app::kit::words::counted;
use crate::app::points::point_state::list_marker;
use crate::overlay::{Marker, MarkerState, Palette};
use crate::session::Movement;
use crate::tracks::{Track, TrackId};
use egui::epaint::Mesh;
use egui::{Color32, Id, Label, Painter, Rect, RichText, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

/// Height of a lane: a target is at least 24 pt.
const LANE_HEIGHT: f32 = 24.0;
/// Lanes that are opened show so many tracks at first.
const FIRST_LANES: f32 = 5.0;

/// Height of the lanes when they are opened.
pub(crate) const DEFAULT_HEIGHT: f32 = FIRST_LANES * LANE_HEIGHT + 2.0 * GAP;
/// Least and greatest height.
pub(crate) const HEIGHTS: std::ops::RangeInclusive<f32> = LANE_HEIGHT + 2.0 * GAP..=480.0;

/// The lanes; only those that can be seen are drawn.
pub(crate) fn lanes_ui(ui: &mut Ui, room: &ClipRoom, palette: Palette, actions: &mut Actions) {
    let Some(clip) = room.session.clip() else { return };
    let tracks = clip.tracks();
    if tracks.is_empty() {
        ui.add_space(2.0 * GAP);
        ui.horizontal(|ui| {
            ui.add_space(SIDE_MARGIN);
            ui.add(Label::new(RichText::new("Each point that you place gets a lane here.").weak()).wrap());
        });
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut scroll = ScrollArea::vertical().auto_shrink(false);
    let at = |id: TrackId| tracks.tracks().position(|track| track.id == id);
    if let Some(row) = room.timeline.lane_wanted.and_then(at) {
        let height = ui.available_height(); // the panel may just have been opened, or dragged
        scroll = scroll.vertical_scroll_offset(offset_for(row, room.timeline.lanes_seen.0, height));
    }
    let output = scroll.show_rows(ui, LANE_HEIGHT, tracks.len(), |ui, rows| {
        let right = ui.max_rect().right() - SIDE_MARGIN;
        for track in tracks.tracks().skip(rows.start).take(rows.len()) {
            lane_ui(ui, room, palette, track, right, actions);
        }
    });
    let seen = (output.state.clamped_offset().y, output.inner_rect.height());
    if seen != room.timeline.lanes_seen || room.timeline.lane_wanted.is_some() {
        actions.push(Change::LanesSeen(seen.0, seen.1));
    }
}

/// How far to scroll so that a row is in sight.
fn offset_for(row: usize, offset: f32, height: f32) -> f32 {
    let top = row as f32 * LANE_HEIGHT;
    offset.min(top).max(top + LANE_HEIGHT - height).max(0.0)
}

fn lane_ui(ui: &mut Ui, room: &ClipRoom, palette: Palette, track: &Track, right: f32, actions: &mut Actions) {
    let Some(clip) = room.session.clip() else { return };
    let tokens = style::tokens(ui);
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), LANE_HEIGHT));
    let response = ui.interact(rect, Id::unique(("lane", track.id.0)), Sense::click_and_drag());
    let digest = room.timeline.digest();
    let lane = digest.lanes.iter().find(|lane| lane.track == track.id);
    let is_selected = room.canvas.is_selected(track.id);
    let name = format!("Lane of {}, {}", track.name, lane.map_or("not counted yet".to_owned(), summary));
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_selected, &name));
    let fill = if is_selected {
        Some(tokens.selection)
    } else {
        (response.hovered() || room.canvas.hovered == Some(track.id)).then_some(tokens.raised)
    };
    let gutter = Rect::from_min_max(rect.min, pos2(rect.left() + GUTTER - GAP, rect.bottom()));
    if let Some(fill) = fill {
        ui.painter().rect_filled(gutter, style::CORNER, fill);
    }
    focus_ring(ui, &response, rect.shrink(1.0));
    let state = if track.hidden { MarkerState::Hidden } else { MarkerState::Visible };
    let marker = Marker { radius: 4.0, ..list_marker(palette, track.colour, state) };
    paint_marker_at(ui.painter(), &marker, pos2(rect.left() + SIDE_MARGIN + 6.0, rect.center().y));
    let text = Rect::from_min_max(pos2(rect.left() + SIDE_MARGIN + 18.0, rect.top()), gutter.max);
    let mut name_ui =
        ui.new_child(egui::UiBuilder::new().max_rect(text).layout(egui::Layout::left_to_right(egui::Align::Center)));
    let shown_name = RichText::new(&track.name).small();
    let shown_name = if track.hidden { shown_name.color(tokens.weak) } else { shown_name };
    name_ui.add(Label::new(shown_name).truncate().sense(Sense::hover()));

    let bed = Rect::from_min_max(pos2(rect.left() + GUTTER, rect.top() + 3.0), pos2(right, rect.bottom() - 3.0));
    let scale = Scale::new(bed, clip.info().num_frames(), room.timeline.window);
    let painter = ui.painter().with_clip_rect(bed.intersect(ui.clip_rect()));
    painter.rect_filled(bed, 2.0, tokens.sunken);
    let colour = colour_of(palette, track.colour);
    if let Some(lane) = lane {
        paint_lane(&painter, &scale, lane, colour, tokens);
    }
    paint_marks(&painter, &scale, track, tokens);
    let x = scale.middle(room.player.playhead);
    painter.line_segment([pos2(x, rect.top()), pos2(x, rect.bottom())], Stroke::new(1.5, tokens.accent));
    if response.hovered() {
        actions.push(PointsAction::Hover(Some(track.id)));
    }
    press(ui, &response, room, track.id, &scale, actions);
}

/// A press selects the track and goes to the frame; with the name pressed, the track alone.
fn press(ui: &Ui, response: &egui::Response, room: &ClipRoom, track: TrackId, scale: &Scale, actions: &mut Actions) {
    let is_pressed = response.is_pointer_button_down_on() && ui.input(|input| input.pointer.any_pressed());
    if (is_pressed || response.clicked()) && room.canvas.selection != [track] {
        actions.push(PointsAction::Select(vec![track]));
    }
    let Some(pointer) = response.interact_pointer_pos().filter(|_| response.is_pointer_button_down_on()) else {
        return;
    };
    let began_on_name = ui.input(|input| input.pointer.press_origin()).is_some_and(|at| at.x < scale.bed.left() - GAP);
    let frame = scale.frame_at(pointer.x);
    if !began_on_name && frame != room.player.playhead {
        actions.push(ClipAction::Seek(frame, Movement::between(room.player.playhead, frame)));
    }
}

/// A lane in words.
fn summary(lane: &Lane) -> String {
    let frames = |wanted: LaneState| -> u32 {
        let spans = lane.spans.iter().filter(|(.., state)| *state == wanted);
        spans.map(|(first, last, _)| last.0 + 1 - first.0).sum()
    };
    let counts = [
        (frames(LaneState::Visible), "visible"),
        (frames(LaneState::Hidden), "hidden"),
        (frames(LaneState::Doubtful), "doubtful"),
        (frames(LaneState::Interpolated), "interpolated"),
    ];
    let mut parts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} frames {name}")).collect();
    if lane.num_problems > 0 {
        parts.push(counted(lane.num_problems, "problem"));
    }
    if parts.is_empty() { "not tracked".to_owned() } else { parts.join(", ") }
}

fn paint_lane(painter: &Painter, scale: &Scale, lane: &Lane, colour: Color32, tokens: &Tokens) {
    let (first, last) = scale.shown();
    let from = lane.spans.partition_point(|(_, end, _)| end.get() < first);
    let mut mesh = Mesh::default();
    let mut covered = f32::NEG_INFINITY;
    let mut hatched = Vec::new();
    for (first, last, state) in lane.spans[from..].iter().take_while(|(start, ..)| start.get() <= last) {
        let middle = scale.bed.center().y;
        let height = match state {
            LaneState::Visible | LaneState::Doubtful => 12.0,
            LaneState::Hidden | LaneState::Interpolated => 3.0,
        };
        let rect = scale.band(*first, *last, middle - height / 2.0, height);
        // What is narrower than a point would be drawn over again and again.
        if rect.right() - covered < 0.5 {
            continue;
        }
        covered = rect.right();
        match state {
            LaneState::Visible | LaneState::Hidden => mesh.add_colored_rect(rect, colour),
            LaneState::Doubtful => hatched.push(rect),
            LaneState::Interpolated => dashes(&mut mesh, rect, colour),
        }
    }
    painter.add(egui::Shape::mesh(mesh));
    for rect in hatched {
        hatch(painter, rect, tokens);
    }
}

fn dashes(mesh: &mut Mesh, rect: Rect, colour: Color32) {
    let mut x = rect.left();
    while x < rect.right() {
        mesh.add_colored_rect(Rect::from_x_y_ranges(x..=(x + 4.0).min(rect.right()), rect.y_range()), colour);
        x += 7.0;
    }
}

/// Slanting lines: doubt is told by more than its colour.
pub(super) fn hatch(painter: &Painter, rect: Rect, tokens: &Tokens) {
    painter.rect_filled(rect, 0.0, tokens.sunken.lerp_to_gamma(tokens.warning, 0.35));
    let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    let visible = painter.clip_rect();
    let step = 5.0;
    // Lines keep to a grid of their own, so that they do not crawl while the timeline moves.
    let mut x = ((visible.left() - rect.height()) / step).floor() * step;
    while x < visible.right() {
        let line = [pos2(x, rect.bottom()), pos2(x + rect.height(), rect.top())];
        painter.line_segment(line, Stroke::new(1.5, tokens.warning));
        x += step;
    }
}

/// A tick where the point was placed, diamonds where it was corrected.
fn paint_marks(painter: &Painter, scale: &Scale, track: &Track, tokens: &Tokens) {
    let middle = scale.bed.center().y;
    if scale.shows(track.query.frame) {
        let x = scale.middle(track.query.frame);
        let tick = Rect::from_center_size(pos2(x, middle), vec2(3.0, scale.bed.height()));
        painter.rect_filled(tick.expand(1.0), 0.0, tokens.sunken);
        painter.rect_filled(tick, 0.0, tokens.text);
    }
    for x in apart(scale, track.corrections.keys().copied(), 3.0) {
        diamond(painter, pos2(x, middle), 6.0, tokens.sunken);
        diamond(painter, pos2(x, middle), 4.5, tokens.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::FrameIndex;

    #[test]
    fn a_lane_is_told_in_words() {
        let span = |first, last, state| (FrameIndex(first), FrameIndex(last), state);
        let spans =
            vec![span(0, 9, LaneState::Visible), span(10, 12, LaneState::Hidden), span(13, 13, LaneState::Visible)];
        let lane = Lane { track: TrackId(0), spans, num_problems: 2 };
        assert_eq!(summary(&lane), "11 frames visible, 3 frames hidden, 2 problems");
        assert_eq!(summary(&Lane { spans: Vec::new(), num_problems: 0, ..lane }), "not tracked");
    }

    #[test]
    fn a_lane_out_of_sight_is_scrolled_to_and_one_in_sight_stays() {
        let offset = |row| offset_for(row, 48.0, 96.0); // rows 2 to 5
        assert_eq!((offset(3), offset(0), offset(7)), (48.0, 0.0, 96.0));
        assert_eq!(offset_for(1, 0.0, 128.0), 0.0, "lanes that have just been opened");
    }
}
