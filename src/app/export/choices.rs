//! What the user chose to export, remembered from one export to the next.

use crate::export::{Ground, OutputSize};
use crate::geometry::{self, Freedom};
use crate::media::{ClipCodec, ClipRate};
use crate::overlay::{Colour, OverlayStyle};
use crate::tracks::{TableFormat, ToolFormat};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Everything that the dialog remembers; paths and points depend on the clip and are not among it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ExportChoices {
    pub(super) formats: Formats,
    /// The other programs that a file is written for.
    pub(super) tools: BTreeSet<ToolFormat>,
    pub(super) points: Points,
    pub(super) range: RangeKind,
    /// Whether tables keep the frames on which a point is hidden.
    pub(super) keeps_hidden: bool,
    /// The number of the clip's first frame, in every format.
    pub(super) first_number: u32,
    pub(super) pictures: Pictures,
    pub(super) style: Style,
}

impl Default for ExportChoices {
    fn default() -> Self {
        Self {
            formats: Formats { clip: true, csv: true, ..Formats::default() },
            tools: BTreeSet::new(),
            points: Points::Shown,
            range: RangeKind::Clip,
            keeps_hidden: true,
            first_number: 0,
            pictures: Pictures::default(),
            style: Style::default(),
        }
    }
}

/// The shorter side of a clip for phones, and its bits per second: so many for each pixel, and at least.
const PHONE_LINES: u32 = 1080;
const PHONE_BITS: (f64, f64) = (3.0, 1e6);

#[expect(clippy::struct_excessive_bools, reason = "five choices that do not depend on each other")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Formats {
    pub(super) clip: bool,
    pub(super) png: bool,
    pub(super) csv: bool,
    pub(super) json: bool,
    pub(super) npz: bool,
}

impl Formats {
    pub(super) fn has_pictures(self) -> bool {
        self.clip || self.png
    }
}

/// Sets of formats that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preset {
    ClipAndTable,
    Phone,
    Tables,
    Compositing,
    Everything,
}

impl Preset {
    pub(super) const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::ClipAndTable, "Clip + CSV", "To look at, and to count with"),
        (
            Self::Phone,
            "For a phone",
            "An mp4 of at most 1080 lines that is small enough to send; its size is told before",
        ),
        (Self::Tables, "Tables", "CSV, JSON and NPZ: for programs"),
        (
            Self::Compositing,
            "Compositing",
            "Transparent PNG pictures and a CSV, frames counted from 1001 for this export",
        ),
        (Self::Everything, "Everything", "All formats under one name"),
    ];
}

impl ExportChoices {
    /// Whether anything is written.
    pub(super) fn any(&self) -> bool {
        self.formats.has_pictures() || self.has_tables()
    }

    pub(super) fn has_tables(&self) -> bool {
        !self.tables().is_empty()
    }

    pub(super) fn tables(&self) -> Vec<TableFormat> {
        let own = TableFormat::ALL.into_iter().filter(|format| match format {
            TableFormat::Csv => self.formats.csv,
            TableFormat::Json => self.formats.json,
            TableFormat::Npz => self.formats.npz,
            TableFormat::Tool(_) => false,
        });
        own.chain(self.tools.iter().map(|tool| TableFormat::Tool(*tool))).collect()
    }

    /// The table whose first lines are shown, and that can be copied: what is made for another program, before ours.
    pub(super) fn text(&self) -> Option<TableFormat> {
        self.tables().into_iter().rev().find(|format| format.is_text())
    }

    /// Numbers that somebody typed into a file do no harm.
    pub(crate) fn within_bounds(mut self) -> Self {
        let style = &mut self.style;
        style.point_radius = style.point_radius.clamp(1.0, 16.0);
        style.line_width = style.line_width.clamp(0.5, 8.0);
        style.trail_frames = style.trail_frames.clamp(1, 200);
        let pictures = &mut self.pictures;
        pictures.rate = match pictures.rate {
            ClipRate::Quality(crf) => ClipRate::Quality(crf.clamp(0, 51)),
            ClipRate::BitsPerSec(rate) => ClipRate::BitsPerSec(rate.clamp(100_000, 400_000_000)),
        };
        pictures.slowdown = pictures.slowdown.clamp(1, 16);
        if let Size::Height(height) | Size::AtMost(height) = &mut pictures.size {
            *height = (*height).clamp(16, 4320);
        }
        self
    }

    /// Chooses the formats of a preset for pictures of this size; what is not its business stays. Returns the number of
    /// the first frame that goes with it, for this export alone.
    pub(super) fn take(&mut self, preset: Preset, source: geometry::Size) -> Option<u32> {
        let none = Formats::default();
        self.tools.clear();
        self.formats = match preset {
            Preset::ClipAndTable => Formats { clip: true, csv: true, ..none },
            Preset::Phone => Formats { clip: true, ..none },
            Preset::Tables => Formats { csv: true, json: true, npz: true, ..none },
            Preset::Compositing => Formats { png: true, csv: true, ..none },
            Preset::Everything => Formats { clip: true, png: true, csv: true, json: true, npz: true },
        };
        if preset == Preset::Compositing {
            self.pictures.png_ground = PngGround::Clear;
            self.pictures.quality = Quality::Final;
        }
        if preset == Preset::Phone {
            let pictures = &mut self.pictures;
            (pictures.quality, pictures.size) = (Quality::Custom, Size::AtMost(PHONE_LINES));
            let (per_pixel, at_least) = PHONE_BITS;
            let bits = (per_pixel * pictures.output_size().of(source).area() as f64).max(at_least);
            (pictures.rate, pictures.codec) = (ClipRate::BitsPerSec((bits / 1e5).round() as u32 * 100_000), None);
        }
        (preset == Preset::Compositing).then_some(1001)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Points {
    All,
    Selected,
    /// Those that the user has not hidden.
    Shown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RangeKind {
    Clip,
    /// The range of the timeline.
    InOut,
    /// Two numbers of the dialog.
    Frames,
}

#[expect(clippy::struct_excessive_bools, reason = "choices that do not depend on each other")]
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Pictures {
    pub(super) quality: Quality,
    /// Size and rate where `quality` is custom.
    pub(super) size: Size,
    pub(super) rate: ClipRate,
    pub(super) codec: Option<ClipCodec>,
    pub(super) ground: ClipGround,
    /// The colour of a flat ground.
    pub(super) colour: [u8; 3],
    pub(super) png_ground: PngGround,
    pub(super) audio: bool,
    /// How many times slower than the source a clip is.
    pub(super) slowdown: u8,
    pub(super) burns_number: bool,
    pub(super) names: bool,
    pub(super) legend: bool,
    /// What clip and pictures are held still by, if they are.
    pub(super) steady: Option<Freedom>,
}

impl Default for Pictures {
    fn default() -> Self {
        Self {
            quality: Quality::Final,
            size: Size::Source,
            rate: ClipRate::Quality(18),
            codec: None,
            ground: ClipGround::Video,
            colour: [0x20, 0x60, 0x30],
            png_ground: PngGround::Clear,
            audio: true,
            slowdown: 1,
            burns_number: false,
            names: false,
            legend: false,
            steady: None,
        }
    }
}

impl Pictures {
    pub(super) fn output_size(&self) -> OutputSize {
        match self.quality {
            Quality::Preview => OutputSize::Part(4),
            Quality::Draft => OutputSize::Part(2),
            Quality::Final => OutputSize::Source,
            Quality::Custom => match self.size {
                Size::Source => OutputSize::Source,
                Size::Height(height) => OutputSize::Height(height),
                Size::AtMost(lines) => OutputSize::AtMost(lines),
            },
        }
    }

    pub(super) fn clip_rate(&self) -> ClipRate {
        match self.quality {
            Quality::Preview => ClipRate::Quality(28),
            Quality::Draft => ClipRate::Quality(23),
            Quality::Final => ClipRate::Quality(18),
            Quality::Custom => self.rate,
        }
    }

    pub(super) fn clip_ground(&self) -> Ground {
        match self.ground {
            ClipGround::Video => Ground::Picture,
            ClipGround::Black => Ground::Flat(Colour::hex(0)),
            ClipGround::Colour => {
                let [r, g, b] = self.colour;
                Ground::Flat(Colour { r, g, b })
            }
        }
    }

    /// The codec to ask for; `None` is the best there is. Only what can be coded here is asked for.
    pub(super) fn clip_codec(&self, available: &[ClipCodec]) -> Option<ClipCodec> {
        self.codec.filter(|codec| available.contains(codec))
    }
}

/// Size and loss in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Quality {
    Preview,
    Draft,
    Final,
    Custom,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Size {
    Source,
    Height(u32),
    /// As the source, but its shorter side at most so long.
    AtMost(u32),
}

/// What lies under the marks of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ClipGround {
    Video,
    Black,
    Colour,
}

/// What lies under the marks of PNG pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PngGround {
    Clear,
    /// The same as in the clip.
    AsClip,
}

#[expect(clippy::struct_excessive_bools, reason = "choices that do not depend on each other")]
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Style {
    /// As in the view, whatever is set below.
    pub(super) follows_view: bool,
    pub(super) points: bool,
    pub(super) trails: bool,
    pub(super) hidden: bool,
    pub(super) trail_frames: u32,
    /// The whole past instead of `trail_frames`.
    pub(super) whole_trail: bool,
    pub(super) fade: bool,
    pub(super) line_width: f32,
    pub(super) point_radius: f32,
}

impl Default for Style {
    fn default() -> Self {
        let style = OverlayStyle::default();
        Self {
            follows_view: true,
            points: true,
            trails: true,
            hidden: style.show_hidden,
            trail_frames: style.trail_frames as u32,
            whole_trail: false,
            fade: style.fade,
            line_width: style.line_width,
            point_radius: style.point_radius,
        }
    }
}

impl Style {
    /// The overlay's style: the view's, or the view's with these settings. Nothing is selected in a file, and which
    /// points are drawn is chosen with the tables' points.
    pub(super) fn overlay(&self, view: &OverlayStyle) -> OverlayStyle {
        let (only, selected) = (Vec::new(), Vec::new());
        let plain = OverlayStyle { only, selected, hovered: None, show_put_away: true, ..view.clone() };
        if self.follows_view {
            return plain;
        }
        OverlayStyle {
            trail_frames: OverlayStyle::trail_length(self.trails, self.whole_trail, self.trail_frames),
            fade: self.fade,
            point_radius: self.point_radius,
            line_width: self.line_width,
            show_hidden: self.hidden,
            ..plain
        }
    }

    pub(super) fn draws_points(&self) -> bool {
        self.follows_view || self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: geometry::Size = geometry::Size::new(3840, 2160);

    #[test]
    fn a_clip_for_a_phone_is_small_and_not_smaller_than_it_must_be() {
        let mut choices = ExportChoices::default();
        choices.take(Preset::Phone, SIZE);
        assert_eq!(choices.pictures.output_size().of(SIZE), geometry::Size::new(1920, 1080));
        assert_eq!(choices.pictures.clip_rate(), ClipRate::BitsPerSec(6_200_000));
        assert!(choices.formats.clip && !choices.has_tables());
        let small = geometry::Size::new(512, 288);
        choices.take(Preset::Phone, small);
        assert_eq!(choices.pictures.output_size().of(small), small);
        assert_eq!(choices.pictures.clip_rate(), ClipRate::BitsPerSec(1_000_000));
    }

    #[test]
    fn a_presets_first_number_is_not_kept() {
        let mut choices = ExportChoices { first_number: 1, ..ExportChoices::default() };
        assert_eq!((choices.take(Preset::Compositing, SIZE), choices.first_number), (Some(1001), 1));
        assert_eq!(choices.take(Preset::Tables, SIZE), None);
    }

    #[test]
    fn choices_survive_being_saved_and_old_files_are_understood() {
        let mut choices = ExportChoices::default();
        choices.take(Preset::Everything, SIZE);
        choices.range = RangeKind::Frames;
        choices.pictures = Pictures {
            quality: Quality::Custom,
            size: Size::Height(720),
            rate: ClipRate::BitsPerSec(4_000_000),
            codec: Some(ClipCodec::Vp9),
            ground: ClipGround::Colour,
            ..Pictures::default()
        };
        let text = serde_json::to_string(&choices).unwrap();
        assert_eq!(serde_json::from_str::<ExportChoices>(&text).unwrap(), choices);
        let older: ExportChoices = serde_json::from_str("{\"first_number\": 7, \"gone\": true}").unwrap();
        assert_eq!(older, ExportChoices { first_number: 7, ..ExportChoices::default() });
    }

    #[test]
    fn the_style_is_the_views_unless_it_is_set_apart() {
        let view = OverlayStyle {
            trail_frames: 99,
            selected: vec![crate::tracks::TrackId(3)],
            palette: crate::overlay::Palette::TolBright,
            ..OverlayStyle::default()
        };
        let style = Style { trail_frames: 7, fade: false, points: false, ..Style::default() };
        let selected = Vec::new();
        assert_eq!(style.overlay(&view), OverlayStyle { selected, show_put_away: true, ..view.clone() });
        assert!(style.draws_points());
        let style = Style { follows_view: false, ..style };
        let own = style.overlay(&view);
        assert_eq!((own.trail_frames, own.fade, own.palette), (7, false, view.palette));
        assert!(!style.draws_points());
        assert_eq!(Style { trails: false, ..style }.overlay(&view).trail_frames, 0);
        assert_eq!(Style { whole_trail: true, ..style }.overlay(&view).trail_frames, usize::MAX);
    }
}
