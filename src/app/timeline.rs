//! The timeline strip: what is in memory, what is tracked, where points were placed, and the playhead.

use super::actions::{Action, Actions};
use super::state::State;
use super::style::{self, GAP};
use crate::geometry::FrameIndex;
use crate::session::{Clip, Movement};
use egui::{Align2, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

const RULER_HEIGHT: f32 = 14.0;
const SIDE_MARGIN: f32 = 12.0;
/// Numbers on the ruler stand at least this far apart.
const LABEL_DISTANCE: f32 = 64.0;

/// Which frame stands where.
#[derive(Clone, Copy, Debug)]
struct Scale {
    bed: Rect,
    num_frames: usize,
}

impl Scale {
    /// The left edge of a frame's cell.
    fn left(&self, frame: usize) -> f32 {
        self.bed.left() + self.bed.width() * frame as f32 / self.num_frames as f32
    }

    /// The middle of a frame's cell.
    fn middle(&self, frame: FrameIndex) -> f32 {
        f32::midpoint(self.left(frame.get()), self.left(frame.get() + 1))
    }

    fn frame_at(&self, x: f32) -> FrameIndex {
        let share = ((x - self.bed.left()) / self.bed.width()).clamp(0.0, 1.0);
        FrameIndex::new(((share * self.num_frames as f32) as usize).min(self.num_frames - 1))
    }

    fn band(&self, first: FrameIndex, last: FrameIndex, top: f32, height: f32) -> Rect {
        let (left, right) = (self.left(first.get()), self.left(last.get() + 1));
        Rect::from_min_max(pos2(left, top), pos2(right.max(left + 1.0), top + height))
    }
}

/// The strip; a click or drag anywhere on it scrubs.
pub(super) fn timeline_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), style::TIMELINE_HEIGHT), Sense::click_and_drag());
    let tokens = style::tokens(ui);
    let bed = Rect::from_min_max(
        pos2(rect.left() + SIDE_MARGIN, rect.top() + RULER_HEIGHT),
        rect.max - vec2(SIDE_MARGIN, 0.0),
    );
    let painter = ui.painter_at(rect);
    painter.rect_filled(bed, 2.0, tokens.sunken);
    let Some(clip) = state.session.clip() else {
        response.widget_info(|| WidgetInfo::slider(false, 0.0, "Timeline, no clip"));
        return;
    };
    let scale = Scale { bed, num_frames: clip.info().num_frames().max(1) };
    describe(ui, &response, state, clip);
    paint_ruler(&painter, &scale, tokens);
    paint_bands(&painter, &scale, clip, state, tokens);
    let x = scale.middle(state.player.playhead);
    painter.line_segment([pos2(x, rect.top()), pos2(x, rect.bottom())], Stroke::new(2.0, tokens.accent));
    let grip = [vec2(-5.0, 0.0), vec2(5.0, 0.0), vec2(5.0, 4.0), vec2(0.0, 9.0), vec2(-5.0, 4.0)];
    let grip = grip.iter().map(|offset| pos2(x, rect.top()) + *offset).collect();
    painter.add(egui::Shape::convex_polygon(grip, tokens.accent, Stroke::NONE));
    if response.has_focus() {
        painter.rect_stroke(bed, 2.0, Stroke::new(1.5, tokens.accent), egui::StrokeKind::Outside);
    }
    interact(ui, &response, &scale, state.player.playhead, actions);
}

fn describe(ui: &Ui, response: &Response, state: &State, clip: &Clip) {
    let last = clip.info().num_frames().saturating_sub(1);
    let playhead = state.player.playhead;
    response.widget_info(|| WidgetInfo::slider(true, f64::from(playhead.0), "Timeline"));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Slider);
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(last as f64);
        node.set_numeric_value_step(1.0);
        node.set_value(format!("frame {playhead} of 0 to {last}"));
        node.add_action(egui::accesskit::Action::SetValue);
        node.add_action(egui::accesskit::Action::Increment);
        node.add_action(egui::accesskit::Action::Decrement);
    });
}

fn interact(ui: &Ui, response: &Response, scale: &Scale, playhead: FrameIndex, actions: &mut Actions) {
    let mut target = None;
    if response.is_pointer_button_down_on()
        && let Some(pointer) = response.interact_pointer_pos()
    {
        target = Some(scale.frame_at(pointer.x));
    }
    ui.input(|input| {
        for request in input.accesskit_action_requests(response.id, egui::accesskit::Action::SetValue) {
            if let Some(egui::accesskit::ActionData::NumericValue(value)) = request.data {
                target = Some(FrameIndex::new((value.max(0.0) as usize).min(scale.num_frames - 1)));
            }
        }
        let count = |action| input.num_accesskit_action_requests(response.id, action);
        let (on, back) = (count(egui::accesskit::Action::Increment), count(egui::accesskit::Action::Decrement));
        if on + back > 0 {
            let frame = (playhead.get() + on).saturating_sub(back).min(scale.num_frames - 1);
            target = Some(FrameIndex::new(frame));
        }
    });
    if response.has_focus() {
        // The arrows step through the clip (see the table of keys) instead of moving the focus.
        let arrows = egui::EventFilter { horizontal_arrows: true, ..egui::EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    }
    if let Some(frame) = target.filter(|frame| *frame != playhead) {
        let movement = if frame < playhead { Movement::Backward } else { Movement::Forward };
        actions.push(Action::Seek(frame, movement));
    }
}

fn paint_ruler(painter: &egui::Painter, scale: &Scale, tokens: &style::Tokens) {
    let step = ruler_step(scale.num_frames, scale.bed.width());
    let font = style::figures(10.5);
    for frame in (0..scale.num_frames).step_by(step) {
        let x = scale.middle(FrameIndex::new(frame));
        let top = scale.bed.top();
        painter.line_segment([pos2(x, top - 3.0), pos2(x, top)], Stroke::new(1.0, tokens.outline));
        painter.text(pos2(x, top - 3.0), Align2::CENTER_BOTTOM, frame.to_string(), font.clone(), tokens.weak);
    }
}

/// Frames from one number on the ruler to the next: 1, 2 or 5 times a power of ten.
fn ruler_step(num_frames: usize, width: f32) -> usize {
    let fitting = (width / LABEL_DISTANCE).max(1.0);
    let least = (num_frames as f32 / fitting).max(1.0);
    let power = 10usize.pow(least.log10().floor().max(0.0) as u32);
    [1, 2, 5, 10].iter().map(|factor| factor * power).find(|step| *step as f32 >= least).unwrap_or(10 * power)
}

fn paint_bands(painter: &egui::Painter, scale: &Scale, clip: &Clip, state: &State, tokens: &style::Tokens) {
    let bed = scale.bed;
    let tracks = clip.tracks();
    for run in tracks.runs() {
        if let Some((first, last)) = run.covered() {
            painter.rect_filled(scale.band(first, last, bed.top() + GAP, bed.height() - 12.0), 1.0, tokens.tracked);
        }
    }
    for (first, last) in &clip.reader_status().cached {
        painter.rect_filled(scale.band(*first, *last, bed.bottom() - 4.0, 3.0), 0.0, tokens.cached);
    }
    for track in tracks.tracks() {
        let x = scale.middle(track.query.frame);
        let colour = state.overlay.palette.colour(track.colour);
        let colour = egui::Color32::from_rgb(colour.r, colour.g, colour.b);
        let is_selected = state.is_selected(track.id);
        let (width, casing) = if is_selected { (4.0, 8.0) } else { (2.0, 4.0) };
        let line = [pos2(x, bed.top() + 2.0), pos2(x, bed.bottom() - 6.0)];
        painter.line_segment(line, Stroke::new(casing, tokens.sunken));
        painter.line_segment(line, Stroke::new(width, colour));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(num_frames: usize) -> Scale {
        Scale { bed: Rect::from_min_size(pos2(100.0, 0.0), vec2(500.0, 20.0)), num_frames }
    }

    #[test]
    fn every_frame_is_found_where_it_is_drawn() {
        for num_frames in [1, 7, 96, 500] {
            let scale = scale(num_frames);
            for frame in 0..num_frames {
                let frame = FrameIndex::new(frame);
                assert_eq!(scale.frame_at(scale.middle(frame)), frame);
            }
            assert_eq!(scale.frame_at(-5.0), FrameIndex(0));
            assert_eq!(scale.frame_at(1e6), FrameIndex::new(num_frames - 1));
        }
    }

    #[test]
    fn ruler_numbers_are_round_and_do_not_touch() {
        assert_eq!((ruler_step(7, 640.0), ruler_step(96, 640.0), ruler_step(10_000, 640.0)), (1, 10, 1000));
        for num_frames in [1, 10, 33, 480, 12_345, 1_000_000] {
            let step = ruler_step(num_frames, 700.0);
            assert!(700.0 * step as f32 / num_frames as f32 >= LABEL_DISTANCE, "{num_frames}: {step}");
        }
    }
}
