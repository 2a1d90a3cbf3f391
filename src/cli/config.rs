//! What is meant: the typed arguments, checked against each other. Pure; files are opened later.

use super::args::{BenchArgs, CutsArg, ModeArg, ModeArgs, NetworkArgs, OutsideArg, TrackArgs};
use super::clip_args::VideoConfig;
use super::failure::BadUsage;
use super::values::ZoomArg;
use crate::export::EmitTarget;
use crate::geometry::{FrameIndex, Size};
use crate::media::OpenOptions;
use crate::model::{CpuOptions, DeviceChoice};
use crate::project::Project;
use crate::tracker::{LiveOptions, SPAN_BYTES, SUPPORT_GRID, TrackerOptions};
use crate::tracks::{Direction, Query, TableFormat, Treatment, Ways};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Weights and machine.
#[derive(Clone, Debug)]
pub(super) struct NetworkConfig {
    /// The bundled ones, or a project's own, where `None`.
    pub(super) weights: Option<OsString>,
    pub(super) device: DeviceChoice,
    pub(super) threads: Option<usize>,
    pub(super) is_precise: bool,
}

/// The points to follow, in the order of the tracks; none where they are in a project.
#[derive(Clone, Debug, Default)]
pub(super) struct PointsConfig {
    pub(super) typed: Vec<Query>,
    pub(super) file: Option<PathBuf>,
    pub(super) grid: Option<GridConfig>,
}

/// N × N points over the picture.
#[derive(Clone, Debug)]
pub(super) struct GridConfig {
    pub(super) per_side: usize,
    pub(super) frame: Option<FrameIndex>,
    pub(super) mask: Option<PathBuf>,
}

/// `cotrail track`.
#[derive(Clone, Debug)]
pub(super) struct TrackConfig {
    pub(super) input: PathBuf,
    pub(super) reading: OpenOptions,
    pub(super) start: Option<FrameIndex>,
    pub(super) end: Option<FrameIndex>,
    pub(super) points: PointsConfig,
    pub(super) network: NetworkConfig,
    pub(super) mode: ModeConfig,
    pub(super) ways: Ways,
    /// What tracks do at cuts and outside the picture, and whether a second reading refines their places.
    pub(super) treatment: Treatment,
    pub(super) tables: Vec<PathBuf>,
    /// What the first frame is called in them, if not as the clip says.
    pub(super) first_number: Option<u32>,
    pub(super) video: Option<VideoConfig>,
    pub(super) quiet: bool,
}

/// `cotrail track camera:N`.
#[derive(Clone, Debug)]
pub(super) struct CameraConfig {
    pub(super) camera: u32,
    /// Size of its pictures.
    pub(super) capture: Option<Size>,
    pub(super) points: PointsConfig,
    pub(super) network: NetworkConfig,
    pub(super) options: LiveOptions,
    /// Iterations per frame, where they are fixed; else what keeps up with the camera.
    pub(super) iters: Option<usize>,
    /// Stop after so many tracked frames.
    pub(super) frames: Option<u32>,
    /// Stop after so long.
    pub(super) seconds: Option<f64>,
    pub(super) tables: Vec<PathBuf>,
    pub(super) emit: Option<EmitTarget>,
    pub(super) record: Option<PathBuf>,
    pub(super) quiet: bool,
}

/// How frames are followed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ModeConfig {
    Window(TrackerOptions),
    Live(LiveOptions),
}

impl ModeConfig {
    /// The same, going that way; live, there is only one.
    pub(super) fn in_direction(&self, direction: Direction) -> Self {
        match self {
            Self::Window(options) => Self::Window(TrackerOptions { direction, ..options.clone() }),
            live @ Self::Live(_) => live.clone(),
        }
    }
}

/// `cotrail bench`.
#[derive(Clone, Debug)]
pub(super) struct BenchConfig {
    pub(super) network: NetworkConfig,
    pub(super) mode: ModeConfig,
    pub(super) num_points: usize,
    /// Points that join later, in a live stream.
    pub(super) num_joining: Option<usize>,
    pub(super) json: bool,
}

impl NetworkConfig {
    pub(super) fn new(args: &NetworkArgs) -> Self {
        Self {
            weights: args.weights.clone(),
            device: args.device.into(),
            threads: args.threads.map(usize::from),
            is_precise: args.precise,
        }
    }

    pub(super) fn cpu(&self) -> CpuOptions {
        CpuOptions { num_threads: self.threads, is_precise: self.is_precise }
    }
}

pub(super) fn mode(mode: &ModeArgs, args: &NetworkArgs, support_grid: Option<u16>) -> Result<ModeConfig, BadUsage> {
    let kind = mode.mode.unwrap_or(ModeArg::Window);
    if kind != ModeArg::Live && mode.correct_every.is_some() {
        return Err(BadUsage("--correct-every is for --mode live".into()));
    }
    if kind != ModeArg::Offline && mode.memory.is_some() {
        return Err(BadUsage("--memory is for --mode offline".into()));
    }
    let options = || options(args, support_grid);
    Ok(match kind {
        ModeArg::Window => ModeConfig::Window(options()),
        ModeArg::Offline => {
            let bytes = mode.memory.map_or(SPAN_BYTES, |gib| (gib * f64::from(1 << 30)) as usize);
            ModeConfig::Window(TrackerOptions { span_bytes: Some(bytes), ..options() })
        }
        ModeArg::Live => ModeConfig::Live(live_options(mode, args, support_grid)),
    })
}

/// Lets the network look at a part of the picture.
pub(super) fn zoom(mode: &mut ModeConfig, zoom: Option<ZoomArg>) -> Result<(), BadUsage> {
    match (mode, zoom.and_then(|zoom| zoom.0)) {
        (_, None) => {}
        (ModeConfig::Window(options), zoom) if options.span_bytes.is_none() => options.zoom = zoom,
        _ => return Err(BadUsage("--zoom is for --mode window".into())),
    }
    Ok(())
}

fn live_options(mode: &ModeArgs, args: &NetworkArgs, support_grid: Option<u16>) -> LiveOptions {
    let default = LiveOptions::default();
    LiveOptions {
        model_size: args.size,
        iters: args.iters.map_or(default.iters, usize::from),
        correct_every: mode.correct_every.map_or(default.correct_every, usize::from),
        support_grid: support_grid.map_or(default.support_grid, usize::from),
        second_look: true,
        ..default
    }
}

fn options(args: &NetworkArgs, support_grid: Option<u16>) -> TrackerOptions {
    TrackerOptions {
        model_size: args.size,
        iters: args.iters.map(usize::from),
        support_grid: support_grid.map_or(SUPPORT_GRID, usize::from),
        second_look: true,
        ..TrackerOptions::default()
    }
}

impl TryFrom<BenchArgs> for BenchConfig {
    type Error = BadUsage;

    fn try_from(args: BenchArgs) -> Result<Self, BadUsage> {
        let mode = mode(&args.mode, &args.network, Some(0))?;
        if args.join.is_some() && matches!(mode, ModeConfig::Window(_)) {
            return Err(BadUsage("--join is for --mode live".into()));
        }
        Ok(Self {
            network: NetworkConfig::new(&args.network),
            mode,
            num_points: usize::from(args.points),
            num_joining: args.join.map(usize::from),
            json: args.json,
        })
    }
}

impl TryFrom<TrackArgs> for TrackConfig {
    type Error = BadUsage;

    fn try_from(args: TrackArgs) -> Result<Self, BadUsage> {
        let for_cameras = [
            ("--capture", args.capture.is_some()),
            ("--frames", args.frames.is_some()),
            ("--seconds", args.seconds.is_some()),
            ("--emit", args.emit.is_some()),
            ("--record", args.record.is_some()),
        ];
        refuse(&for_cameras, "is for cameras, such as camera:0")?;
        if let (Some(start), Some(end)) = (args.start, args.end)
            && start > end
        {
            return Err(BadUsage(format!("--start {start} is after --end {end}")));
        }
        let is_project = Project::is_named(&args.input);
        if is_project {
            refuse(&of_projects(&args), "is in the project: what was tracked there is repeated")?;
        }
        check_tables(&args.outs)?;
        let video = args.clip.config()?;
        check_names(&args)?;
        let ways = match (args.backward, args.both) {
            (_, true) => Ways::Both,
            (true, false) => Ways::Backward,
            (false, false) => Ways::Forward,
        };
        let mut mode = mode(&args.mode, &args.network, args.support_grid)?;
        if ways != Ways::Forward && matches!(mode, ModeConfig::Live(_)) {
            return Err(BadUsage(
                "--mode live only goes forwards: --backward and --both are for the other modes".into(),
            ));
        }
        zoom(&mut mode, args.zoom)?;
        if let ModeConfig::Window(options) = &mut mode {
            options.pin_queries = !args.raw_query;
        }
        Ok(Self {
            reading: OpenOptions { frame_rate: args.fps, stream: args.stream.map(usize::from) },
            start: args.start.map(FrameIndex),
            end: args.end.map(FrameIndex),
            points: if is_project { PointsConfig::default() } else { PointsConfig::new(&args)? },
            network: NetworkConfig::new(&args.network),
            mode,
            ways,
            treatment: Treatment {
                through_cuts: args.cuts == Some(CutsArg::Ignore),
                end_outside: args.outside == Some(OutsideArg::End),
                polish: args.polish,
                plane: args.plane,
                ..Treatment::default()
            },
            tables: args.outs,
            first_number: args.first_number,
            video,
            quiet: args.quiet,
            input: args.input,
        })
    }
}

impl PointsConfig {
    fn new(args: &TrackArgs) -> Result<Self, BadUsage> {
        if args.points.is_empty() && args.queries.is_none() && args.grid.is_none() {
            return Err(BadUsage("no points to follow: give --point, --queries or --grid".into()));
        }
        let grid = args.grid.map(|per_side| GridConfig {
            per_side: usize::from(per_side),
            frame: args.grid_frame.map(FrameIndex),
            mask: args.mask.clone(),
        });
        Ok(Self { typed: args.points.clone(), file: args.queries.clone(), grid })
    }
}

impl CameraConfig {
    /// The arguments of `track` where the input is a camera.
    pub(super) fn new(camera: u32, args: TrackArgs) -> Result<Self, BadUsage> {
        let for_clips = [
            ("--start", args.start.is_some()),
            ("--end", args.end.is_some()),
            ("--fps", args.fps.is_some()),
            ("--stream", args.stream.is_some()),
            ("--video", args.clip.video.is_some()),
            ("--first-number", args.first_number.is_some()),
            ("--mode window", args.mode.mode == Some(ModeArg::Window)),
            ("--mode offline", args.mode.mode == Some(ModeArg::Offline)),
            ("--memory", args.mode.memory.is_some()),
            ("--cuts", args.cuts.is_some()),
            ("--polish", args.polish),
            ("--plane", args.plane.is_some()),
            ("--zoom", args.zoom.is_some()),
        ];
        refuse(
            &for_clips,
            "is for clips; a camera is followed live, and its results go to --out, --emit and --record",
        )?;
        if let Some(path) = args.record.as_deref().filter(|path| !has_ending(path, "mp4")) {
            return Err(BadUsage(format!("--record: a recording's name ends in .mp4: {}", path.display())));
        }
        check_tables(&args.outs)?;
        check_names(&args)?;
        let has_place = args.record.is_some() || !args.outs.is_empty();
        Ok(Self {
            camera,
            capture: args.capture,
            points: PointsConfig::new(&args)?,
            network: NetworkConfig::new(&args.network),
            options: LiveOptions {
                end_outside: args.outside == Some(OutsideArg::End),
                ..live_options(&args.mode, &args.network, args.support_grid)
            },
            iters: args.network.iters.map(usize::from),
            frames: args.frames,
            seconds: args.seconds,
            tables: args.outs,
            // What nobody asked for may be left out only where the results go somewhere else.
            emit: args.emit.or((!has_place).then_some(EmitTarget::Stdout)),
            record: args.record,
            quiet: args.quiet,
        })
    }
}

/// The options that a project answers.
fn of_projects(args: &TrackArgs) -> [(&'static str, bool); 17] {
    [
        ("--point", !args.points.is_empty()),
        ("--queries", args.queries.is_some()),
        ("--grid", args.grid.is_some()),
        ("--support-grid", args.support_grid.is_some()),
        ("--mode", args.mode.mode.is_some()),
        ("--correct-every", args.mode.correct_every.is_some()),
        ("--memory", args.mode.memory.is_some()),
        ("--backward", args.backward),
        ("--both", args.both),
        ("--cuts", args.cuts.is_some()),
        ("--outside", args.outside.is_some()),
        ("--raw-query", args.raw_query),
        ("--zoom", args.zoom.is_some()),
        ("--size", args.network.size.is_some()),
        ("--iters", args.network.iters.is_some()),
        ("--fps", args.fps.is_some()),
        ("--stream", args.stream.is_some()),
    ]
}

/// Refuses the first option that was given.
fn refuse(options: &[(&str, bool)], why: &str) -> Result<(), BadUsage> {
    match options.iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => Err(BadUsage(format!("{option} {why}"))),
        None => Ok(()),
    }
}

/// Whether a file's name ends so, in capitals or not.
pub(super) fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|there| there.eq_ignore_ascii_case(ending))
}

/// Every table's name ends as one of the formats does.
fn check_tables(paths: &[PathBuf]) -> Result<(), BadUsage> {
    let check = |path: &PathBuf| TableFormat::from_path(path).map(drop);
    paths.iter().try_for_each(check).map_err(|error| BadUsage(format!("--out: {error}")))
}

/// Two results under one name would overwrite each other.
fn check_names(args: &TrackArgs) -> Result<(), BadUsage> {
    let mut names: Vec<&Path> = args.outs.iter().chain(&args.clip.video).map(PathBuf::as_path).collect();
    names.sort();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(BadUsage(format!("two results have one name: {}", pair[0].display()))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
