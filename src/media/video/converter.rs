//! Decoded pictures as upright RGB pictures of one size.

use super::hdr::{HdrMapper, Transfer};
use crate::geometry::Size;
use crate::media::orientation::Orientation;
use crate::media::scaler::{Layout, RGB48, Scaler};
use ffmpeg_the_third::frame::Video;
use ffmpeg_the_third::software::scaling::Flags;
use ffmpeg_the_third::{ffi, frame};
use std::ffi::c_int;

/// Turns the pictures of one clip.
pub(super) struct Converter {
    /// The size of the upright pictures: that of the first one.
    pub(super) size: Size,
    orientation: Orientation,
    scaler: Option<Scaler>,
    hdr: Option<HdrMapper>,
}

impl Converter {
    /// For a clip that begins with this picture. `orientation` is what the file says for all of its pictures.
    pub(super) fn new(first: &Video, orientation: Option<Orientation>) -> Self {
        let orientation = picture_orientation(first).or(orientation).unwrap_or_default();
        let size = orientation.upright_size(Size::new(first.width(), first.height()));
        Self { size, orientation, scaler: None, hdr: None }
    }

    /// Whether rows of the first picture are stored as columns.
    pub(super) fn swaps_axes(&self) -> bool {
        self.orientation.swaps_axes()
    }

    /// How a picture stands upright by what it says itself, else as the first one.
    fn orientation_of(&self, picture: &Video) -> Orientation {
        picture_orientation(picture).unwrap_or(self.orientation)
    }

    /// The size of a picture that stands upright, before it is fitted into that of the clip.
    pub(super) fn upright_size(&self, picture: &Video) -> Size {
        self.orientation_of(picture).upright_size(Size::new(picture.width(), picture.height()))
    }

    /// The RGB rows of a picture, without gaps. One of another size than the clip's is scaled as large as it fits, with
    /// black beside it. `None` if its kind cannot be turned into RGB.
    pub(super) fn run(&mut self, picture: &Video) -> Option<Vec<u8>> {
        let orientation = self.orientation_of(picture);
        let inner = fitted(self.upright_size(picture), self.size);
        let stored = orientation.upright_size(inner);
        let transfer = Transfer::of(picture);
        if self.hdr.as_ref().map(|hdr| hdr.transfer) != transfer {
            self.hdr = transfer.and_then(HdrMapper::new);
        }
        let to = Layout {
            width: stored.width as c_int,
            height: stored.height as c_int,
            format: if self.hdr.is_some() { RGB48 } else { ffi::AVPixelFormat::RGB24.0 },
            colour_space: ffi::SWS_CS_DEFAULT,
            is_full_range: None,
        };
        let layout = Layout::of(picture);
        if self.scaler.as_ref().is_none_or(|scaler| !scaler.converts(layout, to)) {
            // The ffmpeg tool's own default, so that pictures are the same as from the command line.
            self.scaler = Some(Scaler::new(layout, to, &Flags::BICUBIC)?);
        }
        let rgb = self.scaler.as_mut()?.run(picture)?;
        let upright = match &mut self.hdr {
            Some(hdr) => {
                let (width, height) = (stored.width as usize, stored.height as usize);
                let mapped = hdr.run(rgb.data(0), rgb.stride(0), width, height)?;
                orientation.upright_rgb(&mapped, 3 * width, stored)
            }
            None => orientation.upright_rgb(rgb.data(0), rgb.stride(0), stored),
        };
        Some(if inner == self.size { upright } else { framed(&upright, inner, self.size) })
    }
}

/// Up to libav 7 pictures say in a field of their own that they are interlaced; from 8 on this method takes its place.
#[expect(dead_code, reason = "an inherent method of the same name goes first where there is one")]
trait Interlaced {
    fn is_interlaced(&self) -> bool;
}

impl Interlaced for Video {
    #[expect(unsafe_code, reason = "the flag has no safe getter in every version")]
    fn is_interlaced(&self) -> bool {
        const AV_FRAME_FLAG_INTERLACED: c_int = 1 << 3;
        // SAFETY: a `Video` always owns a valid AVFrame; one plain field is read.
        unsafe { (*self.as_ptr()).flags & AV_FRAME_FLAG_INTERLACED != 0 }
    }
}

/// Whether a picture says that it holds two moments, line by line.
pub(super) fn is_interlaced(picture: &Video) -> bool {
    picture.is_interlaced()
}

/// How a decoded picture must be turned to stand upright, where it says so itself.
fn picture_orientation(picture: &Video) -> Option<Orientation> {
    Orientation::from_bytes(picture.side_data(frame::side_data::Type::DisplayMatrix)?.data())
}

/// The largest size of the shape of `size` within `room`.
fn fitted(size: Size, room: Size) -> Size {
    let scale = (f64::from(room.width) / f64::from(size.width)).min(f64::from(room.height) / f64::from(size.height));
    let side = |side: u32, room: u32| ((f64::from(side) * scale).round() as u32).clamp(1, room);
    Size::new(side(size.width, room.width), side(size.height, room.height))
}

/// A picture in the middle of a black one.
fn framed(rgb: &[u8], size: Size, room: Size) -> Vec<u8> {
    let mut whole = vec![0; 3 * room.area()];
    let (left, top) = ((room.width - size.width) / 2, (room.height - size.height) / 2);
    let row_bytes = 3 * size.width as usize;
    let rows = whole.chunks_exact_mut(3 * room.width as usize).skip(top as usize);
    for (row, from) in rows.zip(rgb.chunks_exact(row_bytes)) {
        row[3 * left as usize..][..row_bytes].copy_from_slice(from);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_fitted_without_being_squashed() {
        let room = Size::new(320, 240);
        assert_eq!(fitted(Size::new(640, 480), room), room);
        assert_eq!(fitted(Size::new(240, 320), room), Size::new(180, 240));
        assert_eq!(fitted(Size::new(4000, 1), room), Size::new(320, 1));
        let whole = framed(&[9; 3 * 2], Size::new(1, 2), Size::new(4, 2));
        let reds: Vec<u8> = whole.chunks(3).map(|pixel| pixel[0]).collect();
        assert_eq!(reds, [0, 9, 0, 0, 0, 9, 0, 0]);
    }
}
