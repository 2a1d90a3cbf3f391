//! swscale with the right colour matrix and range: decoded pictures to RGB, RGB to what an encoder takes.

use ffmpeg_the_third::ffi;
use ffmpeg_the_third::frame::Video;
use ffmpeg_the_third::software::scaling::Flags;
use std::ffi::c_int;
use std::ptr;

/// Neutral brightness, contrast and saturation are 0, 1 and 1 in 16.16 fixed point.
const ONE: c_int = 1 << 16;

/// RGB of 16 bits each, as this machine orders their bytes.
pub(super) const RGB48: c_int =
    if cfg!(target_endian = "big") { ffi::AVPixelFormat::RGB48BE.0 } else { ffi::AVPixelFormat::RGB48LE.0 };

/// A picture's format, as libav numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) width: c_int,
    pub(super) height: c_int,
    pub(super) format: c_int,
    /// `AVColorSpace`; anything unknown is BT.601, as everywhere in libav.
    pub(super) colour_space: c_int,
    /// Whether black is 0 and not 16; `None` where the format alone decides.
    pub(super) is_full_range: Option<bool>,
}

impl Layout {
    /// The layout of a decoded picture.
    #[expect(unsafe_code, reason = "the safe getters panic on values newer than the bindings")]
    pub(super) fn of(frame: &Video) -> Self {
        // SAFETY: a `Video` always owns a valid AVFrame; only plain fields are read.
        let raw = unsafe { &*frame.as_ptr() };
        let is_full_range = match raw.color_range {
            ffi::AVColorRange::JPEG => Some(true),
            ffi::AVColorRange::MPEG => Some(false),
            _ => None,
        };
        Self {
            width: raw.width,
            height: raw.height,
            format: raw.format,
            colour_space: raw.colorspace.0 as c_int,
            is_full_range,
        }
    }
}

/// Converts pictures of one layout into another.
pub(super) struct Scaler {
    context: *mut ffi::SwsContext,
    from: Layout,
    to: Layout,
    output: Video,
}

// SAFETY: an SwsContext is used by one thread at a time, which `&mut self` guarantees; it keeps no thread-local state.
#[expect(unsafe_code, reason = "the context is a raw pointer")]
unsafe impl Send for Scaler {}

impl Scaler {
    /// A scaler between the two layouts, or `None` if swscale cannot do it or memory is short.
    #[expect(unsafe_code, reason = "the safe wrapper cannot set the colour matrix")]
    pub(super) fn new(from: Layout, to: Layout, flags: &Flags) -> Option<Self> {
        let format = |value: c_int| ffi::AVPixelFormat(value);
        // SAFETY: plain numbers, and null pointers for what is optional; formats that are not known make it return
        // null.
        let context = unsafe {
            ffi::sws_getContext(
                from.width,
                from.height,
                format(from.format),
                to.width,
                to.height,
                format(to.format),
                flags.bits(),
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        if context.is_null() {
            return None;
        }
        let mut output = Video::empty();
        // SAFETY: the frame is ours and empty; av_frame_get_buffer allocates what its three fields describe.
        let allocated = unsafe {
            let raw = &mut *output.as_mut_ptr();
            (raw.width, raw.height, raw.format) = (to.width, to.height, to.format);
            ffi::av_frame_get_buffer(raw, 0)
        };
        let scaler = Self { context, from, to, output }; // from here on the context is freed on drop
        scaler.set_colours();
        (allocated >= 0).then_some(scaler)
    }

    #[expect(unsafe_code, reason = "the safe wrapper cannot set the colour matrix")]
    fn set_colours(&self) {
        let (mut from_table, mut to_table) = (ptr::null_mut(), ptr::null_mut());
        let (mut from_range, mut to_range, mut ignored) = (0, 0, [0; 3]);
        // SAFETY: the context is valid and every out-pointer points to a local variable. sws_getCoefficients returns
        // a static table for any number. RGB on both sides makes these calls fail, which needs no colours.
        unsafe {
            let [brightness, contrast, saturation] = &mut ignored;
            let known = ffi::sws_getColorspaceDetails(
                self.context,
                &raw mut from_table,
                &raw mut from_range,
                &raw mut to_table,
                &raw mut to_range,
                brightness,
                contrast,
                saturation,
            );
            if known < 0 {
                return;
            }
            ffi::sws_setColorspaceDetails(
                self.context,
                ffi::sws_getCoefficients(self.from.colour_space),
                self.from.is_full_range.map_or(from_range, c_int::from),
                ffi::sws_getCoefficients(self.to.colour_space),
                self.to.is_full_range.map_or(to_range, c_int::from),
                0,
                ONE,
                ONE,
            );
        }
    }

    /// Whether this is the scaler between these two.
    pub(super) fn converts(&self, from: Layout, to: Layout) -> bool {
        (self.from, self.to) == (from, to)
    }

    /// Converts one picture; `None` if it has another layout than promised, or memory is short. The outcome may be
    /// shared with an encoder: it is copied before it is written to again.
    #[expect(unsafe_code, reason = "the safe wrapper does not report failures")]
    pub(super) fn run(&mut self, input: &Video) -> Option<&mut Video> {
        if Layout::of(input) != self.from {
            return None;
        }
        // SAFETY: both frames are valid, of the sizes and formats that the context was made for, and `output` is
        // made writable first, so that no encoder sees it change.
        let rows = unsafe {
            if ffi::av_frame_make_writable(self.output.as_mut_ptr()) < 0 {
                return None;
            }
            let (from, to) = (&*input.as_ptr(), &mut *self.output.as_mut_ptr());
            ffi::sws_scale(
                self.context,
                from.data.as_ptr().cast(),
                from.linesize.as_ptr(),
                0,
                self.from.height,
                to.data.as_ptr(),
                to.linesize.as_ptr(),
            )
        };
        (rows == self.to.height).then_some(&mut self.output)
    }
}

impl Drop for Scaler {
    #[expect(unsafe_code, reason = "frees what sws_getContext made")]
    fn drop(&mut self) {
        // SAFETY: made by sws_getContext, freed once.
        unsafe { ffi::sws_freeContext(self.context) }
    }
}
