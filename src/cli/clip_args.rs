//! The annotated clip: what of it can be asked for, and what that means.

use super::failure::BadUsage;
use super::values;
use crate::export::{Captions, Drawing, OutputSize, Pin, Pinned, Steady};
use crate::geometry::Freedom;
use crate::media::{ClipCodec, ClipEncoding};
use crate::overlay::OverlayStyle;
use crate::tracks::{TrackId, TrackStore};
use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// More names than this are not listed in a message.
const MOST_NAMES: usize = 8;

/// The annotated clip, as `track` and `batch` take it.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Annotated clip")]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub(crate) struct ClipArgs {
    /// The clip with the tracks drawn in: .mp4, .webm, .mov, .gif or .webp
    #[arg(long, value_name = "FILE.mp4")]
    pub(crate) video: Option<PathBuf>,
    /// Length of the trails in frames, 0 for none [default: 24]
    #[arg(long, value_name = "N", requires = "video")]
    pub(crate) trail: Option<u32>,
    /// Fade the trails out towards their end
    #[arg(long, requires = "video")]
    pub(crate) fade: bool,
    /// Radius of a point, in pixels of a clip 1080 high [default: 5]
    #[arg(long, value_name = "N", requires = "video", value_parser = values::point_size)]
    pub(crate) point_size: Option<f32>,
    /// Lines of the clip [default: as the source]
    #[arg(long, value_name = "LINES", requires = "video", value_parser = clap::value_parser!(u32).range(16..=4320))]
    pub(crate) height: Option<u32>,
    /// Write each point's name beside it
    #[arg(long, requires = "video")]
    pub(crate) names: bool,
    /// Write the names of all points, in their colours, in the bottom left corner
    #[arg(long, requires = "video")]
    pub(crate) legend: bool,
    /// Write the frame's number in the top left corner
    #[arg(long, requires = "video")]
    pub(crate) number: bool,
    /// Write a line along the upper edge
    #[arg(long, value_name = "TEXT", requires = "video")]
    pub(crate) title: Option<String>,
    /// How many times slower than the source; without its sound
    #[arg(long, value_name = "FACTOR", requires = "video", value_parser = values::slowdown)]
    pub(crate) slow: Option<f64>,
    /// Hold the picture still, so that the points stay where they are at first
    #[arg(long, value_enum, value_name = "HOW", requires = "video")]
    pub(crate) steady: Option<SteadyArg>,
    /// The points that it is held still by [default: all]
    #[arg(long, value_name = "NAME,…", requires = "steady", value_delimiter = ',')]
    pub(crate) steady_by: Vec<String>,
    /// Write a line above a point wherever it is visible; may be given several times
    #[arg(long = "pin", value_name = "NAME=TEXT", requires = "video", value_parser = values::named)]
    pub(crate) pins: Vec<(String, String)>,
    /// Lay a picture over a point wherever it is visible; with --plane it turns with the point
    #[arg(long = "pin-picture", value_name = "NAME=FILE", requires = "video", value_parser = values::named)]
    pub(crate) pin_pictures: Vec<(String, String)>,
    /// Width of these pictures, in percent of the clip's
    #[arg(long, value_name = "PERCENT", requires = "pin_pictures", default_value_t = 15.0,
          value_parser = values::percent)]
    pub(crate) pin_width: f32,
}

/// `--steady` in the user's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SteadyArg {
    /// Take out moves: by one point or more
    Translation,
    /// Moves, turns and zoom: by two points or more
    Similarity,
    /// Perspective, too: by four points of a plane or more
    Perspective,
}

/// The annotated clip.
#[derive(Clone, Debug)]
pub(super) struct VideoConfig {
    pub(super) path: PathBuf,
    pub(super) drawing: Drawing,
    pub(super) encoding: ClipEncoding,
    /// How many times slower than the source.
    pub(super) slowdown: f64,
    /// The points that the clip is held still by, where that is so; all where it is empty.
    pub(super) steady_by: Vec<String>,
    /// What stays on points.
    pub(super) pins: Vec<(String, Pinned)>,
}

impl VideoConfig {
    /// What stays on which track, and the tracks that the clip is held still by.
    ///
    /// # Errors
    /// If no track has a name that something is asked of.
    pub(super) fn points(&self, store: &TrackStore) -> Result<(Vec<Pin>, Vec<TrackId>), BadUsage> {
        let id = |option: &str, name: &str| {
            let found = store.tracks().find(|track| track.name == name);
            found.map(|track| track.id).ok_or_else(|| {
                let known = store.tracks().map(|track| format!("'{}'", track.name)).take(MOST_NAMES);
                let known = known.collect::<Vec<_>>().join(", ");
                BadUsage(format!("{option}: no point is called '{name}'; there are {known}"))
            })
        };
        let pin = |(name, what): &(String, Pinned)| Ok(Pin { track: id("--pin", name)?, what: what.clone() });
        let pins = self.pins.iter().map(pin).collect::<Result<_, _>>()?;
        Ok((pins, self.steady_by.iter().map(|name| id("--steady-by", name)).collect::<Result<_, _>>()?))
    }
}

impl ClipArgs {
    /// What is meant, where a clip is wanted.
    pub(super) fn config(&self) -> Result<Option<VideoConfig>, BadUsage> {
        let Some(path) = self.video.clone() else { return Ok(None) };
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        // Of an mp4 the codec is what there is.
        let codec = ClipCodec::ALL.into_iter().find(|codec| codec.extension() == ending);
        let codec = codec.filter(|_| ending != "mp4");
        if codec.is_none() && ending != "mp4" {
            let path = path.display();
            let text = format!("--video: an annotated clip's name ends in .mp4, .webm, .mov, .gif or .webp: {path}");
            return Err(BadUsage(text));
        }
        let default = OverlayStyle::default();
        let style = OverlayStyle {
            trail_frames: self.trail.map_or(default.trail_frames, |frames| frames as usize),
            fade: self.fade,
            point_radius: self.point_size.unwrap_or(default.point_radius),
            ..default
        };
        let freedom = |how| match how {
            SteadyArg::Translation => Freedom::Translation,
            SteadyArg::Similarity => Freedom::Similarity,
            SteadyArg::Perspective => Freedom::Perspective,
        };
        let captions = Captions {
            number: self.number,
            names: self.names,
            legend: self.legend,
            title: self.title.clone().unwrap_or_default(),
        };
        let drawing = Drawing {
            size: self.height.map_or(OutputSize::Source, OutputSize::Height),
            captions,
            steady: self.steady.map(|how| Steady { freedom: freedom(how), tracks: Vec::new() }),
            ..Drawing::new(style)
        };
        let encoding = ClipEncoding { codec, ..ClipEncoding::default() };
        let (slowdown, steady_by) = (self.slow.unwrap_or(1.0), self.steady_by.clone());
        Ok(Some(VideoConfig { path, drawing, encoding, slowdown, steady_by, pins: self.pinned() }))
    }
    fn pinned(&self) -> Vec<(String, Pinned)> {
        let words = self.pins.iter().map(|(name, words)| (name.clone(), Pinned::Words(words.clone())));
        let width = self.pin_width / 100.0;
        let picture = |path: &str| Pinned::Picture { path: path.into(), width };
        let pictures = self.pin_pictures.iter().map(|(name, path)| (name.clone(), picture(path)));
        pictures.chain(words).collect()
    }
}
