//! The head of a DPX file (SMPTE 268M): size, shape of a pixel, and what its numbers mean.

use super::light::Light;
use super::still::Head;
use crate::geometry::Size;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The file's and the picture's part of the head.
const HEAD_BYTES: usize = 2048;
/// Where the head says how wide and how high the picture is, how its first element codes light, and the pixel's sides.
const SIZE_AT: usize = 772;
const TRANSFER_AT: usize = 801;
const ASPECT_AT: usize = 1628;

/// Reads the head of a file.
pub(super) fn head(file: &Path) -> Result<Head, String> {
    let mut head = [0; HEAD_BYTES];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut head));
    read.map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "the file ends within its head".to_owned(),
        _ => error.to_string(),
    })?;
    let is_big_endian = match &head[..4] {
        b"SDPX" => true,
        b"XPDS" => false,
        _ => return Err("this is no DPX image".to_owned()),
    };
    let number = |at: usize| {
        let bytes = [head[at], head[at + 1], head[at + 2], head[at + 3]];
        if is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    };
    let light = match head[TRANSFER_AT] {
        1 | 3 => Light::Density,
        _ => Light::Display,
    };
    let size = Size::new(number(SIZE_AT), number(SIZE_AT + 4));
    let (wide, high) = (number(ASPECT_AT), number(ASPECT_AT + 4));
    let is_known = [wide, high].iter().all(|&side| side != u32::MAX);
    let pixel_aspect = if is_known { f64::from(wide) / f64::from(high) } else { 1.0 };
    Ok(Head { size, pixel_aspect, light, ..Head::default() })
}
