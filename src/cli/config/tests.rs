//! What command lines mean, and which are refused.

use super::*;
use crate::cli::args::{Args, Command};
use crate::tracker::Zoom;
use clap::Parser;

fn config(line: &str) -> Result<TrackConfig, String> {
    let args = Args::try_parse_from(line.split_whitespace()).map_err(|error| error.to_string())?;
    match args.command {
        Some(Command::Track(args)) => TrackConfig::try_from(*args).map_err(|error| error.to_string()),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn every_option_reaches_the_config() {
    let config = config(
        "cotrail track clip.mp4 --point 3,1,2 --point 1,5,6 --queries q.csv --grid 4 --grid-frame 2 --mask m.png \
         --weights w.pth --device cpu --threads 3 --precise --size 512x384 --iters 5 --support-grid 6 --start 1 --end 9 \
         --fps 25 --polish --plane 61 --out a.csv --out b.NPZ --video v.mp4 --trail 7 --fade --point-size 3.5 \
         --quiet",
    )
    .unwrap();
    assert_eq!(config.points.typed.iter().map(|q| q.frame.0).collect::<Vec<_>>(), [3, 1]);
    let grid = config.points.grid.unwrap();
    assert_eq!((grid.per_side, grid.frame, grid.mask), (4, Some(FrameIndex(2)), Some("m.png".into())));
    assert_eq!((config.network.device, config.network.threads), (DeviceChoice::Cpu, Some(3)));
    assert!(config.network.is_precise);
    let ModeConfig::Window(options) = config.mode else { panic!("{:?}", config.mode) };
    assert_eq!((options.iters, options.support_grid), (Some(5), 6));
    assert_eq!(options.model_size.map(|s| (s.width, s.height)), Some((512, 384)));
    assert_eq!(
        (config.start, config.end, config.reading.frame_rate),
        (Some(FrameIndex(1)), Some(FrameIndex(9)), Some(25.0))
    );
    assert_eq!(config.tables, ["a.csv", "b.NPZ"].map(PathBuf::from));
    let style = config.video.unwrap().drawing.style;
    assert!(style.trail_frames == 7 && style.fade && (style.point_radius - 3.5).abs() < 1e-6);
    assert!(config.quiet && config.treatment.polish && config.treatment.plane == Some(61));
}

#[test]
fn what_is_not_typed_is_left_to_the_weights_and_the_clip() {
    let config = config("cotrail track clip.mp4 --grid 2").unwrap();
    assert_eq!((config.network.weights, config.network.device), (None, DeviceChoice::Auto));
    let options = TrackerOptions {
        support_grid: SUPPORT_GRID,
        pin_queries: true,
        second_look: true,
        ..TrackerOptions::default()
    };
    assert_eq!(config.mode, ModeConfig::Window(options));
    assert!(!config.treatment.polish && config.video.is_none() && config.tables.is_empty());
    assert_eq!((config.start, config.end), (None, None));
}

#[test]
fn live_mode_takes_its_own_iterations() {
    let live = |line: &str| match config(line).unwrap().mode {
        ModeConfig::Live(options) => options,
        ModeConfig::Window(_) => panic!("{line}"),
    };
    let usual = LiveOptions { second_look: true, ..LiveOptions::default() };
    assert_eq!(live("cotrail track clip.mp4 --grid 2 --mode live"), usual);
    let options = live("cotrail track c.mp4 --grid 2 --mode live --iters 3 --size 128x96 --support-grid 4");
    assert_eq!((options.iters, options.support_grid, options.model_size.unwrap().width), (3, 4, 128));
}

#[test]
fn contradictions_are_bad_usage() {
    for (line, cause) in [
        ("cotrail track clip.mp4", "no points to follow"),
        ("cotrail track clip.mp4 --grid 2 --start 5 --end 4", "--start 5 is after --end 4"),
        ("cotrail track clip.mp4 --grid 2 --out a.txt", ".csv, .json or .npz"),
        ("cotrail track clip.mp4 --grid 2 --out a", ".csv, .json or .npz"),
        ("cotrail track clip.mp4 --grid 2 --video a.avi", ".mp4"),
        ("cotrail track clip.mp4 --grid 2 --out a.csv --out a.csv", "one name"),
        ("cotrail track clip.mp4 --point 0,nan,1", "not a finite number"),
        ("cotrail track clip.mp4 --point 0,1", "expected"),
        ("cotrail track clip.mp4 --grid 0", "0"),
        ("cotrail track clip.mp4 --mask m.png --point 0,1,2", "--grid"),
        ("cotrail track clip.mp4 --grid 2 --trail 4", "--video"),
        ("cotrail track clip.mp4 --grid 2 --size 100x96", "multiple of 8"),
        ("cotrail track clip.mp4 --grid 2 --threads 0", "0"),
        ("cotrail track clip.mp4 --grid 2 --zoom 3", "expected off, auto or WIDTHxHEIGHT"),
        ("cotrail track clip.mp4 --grid 2 --zoom auto --mode live", "--zoom is for --mode window"),
        ("cotrail track clip.mp4 --grid 2 --zoom 512x384 --mode offline", "--zoom is for --mode window"),
        ("cotrail track work.cotrail --zoom auto", "--zoom is in the project"),
        ("cotrail track work.cotrail --grid 2", "--grid is in the project"),
        ("cotrail track work.cotrail --support-grid 0", "--support-grid is in the project"),
        ("cotrail track work.cotrail --iters 2", "--iters is in the project"),
    ] {
        let error = config(line).unwrap_err();
        assert!(error.contains(cause), "{line}: {error}");
    }
}

#[test]
fn zoom_reaches_the_tracker() {
    for (word, zoom) in [("off", None), ("auto", Some(Zoom::Auto)), ("64x36", Some(Zoom::Size(Size::new(64, 36))))] {
        let config = config(&format!("cotrail track clip.mp4 --grid 2 --both --zoom {word}")).unwrap();
        assert!(matches!(config.mode, ModeConfig::Window(options) if options.zoom == zoom), "{word}");
    }
}

#[test]
fn queries_are_exact_and_tracks_stop_at_cuts_unless_told_otherwise() {
    let settings = |words: &str| {
        let config = config(&format!("cotrail track clip.mp4 --grid 2 {words}")).unwrap();
        let ModeConfig::Window(options) = config.mode else { panic!("{:?}", config.mode) };
        (options.pin_queries, config.treatment.through_cuts, config.treatment.end_outside)
    };
    assert_eq!(settings(""), (true, false, false));
    assert_eq!(settings("--cuts stop --outside keep"), (true, false, false));
    assert_eq!(settings("--raw-query --cuts ignore --outside end"), (false, true, true));
}

#[test]
fn the_command_line_is_consistent() {
    use clap::CommandFactory;
    Args::command().debug_assert();
}
