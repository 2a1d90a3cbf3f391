//! `cotrail learn` as it is typed.

use crate::cli::args::NetworkArgs;
use crate::cli::values;
use clap::Args as ClapArgs;
use std::ffi::OsString;
use std::path::PathBuf;

pub(in crate::cli) const LEARN_EXAMPLES: &str = "\
Examples:
  cotrail learn match.mp4 --out match.safetensors && cotrail track match.mp4 --grid 10 --weights match.safetensors
        half an hour on a clip, then the clip followed with what was learned from it
  cotrail learn clips/ --out mine.safetensors --minutes 120 --labels labels/ --report learned.json
        two hours on a folder of clips; the labels to look at, and all figures
  cotrail learn clips/ --out mine.safetensors --teacher window,both-ways,scaled_offline
        with another network among the teachers
  cotrail learn clips/ --out mine.safetensors --minutes 120 --resume
        goes on where Ctrl-C, or a crash, ended the same command

Labels are made first, once for each teacher, and kept in the work folder; the minutes are for what comes then. The file
is written only if the network is better than before on what was held back; else the last line says why not (exit
code 0).";

/// `cotrail learn`.
#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub(crate) struct LearnArgs {
    /// Clips to learn from: videos, folders of images, sequences, folders of clips; no truth is needed
    #[arg(required = true, value_name = "CLIPS")]
    pub(super) clips: Vec<PathBuf>,
    /// Where the weights go
    #[arg(long, value_name = "FILE.safetensors")]
    pub(super) out: PathBuf,
    /// Who labels: window, offline, both-ways (the network itself), lk (Lucas-Kanade), other weights by name or file
    #[arg(long, value_name = "T,T,...", value_delimiter = ',', default_value = "window,offline,both-ways,lk")]
    pub(super) teacher: Vec<OsString>,
    /// How long to learn, without the time for labels [default: 30]
    #[arg(long, value_name = "M", conflicts_with = "steps", value_parser = values::minutes)]
    pub(super) minutes: Option<f64>,
    /// How many steps to learn, in place of a time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(super) steps: Option<u32>,
    /// Which share of the lessons are made clips with exact truth, 0 to 1: what keeps the network from forgetting
    #[arg(long, value_name = "SHARE", default_value_t = 0.3, value_parser = values::share)]
    pub(super) made_share: f64,
    /// Which share of the clips, or of few clips' stretches, is held back to judge by
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = values::small_share)]
    pub(super) hold_back: f64,
    /// Label so many stretches (48 frames each) at most, evenly spread over all clips
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u16).range(2..=10_000))]
    pub(super) stretches: u16,
    /// About how many points are followed through each stretch
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u16).range(8..=2000))]
    pub(super) points: u16,
    /// Write a clip for each clip with the labels that count drawn in, and labels.csv
    #[arg(long, value_name = "FOLDER")]
    pub(super) labels: Option<PathBuf>,
    /// Write before.png and after.png: the points of what was held back that the two put farthest apart
    #[arg(long, value_name = "FOLDER")]
    pub(super) compare: Option<PathBuf>,
    /// Where labels and the state of learning are kept [default: the user's data folder]
    #[arg(long, value_name = "FOLDER")]
    pub(super) work: Option<PathBuf>,
    /// Go on with what the same command began
    #[arg(long)]
    pub(super) resume: bool,
    /// The same where there is something to go on with
    #[arg(long, hide = true)]
    pub(super) resume_if_kept: bool,
    /// What all chance follows from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
    /// Write all figures as JSON
    #[arg(long, value_name = "FILE.json")]
    pub(super) report: Option<PathBuf>,
    /// Write nothing but warnings and errors to standard error
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Tell how far it is, and what came of it, as lines of JSON on standard output
    #[arg(long)]
    pub(super) json: bool,
    /// Stop when standard input ends: whoever began this is gone
    #[arg(long, hide = true)]
    pub(super) until_input_ends: bool,
    #[command(flatten)]
    pub(super) network: NetworkArgs,
}
