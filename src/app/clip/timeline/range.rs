//! The range: the frames from in to out that loops and exports keep to.

use super::ruler::Units;
use super::scale::{Range, Scale};
use super::state::Change;
use crate::app::actions::{Actions, ClipAction};
use crate::app::clip::room::ClipRoom;
use crate::app::kit::controls::{describe_slider, wanted_value};
use crate::app::kit::style::{self, Tokens};
use crate::geometry::FrameIndex;
use crate::media::SourceInfo;
use crate::session::Movement;
use egui::{Align2, CursorIcon, Id, Painter, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

const HANDLE: egui::Vec2 = vec2(16.0, 18.0);

/// The range with its start here; the end stays, unless it lies before. `None` when that is the whole clip.
pub(super) fn with_start(range: Option<Range>, start: FrameIndex, last: FrameIndex) -> Option<Range> {
    let end = range.map_or(last, |(_, end)| end);
    part_of(start, if start <= end { end } else { last }, last)
}

/// The range with its end here; the start stays, unless it lies after.
pub(super) fn with_end(range: Option<Range>, end: FrameIndex, last: FrameIndex) -> Option<Range> {
    let start = range.map_or(FrameIndex(0), |(start, _)| start);
    part_of(if start <= end { start } else { FrameIndex(0) }, end, last)
}

fn part_of(start: FrameIndex, end: FrameIndex, last: FrameIndex) -> Option<Range> {
    (start > FrameIndex(0) || end < last).then_some((start, end))
}

/// Darkens what is out of the range and draws its edges with their numbers.
pub(super) fn paint(painter: &Painter, scale: &Scale, range: Range, info: &SourceInfo, units: Units, tokens: &Tokens) {
    let bed = scale.bed;
    let (left, right) = (scale.left(range.0.get()), scale.left(range.1.get() + 1));
    let veil = tokens.panel.gamma_multiply(0.72);
    for (from, to) in [(bed.left(), left.min(bed.right())), (right.max(bed.left()), bed.right())] {
        if to > from {
            painter.rect_filled(Rect::from_min_max(pos2(from, bed.top()), pos2(to, bed.bottom())), 0.0, veil);
        }
    }
    let is_wide = right - left > 130.0;
    for (x, frame, side) in [(left, range.0, 1.0), (right, range.1, -1.0)] {
        if x < bed.left() - 1.0 || x > bed.right() + 1.0 {
            continue;
        }
        let edge = Stroke::new(1.5, tokens.text);
        painter.line_segment([pos2(x, bed.top() - 12.0), pos2(x, bed.bottom())], edge);
        let flag = [pos2(x, bed.top() - 14.0), pos2(x + side * 7.0, bed.top() - 14.0), pos2(x, bed.top() - 5.0)];
        painter.add(Shape::convex_polygon(flag.into(), tokens.text, Stroke::NONE));
        // Inside where there is room for both numbers, outside where there is not.
        let side = if is_wide { side } else { -side };
        let align = if side > 0.0 { Align2::LEFT_TOP } else { Align2::RIGHT_TOP };
        let galley = painter.layout_no_wrap(units.text(frame, info), style::figures(10.5), tokens.text);
        let place = align.anchor_size(pos2(x + side * 10.0, bed.top() - 15.0), galley.size());
        painter.rect_filled(place.expand2(vec2(2.0, 0.0)), 2.0, tokens.panel);
        painter.galley(place.min, galley, tokens.text);
    }
}

/// The two edges can be dragged; they are sliders to a screen reader.
pub(super) fn handles_ui(ui: &Ui, room: &ClipRoom, scale: &Scale, actions: &mut Actions) {
    let (Some(range), Some(clip)) = (room.range, room.session.clip()) else { return };
    let last = FrameIndex::new(scale.num_frames - 1);
    for (name, place, frame, limits) in [
        ("Range start", f64::from(range.0.0), range.0, (FrameIndex(0), range.1)),
        ("Range end", f64::from(range.1.0) + 1.0, range.1, (range.0, last)),
    ] {
        let is_end = name == "Range end";
        let x = scale.x(place);
        if x < scale.bed.left() - 1.0 || x > scale.bed.right() + 1.0 {
            continue;
        }
        // Beside the edge, on the inside, so that two edges on one frame can both be taken.
        let inwards = if is_end { -0.5 } else { 0.5 } * HANDLE.x;
        let rect = Rect::from_center_size(pos2(x + inwards, scale.bed.top() - HANDLE.y / 2.0), HANDLE);
        let response = ui.interact(rect, Id::unique(name), Sense::drag()).on_hover_cursor(CursorIcon::ResizeHorizontal);
        let text = format!("frame {}", clip.info().number(frame));
        describe_slider(&response, name, frame.0, limits.0.0..=limits.1.0, &text);
        let wanted = wanted_value(&response).map(|value| FrameIndex(value.clamp(0.0, f64::from(last.0)) as u32));
        let pointer = response.interact_pointer_pos().filter(|_| response.dragged());
        let dragged = pointer.map(|pointer| {
            let edge = scale.place_at(pointer.x).round() as i64 - i64::from(is_end);
            FrameIndex(edge.clamp(0, i64::from(last.0)) as u32)
        });
        let target = wanted.or(dragged);
        if let Some(target) = target.map(|target| target.clamp(limits.0, limits.1)).filter(|target| *target != frame) {
            let range = if is_end { (range.0, target) } else { (target, range.1) };
            actions.push(Change::Range(part_of(range.0, range.1, last)));
            actions.push(ClipAction::Seek(target, Movement::between(frame, target)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: FrameIndex = FrameIndex(99);

    fn range(start: u32, end: u32) -> Range {
        (FrameIndex(start), FrameIndex(end))
    }

    #[test]
    fn in_and_out_keep_each_other_unless_they_would_cross() {
        assert_eq!(with_start(None, FrameIndex(20), LAST), Some(range(20, 99)));
        assert_eq!(with_end(Some(range(20, 99)), FrameIndex(40), LAST), Some(range(20, 40)));
        assert_eq!(with_start(Some(range(20, 40)), FrameIndex(40), LAST), Some(range(40, 40)));
        assert_eq!(with_start(Some(range(20, 40)), FrameIndex(41), LAST), Some(range(41, 99)));
        assert_eq!(with_end(Some(range(20, 40)), FrameIndex(19), LAST), Some(range(0, 19)));
    }

    #[test]
    fn the_whole_clip_is_no_range() {
        assert_eq!(with_start(None, FrameIndex(0), LAST), None);
        assert_eq!(with_end(Some(range(0, 40)), LAST, LAST), None);
    }
}
