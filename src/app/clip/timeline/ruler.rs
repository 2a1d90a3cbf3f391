//! The numbers above the timeline: frames, seconds or timecode.

use super::scale::{GRIP, Scale};
use crate::app::clip::player::time_text;
use crate::app::kit::style;
use crate::geometry::FrameIndex;
use crate::media::SourceInfo;
use egui::{Painter, Stroke, pos2};
use serde::{Deserialize, Serialize};

/// Steps in seconds that look round on a clock.
const SECONDS: [f64; 21] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0,
    1800.0, 3600.0,
];

/// What the ruler counts in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Units {
    /// Frames of the source, as it counts them.
    #[default]
    Frames,
    /// The source's own times.
    Seconds,
    /// Hours, minutes, seconds and frames, counted at the rounded frame rate without dropped numbers.
    Timecode,
}

impl Units {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Frames => "Frames",
            Self::Seconds => "Seconds",
            Self::Timecode => "Timecode",
        }
    }

    /// The next one that a clip can be counted in: a variable rate has no timecode.
    pub(super) fn next(self, variable_rate: bool) -> Self {
        match self {
            Self::Frames => Self::Seconds,
            Self::Seconds if !variable_rate => Self::Timecode,
            Self::Seconds | Self::Timecode => Self::Frames,
        }
    }

    /// What a clip is counted in where this was chosen for another one.
    pub(super) fn for_clip(self, info: &SourceInfo) -> Self {
        if self == Self::Timecode && info.variable_rate { Self::Seconds } else { self }
    }

    /// A frame in these units.
    pub(crate) fn text(self, frame: FrameIndex, info: &SourceInfo) -> String {
        match self.for_clip(info) {
            Self::Frames => info.number(frame).to_string(),
            Self::Seconds => time_text(info.time_secs(frame)),
            Self::Timecode => timecode(frame, info.frame_rate),
        }
    }
}

/// Frames per second as timecode counts them.
fn counted_rate(frame_rate: f64) -> usize {
    (frame_rate.round() as usize).max(1)
}

/// A frame as hours:minutes:seconds:frames.
pub(crate) fn timecode(frame: FrameIndex, frame_rate: f64) -> String {
    let rate = counted_rate(frame_rate);
    let (secs, left) = (frame.get() / rate, frame.get() % rate);
    let digits = (rate - 1).to_string().len().max(2);
    format!("{:02}:{:02}:{:02}:{left:0digits$}", secs / 3600, secs / 60 % 60, secs % 60)
}

#[derive(Clone, Debug, PartialEq)]
struct Mark {
    /// Where, counted in frames.
    place: f64,
    text: String,
}

pub(super) fn paint(
    painter: &Painter,
    scale: &Scale,
    info: &SourceInfo,
    (units, playhead): (Units, FrameIndex),
    tokens: &style::Tokens,
) {
    let font = style::figures(10.5);
    let top = scale.bed.top();
    let mut free_from = f32::NEG_INFINITY;
    for mark in marks(scale, info, units.for_clip(info)) {
        let x = scale.x(mark.place);
        if x < scale.bed.left() - 1.0 || x > scale.bed.right() + 1.0 {
            continue;
        }
        painter.line_segment([pos2(x, top - 3.0), pos2(x, top)], Stroke::new(1.0, tokens.outline));
        let galley = painter.layout_no_wrap(mark.text, font.clone(), tokens.weak);
        let grip = scale.shows(playhead).then(|| scale.middle(playhead));
        let left = left_of(x, galley.size().x, (scale.bed.left(), scale.bed.right()), grip);
        // Uneven times may come close to each other.
        if left >= free_from {
            free_from = left + galley.size().x + 8.0;
            painter.galley(pos2(left, top - 3.0 - galley.size().y), galley, tokens.weak);
        }
    }
}

/// Where a number begins that belongs to `x`: in the middle over it, inside the bed, beside the playhead's grip.
fn left_of(x: f32, width: f32, (first, last): (f32, f32), grip: Option<f32>) -> f32 {
    let left = (x - width / 2.0).min(last - width).max(first);
    match grip.filter(|grip| left < grip + GRIP && grip - GRIP < left + width) {
        None => left,
        Some(grip) => {
            let (before, after) = (grip - GRIP - width, grip + GRIP);
            let goes_after = grip < left + width / 2.0 && after + width <= last;
            if goes_after || before < first { after } else { before }
        }
    }
}

/// Numbers stand at least this far apart.
fn label_distance(units: Units) -> f32 {
    match units {
        Units::Frames => 64.0,
        Units::Seconds => 80.0,
        Units::Timecode => 108.0,
    }
}

fn marks(scale: &Scale, info: &SourceInfo, units: Units) -> Vec<Mark> {
    let (first, last) = scale.shown();
    let least = (f64::from(label_distance(units) / scale.bed.width().max(1.0)) * scale.window.span).max(1.0);
    let step = match units {
        Units::Seconds => return time_marks(scale, info, least),
        Units::Frames => round_step(least),
        Units::Timecode => timecode_step(least, counted_rate(info.frame_rate)),
    };
    let zero = if units == Units::Frames { info.first_number as usize } else { 0 };
    let first = (first + zero).next_multiple_of(step) - zero;
    let frames = (first..=last).step_by(step).map(FrameIndex::new);
    frames.map(|frame| Mark { place: f64::from(frame.0) + 0.5, text: units.text(frame, info) }).collect()
}

/// 1, 2 or 5 times a power of ten.
fn round_step(least: f64) -> usize {
    let power = 10usize.pow(least.log10().floor().max(0.0) as u32);
    [1, 2, 5, 10].iter().map(|factor| factor * power).find(|step| *step as f64 >= least).unwrap_or(10 * power)
}

/// Round numbers of frames below a second, round numbers of seconds above.
fn timecode_step(least: f64, rate: usize) -> usize {
    let parts = [1, 2, 5, 10].into_iter().filter(|part| 2 * part < rate);
    let whole = SECONDS.iter().filter(|secs| **secs >= 1.0).map(|secs| *secs as usize * rate);
    parts.chain(whole).find(|step| *step as f64 >= least).unwrap_or(round_step(least / rate as f64) * rate)
}

/// Round times, each where it falls between the frames: these may be uneven.
fn time_marks(scale: &Scale, info: &SourceInfo, least_frames: f64) -> Vec<Mark> {
    let times = &info.times_secs;
    let (first, last) = scale.shown();
    let (from, to) = (info.time_secs(FrameIndex::new(first)), info.time_secs(FrameIndex::new(last)));
    let secs_per_frame = (to - from) / (last - first).max(1) as f64;
    let least = least_frames * secs_per_frame;
    if least <= 0.0 || least.is_nan() {
        return vec![Mark { place: first as f64, text: time_text(from) }];
    }
    let step = SECONDS.into_iter().find(|step| *step >= least).unwrap_or_else(|| 3600.0 * (least / 3600.0).ceil());
    let decimals = if step < 0.01 { 3 } else { usize::from(step < 0.1) + usize::from(step < 1.0) };
    let count = (from / step).ceil() as u64..=((to + secs_per_frame) / step).floor() as u64;
    let marks =
        count.map(|i| i as f64 * step).map(|secs| Mark { place: place_of(times, secs), text: short(secs, decimals) });
    marks.collect()
}

/// Where a time falls, counted in frames: a frame is shown from its own time on.
fn place_of(times_secs: &[f64], secs: f64) -> f64 {
    let frame = times_secs.partition_point(|time| *time <= secs + 1e-9).saturating_sub(1);
    let (from, until) = match times_secs.get(frame..) {
        Some([from, until, ..]) => (*from, *until),
        Some([from]) => {
            let before = frame.checked_sub(1).and_then(|before| times_secs.get(before)).unwrap_or(from);
            (*from, 2.0 * from - before)
        }
        _ => return 0.0,
    };
    let share = if until > from { ((secs - from) / (until - from)).clamp(0.0, 1.0) } else { 0.0 };
    frame as f64 + share
}

fn short(secs: f64, decimals: usize) -> String {
    let unit = 10u64.pow(decimals as u32);
    let units = (secs * unit as f64).round() as u64;
    let (whole, rest) = (units / unit, units % unit);
    let clock = match whole / 3600 {
        0 => format!("{}:{:02}", whole / 60, whole % 60),
        hours => format!("{hours}:{:02}:{:02}", whole / 60 % 60, whole % 60),
    };
    if decimals == 0 { clock } else { format!("{clock}.{rest:0decimals$}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::media::SourceKind;
    use egui::{Rect, vec2};

    fn info(times_secs: &[f64], frame_rate: f64, variable_rate: bool) -> SourceInfo {
        let path = std::path::Path::new("");
        let info = SourceInfo::even(SourceKind::Video, path, Size::new(64, 64), times_secs.len(), frame_rate, "");
        SourceInfo { times_secs: times_secs.into(), variable_rate, ..info }
    }

    fn scale(num_frames: usize, width: f32) -> Scale {
        Scale::new(Rect::from_min_size(pos2(0.0, 0.0), vec2(width, 20.0)), num_frames, None)
    }

    #[test]
    fn numbers_of_frames_are_round_and_do_not_touch() {
        for num_frames in [1, 10, 33, 480, 12_345, 1_000_000] {
            let clip = info(&vec![0.0; num_frames], 25.0, false);
            let marks = marks(&scale(num_frames, 700.0), &clip, Units::Frames);
            let distance = marks.windows(2).map(|pair| pair[1].place - pair[0].place).fold(f64::INFINITY, f64::min);
            assert!(distance * 700.0 / num_frames as f64 >= 64.0, "{num_frames}: {marks:?}");
        }
        let texts: Vec<String> = marks(&scale(96, 640.0), &info(&[0.0; 96], 25.0, false), Units::Frames)
            .into_iter()
            .map(|m| m.text)
            .collect();
        assert_eq!(texts[..3], ["0", "10", "20"]);
    }

    #[test]
    fn seconds_stand_where_the_source_says_that_they_pass() {
        // Ten frames in the first second, two in the next.
        let mut times: Vec<f64> = (0..10).map(|i| f64::from(i) * 0.1).collect();
        times.extend([1.0, 1.5]);
        let clip = info(&times, 6.0, true);
        let marks = marks(&scale(12, 400.0), &clip, Units::Seconds);
        let at = |text: &str| marks.iter().find(|mark| mark.text == text).map(|mark| mark.place);
        assert_eq!((at("0:00.0"), at("0:01.0"), at("0:01.5")), (Some(0.0), Some(10.0), Some(11.0)));
        assert_eq!(place_of(&times, 1.25), 10.5);
        assert_eq!(place_of(&times, 9.0), 12.0);
        assert_eq!(place_of(&[], 1.0), 0.0);
    }

    #[test]
    fn equal_times_and_single_frames_have_one_mark() {
        assert_eq!(marks(&scale(1, 400.0), &info(&[0.0], 25.0, false), Units::Seconds).len(), 1);
        assert_eq!(marks(&scale(3, 400.0), &info(&[0.0; 3], 25.0, false), Units::Seconds).len(), 1);
    }

    #[test]
    fn timecode_counts_frames_at_the_rounded_rate() {
        assert_eq!(timecode(FrameIndex(0), 25.0), "00:00:00:00");
        assert_eq!(timecode(FrameIndex(90_061), 25.0), "01:00:02:11");
        assert_eq!(timecode(FrameIndex(59), 30_000.0 / 1001.0), "00:00:01:29");
        assert_eq!(timecode(FrameIndex(119), 120.0), "00:00:00:119");
        let steps: Vec<usize> = [1.0, 3.0, 11.0, 26.0, 130.0, 1e6].map(|least| timecode_step(least, 25)).into();
        assert_eq!(steps, [1, 5, 25, 50, 250, 1_250_000]);
    }

    #[test]
    fn numbers_are_whole_and_beside_the_playhead() {
        let place = |x: f32, grip: Option<f32>| left_of(x, 80.0, (12.0, 1000.0), grip);
        assert_eq!((place(500.0, None), place(14.0, None), place(998.0, None)), (460.0, 12.0, 920.0));
        assert_eq!(place(14.0, Some(14.0)), 14.0 + GRIP, "the first frame");
        assert_eq!((place(500.0, Some(480.0)), place(500.0, Some(520.0))), (480.0 + GRIP, 520.0 - GRIP - 80.0));
        assert_eq!((place(500.0, Some(600.0)), place(998.0, Some(930.0))), (460.0, 930.0 - GRIP - 80.0));
    }

    #[test]
    fn a_variable_rate_has_no_timecode() {
        let clip = info(&[0.0, 0.1, 0.5], 4.0, true);
        assert_eq!(Units::Timecode.text(FrameIndex(2), &clip), "0:00.500");
        let cycle = |variable| [Units::Frames, Units::Seconds, Units::Timecode].map(|units| units.next(variable));
        assert_eq!(cycle(true), [Units::Seconds, Units::Frames, Units::Frames]);
        assert_eq!(cycle(false), [Units::Seconds, Units::Timecode, Units::Frames]);
    }
}
