//! The golden clip as a folder of images, and the program itself.

use assert_cmd::Command;
use image::RgbImage;
use safetensors::SafeTensors;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;

pub(super) const NUM_FRAMES: usize = 37;
pub(super) const WIDTH: u32 = 96;
pub(super) const HEIGHT: u32 = 72;

/// What the oracle says of the golden clip.
pub(super) struct Golden {
    pub(super) queries: Vec<[f32; 3]>,
    /// `[frame][query]`; NaN before a query's frame.
    pub(super) coords: Vec<Vec<[f32; 2]>>,
    frames: Vec<RgbImage>,
}

pub(super) static GOLDEN: LazyLock<Golden> = LazyLock::new(|| {
    let bytes = std::fs::read(golden_path("golden.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let floats = |name: &str| -> Vec<f32> {
        file.tensor(name).unwrap().data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    };
    let queries: Vec<[f32; 3]> = floats("queries").chunks_exact(3).map(|q| [q[0], q[1], q[2]]).collect();
    let points: Vec<[f32; 2]> = floats("online_coords").chunks_exact(2).map(|p| [p[0], p[1]]).collect();
    let video = file.tensor("video").unwrap().data();
    let area = (WIDTH * HEIGHT) as usize;
    let frame = |index: usize| {
        let planes = &video[3 * area * index..][..3 * area];
        RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
            let at = (y * WIDTH + x) as usize;
            image::Rgb([planes[at], planes[area + at], planes[2 * area + at]])
        })
    };
    Golden {
        coords: points.chunks_exact(queries.len()).map(<[_]>::to_vec).collect(),
        frames: (0..NUM_FRAMES).map(frame).collect(),
        queries,
    }
});

/// A folder with `frames/` (the first frames of the golden clip) and `queries.csv` (its queries on them).
pub(super) fn folder(num_frames: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("frames")).unwrap();
    for (index, frame) in GOLDEN.frames[..num_frames].iter().enumerate() {
        frame.save(frame_path(folder.path(), index)).unwrap();
    }
    let rows = GOLDEN.queries.iter().filter(|q| (q[0] as usize) < num_frames);
    let rows: Vec<String> = rows.map(|[t, x, y]| format!("{t},{x},{y}\n")).collect();
    std::fs::write(folder.path().join("queries.csv"), format!("t,x,y\n{}", rows.concat())).unwrap();
    folder
}

/// The golden clip, written once.
pub(super) static CLIP: LazyLock<TempDir> = LazyLock::new(|| folder(NUM_FRAMES));

pub(super) fn frame_path(folder: &Path, index: usize) -> PathBuf {
    folder.join("frames").join(format!("{index:04}.png"))
}

pub(super) fn golden_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

pub(super) fn demo_clip() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.mp4")
}

/// The program.
pub(super) fn cotrail() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cotrail"));
    command.env_remove("COTRAIL_WEIGHTS").env_remove("COTRAIL_LOG").timeout(std::time::Duration::from_mins(5));
    command
}

/// `cotrail track` with the tiny network, in a folder made by [`folder`].
pub(super) fn track(folder: &Path, words: &str) -> Command {
    let mut command = cotrail();
    command.current_dir(folder).arg("track").args(words.split_whitespace());
    command.args(["--device", "cpu", "--weights"]).arg(golden_path("tiny.safetensors"));
    command
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What the program writes to standard error when it ends with this code.
pub(super) fn stderr_of(mut command: Command, code: i32) -> String {
    let output = command.output().unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{command:?}\n{stderr}");
    stderr
}

/// One row of a CSV table.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
pub(super) struct Row {
    pub(super) track: usize,
    pub(super) name: String,
    pub(super) frame: usize,
    pub(super) time_secs: f64,
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) visibility: f32,
    pub(super) confidence: f32,
    pub(super) visible: u8,
    pub(super) probability: Option<f32>,
}

/// The rows of a CSV table by (track, frame).
pub(super) fn rows(csv: &[u8]) -> BTreeMap<(usize, usize), Row> {
    let mut reader = csv::Reader::from_reader(csv);
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header.join(","), "track,name,frame,time_secs,x,y,visibility,confidence,visible,probability");
    reader.deserialize().map(|row| row.map(|row: Row| ((row.track, row.frame), row)).unwrap()).collect()
}

/// Runs a `track` command that must succeed and returns the rows that it writes to standard output.
pub(super) fn tracked(mut command: Command) -> BTreeMap<(usize, usize), Row> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    rows(&output.stdout)
}
