//! `cotrail eval` as it is meant.

use super::args::{EvalArgs, OnOff, ProtocolArg, QueriesArg};
use crate::cli::args::{ModeArg, ModeArgs};
use crate::cli::config::{ModeConfig, NetworkConfig, has_ending, mode, zoom};
use crate::cli::failure::BadUsage;
use crate::cli::values::ZoomArg;
use crate::eval::{Baseline, QueryMode};
use crate::tracker::MAX_TRACKS_PER_RUN;
use crate::tracks::CloserLook;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// `cotrail eval`.
#[derive(Clone, Debug)]
pub(in crate::cli) struct EvalConfig {
    pub(super) inputs: Vec<PathBuf>,
    pub(super) queries: QueryMode,
    /// All weights that are compared.
    pub(super) networks: Vec<NetworkConfig>,
    /// What is compared; each once for each of the weights.
    pub(super) settings: Vec<Settings>,
    /// What the network is compared with.
    pub(super) baselines: Vec<Baseline>,
    /// Where calibrated weights go.
    pub(super) calibrate: Option<PathBuf>,
    /// Whether places are refined.
    pub(super) look: CloserLook,
    pub(super) json: Json,
    /// Where the page goes.
    pub(super) report: Option<PathBuf>,
}

/// Where figures go as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Json {
    Nowhere,
    Lines,
    File(PathBuf),
}

/// How points are followed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    /// What sets it apart from the others of a command; empty where it is alone.
    pub(super) label: String,
    pub(super) mode: ModeConfig,
    /// How many points of a clip share a run; all where `None`.
    pub(super) together: Option<usize>,
}

/// One choice of everything that may be a list.
#[derive(Clone, Copy)]
struct Choice {
    mode: ModeArg,
    protocol: ProtocolArg,
    support_grid: Option<u16>,
    local_grid: Option<u16>,
    zoom: Option<ZoomArg>,
    second_look: OnOff,
}

/// Support points over the picture and around the point, where one is followed at a time.
const SINGLE_GRIDS: (u16, u16) = (5, 8);

impl Settings {
    fn new(args: &EvalArgs, choice: Choice) -> Result<Self, BadUsage> {
        let is_single = choice.protocol == ProtocolArg::Single;
        let (support_grid, local_grid) = if is_single {
            (Some(SINGLE_GRIDS.0), SINGLE_GRIDS.1)
        } else {
            (choice.support_grid, choice.local_grid.unwrap_or(0))
        };
        let correct_every = args.correct_every.filter(|_| choice.mode == ModeArg::Live || args.mode.len() < 2);
        let mode_args = ModeArgs { mode: Some(choice.mode), correct_every, memory: None };
        let mut mode = mode(&mode_args, &args.network, support_grid)?;
        zoom(&mut mode, choice.zoom)?;
        let second_look = choice.second_look == OnOff::On;
        match &mut mode {
            ModeConfig::Window(options) => {
                (options.local_grid, options.second_look) = (usize::from(local_grid), second_look);
            }
            ModeConfig::Live(_) if local_grid > 0 => {
                return Err(BadUsage(
                    "support around each point (--local-grid, --protocol single) is for --mode window".into(),
                ));
            }
            ModeConfig::Live(options) => options.second_look = second_look,
        }
        let together = if is_single { Some(1) } else { args.together.map(usize::from) };
        let settings = Self { label: choice.label(args), mode, together };
        if settings.per_run() == 0 {
            return Err(BadUsage("so many support points leave no room for a point".into()));
        }
        Ok(settings)
    }

    /// How many tracks a run has besides the points and what is around them, and how many each point adds.
    pub(super) fn num_tracks(&self) -> (usize, usize) {
        match &self.mode {
            ModeConfig::Window(options) => (options.support_grid.pow(2), 1 + options.local_grid.pow(2)),
            ModeConfig::Live(options) => (options.support_grid.pow(2), 1),
        }
    }

    /// How many points of a clip are followed in one run, at most.
    pub(super) fn per_run(&self) -> usize {
        let (support, each) = self.num_tracks();
        self.together.unwrap_or(usize::MAX).min((MAX_TRACKS_PER_RUN - support) / each)
    }
}

impl Choice {
    /// Every combination of what was listed, in the order of the lists.
    fn all(args: &EvalArgs) -> Vec<Self> {
        fn each<T: Copy>(all: Vec<Choice>, values: &[T], set: impl Fn(&mut Choice, T)) -> Vec<Choice> {
            if values.is_empty() {
                return all;
            }
            let with = |mut choice: Choice, value: T| {
                set(&mut choice, value);
                choice
            };
            all.iter().flat_map(|choice| values.iter().map(|value| with(*choice, *value))).collect()
        }
        let usual = Self {
            mode: ModeArg::Window,
            protocol: ProtocolArg::Joint,
            support_grid: None,
            local_grid: None,
            zoom: None,
            second_look: OnOff::On,
        };
        let all = each(vec![usual], &args.mode, |choice, mode| choice.mode = mode);
        let all = each(all, &args.protocol, |choice, protocol| choice.protocol = protocol);
        let all = each(all, &args.support_grid, |choice, grid| choice.support_grid = Some(grid));
        let all = each(all, &args.local_grid, |choice, grid| choice.local_grid = Some(grid));
        let all = each(all, &args.zoom, |choice, zoom| choice.zoom = Some(zoom));
        each(all, &args.second_look, |choice, second_look| choice.second_look = second_look)
    }

    fn label(self, args: &EvalArgs) -> String {
        let mode = match self.mode {
            ModeArg::Window => "window",
            ModeArg::Offline => "offline",
            ModeArg::Live => "live",
        };
        let protocol = if self.protocol == ProtocolArg::Single { "single" } else { "joint" };
        let zoom = self.zoom.map(|zoom| zoom.to_string()).unwrap_or_default();
        let parts = [
            (args.mode.len(), mode.to_owned()),
            (args.protocol.len(), protocol.to_owned()),
            (args.support_grid.len(), format!("support{}", self.support_grid.unwrap_or(0))),
            (args.local_grid.len(), format!("local{}", self.local_grid.unwrap_or(0))),
            (args.zoom.len(), format!("zoom {zoom}")),
            (args.second_look.len(), format!("second look {}", self.second_look)),
        ];
        parts.into_iter().filter(|(num, _)| *num > 1).map(|(_, part)| part).collect::<Vec<_>>().join("/")
    }
}

impl TryFrom<EvalArgs> for EvalConfig {
    type Error = BadUsage;

    fn try_from(args: EvalArgs) -> Result<Self, BadUsage> {
        let is_live = args.mode.contains(&ModeArg::Live);
        if args.protocol.contains(&ProtocolArg::Single)
            && !(args.support_grid.is_empty() && args.local_grid.is_empty() && args.together.is_none())
        {
            return Err(BadUsage("--protocol single has its own --support-grid, --local-grid and --together".into()));
        }
        if args.queries == QueriesArg::Strided && (is_live || args.polish || args.plane.is_some()) {
            return Err(BadUsage(
                "--queries strided goes both ways; --mode live, --polish and --plane go forwards alone".into(),
            ));
        }
        let settings = Choice::all(&args).into_iter().map(|choice| Settings::new(&args, choice));
        let settings = settings.collect::<Result<Vec<_>, _>>()?;
        let network = NetworkConfig::new(&args.network);
        let weights = listed_weights(network.weights.clone());
        if let Some(path) = &args.calibrate {
            check_calibrated(path, is_live, settings.len() * weights.len())?;
        }
        if let Some(path) = args.report.as_ref().filter(|path| !has_ending(path, "html")) {
            return Err(BadUsage(format!("--report: the name of a page ends in .html: {}", path.display())));
        }
        let mut baselines: Vec<Baseline> = args.baseline.into_iter().map(Baseline::from).collect();
        baselines.dedup();
        Ok(Self {
            inputs: args.inputs,
            queries: args.queries.into(),
            networks: weights.into_iter().map(|weights| NetworkConfig { weights, ..network.clone() }).collect(),
            settings,
            baselines,
            calibrate: args.calibrate,
            look: CloserLook { polish: args.polish, plane: args.plane },
            json: match args.json {
                None => Json::Nowhere,
                Some(path) if path.as_os_str() == "-" => Json::Lines,
                Some(path) => Json::File(path),
            },
            report: args.report,
        })
    }
}

fn check_calibrated(path: &Path, is_live: bool, num_compared: usize) -> Result<(), BadUsage> {
    if is_live {
        return Err(BadUsage("--calibrate is for --mode window: live, a verdict is more than a score".into()));
    }
    if num_compared > 1 {
        return Err(BadUsage("--calibrate is for one row, not for lists of weights or settings".into()));
    }
    if !has_ending(path, "safetensors") {
        return Err(BadUsage(format!("--calibrate: the name of weights ends in .safetensors: {}", path.display())));
    }
    Ok(())
}

/// `A,B` are two; a path that is not UTF-8 is one.
fn listed_weights(weights: Option<OsString>) -> Vec<Option<OsString>> {
    match weights.as_ref().and_then(|weights| weights.to_str()) {
        Some(listed) => listed.split(',').map(|one| Some(one.into())).collect(),
        None => vec![weights],
    }
}
