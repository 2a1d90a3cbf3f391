//! The timeline: what is in memory, what is tracked, where points were placed, the range and the playhead.
//!
//! | file       | holds                                                   |
//! |------------|---------------------------------------------------------|
//! | `scale`    | which frame stands where, which part of the clip shows  |
//! | `ruler`    | the numbers above                                       |
//! | `zoom`     | wheel, Alt+drag, the strip that scrolls                 |
//! | `range`    | in and out                                              |
//! | `digest`   | what is counted once per change of the tracks           |
//! | `bands`    | what is drawn on the bed                                |
//! | `lanes`    | a lane for each track                                   |
//! | `legend`   | what is said in words                                   |
//! | `problems` | the table of problems                                   |
//! | `commands` | what keys and menus do here                             |
//! | `jumps`    | to problems, to what was placed by hand                 |

mod bands;
mod commands;
mod digest;
mod jumps;
mod lanes;
mod legend;
mod problems;
mod range;
mod ruler;
mod scale;
mod zoom;

pub(super) use lanes::{DEFAULT_HEIGHT as LANES_HEIGHT, HEIGHTS as LANES_HEIGHTS, lanes_ui};
pub(super) use legend::{legend_ui, problems_ui};
pub(super) use problems::problems_window_ui;
pub(super) use range::Range;
pub(super) use ruler::{Units, timecode};
pub(super) use scale::Window;

use super::actions::{Action, Actions};
use super::state::State;
use super::style;
use crate::geometry::FrameIndex;
use crate::session::{Clip, Findings, Movement, Survey};
use crate::tracks::TrackId;
use digest::{Digest, Digests};
use egui::{Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use scale::Scale;

/// Half of what the playhead takes of the ruler, with the space beside it.
const GRIP: f32 = 8.0;
const RULER_HEIGHT: f32 = 17.0;
const SIDE_MARGIN: f32 = 12.0;
/// Room for the names of the lanes.
const GUTTER: f32 = 132.0;

/// What the timeline remembers of how it is looked at.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// What is shown; all of the clip where `None`.
    window: Option<Window>,
    /// What the ruler counts in.
    pub(super) units: Units,
    /// The playhead when the window last followed it.
    followed: FrameIndex,
    /// Whether each track has its lane.
    pub(super) shows_lanes: bool,
    /// Whether the table of problems is open, and its order.
    pub(super) shows_problems: bool,
    problem_sort: problems::ProblemSort,
    /// How far the lanes are scrolled, and how much of them can be seen.
    lanes_seen: (f32, f32),
    /// The selected track, once its lane has been scrolled to; and the one to scroll to.
    lane_followed: Option<TrackId>,
    lane_wanted: Option<TrackId>,
    digests: Digests,
    survey: Option<Survey>,
    /// Cuts and missing frames, as far as the survey has come.
    findings: Findings,
}

impl Timeline {
    /// What is known of the tracks along the clip.
    pub(super) fn digest(&self) -> &Digest {
        self.digests.get()
    }

    /// The lane to scroll to.
    fn wanted_lane(&self) -> Option<TrackId> {
        self.lane_wanted
    }
}

/// A change that the timeline asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Change {
    /// Shows this part of the clip, or all.
    Show(Option<Window>),
    /// Sets the range, or removes it.
    Range(Option<Range>),
    /// Shows the table of problems, or hides it.
    ShowProblems(bool),
    SortProblems(problems::ProblemSort),
    /// Goes to a frame and stops there.
    GoTo(FrameIndex),
    /// The lanes were drawn, scrolled so far, so much of them in sight.
    LanesSeen(f32, f32),
}

/// The strip; a click or drag anywhere on it scrubs.
pub(super) fn timeline_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), style::TIMELINE_HEIGHT), Sense::click_and_drag());
    let tokens = style::tokens(ui);
    let bed = Rect::from_min_max(
        pos2(rect.left() + if state.timeline.shows_lanes { GUTTER } else { SIDE_MARGIN }, rect.top() + RULER_HEIGHT),
        rect.max - vec2(SIDE_MARGIN, zoom::SCROLL_HEIGHT),
    );
    let painter = ui.painter_at(rect);
    painter.rect_filled(bed, 2.0, tokens.sunken);
    let Some(clip) = state.session.clip() else {
        response.widget_info(|| WidgetInfo::slider(false, 0.0, "Timeline, no clip"));
        return;
    };
    let scale = Scale::new(bed, clip.info().num_frames(), state.timeline.window);
    describe(ui, &response, state, clip);
    let playhead = state.player.playhead;
    ruler::paint(&painter, &scale, clip.info(), (state.timeline.units, playhead), tokens);
    bands::paint(&painter.with_clip_rect(bed), &scale, clip, state, tokens);
    if let Some(range) = state.range {
        range::paint(&painter, &scale, range, clip.info(), state.timeline.units, tokens);
    }
    paint_playhead(&painter, &scale, state.player.playhead, rect, tokens);
    if response.has_focus() {
        painter.rect_stroke(bed, 2.0, Stroke::new(1.5, tokens.accent), egui::StrokeKind::Outside);
    }
    legend::hover(&response, state, clip, &scale);
    zoom::wheel(ui, &response, &scale, actions);
    let is_scrubbing = !zoom::alt_drag(ui, &response, &scale, tokens, actions);
    interact(ui, &response, &scale, state.player.playhead, is_scrubbing, actions);
    range::handles_ui(ui, state, &scale, actions);
    let strip = Rect::from_min_max(pos2(bed.left(), bed.bottom()), pos2(bed.right(), rect.bottom()));
    zoom::scroll_ui(ui, strip, &scale, tokens, actions);
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

fn describe(ui: &Ui, response: &Response, state: &State, clip: &Clip) {
    let last = clip.info().num_frames().saturating_sub(1);
    let playhead = state.player.playhead;
    response.widget_info(|| WidgetInfo::slider(true, f64::from(playhead.0), "Playhead"));
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

fn interact(
    ui: &Ui,
    response: &Response,
    scale: &Scale,
    playhead: FrameIndex,
    is_scrubbing: bool,
    actions: &mut Actions,
) {
    let mut target = None;
    if is_scrubbing
        && response.is_pointer_button_down_on()
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
