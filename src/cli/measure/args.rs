//! What `cotrail measure` is told.

use crate::cli::values;
use crate::export::{ChartFormat, ChartKind};
use crate::geometry::SourcePoint;
use crate::measure::Smoothing;
use clap::Args as ClapArgs;
use std::path::PathBuf;

pub(in crate::cli) const MEASURE_EXAMPLES: &str = "\
Examples:
  cotrail measure work.cotrail --out knee.csv
        what was measured in the window: a row for each frame, with units
  cotrail measure tracks.json --line 100,400,100,120=1.8m --angle hip,knee,ankle --out knee.csv
        tracks of the command line: the line from (100, 400) to (100, 120) is 1.8 metres long
  cotrail measure work.cotrail --chart angle=knee.svg --chart speed=speed.png
        charts over time
  cotrail measure tracks.csv --clip court.mp4 --plane 80,500,620,500,500,210,190,210=8.23x6.4m --out court.csv
        a plane seen from aside: four corners going around, 8.23 metres from the first to the second
  cotrail measure tracks.json --line 0,0,500,0=2m --capture-rate 240 --smooth 15 --out jump.json
        slow motion that was filmed at 240 frames per second; speeds over 15 frames

A table that ends in .csv has a row for each frame; other endings are those of `cotrail track`. Names of points are
those of the table; without a scale, a unit is the height of a pixel. Speeds are smoothed as Savitzky and Golay do.";

/// Measure tracks: places, speeds, distances and angles in units of the scene.
#[derive(Debug, ClapArgs)]
pub(crate) struct MeasureArgs {
    /// A project (.cotrail), or a table of tracks (.csv, .json, .npz)
    pub(super) input: PathBuf,
    /// The clip of a table [default: the one that a JSON table names]
    #[arg(long, value_name = "CLIP")]
    pub(super) clip: Option<PathBuf>,
    /// Frames per second of a clip without times, such as a folder of images
    #[arg(long, value_name = "F", value_parser = values::frame_rate)]
    pub(super) fps: Option<f64>,
    /// A line of known length: its ends in the picture, its length and the unit
    #[arg(long, value_name = "X,Y,X,Y=LENGTH", value_parser = line, allow_hyphen_values = true)]
    pub(super) line: Option<Line>,
    /// A rectangle on the plane of the motion: its corners in the picture, going around, its size and the unit
    #[arg(long, value_name = "X,Y,X,Y,X,Y,X,Y=WxH", value_parser = plane, conflicts_with = "line",
          allow_hyphen_values = true)]
    pub(super) plane: Option<Plane>,
    /// Where x and y are 0 [default: the bottom left pixel, or the first corner of the plane]
    #[arg(long, value_name = "X,Y", value_parser = place, allow_hyphen_values = true)]
    pub(super) origin: Option<SourcePoint>,
    /// A place on the positive x axis [default: to the right, or along the first side of the plane]
    #[arg(long, value_name = "X,Y", value_parser = place, allow_hyphen_values = true)]
    pub(super) x_axis: Option<SourcePoint>,
    /// Frames per second at which it was filmed, for slow motion [default: as it is shown]
    #[arg(long, value_name = "F", value_parser = capture_rate)]
    pub(super) capture_rate: Option<f64>,
    /// Frames that a speed is taken from, an odd number, and the order of the polynomial [default: 7,2]
    #[arg(long, value_name = "FRAMES[,ORDER]", value_parser = smoothing)]
    pub(super) smooth: Option<Smoothing>,
    /// The distance of two points, by their names; may be repeated
    #[arg(long, value_name = "A,B")]
    pub(super) distance: Vec<String>,
    /// The angle at the second of three points, by their names; may be repeated
    #[arg(long, value_name = "A,B,C")]
    pub(super) angle: Vec<String>,
    /// A chart over time: x, y, speed, acceleration, angle, distance or confidence, and a file (.svg, .png or .csv)
    #[arg(long, value_name = "WHAT=FILE", value_parser = chart)]
    pub(super) chart: Vec<ChartArg>,
    /// A table; its ending says which. May be repeated [default: CSV to standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(super) out: Vec<PathBuf>,
    /// Say nothing but warnings and errors
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// A chart and the file that it goes into.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ChartArg {
    pub(super) kind: ChartKind,
    pub(super) path: PathBuf,
}

/// A line of known length.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) ends: [SourcePoint; 2],
    pub(super) length: f64,
    pub(super) unit: String,
}

/// A rectangle of known size.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plane {
    pub(super) corners: [SourcePoint; 4],
    pub(super) sides: [f64; 2],
    pub(super) unit: String,
}

fn numbers<const N: usize>(text: &str) -> Option<[f32; N]> {
    let values = text.split(',').map(|value| value.trim().parse::<f32>().ok().filter(|value| value.is_finite()));
    values.collect::<Option<Vec<f32>>>()?.try_into().ok()
}

fn place(text: &str) -> Result<SourcePoint, String> {
    let [x, y] = numbers(text).ok_or("expected two numbers: x,y")?;
    Ok(SourcePoint::new(x, y))
}

/// A number and the unit that follows it.
fn with_unit(text: &str) -> Option<(f64, String)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let value = number.parse::<f64>().ok().filter(|value| *value > 0.0)?;
    Some((value, unit.trim().to_owned()))
}

fn line(text: &str) -> Result<Line, String> {
    let wrong = "expected x,y,x,y=length, such as 100,400,100,120=1.8m";
    let (ends, length) = text.split_once('=').ok_or(wrong)?;
    let [a, b, c, d] = numbers(ends).ok_or(wrong)?;
    let (length, unit) = with_unit(length).filter(|(_, unit)| !unit.is_empty()).ok_or(wrong)?;
    Ok(Line { ends: [SourcePoint::new(a, b), SourcePoint::new(c, d)], length, unit })
}

fn plane(text: &str) -> Result<Plane, String> {
    let wrong = "expected x,y,x,y,x,y,x,y=WxH, such as 80,500,620,500,500,210,190,210=8.23x6.4m";
    let (corners, size) = text.split_once('=').ok_or(wrong)?;
    let [a, b, c, d, e, f, g, h] = numbers(corners).ok_or(wrong)?;
    let (width, height) = size.split_once(['x', 'X']).ok_or(wrong)?;
    let width = with_unit(width).filter(|(_, unit)| unit.is_empty()).ok_or(wrong)?.0;
    let (height, unit) = with_unit(height).filter(|(_, unit)| !unit.is_empty()).ok_or(wrong)?;
    let corners = [(a, b), (c, d), (e, f), (g, h)].map(|(x, y)| SourcePoint::new(x, y));
    Ok(Plane { corners, sides: [width, height], unit })
}

fn chart(text: &str) -> Result<ChartArg, String> {
    let (what, path) = text.split_once('=').ok_or("expected what to show and a file, such as angle=knee.svg")?;
    let kind = ChartKind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(what));
    let names = || ChartKind::ALL.map(|kind| kind.name().to_lowercase()).join(", ");
    let (kind, path) = (kind.ok_or_else(|| format!("'{what}' is none of {}", names()))?, PathBuf::from(path));
    ChartFormat::from_path(&path).map_err(|error| error.to_string())?;
    Ok(ChartArg { kind, path })
}

fn capture_rate(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if value > 0.0 && value <= 1e6 { Ok(value) } else { Err("not above 0 and at most 1000000".to_owned()) }
}

fn smoothing(text: &str) -> Result<Smoothing, String> {
    let mut parts = text.split(',').map(|part| part.trim().parse::<usize>().ok());
    let wrong = "expected a number of frames and perhaps an order, such as 7 or 9,4";
    let (window, order) = match (parts.next(), parts.next(), parts.next()) {
        (Some(Some(window)), None, None) => (window, Smoothing::default().order),
        (Some(Some(window)), Some(Some(order)), None) => (window, order),
        _ => return Err(wrong.to_owned()),
    };
    let smoothing = Smoothing { window, order };
    smoothing.check().map(|()| smoothing).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_planes_have_a_unit() {
        let found = line("1,2,-3.5,4=1.8 m").unwrap();
        assert_eq!((found.ends[1], found.length, found.unit.as_str()), (SourcePoint::new(-3.5, 4.0), 1.8, "m"));
        for wrong in ["1,2,3,4=1.8", "1,2,3=1m", "1,2,3,4=m", "1,2,3,4", "1,2,3,4=0m", "1,2,3,4=-2m", "1,2,inf,4=1m"] {
            assert!(line(wrong).is_err(), "{wrong}");
        }
        let found = plane("0,9,9,9,9,0,0,0=8.23x6.4ft").unwrap();
        assert_eq!((found.sides, found.unit.as_str()), ([8.23, 6.4], "ft"));
        assert!(plane("0,9,9,9,9,0,0,0=8.23").is_err() && plane("0,9,9,9=2x3m").is_err());
    }

    #[test]
    fn charts_are_named_by_what_they_show() {
        let found = chart("Angle=a=b.svg").unwrap();
        assert_eq!((found.kind, found.path), (ChartKind::Angle, PathBuf::from("a=b.svg")));
        assert!(["angle", "knee=a.svg", "angle=a.gif", "angle="].iter().all(|wrong| chart(wrong).is_err()));
    }

    #[test]
    fn smoothing_is_a_window_and_perhaps_an_order() {
        assert_eq!(smoothing("15"), Ok(Smoothing { window: 15, order: 2 }));
        assert_eq!(smoothing("9, 4"), Ok(Smoothing { window: 9, order: 4 }));
        assert!(["8", "x", "9,9", "7,2,1", ""].iter().all(|wrong| smoothing(wrong).is_err()));
    }
}
