//! Charts as SVG, PNG and CSV.

use super::layout::{Anchor, Piece, SIZE, TEXT, pieces};
use super::{Chart, ChartKind, picture};
use crate::overlay::Colour;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The kinds of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartFormat {
    /// Lines and text, to be scaled and edited.
    Svg,
    /// A picture.
    Png,
    /// A row for each frame.
    Csv,
}

/// A file name whose ending names no kind of chart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a chart's name ends in .svg, .png or .csv: {}", path.display())]
pub struct UnknownChartFormat {
    /// The name.
    pub path: PathBuf,
}

impl ChartFormat {
    /// In the order in which a menu lists them.
    pub const ALL: [Self; 3] = [Self::Svg, Self::Png, Self::Csv];

    /// The file name's ending, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Csv => "csv",
        }
    }

    /// The format that a file name asks for by its ending.
    ///
    /// # Errors
    /// If it ends in something else.
    pub fn from_path(path: &Path) -> Result<Self, UnknownChartFormat> {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        let format = Self::ALL.into_iter().find(|format| ending == format.extension());
        format.ok_or_else(|| UnknownChartFormat { path: path.to_owned() })
    }

    /// The file's bytes.
    pub(super) fn bytes(self, chart: &Chart) -> Vec<u8> {
        match self {
            Self::Svg => svg(chart).into_bytes(),
            Self::Png => picture::png(chart),
            Self::Csv => csv(chart),
        }
    }
}

fn svg(chart: &Chart) -> String {
    let [width, height] = SIZE;
    let mut to = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"{TEXT}\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for piece in pieces(chart) {
        let written = match piece {
            Piece::Line { places, width, colour } => {
                let places: Vec<String> = places.iter().map(|[x, y]| format!("{x:.2},{y:.2}")).collect();
                writeln!(
                    to,
                    "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\" \
                     stroke-linejoin=\"round\"/>",
                    places.join(" "),
                    hex(colour)
                )
            }
            Piece::Text { at: [x, y], anchor, colour, text } => {
                let anchor = match anchor {
                    Anchor::Start => "start",
                    Anchor::Middle => "middle",
                    Anchor::End => "end",
                };
                let (colour, text) = (hex(colour), escaped(&text));
                writeln!(to, "<text x=\"{x:.2}\" y=\"{y:.2}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{text}</text>")
            }
        };
        written.expect("a string takes everything");
    }
    to + "</svg>\n"
}

fn hex(Colour { r, g, b }: Colour) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.chars().filter(|c| !c.is_control()).collect()
}

/// A row for each frame: its number, when it was taken, the value of each curve.
fn csv(chart: &Chart) -> Vec<u8> {
    let mut csv = ::csv::Writer::from_writer(Vec::new());
    let what = chart.kind.name().to_lowercase();
    let unit = if chart.unit.is_empty() { String::new() } else { format!(" ({})", chart.unit) };
    let smoothing = chart.smoothing.as_ref().map(|smoothing| format!(" [{smoothing}]")).unwrap_or_default();
    let column = |name: &str| {
        let what = if chart.kind.is_of_points() { format!("{what} {name}") } else { name.to_owned() };
        format!("{what}{unit}{smoothing}")
    };
    let header = ["frame".to_owned(), "scene_secs".to_owned()].into_iter();
    let written = csv.write_record(header.chain(chart.series.iter().map(|series| column(&series.name))));
    written.expect("memory takes everything");
    for (frame, secs) in chart.secs.iter().enumerate() {
        let values = chart.series.iter().map(|series| series.values.get(frame).copied().flatten());
        let values = values.map(|value| value.map_or_else(String::new, |value| rounded(value, chart.kind)));
        let row = [frame.to_string(), rounded(*secs, ChartKind::X)].into_iter().chain(values);
        csv.write_record(row).expect("memory takes everything");
    }
    csv.into_inner().expect("memory takes everything")
}

/// Seven digits at most, of a confidence four.
fn rounded(value: f64, kind: ChartKind) -> String {
    let text = if kind == ChartKind::Confidence { format!("{value:.3e}") } else { format!("{value:.6e}") };
    text.parse::<f64>().map_or(text, |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::ChartSeries;

    fn chart() -> Chart {
        let secs = (0..6).map(|i| f64::from(i) / 4.0).collect();
        let values = vec![Some(1.0), Some(2.5), None, Some(0.123_456_789_1), Some(4.0), None];
        let series = vec![ChartSeries { name: "a<b".to_owned(), colour: Colour::hex(0xE6_9F_00), values }];
        let smoothing = Some("Savitzky–Golay, window 7 frames, order 2".to_owned());
        Chart { kind: ChartKind::Speed, unit: "m/s".to_owned(), secs, series, smoothing }
    }

    #[test]
    fn a_table_names_units_and_smoothing_and_leaves_gaps_empty() {
        let text = String::from_utf8(ChartFormat::Csv.bytes(&chart())).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let head = "frame,scene_secs,\"speed a<b (m/s) [Savitzky–Golay, window 7 frames, order 2]\"";
        assert_eq!(lines[0], head);
        assert_eq!((lines[2], lines[3], lines[4]), ("1,0.25,2.5", "2,0.5,", "3,0.75,0.1234568"));
    }

    #[test]
    fn a_picture_has_a_line_for_each_stretch_and_no_broken_text() {
        let text = String::from_utf8(ChartFormat::Svg.bytes(&chart())).unwrap();
        assert!(text.contains("a&lt;b") && text.contains("Speed (m/s)") && text.contains("window 7 frames"));
        assert_eq!(text.matches("stroke-width=\"1.8\"").count(), 2);
        assert!(!text.contains("NaN") && !text.contains("inf"));
        let nothing = Chart { secs: Vec::new(), series: Vec::new(), ..chart() };
        assert!(!String::from_utf8(ChartFormat::Svg.bytes(&nothing)).unwrap().contains("NaN"));
    }

    #[test]
    fn the_frame_nearest_to_a_time_is_found() {
        let at = |secs| chart().frame_at(secs).map(|frame| frame.0);
        assert_eq!((at(-1.0), at(0.37), at(0.38), at(99.0)), (Some(0), Some(1), Some(2), Some(5)));
        assert!(ChartFormat::from_path(Path::new("a.SVG")).is_ok() && ChartFormat::from_path(Path::new("a")).is_err());
    }
}
