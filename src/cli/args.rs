//! What was typed: the command line as clap reads it, with help and examples. Nothing is opened or looked up here.

use super::clip_args::ClipArgs;
use super::eval::{EVAL_EXAMPLES, EvalArgs};
use super::learn::{LEARN_EXAMPLES, LearnArgs};
use super::measure::{MEASURE_EXAMPLES, MeasureArgs};
use super::values::{self, ZoomArg};
use crate::export::EmitTarget;
use crate::geometry::Size;
use crate::model::DeviceChoice;
use crate::tracker::{LiveOptions, SUPPORT_GRID};
use crate::tracks::{CloserLook, Query};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cotrail                                     open the window on the demo clip
  cotrail clip.mp4                            open the window on a video
  cotrail frames/                             open the window on a folder of images
  cotrail track clip.mp4 --point 0,320,180    follow a point, CSV to standard output
  cotrail track --help                        all that can be done without a window

Frames are counted from 0. x and y are pixels of the upright picture; (0, 0) is the centre of its top-left pixel.
Exit codes: 0 done, 1 failed, 2 bad usage, 130 interrupted.";

const TRACK_EXAMPLES: &str = "\
Examples:
  cotrail track clip.mp4 --point 0,320,180 --point 12,100.5,90
        follow two points from frames 0 and 12 on, CSV to standard output
  cotrail track clip.mp4 --queries points.csv --out tracks.npz --out tracks.csv
        points from a file with the columns t, x, y and perhaps name; two tables
  cotrail track clip.mp4 --grid 10 --mask dog.png --video annotated.mp4
        a 10 x 10 grid, only where the mask is white; a clip with the trails drawn in
  cotrail track serve.mp4 --queries arm.csv --video serve.gif --names --title Serve --slow 4 --height 480
        a short clip to send: with names, a title, four times slower, 480 lines high
  cotrail track frames/ --fps 24 --grid 5 --grid-frame 40 --start 40 --end 99 --out tracks.json
        a folder of images, frames 40 to 99
  cotrail track shot.####.exr --queries points.csv --out tracks.nk
        the images shot.1001.exr and so on; the table counts frames as their names do
  cotrail track clip.mp4 --queries points.csv --mode offline --weights scaled_offline --both --out tracks.csv
        the whole clip at once, with weights that were trained so; places before a point's own frame come from it, too
  cotrail track clip.mp4 --queries corners.csv --polish --out tracks.csv
        places exact to a tenth of a pixel where corners or printed targets are followed, and how alike each one is
  cotrail track clip.mp4 --point 0,320,180 --plane 61 --out corners.json
        something flat: the corners of the square around the point, as it turns and tilts
  cotrail track match.mp4 --point 0,1403,622 --zoom auto --out ball.csv
        something small or far away: the network looks at a part of the picture, in full resolution, that goes with it
  cotrail track camera:0 --grid 5 --seconds 60 --emit udp:127.0.0.1:9000 --record session.mp4
        a camera, for a minute: a line of JSON for each frame to another program, and a recording
  cotrail track camera:0 --grid 5 --out tracks.csv
        a camera, until Ctrl-C; then the table
  cotrail track work.cotrail --out tracks.json
        a project: its points and corrections, followed again in the same company with the same settings

Tracks stand in the order points, queries file, grid (row by row). All points of one command are followed together.";

const BATCH_EXAMPLES: &str = "\
Examples:
  cotrail batch clips/ --queries points.csv --out results/{name}.csv
        the same points in every clip of a folder; {name} is the clip's name, in --out, --video and --queries
  cotrail batch clips.csv --out results/{name}.deeplabcut.csv --jobs 2 --summary done.csv
        the clips of a table, with points of their own (columns clip, queries), two at a time
  cotrail batch clips/ --grid 10 --out results/{name}.npz --shard 3/8
        the third of eight parts of the work

A clip whose results are all there is passed over, so that the same command goes on after a break. A clip that fails
stops nothing; the table says why, and the exit code is 1.";

const DEVICES_EXAMPLES: &str = "\
Examples:
  cotrail devices
        the line marked with * is what --device auto takes; cameras are listed with what they offer";

const BENCH_EXAMPLES: &str = "\
Examples:
  cotrail bench
        the bundled weights at their own size, 100 points, all cores
  cotrail bench --mode live --points 300 --size 256x176
        frames of a live stream, and adding 300 points to it at once
  cotrail bench --weights official.pth --device cpu --threads 2 --size 512x384 --json
        other weights, two threads, figures as JSON";

const WEIGHTS_EXAMPLES: &str = "\
Examples:
  cotrail weights list
        what there is, and what of it is here
  cotrail weights info scaled_online
        where it comes from, its licence, and where it lies
  cotrail weights fetch scaled_online
        shows the licence, asks, then fetches; goes on where an earlier attempt broke off
  cotrail weights fetch scaled_online --accept-licence && cotrail track clip.mp4 --grid 5 --weights scaled_online
        without a question, for scripts; then tracks with it

COTRAIL_CACHE names another folder to keep fetched weights in, HF_ENDPOINT a mirror to fetch from; with HF_HUB_OFFLINE=1
nothing is fetched. Nothing is ever fetched unasked.";

const GENERATE_EXAMPLES: &str = "\
Examples:
  cotrail generate bash ~/.local/share/bash-completion/completions
        Tab completes commands and options in the next bash
  cotrail generate man ~/.local/share/man/man1
        then: man cotrail, man cotrail-track

Packages and `make install` bring both along.";

pub(super) fn support_help() -> String {
    let live = LiveOptions::default().support_grid;
    format!("K x K unseen points that steady the others, K from 0 to 50 [default: {SUPPORT_GRID}, live {live}]")
}

/// What `--plane` takes.
pub(super) fn plane_side() -> impl clap::builder::TypedValueParser<Value = u16> {
    let (first, last) = CloserLook::PLANE_SIDES.into_inner();
    clap::value_parser!(u16).range(i64::from(first)..=i64::from(last))
}

pub(super) fn plane_sides() -> String {
    let (first, last) = CloserLook::PLANE_SIDES.into_inner();
    format!("from {first} to {last} (try {})", CloserLook::PLANE_SIDE)
}

/// Follow points through video.
#[derive(Debug, Parser)]
#[command(name = "cotrail", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    /// The command; the window where there is none.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// A video, a folder of images, or one of a sequence of images; the demo clip where nothing is named
    pub(crate) input: Option<PathBuf>,
    /// Who paints the window
    #[arg(long, value_enum, default_value_t)]
    pub(crate) paint: Paint,
}

/// Who paints the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Paint {
    /// A hardware GPU where there is one, else the CPU
    #[default]
    Auto,
    /// The graphics driver, even a software one
    Gpu,
    /// The CPU, without any driver
    Cpu,
}

/// What to do without a window.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Follow points through a clip and write tables or an annotated clip
    #[command(after_help = TRACK_EXAMPLES)]
    Track(Box<TrackArgs>),
    /// Follow points through many clips, and write the same results for each
    #[command(after_help = BATCH_EXAMPLES)]
    Batch(Box<BatchArgs>),
    /// Measure tracks: places, speeds, distances and angles in units of the scene
    #[command(after_help = MEASURE_EXAMPLES)]
    Measure(Box<MeasureArgs>),
    /// List the devices that the network can run on, and the cameras
    #[command(after_help = DEVICES_EXAMPLES)]
    Devices,
    /// Measure how fast the network runs here
    #[command(after_help = BENCH_EXAMPLES)]
    Bench(BenchArgs),
    /// Measure how good tracks are on clips whose points are known
    #[command(after_help = EVAL_EXAMPLES)]
    Eval(Box<EvalArgs>),
    /// Learn from your own clips, without known points: weights that follow what is in them better
    #[command(after_help = LEARN_EXAMPLES)]
    Learn(Box<LearnArgs>),
    /// List, describe and fetch weights
    #[command(subcommand, after_help = WEIGHTS_EXAMPLES)]
    Weights(WeightsCommand),
    /// Write manual pages, or completions for a shell
    #[command(after_help = GENERATE_EXAMPLES)]
    Generate(GenerateArgs),
}

/// `cotrail generate`.
#[derive(Debug, ClapArgs)]
pub(crate) struct GenerateArgs {
    /// What to write
    pub(crate) what: Generated,
    /// The folder to write into, made where it is missing
    pub(crate) folder: PathBuf,
}

/// What `cotrail generate` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Generated {
    /// Manual pages, one for each command
    Man,
    /// Completions for bash
    Bash,
    /// Completions for zsh
    Zsh,
    /// Completions for fish
    Fish,
    /// Completions for PowerShell
    Powershell,
}

/// `cotrail weights`.
#[derive(Debug, Subcommand)]
pub(crate) enum WeightsCommand {
    /// List all weights that have a name
    #[command(after_help = WEIGHTS_EXAMPLES)]
    List,
    /// Say where weights come from, their licence, and where they lie
    #[command(after_help = WEIGHTS_EXAMPLES)]
    Info {
        /// Their name, as `cotrail weights list` shows it
        name: String,
    },
    /// Fetch weights into the user's cache folder
    #[command(after_help = WEIGHTS_EXAMPLES)]
    Fetch {
        /// Their name, as `cotrail weights list` shows it
        name: String,
        /// Agree to the weights' licence, which `cotrail weights info NAME` shows
        #[arg(long, alias = "accept-license")]
        accept_licence: bool,
        /// Say nothing but warnings and errors
        #[arg(long, short)]
        quiet: bool,
    },
}

/// The network and where it runs, as `track` and `bench` take it.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkArgs {
    /// A name (`cotrail weights list` shows them), or a .safetensors or .pth file [default: small; the project's own]
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) weights: Option<OsString>,
    /// Where to compute: a hardware GPU if there is one, any GPU, or the CPU
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) device: DeviceArg,
    /// Threads of the CPU [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Compute in single precision on the CPU, also where it has bf16, which is faster
    #[arg(long)]
    pub(crate) precise: bool,
    /// Size of the picture that the network sees, multiples of 8 from 64 to 4096 [default: the weights' own]
    #[arg(long, value_name = "WxH", value_parser = values::model_size)]
    pub(crate) size: Option<Size>,
    /// Iterations for each window [default: the weights' own], or for each frame of --mode live [default: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) iters: Option<u16>,
}

/// How frames are followed, as `track`, `eval` and `bench` take it.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "Mode")]
pub(crate) struct ModeArgs {
    /// How frames are followed
    #[arg(long, value_enum, help = "How frames are followed [default: window; cameras are always followed live]")]
    pub(crate) mode: Option<ModeArg>,
    /// Look at the last 16 frames anew every N frames of --mode live, 0 for never [default: 0]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub(crate) correct_every: Option<u16>,
    /// GiB of memory for what --mode offline looks at at once: a longer clip is followed in parts [default: 4]
    #[arg(long, value_name = "GIB", value_parser = values::gibibytes)]
    pub(crate) memory: Option<f64>,
}

/// `--mode` in the user's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeArg {
    /// In windows of 16 frames, of which the later ones help the earlier ones
    Window,
    /// The whole clip at once, or as much of it as fits into memory: for weights that were trained so
    Offline,
    /// Frame by frame, as a camera is followed: faster, a little less exact
    Live,
}

/// `--cuts` in the user's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CutsArg {
    /// They stop there: what is said of another shot is a guess
    Stop,
    /// They go on; nothing looks for cuts
    Ignore,
}

/// `--outside` in the user's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutsideArg {
    /// They go on where they are thought to be, not visible, and may come back
    Keep,
    /// They end; a camera's points are parked
    End,
}

/// `--device` in the user's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeviceArg {
    /// A hardware GPU where there is one, else the CPU
    Auto,
    /// The GPU, even a software one
    Gpu,
    /// The CPU
    Cpu,
}

impl From<DeviceArg> for DeviceChoice {
    fn from(device: DeviceArg) -> Self {
        match device {
            DeviceArg::Auto => Self::Auto,
            DeviceArg::Gpu => Self::Gpu,
            DeviceArg::Cpu => Self::Cpu,
        }
    }
}

/// `cotrail track`.
#[derive(Clone, Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub(crate) struct TrackArgs {
    /// A video file, a folder or a sequence of images (PNG, JPEG, WebP, TIFF, EXR, DPX: frames/, shot.####.exr), a camera:
    /// camera:0, or a project, whose tracking is repeated
    pub(crate) input: PathBuf,

    /// A point to follow: frame, x, y; may be given several times
    #[arg(long = "point", value_name = "T,X,Y", value_parser = values::point, allow_hyphen_values = true)]
    #[arg(help_heading = "Points")]
    pub(crate) points: Vec<Query>,
    /// A table of points: columns t (or frame), x, y and perhaps name, in any order; or tracks that were written here
    /// (.csv, .json, .npz)
    #[arg(long, value_name = "FILE", help_heading = "Points")]
    pub(crate) queries: Option<PathBuf>,
    /// N x N points over the picture, N from 1 to 100
    #[arg(long, value_name = "N", help_heading = "Points", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) grid: Option<u16>,
    /// The frame that the grid is laid on [default: the first one tracked]
    #[arg(long, value_name = "T", help_heading = "Points", requires = "grid")]
    pub(crate) grid_frame: Option<u32>,
    /// A picture of the clip's size: of the grid, only the points on its white are followed
    #[arg(long, value_name = "FILE.png", help_heading = "Points", requires = "grid")]
    pub(crate) mask: Option<PathBuf>,
    #[arg(long, value_name = "K", help_heading = "Points", help = support_help())]
    #[arg(value_parser = clap::value_parser!(u16).range(0..=50))]
    pub(crate) support_grid: Option<u16>,

    /// The first frame to track [default: the clip's first]
    #[arg(long, value_name = "T", help_heading = "Clip")]
    pub(crate) start: Option<u32>,
    /// The last frame to track, included [default: the clip's last]
    #[arg(long, value_name = "T", help_heading = "Clip")]
    pub(crate) end: Option<u32>,
    /// Frames per second of a folder of images or a stream without times [default: what the stream says, else 30]
    #[arg(long, value_name = "F", help_heading = "Clip", value_parser = values::frame_rate)]
    pub(crate) fps: Option<f64>,
    /// Which picture stream of a file or layer of EXR images that have several, from 1 [default: the largest; the main one]
    #[arg(long, value_name = "N", help_heading = "Clip", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) stream: Option<u16>,

    #[command(flatten)]
    pub(crate) mode: ModeArgs,
    /// Follow points towards the start of the clip, in place of its end
    #[arg(long, help_heading = "Mode", conflicts_with = "both")]
    pub(crate) backward: bool,
    /// Follow points both ways, towards the end and towards the start of the clip
    #[arg(long, help_heading = "Mode")]
    pub(crate) both: bool,
    /// What tracks do where another shot begins [default: stop]
    #[arg(long, value_enum, help_heading = "Mode")]
    pub(crate) cuts: Option<CutsArg>,
    #[arg(long, value_enum, help_heading = "Mode")]
    #[arg(help = "What tracks do where they leave the picture [default: keep]")]
    pub(crate) outside: Option<OutsideArg>,
    /// Look at a part of the picture that follows the points: auto (one that holds them, with room), a size, or off
    #[arg(long, value_name = "auto|WxH", help_heading = "Mode", value_parser = values::zoom)]
    pub(crate) zoom: Option<ZoomArg>,
    /// Keep the network's own place on a point's own frame, a fraction of a pixel off, in place of what was asked for
    #[arg(long, help_heading = "Mode")]
    pub(crate) raw_query: bool,
    /// Read the clip once more, and refine every visible place by what its point looks like on its own frame
    #[arg(long, help_heading = "Mode")]
    pub(crate) polish: bool,
    #[arg(long, value_name = "SIDE", help_heading = "Mode", value_parser = plane_side())]
    #[arg(help = format!("Read the clip once more, and follow the square of SIDE pixels around each point as a small \
          plane, {}: tables then have its corners", plane_sides()))]
    pub(crate) plane: Option<u16>,

    #[command(flatten)]
    pub(crate) network: NetworkArgs,

    /// A table of the tracks (.csv, .json, .npz, or as another program wants it: docs/formats.md); may be given several
    /// times
    #[arg(long = "out", value_name = "FILE", help_heading = "Results")]
    pub(crate) outs: Vec<PathBuf>,
    /// What the clip's first frame is called in tables [default: as the names of its images count, else 0]
    #[arg(long, value_name = "N", help_heading = "Results")]
    pub(crate) first_number: Option<u32>,
    /// Say nothing but warnings and errors
    #[arg(long, short, help_heading = "Results")]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) clip: ClipArgs,

    /// Size of the camera's pictures [default: near 640x480]
    #[arg(long, value_name = "WxH", help_heading = "Camera", value_parser = values::picture_size)]
    pub(crate) capture: Option<Size>,
    /// Stop after so many tracked frames [default: at Ctrl-C]
    #[arg(long, value_name = "N", help_heading = "Camera", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) frames: Option<u32>,
    /// Stop after so many seconds [default: at Ctrl-C]
    #[arg(long, value_name = "S", help_heading = "Camera", value_parser = values::seconds)]
    pub(crate) seconds: Option<f64>,
    /// Where each frame's points go: stdout, udp:HOST:PORT or tcp:HOST:PORT as a line of JSON, osc:HOST:PORT as OSC
    /// [default: stdout, unless there is --out or --record]
    #[arg(long, value_name = "TARGET", help_heading = "Camera")]
    pub(crate) emit: Option<EmitTarget>,
    /// Record the camera, and the tracks as lines of JSON beside it (FILE.tracks.jsonl)
    #[arg(long, value_name = "FILE.mp4", help_heading = "Camera")]
    pub(crate) record: Option<PathBuf>,
}

/// `cotrail batch`.
#[derive(Debug, ClapArgs)]
pub(crate) struct BatchArgs {
    #[command(flatten)]
    pub(crate) track: TrackArgs,
    /// More of them: clips, projects, folders of clips, and tables of clips (.csv: clip, and perhaps name, queries, start
    /// and end)
    pub(crate) more: Vec<PathBuf>,
    /// How many clips are followed at a time
    #[arg(long, value_name = "N", help_heading = "Batch", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: u16,
    /// Only every N-th clip, from the I-th on: a part of the work for each of N machines
    #[arg(long, value_name = "I/N", help_heading = "Batch", value_parser = values::shard)]
    pub(crate) shard: Option<(usize, usize)>,
    /// Follow clips anew whose results are all there
    #[arg(long, help_heading = "Batch")]
    pub(crate) again: bool,
    /// Where the table of what became of each clip goes [default: standard output]
    #[arg(long, value_name = "FILE.csv", help_heading = "Batch")]
    pub(crate) summary: Option<PathBuf>,
    /// Tell how far each clip is as lines of JSON on standard output, in place of that table
    #[arg(long, help_heading = "Batch")]
    pub(crate) json: bool,
    /// Stop when standard input ends: whoever began this is gone
    #[arg(long, hide = true)]
    pub(crate) until_input_ends: bool,
}

/// `cotrail bench`.
#[derive(Debug, ClapArgs)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    pub(crate) mode: ModeArgs,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
    /// How many points are followed
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) points: u16,
    /// Measure the frames of a live stream in which N more points join, too
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=2000))]
    pub(crate) join: Option<u16>,
    /// Write the figures as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
