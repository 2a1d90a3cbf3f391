//! Finds the camera and the format that are meant among those that are there. Pure.

use super::{CameraChoice, CameraFormat, CameraId, CameraRequest, FrameRate, PixelFormat};
use crate::geometry::Size;

/// Enough for tracking motion, in pictures per second.
const GOOD_RATE: f64 = 24.0;
/// What most cameras deliver uncompressed at that rate, and more than the network sees.
const GOOD_SIZE: Size = Size::new(640, 480);
const USUAL_RATE: f64 = 30.0;
/// A rate that is further off than this share of it is another one: drivers round.
const MAX_OFF_RATE: f64 = 0.005;

/// The best of these formats that fits, if one does.
pub(super) fn choose(request: &CameraRequest, formats: &[CameraFormat]) -> Option<CameraFormat> {
    let off_rate =
        |rate: FrameRate| request.frame_rate.map_or(0.0, |wanted| (rate.per_sec() / wanted.per_sec() - 1.0).abs());
    let fits = |format: &&CameraFormat| {
        request.size.is_none_or(|size| size == format.size)
            && off_rate(format.frame_rate) < MAX_OFF_RATE
            && request.pixels.is_none_or(|pixels| pixels == format.pixels)
    };
    let key = |format: &&CameraFormat| (steps(off_rate(format.frame_rate) * 1000.0), rank(format));
    formats.iter().filter(fits).min_by_key(key).copied()
}

/// The lower the better.
fn rank(format: &CameraFormat) -> (bool, u32, u32, PixelFormat, u32) {
    let rate = format.frame_rate.per_sec();
    let factor = format.size.area().max(1) as f64 / GOOD_SIZE.area() as f64;
    let off_size = steps(factor.ln().abs()); // twice as large is as far as half
    let too_slow = steps((GOOD_RATE - rate).max(0.0));
    (format.pixels == PixelFormat::Gray, too_slow, off_size, format.pixels, steps((rate - USUAL_RATE).abs()))
}

/// In steps of a hundredth, which have an order.
fn steps(value: f64) -> u32 {
    (value * 100.0) as u32
}

/// Which of these cameras are meant, the likeliest first. One that is known by name and place may have moved to another
/// place: then the only one of its name is taken for it.
pub(super) fn meant<'a>(choice: &CameraChoice, there: &'a [(u32, CameraId)]) -> Vec<&'a (u32, CameraId)> {
    match choice {
        CameraChoice::Index(index) => there.iter().filter(|(number, _)| number == index).collect(),
        CameraChoice::Id(wanted) => {
            let same: Vec<_> = there.iter().filter(|(_, id)| id == wanted).collect();
            if !same.is_empty() {
                return same; // several nodes of one camera: those without pictures refuse
            }
            let named: Vec<_> = there.iter().filter(|(_, id)| id.name == wanted.name).collect();
            let is_one = named.windows(2).all(|pair| pair[0].1 == pair[1].1);
            if is_one { named } else { Vec::new() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(width: u32, height: u32, frame_rate: u32, pixels: PixelFormat) -> CameraFormat {
        CameraFormat { size: Size::new(width, height), frame_rate: FrameRate::whole(frame_rate), pixels }
    }

    fn id(name: &str, place: &str) -> CameraId {
        CameraId { name: name.into(), place: place.into() }
    }

    #[test]
    fn fast_formats_near_vga_are_chosen_first() {
        use PixelFormat::{Gray, Mjpeg, Yuyv};
        let mut formats = vec![
            format(640, 360, 30, Gray),
            format(1920, 1080, 5, Yuyv),
            format(1920, 1080, 30, Mjpeg),
            format(640, 480, 60, Mjpeg),
            format(640, 480, 15, Yuyv),
            format(320, 240, 30, Yuyv),
        ];
        let mut chosen = Vec::new();
        while let Some(best) = choose(&CameraRequest::index(0), &formats) {
            formats.retain(|format| *format != best);
            chosen.push((best.size.width, best.frame_rate.per_sec() as u32, best.pixels));
        }
        let wanted =
            [(640, 60, Mjpeg), (320, 30, Yuyv), (1920, 30, Mjpeg), (640, 15, Yuyv), (1920, 5, Yuyv), (640, 30, Gray)];
        assert_eq!(chosen, wanted);
    }

    #[test]
    fn uncompressed_comes_before_compressed_and_thirty_before_sixty() {
        let all = [
            format(640, 480, 30, PixelFormat::Mjpeg),
            format(640, 480, 60, PixelFormat::Yuyv),
            format(640, 480, 30, PixelFormat::Yuyv),
        ];
        assert_eq!(choose(&CameraRequest::index(0), &all), Some(all[2]));
    }

    #[test]
    fn what_is_asked_for_is_kept_to() {
        let all = [format(640, 480, 30, PixelFormat::Yuyv), format(1280, 720, 10, PixelFormat::Yuyv)];
        let ask = |size| CameraRequest { size: Some(size), ..CameraRequest::index(0) };
        assert_eq!(choose(&ask(Size::new(1280, 720)), &all), Some(all[1]));
        assert_eq!(choose(&ask(Size::new(800, 600)), &all), None);
        let again = CameraRequest::again(&id("a", ""), all[1]);
        assert_eq!(choose(&again, &all), Some(all[1]));
        assert_eq!(choose(&again, &all[..1]), None);
    }

    #[test]
    fn a_rate_may_be_rounded_but_the_exact_one_goes_first() {
        let at = |pictures, secs| CameraFormat {
            frame_rate: FrameRate::new(pictures, secs).unwrap(),
            ..format(640, 480, 30, PixelFormat::Yuyv)
        };
        let ask = |rate| CameraRequest { frame_rate: Some(rate), ..CameraRequest::index(0) };
        let all = [at(30, 1), at(30_000, 1001), at(15, 1)];
        assert_eq!(choose(&ask(all[1].frame_rate), &all), Some(all[1]));
        assert_eq!(choose(&ask(all[1].frame_rate), &all[..1]), Some(all[0]));
        assert_eq!(choose(&ask(FrameRate::whole(25)), &all), None);
    }

    #[test]
    fn a_camera_is_found_again_by_what_it_is_known_by() {
        let there = [(0, id("inside", "a")), (2, id("desk", "b")), (3, id("desk", "b")), (4, id("desk", "c"))];
        let numbers = |choice| -> Vec<u32> { meant(&choice, &there).iter().map(|(index, _)| *index).collect() };
        assert_eq!(numbers(CameraChoice::Index(2)), [2]);
        assert_eq!(numbers(CameraChoice::Index(1)), [0; 0]);
        assert_eq!(numbers(CameraChoice::Id(id("desk", "b"))), [2, 3], "both nodes of one camera");
        assert_eq!(numbers(CameraChoice::Id(id("inside", "elsewhere"))), [0], "plugged in at another place");
        assert_eq!(numbers(CameraChoice::Id(id("desk", "elsewhere"))), [0; 0], "one of two: it cannot be told which");
        assert_eq!(numbers(CameraChoice::Id(id("none", "a"))), [0; 0]);
    }
}
