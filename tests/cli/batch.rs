//! `cotrail batch`: many clips with the same points.

use super::fixtures::{cotrail, folder, golden_path, text, track};
use crate::media::fixtures::make;
use assert_cmd::Command;
use cotrail::session::{BatchLine, BatchNews};
use std::fs;
use std::path::Path;
use std::process::Output;

/// `cotrail batch` with the tiny network in a folder.
fn batch(folder: &Path, words: &str) -> Command {
    let mut command = cotrail();
    command.current_dir(folder).arg("batch").args(words.split_whitespace());
    command.args(["--device", "cpu", "--weights"]).arg(golden_path("tiny.safetensors"));
    command
}

/// Clip, state, points, frames and problem of each row of the summary.
fn states(output: &Output) -> Vec<[String; 5]> {
    let mut reader = csv::Reader::from_reader(&output.stdout[..]);
    let row = |row: csv::StringRecord| [0, 1, 2, 3, 5].map(|at| row[at].to_owned());
    reader.records().map(Result::unwrap).map(row).collect()
}

fn row(clip: &str, state: &str, points: &str, frames: &str, problem: &str) -> [String; 5] {
    [clip, state, points, frames, problem].map(str::to_owned)
}

#[test]
fn every_clip_has_the_results_that_it_has_alone_failures_stop_nothing_and_what_is_done_stays() {
    let home = folder(12);
    let at = |name: &str| home.path().join(name);
    fs::create_dir(at("clips")).unwrap();
    for name in ["a", "b"] {
        fs::create_dir(at("clips").join(name)).unwrap();
        for frame in 0..10 + usize::from(name == "b") {
            let image = format!("{frame:04}.png");
            fs::copy(at("frames").join(&image), at("clips").join(name).join(&image)).unwrap();
        }
    }
    fs::write(at("clips/broken.mp4"), "no video").unwrap();
    let points = "--point 0,40,30 --point 2,60,40";
    let line = format!("clips {points} --jobs 2 --out r/{{name}}.csv --out r/deep/{{name}}.3de.txt");
    let output = batch(home.path(), &line).output().unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let rows = states(&output);
    assert_eq!(rows[..2], [row("a", "done", "2", "10", ""), row("b", "done", "2", "11", "")]);
    assert_eq!((rows.len(), &rows[2][0], &rows[2][1]), (3, &"broken".to_owned(), &"failed".to_owned()));
    assert!(rows[2][4].contains("broken.mp4") && stderr.contains("1 of 3 clips failed"), "{rows:?} {stderr}");
    for name in ["a", "b"] {
        let alone = track(home.path(), &format!("clips/{name} {points}")).output().unwrap();
        assert_eq!(text(&fs::read(at(&format!("r/{name}.csv"))).unwrap()), text(&alone.stdout), "{name}");
        assert!(at(&format!("r/deep/{name}.3de.txt")).exists());
    }

    fs::remove_dir_all(at("clips/broken.mp4")).or_else(|_| fs::remove_file(at("clips/broken.mp4"))).unwrap();
    fs::remove_file(at("r/deep/b.3de.txt")).unwrap();
    let output = batch(home.path(), &format!("{line} --summary s.csv")).output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "{}", text(&output.stderr));
    let summary = fs::read_to_string(at("s.csv")).unwrap();
    assert!(summary.contains("\na,done before,,,,\nb,done,2,11,"), "what is missing is made: {summary}");
    let output = batch(home.path(), &format!("{line} --again --shard 1/2")).output().unwrap();
    assert_eq!(states(&output), [row("a", "done", "2", "10", "")]);
}

#[test]
fn a_table_of_clips_gives_each_its_own_points_and_frames() {
    let home = folder(12);
    let at = |name: &str| home.path().join(name);
    fs::create_dir(at("jobs")).unwrap();
    fs::write(at("jobs/p.csv"), "t,x,y,name\n3,30,30,nose\n").unwrap();
    fs::write(at("jobs/clips.csv"), "name,clip,queries,start,end\nfirst,../frames,p.csv,,6\nlast,../frames,,4,\n")
        .unwrap();
    let output = batch(home.path(), "jobs/clips.csv --grid 2 --out {name}.json").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(states(&output), [row("first", "done", "5", "7", ""), row("last", "done", "4", "8", "")]);
    let json: serde_json::Value = serde_json::from_slice(&fs::read(at("first.json")).unwrap()).unwrap();
    assert_eq!(json["names"][0], "nose");
}

/// A line of the documentation that begins like this.
fn documented(start: &str) -> &'static str {
    let lines = include_str!("../../docs/command-line.md").lines();
    lines.into_iter().find(|line| line.starts_with(start)).expect("the line is documented")
}

#[test]
fn the_documented_line_for_gnu_parallel_works_as_it_stands() {
    let version = std::process::Command::new("parallel").arg("--version").output();
    if !version.is_ok_and(|said| text(&said.stdout).starts_with("GNU parallel")) {
        println!("skipped: GNU parallel is not here");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("clips")).unwrap();
    for name in ["a", "b"] {
        let clip = home.path().join(format!("clips/{name}.mp4"));
        make(&["-f", "lavfi", "-i", "testsrc2=size=96x72:rate=10", "-frames:v", "8"], &clip);
    }
    let here = Path::new(env!("CARGO_BIN_EXE_cotrail")).parent().unwrap();
    let paths = std::env::var_os("PATH").unwrap();
    let paths = std::env::join_paths(std::iter::once(here.to_owned()).chain(std::env::split_paths(&paths))).unwrap();
    let mut shell = std::process::Command::new("sh");
    shell
        .current_dir(home.path())
        .env("PATH", paths)
        .arg("-c")
        .arg(documented("mkdir -p results && parallel cotrail track "));
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    for name in ["a", "b"] {
        let table = fs::File::open(home.path().join(format!("results/{name}.npz"))).unwrap();
        let tracks: ndarray::Array3<f32> = ndarray_npy::NpzReader::new(table).unwrap().by_name("tracks").unwrap();
        assert_eq!(tracks.dim(), (100, 8, 2));
    }
}

#[test]
fn json_lines_tell_how_far_each_clip_is() {
    let home = folder(12);
    fs::write(home.path().join("broken.mp4"), "no video").unwrap();
    let output = batch(home.path(), "frames broken.mp4 --grid 2 --out {name}.csv --json").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let lines: Vec<BatchLine> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(lines.iter().all(|line| line.of == 2));
    let of = |clip: &str| lines.iter().filter(|line| line.clip == clip).map(|line| &line.news).collect::<Vec<_>>();
    let frames = of("frames");
    assert_eq!(frames[..2], [&BatchNews::Waiting, &BatchNews::Begun]);
    assert!(matches!(frames[frames.len() - 1], BatchNews::Done { points: 4, frames: 12, .. }), "{frames:?}");
    assert!(matches!(of("broken")[..], [.., BatchNews::Failed { problem }] if problem.contains("broken.mp4")));
}

#[test]
fn whoever_began_it_ends_it_by_going_away() {
    let home = folder(12);
    let line = "frames --grid 2 --out {name}.csv --json --until-input-ends";
    let output = batch(home.path(), line).write_stdin("").output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(!home.path().join("frames.csv").exists());
    let last: BatchLine = serde_json::from_str(text(&output.stdout).lines().last().unwrap()).unwrap();
    assert!(matches!(last.news, BatchNews::Interrupted | BatchNews::NotBegun), "{last:?}");
}
