//! `cotrail measure`: tracks that are there already, in units of the scene.

mod args;

pub(super) use args::{MEASURE_EXAMPLES, MeasureArgs};

use args::ChartArg;

use super::failure::BadUsage;
use super::outputs::refuse_to_replace;
use super::progress::Progress;
use super::repeat;
use crate::export::{Chart, TableExport, source_of};
use crate::geometry::{FrameIndex, Size};
use crate::measure::Scale;
use crate::media::{ClipSource, OpenOptions, SourceInfo};
use crate::overlay::Palette;
use crate::project::Project;
use crate::sync::CancelToken;
use crate::tracks::{
    About, AboutSettings, AboutSource, AboutWeights, Measures, Quantity, Run, Table, TableFormat, TableOptions,
    ToolFormat, TrackId, TrackMode, TrackStore, TrackTable, read_tracks,
};
use anyhow::Context;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Reads tracks, measures them, and writes tables.
pub(super) fn run(args: &MeasureArgs) -> anyhow::Result<()> {
    let (source, mut store) = read(args)?;
    for path in args.out.iter().chain(args.chart.iter().map(|chart| &chart.path)) {
        refuse_to_replace(path, &args.input, "what is measured")?;
        refuse_to_replace(path, &source.path, "the clip")?;
    }
    let opened = source.open()?;
    let info = opened.info();
    store.set_footage(info.footage());
    let measures = measures(args, &store)?;
    store.set_measures(measures).map_err(|error| BadUsage(error.to_string()))?;
    let (about, options) = (about(info, &store), TableOptions::default());
    let frames = FrameIndex(0)..=FrameIndex::new(info.num_frames().saturating_sub(1));
    let table = TrackTable { store: &store, frames, times_secs: &info.times_secs, about: &about, options: &options };
    let progress = Progress::new(args.quiet);
    for ChartArg { kind, path } in &args.chart {
        let points: Vec<TrackId> = store.tracks().map(|track| track.id).collect();
        let measured = store.measured().context("nothing can be measured")?;
        Chart::of(&store, &measured, *kind, &points, Palette::default()).save(path)?;
        progress.note(format_args!("wrote {}", path.display()));
    }
    if args.out.is_empty() && args.chart.is_empty() {
        let mut out = BufWriter::new(std::io::stdout().lock());
        let written = table.write_text(TableFormat::Tool(ToolFormat::Sheet), &mut out).and_then(|()| out.flush());
        return written.context("writing to standard output");
    }
    for path in &args.out {
        let format = match TableFormat::from_path(path)? {
            TableFormat::Csv => TableFormat::Tool(ToolFormat::Sheet),
            other => other,
        };
        TableExport::open_as(format, path)?.run(&table, &CancelToken::new())?;
        progress.note(format_args!("wrote {}", path.display()));
    }
    Ok(())
}

/// The clip and its tracks.
fn read(args: &MeasureArgs) -> anyhow::Result<(ClipSource, TrackStore)> {
    let MeasureArgs { input, clip, fps, .. } = args;
    if Project::is_named(input) {
        if clip.is_some() || fps.is_some() {
            let problem = "a project names its clip: --clip and --fps are for tables";
            return Err(BadUsage(problem.to_owned()).into());
        }
        return repeat::read(input);
    }
    let tracks = read_tracks(input)?;
    if tracks.is_empty() {
        return Err(BadUsage(format!("there are no tracks in {}", input.display())).into());
    }
    let mut store = TrackStore::new();
    store.add_tracks(&tracks);
    let path = clip.clone().or_else(|| clip_of(input)).ok_or_else(|| {
        BadUsage(format!("--clip is needed: the clip that the tracks of {} belong to", input.display()))
    })?;
    Ok((ClipSource { path, options: OpenOptions { frame_rate: *fps, ..OpenOptions::default() } }, store))
}

/// The clip that a JSON table names.
fn clip_of(table: &Path) -> Option<PathBuf> {
    #[derive(serde::Deserialize)]
    struct Named {
        source: AboutSource,
    }
    let named: Named = serde_json::from_slice(&std::fs::read(table).ok()?).ok()?;
    Some(PathBuf::from(named.source.path))
}

/// What was measured already, with what the command line says.
fn measures(args: &MeasureArgs, store: &TrackStore) -> anyhow::Result<Measures> {
    let mut measures = store.measures().clone();
    let setup = &mut measures.setup;
    if let Some(line) = &args.line {
        setup.scale = Scale::Line { ends: line.ends, length: line.length };
        setup.unit.clone_from(&line.unit);
    }
    if let Some(plane) = &args.plane {
        let [width, height] = plane.sides;
        setup.scale = Scale::Plane { corners: plane.corners, width, height };
        setup.unit.clone_from(&plane.unit);
    }
    setup.origin = args.origin.or(setup.origin);
    setup.x_axis = args.x_axis.or(setup.x_axis);
    setup.capture_rate = args.capture_rate.or(setup.capture_rate);
    setup.smoothing = args.smooth.unwrap_or(setup.smoothing);
    let distances = args.distance.iter().map(|names| points(names, store).map(Quantity::Distance));
    let angles = args.angle.iter().map(|names| points(names, store).map(Quantity::Angle));
    for quantity in distances.chain(angles) {
        let quantity = quantity?;
        if !measures.quantities.contains(&quantity) {
            measures.quantities.push(quantity);
        }
    }
    Ok(measures)
}

/// The points with these names.
fn points<const N: usize>(names: &str, store: &TrackStore) -> Result<[TrackId; N], BadUsage> {
    let find = |name: &str| {
        let named = store.tracks().find(|track| track.name == name.trim());
        let all = || store.tracks().map(|track| track.name.as_str()).collect::<Vec<_>>().join(", ");
        named.map(|track| track.id).ok_or_else(|| BadUsage(format!("no point is called {name}; there are {}", all())))
    };
    let found = names.split(',').map(find).collect::<Result<Vec<TrackId>, _>>()?;
    let are_distinct = (1..found.len()).all(|i| !found[..i].contains(&found[i]));
    let wrong = || BadUsage(format!("expected the names of {N} different points: {names}"));
    found.try_into().ok().filter(|_| are_distinct).ok_or_else(wrong)
}

/// Where the numbers come from, as far as that is known.
fn about(info: &SourceInfo, store: &TrackStore) -> About {
    let settings = store.runs().filter_map(Run::settings).last();
    let weights = settings.map(|settings| settings.weights.clone());
    let weights = weights.unwrap_or(AboutWeights { name: "not known".to_owned(), sha256: String::new() });
    About {
        source: source_of(info),
        weights,
        device: "not known".to_owned(),
        settings: AboutSettings {
            mode: settings.map_or(TrackMode::default(), |settings| settings.mode),
            model_size: settings.map_or(Size::new(0, 0), |settings| settings.model_size),
            iterations: settings.map_or(0, |settings| settings.iterations),
            support_grid: settings.map_or(0, |settings| settings.support_grid),
            start: FrameIndex(0),
            end: FrameIndex::new(info.num_frames().saturating_sub(1)),
            visible_above: 0.0,
        },
    }
}
