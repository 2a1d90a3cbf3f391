//! `cotrail eval` as it is typed.

use crate::cli::args::{ModeArg, NetworkArgs, plane_side, plane_sides, support_help};
use crate::cli::values::{ZoomArg, zoom};
use crate::eval::{Baseline, QueryMode};
use clap::{Args as ClapArgs, ValueEnum};
use std::fmt;
use std::path::PathBuf;

pub(in crate::cli) const EVAL_EXAMPLES: &str = "\
Examples:
  cotrail eval clips/
        the bundled weights on every clip of a folder
  cotrail eval tapvid_davis.pkl --protocol single --report davis.html
        TAP-Vid's own file, each point alone with support around it, as papers report it; and a page to look at
  cotrail eval clips/ davis/camel --baseline lk,stay
        beside Lucas-Kanade and points that never move: what the network is worth on your own clips
  cotrail eval clips/ --weights small,mine.safetensors --mode window,live --json=figures.json
        two weights in two modes, one row each
  cotrail eval clips/ --together 1 --support-grid 0,4,6
        each point alone, with more and more support points: how much company and support matter
  cotrail eval clips/ --polish
        with the second look at the pictures that makes places exact
  cotrail eval clips/ --together 1 --zoom off,auto
        each point alone, the network looking at all of the picture, or at a part that goes with the point
  cotrail eval clips/ --mode live --iters 2 --correct-every 8 --threads 2
        frame by frame, as a camera is followed
  cotrail eval clips/ --weights mine.safetensors --calibrate calibrated.safetensors
        the weights, and in them which of their scores mean what, and above which a point counts as visible

A clip is one of three things. A .pkl is a file of TAP-Vid's or RoboTAP's: many clips, read without running anything
in it. A .npz holds video [T,H,W,3] (RGB bytes), tracks [N,T,2] (pixels, (0, 0) the centre of the top-left one) and
visible [N,T]. Or a folder holds pictures and points.json, in it width, height, frames and points: query [x,y] on the
first picture, end [x,y] on the last one or null where it is hidden, visible_frames.

d_avg, OA and AJ are those of TAP-Vid, over all frames, the mean over clips; d_1 is the share within 1 pixel of a
picture of 256 x 256, and med the median error in pixels of the clip, both over visible points. d_end and vis_end are of
clips of which only the last frame is known: d_avg there over all points that are visible, and how many verdicts on
visibility are right there.";

/// `cotrail eval`.
#[derive(Debug, ClapArgs)]
pub(crate) struct EvalArgs {
    /// Clips with known truth (.pkl, .npz, or a folder of pictures with points.json), or folders of them
    #[arg(required = true, value_name = "CLIPS")]
    pub(super) inputs: Vec<PathBuf>,
    /// Rows of the same table for what needs no network
    #[arg(long, value_enum, value_name = "lk,stay", value_delimiter = ',')]
    pub(super) baseline: Vec<BaselineArg>,
    /// Find out on these clips what the network's score is worth, and write the weights with that and with the best
    /// threshold
    #[arg(long, value_name = "OUT.safetensors")]
    #[arg(conflicts_with_all = ["protocol", "queries", "together", "local_grid", "polish", "plane"])]
    pub(super) calibrate: Option<PathBuf>,
    /// What is followed with what: a list gives a row for each
    #[arg(long, value_enum, value_name = "joint,single", value_delimiter = ',')]
    pub(super) protocol: Vec<ProtocolArg>,
    /// From where points are followed
    #[arg(long, value_enum, default_value = "first")]
    pub(super) queries: QueriesArg,
    /// Follow so many points of a clip in one run, in the order that they have there [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub(super) together: Option<u16>,
    #[arg(long, value_name = "K", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(0..=50))]
    #[arg(help = format!("{}; a list gives a row for each", support_help()))]
    pub(super) support_grid: Vec<u16>,
    /// K x K more of them around each point, on its own frame, K from 0 to 16 [default: 0]; a list gives a row for each
    #[arg(long, value_name = "K", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(0..=16))]
    pub(super) local_grid: Vec<u16>,
    /// Look at a part of the picture that follows the points [default: off]; a list gives a row for each
    #[arg(long, value_name = "off|auto|WxH", value_delimiter = ',', value_parser = zoom)]
    pub(super) zoom: Vec<ZoomArg>,
    /// Doubt places that look unlike their points or have look-alikes, and look for points that are lost [default: on]; a
    /// list gives a row for each
    #[arg(long, value_enum, value_name = "on,off", value_delimiter = ',')]
    pub(super) second_look: Vec<OnOff>,
    /// Refine every visible place by what its point looks like on its own frame
    #[arg(long)]
    pub(super) polish: bool,
    #[arg(long, value_name = "SIDE", value_parser = plane_side())]
    #[arg(help = format!("Follow the square of SIDE pixels around each point as a small plane, {}", plane_sides()))]
    pub(super) plane: Option<u16>,
    /// How frames are followed [default: window]; a list gives a row for each
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(super) mode: Vec<ModeArg>,
    /// Look at the last 16 frames anew every N frames of --mode live, 0 for never [default: 0]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub(super) correct_every: Option<u16>,
    #[command(flatten)]
    pub(super) network: NetworkArgs,
    /// Write the figures as JSON: a line each to standard output, or all of them into a file
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    pub(super) json: Option<PathBuf>,
    /// Write a page that opens in any browser: the table, every clip, and pictures of the worst tracks
    #[arg(long, value_name = "FILE.html")]
    pub(super) report: Option<PathBuf>,
}

/// `--protocol` in the user's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ProtocolArg {
    /// All points of a clip together
    Joint,
    /// One point at a time, with 5 x 5 support points over the picture and 8 x 8 around it
    Single,
}

/// Whether something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OnOff {
    On,
    Off,
}

impl fmt::Display for OnOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::On { "on" } else { "off" })
    }
}

/// `--queries` in the user's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum QueriesArg {
    /// Each point from where it can first be seen
    First,
    /// Each from every fifth frame on which it can be seen, forwards and backwards
    Strided,
}

impl From<QueriesArg> for QueryMode {
    fn from(queries: QueriesArg) -> Self {
        match queries {
            QueriesArg::First => Self::First,
            QueriesArg::Strided => Self::Strided,
        }
    }
}

/// `--baseline` in the user's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum BaselineArg {
    /// Lucas–Kanade on pyramids from frame to frame, with a check forwards and back
    Lk,
    /// Every point stays where it is
    Stay,
}

impl From<BaselineArg> for Baseline {
    fn from(baseline: BaselineArg) -> Self {
        match baseline {
            BaselineArg::Lk => Self::LucasKanade,
            BaselineArg::Stay => Self::Stay,
        }
    }
}
