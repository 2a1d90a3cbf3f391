//! Single values of the command line: each parser takes the typed text and answers with the value or one clear
//! sentence.

use crate::geometry::Size;
use crate::media::parse_frame_rate;
use crate::model::ModelConfig;
use crate::tracker::Zoom;
use crate::tracks::{Query, parse_queries};

/// The least side of what the network looks at, in source pixels.
const LEAST_ZOOM: u32 = 16;

/// `T,X,Y`: a row of a table of points, without a name.
pub(crate) fn point(text: &str) -> Result<Query, String> {
    let rows = parse_queries(text.as_bytes()).map_err(|(_, problem)| problem.replace(" or t,x,y,name", ""))?;
    match rows[..] {
        [(None, query)] => Ok(query),
        _ => Err("expected three numbers: frame,x,y".to_owned()),
    }
}

/// `WxH`.
pub(crate) fn picture_size(text: &str) -> Result<Size, String> {
    let (width, height) = text.split_once(['x', 'X']).ok_or("expected WIDTHxHEIGHT, such as 512x384")?;
    let side = |text: &str| text.parse::<u32>().map_err(|_| format!("'{text}' is not a whole number"));
    Ok(Size::new(side(width)?, side(height)?))
}

/// `WxH` with both sides multiples of 8.
pub(crate) fn model_size(text: &str) -> Result<Size, String> {
    let size = picture_size(text)?;
    if let Some(side) = [size.width, size.height].into_iter().find(|side| !side.is_multiple_of(8)) {
        return Err(format!("{side} is not a multiple of 8"));
    }
    if ModelConfig::is_model_size(size) { Ok(size) } else { Err(format!("{size} is too small or too large")) }
}

/// What part of the picture the network looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ZoomArg(pub(crate) Option<Zoom>);

impl std::fmt::Display for ZoomArg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            None => f.write_str("off"),
            Some(Zoom::Auto) => f.write_str("auto"),
            Some(Zoom::Size(size)) => size.fmt(f),
        }
    }
}

/// `off`, `auto` or `WxH`.
pub(crate) fn zoom(text: &str) -> Result<ZoomArg, String> {
    Ok(ZoomArg(match text {
        "off" => None,
        "auto" => Some(Zoom::Auto),
        size => {
            let size = picture_size(size).map_err(|_| "expected off, auto or WIDTHxHEIGHT, such as 512x384")?;
            if size.width.min(size.height) < LEAST_ZOOM {
                return Err(format!("{size} is too small: at least {LEAST_ZOOM} pixels a side"));
            }
            Some(Zoom::Size(size))
        }
    }))
}

/// Frames per second.
pub(crate) fn frame_rate(text: &str) -> Result<f64, String> {
    parse_frame_rate(text).ok_or_else(|| "not between 0.001 and 1000, nor a fraction such as 30000/1001".to_owned())
}

/// An amount of memory.
pub(crate) fn gibibytes(text: &str) -> Result<f64, String> {
    positive(text, 0.001, 1e5)
}

/// A time.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    positive(text, 0.001, 1e9)
}

/// A time in minutes.
pub(crate) fn minutes(text: &str) -> Result<f64, String> {
    positive(text, 0.01, 100_000.0)
}

/// A share of a whole.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    positive(text, 0.0, 1.0)
}

/// A share that leaves most of it.
pub(crate) fn small_share(text: &str) -> Result<f64, String> {
    positive(text, 0.01, 0.5)
}

/// How many times slower a clip is.
pub(crate) fn slowdown(text: &str) -> Result<f64, String> {
    let factor: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    let is_sound = (0.01..=1000.0).contains(&factor);
    is_sound.then_some(factor).ok_or_else(|| "expected a number from 0.01 to 1000".to_owned())
}

/// A radius in pixels.
pub(crate) fn point_size(text: &str) -> Result<f32, String> {
    positive(text, 0.5, 200.0).map(|value| value as f32)
}

/// More than nothing, at most the whole.
pub(crate) fn percent(text: &str) -> Result<f32, String> {
    positive(text, 0.1, 100.0).map(|value| value as f32)
}

/// `NAME=SOMETHING`.
pub(crate) fn named(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').map(|(name, what)| (name.trim().to_owned(), what.trim().to_owned()));
    let parts = parts.filter(|(name, what)| !name.is_empty() && !what.is_empty());
    parts.ok_or_else(|| "expected a point's name, '=', and what stays on it".to_owned())
}

/// `I/N`, a part of the work.
pub(crate) fn shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/').and_then(|(this, of)| Some((this.parse().ok()?, of.parse().ok()?)));
    parts.filter(|(this, of)| (1..=*of).contains(this)).ok_or_else(|| "expected I/N, such as 1/8 to 8/8".to_owned())
}

fn positive(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (least..=most).contains(&value) { Ok(value) } else { Err(format!("not between {least} and {most}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{FrameIndex, SourcePoint};

    #[test]
    fn a_point_is_three_finite_numbers_with_a_whole_frame() {
        let query = point(" 12, 3.5,-0.25 ").unwrap();
        assert_eq!((query.frame, query.point), (FrameIndex(12), SourcePoint::new(3.5, -0.25)));
        assert_eq!(point("3.0,1,2").unwrap().frame, FrameIndex(3));
        for bad in [
            "",
            "1,2",
            "1,2,3,a",
            "t,x,y",
            "#1,2,3",
            "0,1,2\n0,1,2",
            "a,1,2",
            "1.5,1,2",
            "-1,1,2",
            "1,nan,2",
            "1,2,inf",
            "1,1e39,2",
            "5e9,1,2",
            "1,,2",
        ] {
            assert!(point(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_model_size_is_two_multiples_of_eight() {
        assert_eq!(model_size("512x384"), Ok(Size::new(512, 384)));
        for bad in ["512", "512x", "x384", "510x384", "0x0", "24x32", "512x384x3", "-8x8", "8000x8000", "512 x 384"] {
            assert!(model_size(bad).is_err(), "{bad:?}");
        }
        assert!(model_size("510x384").unwrap_err().contains("multiple of 8"));
    }

    #[test]
    fn a_zoom_is_off_automatic_or_a_size() {
        assert_eq!(zoom("off"), Ok(ZoomArg(None)));
        assert_eq!(zoom("auto"), Ok(ZoomArg(Some(Zoom::Auto))));
        assert_eq!(zoom("300x201"), Ok(ZoomArg(Some(Zoom::Size(Size::new(300, 201))))));
        for bad in ["", "on", "300", "300x", "12x400", "-300x200", "0x0"] {
            assert!(zoom(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn rates_and_radii_have_bounds() {
        assert!(frame_rate("23.976").is_ok() && point_size("4").is_ok());
        for bad in ["0", "-1", "nan", "inf", "x"] {
            assert!(frame_rate(bad).is_err() && point_size(bad).is_err(), "{bad:?}");
        }
        assert_eq!(named("left = a=b"), Ok(("left".to_owned(), "a=b".to_owned())));
        for bad in ["left", "=b", "left="] {
            assert!(named(bad).is_err(), "{bad:?}");
        }
    }
}
