//! The strip with ruler, bands, range and playhead.

use super::scale::{GUTTER, SIDE_MARGIN, Scale};
use super::{bands, legend, range, ruler, zoom};
use crate::app::actions::{Actions, ClipAction};
use crate::app::clip::room::ClipRoom;
use crate::app::kit::controls::{describe_slider, wanted_value};
use crate::app::kit::style;
use crate::geometry::FrameIndex;
use crate::overlay::Palette;
use crate::session::{Clip, Movement};
use egui::{Rect, Response, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

const RULER_HEIGHT: f32 = 17.0;

/// The strip; a click or drag anywhere on it scrubs.
pub(crate) fn timeline_ui(ui: &mut Ui, room: &ClipRoom, palette: Palette, actions: &mut Actions) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), style::TIMELINE_HEIGHT), Sense::click_and_drag());
    let tokens = style::tokens(ui);
    let bed = Rect::from_min_max(
        pos2(rect.left() + if room.timeline.shows_lanes { GUTTER } else { SIDE_MARGIN }, rect.top() + RULER_HEIGHT),
        rect.max - vec2(SIDE_MARGIN, zoom::SCROLL_HEIGHT),
    );
    let painter = ui.painter_at(rect);
    painter.rect_filled(bed, 2.0, tokens.sunken);
    let Some(clip) = room.session.clip() else {
        response.widget_info(|| WidgetInfo::slider(false, 0.0, "Timeline, no clip"));
        return;
    };
    let scale = Scale::new(bed, clip.info().num_frames(), room.timeline.window);
    describe(ui, &response, room, clip);
    let playhead = room.player.playhead;
    ruler::paint(&painter, &scale, clip.info(), (room.timeline.units, playhead), tokens);
    bands::paint(&painter.with_clip_rect(bed), &scale, clip, room, palette, tokens);
    if let Some(range) = room.range {
        range::paint(&painter, &scale, range, clip.info(), room.timeline.units, tokens);
    }
    paint_playhead(&painter, &scale, room.player.playhead, rect, tokens);
    if response.has_focus() {
        painter.rect_stroke(bed, 2.0, Stroke::new(1.5, tokens.accent), egui::StrokeKind::Outside);
    }
    legend::hover(&response, room, clip, &scale);
    zoom::wheel(ui, &response, &scale, actions);
    let is_scrubbing = !zoom::alt_drag(ui, &response, &scale, tokens, actions);
    interact(ui, &response, &scale, room.player.playhead, is_scrubbing, actions);
    range::handles_ui(ui, room, &scale, actions);
    let strip = Rect::from_min_max(pos2(bed.left(), bed.bottom()), pos2(bed.right(), rect.bottom()));
    zoom::scroll_ui(ui, strip, (&scale, clip.info()), tokens, actions);
}

fn paint_playhead(painter: &egui::Painter, scale: &Scale, playhead: FrameIndex, rect: Rect, tokens: &style::Tokens) {
    if !scale.shows(playhead) {
        return;
    }
    let (x, top) = (scale.middle(playhead), rect.top());
    painter.line_segment([pos2(x, top), pos2(x, scale.bed.bottom())], Stroke::new(2.0, tokens.accent));
    let grip = [vec2(-5.0, 0.0), vec2(5.0, 0.0), vec2(5.0, 4.0), vec2(0.0, 9.0), vec2(-5.0, 4.0)];
    let grip = grip.iter().map(|offset| pos2(x, top) + *offset).collect();
    painter.add(egui::Shape::convex_polygon(grip, tokens.accent, Stroke::NONE));
}

fn describe(ui: &Ui, response: &Response, room: &ClipRoom, clip: &Clip) {
    let last = FrameIndex::new(clip.info().num_frames().saturating_sub(1));
    let playhead = room.player.playhead;
    let ((first, end), frame) = (clip.info().numbers(), clip.info().number(playhead));
    describe_slider(response, "Playhead", playhead.0, 0..=last.0, &format!("frame {frame} of {first} to {end}"));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.add_action(egui::accesskit::Action::Increment);
        node.add_action(egui::accesskit::Action::Decrement);
    });
}

fn interact(
    ui: &Ui,
    response: &Response,
    scale: &Scale,
    playhead: FrameIndex,
    is_scrubbing: bool,
    actions: &mut Actions,
) {
    let scrubbed = response.interact_pointer_pos().filter(|_| is_scrubbing && response.is_pointer_button_down_on());
    let mut target = scrubbed.map(|pointer| scale.frame_at(pointer.x));
    let frame_of = |frame: usize| FrameIndex::new(frame.min(scale.num_frames - 1));
    target = wanted_value(response).map(|value| frame_of(value.max(0.0) as usize)).or(target);
    let count = |action| ui.input(|input| input.num_accesskit_action_requests(response.id, action));
    let (on, back) = (count(egui::accesskit::Action::Increment), count(egui::accesskit::Action::Decrement));
    if on + back > 0 {
        target = Some(frame_of((playhead.get() + on).saturating_sub(back)));
    }
    if response.has_focus() {
        // The arrows step through the clip (see the table of keys) instead of moving the focus.
        let arrows = egui::EventFilter { horizontal_arrows: true, ..egui::EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    }
    if let Some(frame) = target.filter(|frame| *frame != playhead) {
        actions.push(ClipAction::Seek(frame, Movement::between(playhead, frame)));
    }
}
