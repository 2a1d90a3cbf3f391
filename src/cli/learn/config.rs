//! `cotrail learn` as it is meant.

use super::args::LearnArgs;
use crate::cli::config::{NetworkConfig, has_ending};
use crate::cli::failure::BadUsage;
use crate::geometry::Size;
use crate::learn::Limit;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

/// How long to learn where nothing is asked for.
const MINUTES: f64 = 30.0;

/// Whether to go on with what the same command began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resume {
    Never,
    Always,
    /// Where there is something to go on with.
    IfKept,
}

/// `cotrail learn`.
#[derive(Clone, Debug)]
pub(in crate::cli) struct LearnConfig {
    pub(super) inputs: Vec<PathBuf>,
    pub(super) out: PathBuf,
    pub(super) teachers: Vec<TeacherConfig>,
    pub(super) limit: Limit,
    pub(super) made_share: f32,
    pub(super) hold_back: f64,
    pub(super) num_stretches: usize,
    pub(super) num_points: usize,
    /// Where annotated clips go.
    pub(super) labels: Option<PathBuf>,
    /// Where pictures of before and after go.
    pub(super) compare: Option<PathBuf>,
    pub(super) work: Option<PathBuf>,
    pub(super) resume: Resume,
    pub(super) seed: u64,
    pub(super) report: Option<PathBuf>,
    pub(super) quiet: bool,
    pub(super) json: bool,
    pub(super) until_input_ends: bool,
    /// The network that is to learn, the size it looks at pictures in, and its iterations; its own where `None`.
    pub(super) network: NetworkConfig,
    pub(super) size: Option<Size>,
    pub(super) iters: Option<usize>,
}

/// Who labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TeacherConfig {
    Window,
    Offline,
    BothWays,
    LucasKanade,
    Weights(OsString),
}

impl From<&OsStr> for TeacherConfig {
    fn from(text: &OsStr) -> Self {
        match text.to_str() {
            Some("window") => Self::Window,
            Some("offline") => Self::Offline,
            Some("both-ways") => Self::BothWays,
            Some("lk") => Self::LucasKanade,
            _ => Self::Weights(text.to_owned()),
        }
    }
}

impl TryFrom<LearnArgs> for LearnConfig {
    type Error = BadUsage;

    fn try_from(args: LearnArgs) -> Result<Self, BadUsage> {
        if !has_ending(&args.out, "safetensors") {
            return Err(BadUsage(format!("--out: weights end in .safetensors: {}", args.out.display())));
        }
        let mut teachers: Vec<TeacherConfig> = Vec::new();
        for teacher in args.teacher.iter().map(|text| TeacherConfig::from(text.as_os_str())) {
            if teacher == TeacherConfig::Weights(OsString::new()) {
                return Err(BadUsage("--teacher: a name is missing between two commas".to_owned()));
            }
            if teachers.contains(&teacher) {
                return Err(BadUsage("--teacher: one of them is named twice".to_owned()));
            }
            teachers.push(teacher);
        }
        let time = || Limit::Time(Duration::from_secs_f64(60.0 * args.minutes.unwrap_or(MINUTES)));
        Ok(Self {
            limit: args.steps.map_or_else(time, |steps| Limit::Steps(steps as usize)),
            inputs: args.clips,
            out: args.out,
            teachers,
            made_share: args.made_share as f32,
            hold_back: args.hold_back,
            num_stretches: usize::from(args.stretches),
            num_points: usize::from(args.points),
            labels: args.labels,
            compare: args.compare,
            work: args.work,
            resume: match (args.resume, args.resume_if_kept) {
                (true, _) => Resume::Always,
                (false, true) => Resume::IfKept,
                (false, false) => Resume::Never,
            },
            seed: args.seed,
            report: args.report,
            json: args.json,
            until_input_ends: args.until_input_ends,
            quiet: args.quiet,
            size: args.network.size,
            iters: args.network.iters.map(usize::from),
            // Correlations in bf16 are no constants to learn from.
            network: NetworkConfig { is_precise: true, ..NetworkConfig::new(&args.network) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Args, Command};
    use clap::Parser;

    fn config(words: &str) -> Result<LearnConfig, BadUsage> {
        let words = format!("cotrail learn a.mp4 --out x.safetensors {words}");
        match Args::parse_from(words.split_whitespace()).command {
            Some(Command::Learn(args)) => LearnConfig::try_from(*args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn teachers_are_ways_of_the_network_or_weights() {
        use TeacherConfig::{BothWays, LucasKanade, Offline, Weights, Window};
        let teachers = |words: &str| config(words).map(|config| config.teachers).map_err(|error| error.0);
        assert_eq!(teachers(""), Ok(vec![Window, Offline, BothWays, LucasKanade]));
        assert_eq!(teachers("--teacher lk,other.pth"), Ok(vec![LucasKanade, Weights("other.pth".into())]));
        assert!(teachers("--teacher lk,lk").unwrap_err().contains("twice"));
        assert!(teachers("--teacher lk,,window").unwrap_err().contains("missing"));
    }

    #[test]
    fn a_time_or_a_number_of_steps_says_how_long() {
        let limit = |words: &str| config(words).unwrap().limit;
        assert_eq!(limit(""), Limit::Time(Duration::from_mins(30)));
        assert_eq!(limit("--minutes 1.5"), Limit::Time(Duration::from_secs(90)));
        assert_eq!(limit("--steps 7"), Limit::Steps(7));
    }

    #[test]
    fn weights_are_written_as_safetensors() {
        let args = Args::parse_from(["cotrail", "learn", "a.mp4", "--out", "x.pth"]);
        let Some(Command::Learn(args)) = args.command else { panic!("{args:?}") };
        assert!(LearnConfig::try_from(*args).unwrap_err().0.contains(".safetensors"));
    }
}
