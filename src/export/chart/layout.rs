//! Where everything of a chart stands, for whatever draws it.

use super::Chart;
use crate::overlay::{Colour, text_width};

/// Size of a chart, in points.
pub(super) const SIZE: [f32; 2] = [960.0, 420.0];
/// Height of letters.
pub(super) const TEXT: f32 = 13.0;
/// From the edges to the curves: left, top, right, bottom.
const MARGINS: [f32; 4] = [70.0, 50.0, 20.0, 62.0];
/// A row of names above the curves; there are so many at most.
const ROW: f32 = 20.0;
const MOST_ROWS: usize = 4;
/// The mark before a name.
const MARK: f32 = 26.0;
/// Between one name and the next mark.
const GAP: f32 = 18.0;
const MORE: &str = "and 1000 more";
/// About so far apart are the lines of the grid.
const GRID: [f32; 2] = [90.0, 48.0];
const INK: Colour = Colour::hex(0x20_22_26);
const WEAK: Colour = Colour::hex(0x59_5E_68);
const FAINT: Colour = Colour::hex(0xDD_DF_E3);
/// Readers of SVG take a font of their own, which may be so much wider than ours.
const WIDER: f32 = 1.25;
/// Yellows and the like are no ink: colours are as dark as this at least on white.
const BRIGHTEST: f32 = 0.72;

/// How text stands to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Something to draw.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// A line through places.
    Line { places: Vec<[f32; 2]>, width: f32, colour: Colour },
    /// Text on its base line.
    Text { at: [f32; 2], anchor: Anchor, colour: Colour, text: String },
}

/// All pieces, first to last.
pub(super) fn pieces(chart: &Chart) -> Vec<Piece> {
    let [left, top, right, bottom] = MARGINS;
    let (names, rows) = legend(chart, SIZE[0] - right);
    let top = top + rows;
    let (x_range, y_range) = ranges(chart);
    let (width, height) = (SIZE[0] - left - right, SIZE[1] - top - bottom);
    let share = |value: f64, [from, to]: [f64; 2]| ((value - from) / (to - from)) as f32;
    let x = |secs: f64| left + width * share(secs, x_range);
    let y = |value: f64| top + height * (1.0 - share(value, y_range));
    let text = |at: [f32; 2], anchor, colour, text: String| Piece::Text { at, anchor, colour, text };
    let line = |places: Vec<[f32; 2]>, width, colour| Piece::Line { places, width, colour };
    let mut pieces = vec![text([left, 24.0], Anchor::Start, INK, chart.title())];
    for (tick, label) in ticks(y_range, height / GRID[1]) {
        pieces.push(line(vec![[left, y(tick)], [left + width, y(tick)]], 1.0, FAINT));
        pieces.push(text([left - 8.0, y(tick) + TEXT / 3.0], Anchor::End, WEAK, label));
    }
    for (tick, label) in ticks(x_range, width / GRID[0]) {
        pieces.push(line(vec![[x(tick), top], [x(tick), top + height]], 1.0, FAINT));
        pieces.push(text([x(tick), top + height + 18.0], Anchor::Middle, WEAK, label));
    }
    pieces.push(line(vec![[left, top], [left, top + height], [left + width, top + height]], 1.0, WEAK));
    let below = SIZE[1] - 12.0;
    pieces.push(text([left + width, below], Anchor::End, INK, "Time (s)".to_owned()));
    if let Some(smoothing) = &chart.smoothing {
        pieces.push(text([left, below], Anchor::Start, WEAK, smoothing.clone()));
    }
    for series in &chart.series {
        let colour = darkened(series.colour);
        for stretch in chart.stretches(series) {
            let mut places: Vec<[f32; 2]> = stretch.iter().map(|[secs, value]| [x(*secs), y(*value)]).collect();
            if let [only] = places[..] {
                places.push([only[0] + 1.0, only[1]]); // a single frame is a dot
            }
            pieces.push(line(places, 1.8, colour));
        }
    }
    pieces.extend(names);
    pieces
}

/// The names of the curves, in rows below the title; the last row that there is room for says how many there are more.
/// Returns them and how high the rows are.
fn legend(chart: &Chart, right: f32) -> (Vec<Piece>, f32) {
    let mut pieces = Vec::new();
    let [left, top, ..] = MARGINS;
    let baseline = |row: usize| top + ROW * row as f32 - 6.0;
    let (mut at, mut row) = (left, 0);
    for (i, series) in chart.series.iter().enumerate() {
        let wide = MARK + WIDER * text_width(&series.name, TEXT);
        let after = if i + 1 < chart.series.len() { GAP + WIDER * text_width(MORE, TEXT) } else { 0.0 };
        if row + 1 == MOST_ROWS && at + wide + after > right {
            let text = format!("and {} more", chart.series.len() - i);
            pieces.push(Piece::Text { at: [at, baseline(row)], anchor: Anchor::Start, colour: WEAK, text });
            break;
        }
        if at > left && at + wide > right {
            (at, row) = (left, row + 1);
        }
        let y = baseline(row);
        let colour = darkened(series.colour);
        pieces.push(Piece::Line { places: vec![[at, y - 4.0], [at + 18.0, y - 4.0]], width: 3.0, colour });
        let text = series.name.clone();
        pieces.push(Piece::Text { at: [at + MARK, y], anchor: Anchor::Start, colour: INK, text });
        at += wide + GAP;
    }
    let rows = if pieces.is_empty() { 0.0 } else { ROW * (row + 1) as f32 };
    (pieces, rows)
}

/// From where to where the axes go.
fn ranges(chart: &Chart) -> ([f64; 2], [f64; 2]) {
    let last = chart.secs.last().copied().filter(|last| *last > 0.0).unwrap_or(1.0);
    let [least, most] = chart.extent().unwrap_or([0.0, 1.0]);
    let room = 0.05 * (most - least).max(1e-6 * most.abs()).max(1e-9);
    ([0.0, last], [least - room, most + room])
}

/// Round values in a range, about so many, with their texts.
fn ticks(range: [f64; 2], about: f32) -> Vec<(f64, String)> {
    let step = step(range, about);
    let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
    let (first, last) = ((range[0] / step).ceil() as i64, (range[1] / step).floor() as i64);
    (first..=last).map(|i| i as f64 * step).map(|tick| (tick, format!("{tick:.decimals$}"))).collect()
}

/// How far apart about so many round values are in a range.
pub(super) fn step([from, to]: [f64; 2], about: f32) -> f64 {
    let wanted = (to - from) / f64::from(about.max(1.0));
    let power = 10f64.powf(wanted.log10().floor());
    let round = [1.0, 2.0, 5.0].map(|factor| factor * power);
    round.into_iter().find(|step| *step >= wanted).unwrap_or(10.0 * power)
}

/// A colour that can be seen on white.
fn darkened(Colour { r, g, b }: Colour) -> Colour {
    let brightness = (0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)) / 255.0;
    let factor = (BRIGHTEST / brightness.max(1e-3)).min(1.0);
    let [r, g, b] = [r, g, b].map(|value| (f32::from(value) * factor).round() as u8);
    Colour { r, g, b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_say_no_more_than_needed() {
        let texts = |range, about| ticks(range, about).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts([0.0, 10.0], 5.0), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(texts([-0.03, 0.21], 3.0), ["0.0", "0.1", "0.2"]);
        assert_eq!(texts([1234.0, 1900.0], 4.0), ["1400", "1600", "1800"]);
    }

    #[test]
    fn names_stand_above_the_curves_and_those_without_room_are_counted() {
        let named = |names: Vec<String>| Chart {
            kind: crate::export::ChartKind::X,
            unit: "px".to_owned(),
            secs: vec![0.0, 1.0],
            series: names
                .into_iter()
                .map(|name| crate::export::ChartSeries { name, colour: INK, values: vec![Some(0.0), Some(1.0)] })
                .collect(),
            smoothing: None,
        };
        let texts = |chart: &Chart| {
            let text = |piece| match piece {
                Piece::Text { at, text, .. } => Some((at, text)),
                Piece::Line { .. } => None,
            };
            pieces(chart).into_iter().filter_map(text).collect::<Vec<_>>()
        };
        let is_named = |(_, text): &&([f32; 2], String)| text.starts_with("ankle");
        let few = named((1..=9).map(|i| format!("ankle of runner {i}")).collect());
        let texts_of_few = texts(&few);
        let lowest = texts_of_few.iter().filter(is_named).map(|([_, y], _)| *y).fold(0.0, f32::max);
        let curves = pieces(&few).into_iter().filter_map(|piece| match piece {
            Piece::Line { places, width: 1.8, .. } => places.into_iter().map(|[_, y]| y).reduce(f32::min),
            _ => None,
        });
        assert!(curves.fold(f32::MAX, f32::min) > lowest, "{lowest}");
        assert_eq!(texts_of_few.iter().filter(is_named).count(), 9);
        let texts_of_many = texts(&named((1..=200).map(|i| format!("ankle {i}")).collect()));
        let count = texts_of_many.iter().filter(is_named).count();
        let more = format!("and {} more", 200 - count);
        assert!(count > 20 && texts_of_many.iter().any(|(_, text)| *text == more), "{count}");
        for ([x, _], text) in texts_of_many.iter().filter(is_named) {
            assert!(x + text_width(text, TEXT) < SIZE[0] - MARGINS[2], "{text}");
        }
    }

    #[test]
    fn bright_colours_are_darker_on_white() {
        assert_eq!(darkened(Colour::hex(0x00_72_B2)), Colour::hex(0x00_72_B2));
        let Colour { r, g, .. } = darkened(Colour::hex(0xF0_E4_42));
        assert!(r < 0xD0 && g < 0xC8, "{r} {g}");
    }
}
