//! HDR pictures brought to the range and the colours of an ordinary screen.

use ffmpeg_the_third::ffi;
use ffmpeg_the_third::frame::Video;
use gainforge::{GainHdrMetadata, GamutClipping, MappingColorSpace, RgbToneMapperParameters, ToneMapping};
use gainforge::{ToneMappingMethod, create_tone_mapper_rgb16};
use moxcms::ColorProfile;

/// What most HDR material is graded for, and what its brightest places are brought to, in candela per square metre.
const BRIGHTNESS: (f32, f32) = (1000.0, 250.0);

/// How HDR material codes brightness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transfer {
    /// SMPTE ST 2084: films, HDR10, Dolby Vision.
    Pq,
    /// ARIB STD-B67: broadcasts, phones.
    Hlg,
}

impl Transfer {
    /// How a decoded picture is coded; `None` if it is no HDR.
    #[expect(unsafe_code, reason = "the safe getter panics on values newer than the bindings")]
    pub(super) fn of(picture: &Video) -> Option<Self> {
        // SAFETY: a `Video` always owns a valid AVFrame; one plain field is read.
        match unsafe { (*picture.as_ptr()).color_trc } {
            ffi::AVColorTransferCharacteristic::SMPTE2084 => Some(Self::Pq),
            ffi::AVColorTransferCharacteristic::ARIB_STD_B67 => Some(Self::Hlg),
            _ => None,
        }
    }
}

impl std::fmt::Display for Transfer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pq => "PQ",
            Self::Hlg => "HLG",
        })
    }
}

/// Maps rows of 16 bit BT.2020 colours to 8 bit sRGB.
pub(super) struct HdrMapper {
    pub(super) transfer: Transfer,
    mapping: ToneMapping<u16>,
    from: Vec<u16>,
    to: Vec<u16>,
}

impl HdrMapper {
    /// `None` if the library refuses.
    pub(super) fn new(transfer: Transfer) -> Option<Self> {
        let profile = match transfer {
            Transfer::Pq => ColorProfile::new_bt2020_pq(),
            Transfer::Hlg => ColorProfile::new_bt2020_hlg(),
        };
        let method = ToneMappingMethod::TunedReinhard(GainHdrMetadata::new(BRIGHTNESS.0, BRIGHTNESS.1));
        let parameters = RgbToneMapperParameters { exposure: 1.0, gamut_clipping: GamutClipping::Clip };
        let space = MappingColorSpace::Rgb(parameters);
        let mapping = create_tone_mapper_rgb16(&profile, &ColorProfile::new_srgb(), method, space).ok()?;
        Some(Self { transfer, mapping, from: Vec::new(), to: Vec::new() })
    }

    /// Maps a picture of `width` pixels a row, the rows `stride` bytes apart, to packed 8 bit rows.
    pub(super) fn run(&mut self, rows: &[u8], stride: usize, width: usize, height: usize) -> Option<Vec<u8>> {
        let mut rgb = Vec::with_capacity(3 * width * height);
        self.to.resize(3 * width, 0);
        for row in rows.chunks(stride).take(height) {
            self.from.clear();
            self.from.extend(row[..6 * width].as_chunks().0.iter().map(|bytes| u16::from_ne_bytes(*bytes)));
            self.mapping.tonemap_lane(&self.from, &mut self.to).ok()?;
            rgb.extend(self.to.iter().map(|value| (value >> 8) as u8));
        }
        Some(rgb)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grey of so many candela per square metre, as PQ codes it (SMPTE ST 2084).
    fn pq(brightness: f64) -> u16 {
        let power = (brightness / 10_000.0).powf(2610.0 / 16_384.0);
        let [c1, c2, c3] = [3424.0 / 4096.0, 2413.0 / 128.0, 2392.0 / 128.0];
        (((c1 + c2 * power) / (1.0 + c3 * power)).powf(2523.0 / 32.0) * 65_535.0).round() as u16
    }

    fn mapped(transfer: Transfer, pixels: &[[u16; 3]]) -> Vec<u8> {
        let row: Vec<u8> = pixels.iter().flatten().flat_map(|value| value.to_ne_bytes()).collect();
        HdrMapper::new(transfer).unwrap().run(&row, row.len(), pixels.len(), 1).unwrap()
    }

    #[test]
    fn a_white_sheet_is_bright_and_a_lamp_brighter_still() {
        let greys = [0.0, 10.0, 100.0, 203.0, 1000.0].map(|brightness| [pq(brightness); 3]);
        let rgb = mapped(Transfer::Pq, &greys);
        let greens: Vec<u8> = rgb.chunks(3).map(|pixel| pixel[1]).collect();
        assert!(greens.is_sorted() && greens[0] == 0 && greens[4] == 255, "{greens:?}");
        assert!((50..80).contains(&greens[1]) && (190..215).contains(&greens[3]), "{greens:?}");
        assert!(rgb.chunks(3).all(|pixel| pixel[0].abs_diff(pixel[2]) <= 1), "grey stays grey: {rgb:?}");
        let paper = mapped(Transfer::Hlg, &[[49_151; 3]]); // 75 %: where HLG puts a white sheet
        assert!((190..215).contains(&paper[1]), "{paper:?}");
    }

    #[test]
    fn colours_of_the_wide_gamut_become_those_of_the_screen() {
        let (red, dim) = (pq(150.0), pq(30.0));
        let rgb = mapped(Transfer::Pq, &[[red, dim, dim]]);
        assert!(rgb[0] > rgb[1] + 60 && rgb[0] > rgb[2] + 60, "{rgb:?}");
        // The same numbers taken as ordinary colours: dull, as HDR looks where nobody maps it.
        let plain = [red, dim].map(|value| i32::from(value >> 8));
        assert!(i32::from(rgb[0]) - i32::from(rgb[1]) > 2 * (plain[0] - plain[1]), "{rgb:?} {plain:?}");
    }
}
