//! Test clips, made once per machine by `tests/make_media.sh`, and what the ffmpeg tool makes of them.

use cotrail::geometry::Size;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder with `good/` and `bad/`. Made on first use and kept for as long as script and ffmpeg stay the same.
pub(crate) fn media_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let version = Command::new("ffmpeg").arg("-version").output().expect("the tests need the ffmpeg tool");
        let mut hasher = DefaultHasher::new();
        (include_str!("../make_media.sh"), &version.stdout).hash(&mut hasher);
        let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let folder = root.join(format!("media-{:016x}", hasher.finish()));
        if !folder.exists() {
            // Made under another name: a run that is broken off leaves nothing that looks finished.
            let unfinished = root.join(format!("media-unfinished-{}", std::process::id()));
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/make_media.sh");
            let status = Command::new("bash").arg(script).arg(&unfinished).status().expect("bash runs");
            assert!(status.success(), "make_media.sh failed: {status}");
            std::fs::rename(&unfinished, &folder).expect("the folder is put in place");
        }
        folder
    })
}

/// A file of `good/`; `None`, with the reason printed, if this machine's ffmpeg has no encoder for it.
pub(crate) fn good(name: &str) -> Option<PathBuf> {
    let path = media_folder().join("good").join(name);
    let is_there = std::fs::metadata(&path).is_ok_and(|metadata| metadata.is_dir() || metadata.len() > 0);
    if !is_there {
        let optional = ["av1.mp4", "hevc.mp4", "hevc10.mp4"];
        assert!(optional.contains(&name), "{name} was not made");
        println!("skipped {name}: this ffmpeg has no encoder for it");
    }
    is_there.then_some(path)
}

pub(crate) fn bad(name: &str) -> PathBuf {
    media_folder().join("bad").join(name)
}

/// Every picture of a file as the ffmpeg tool decodes it: RGB, upright.
pub(crate) fn reference_frames(path: &Path, size: Size) -> Vec<Vec<u8>> {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(path)
        .args(["-map", "0:v:0", "-vsync", "passthrough", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"])
        .output()
        .expect("ffmpeg runs");
    let frame_bytes = 3 * size.area();
    assert_eq!(output.stdout.len() % frame_bytes, 0, "{}: pictures are not {size}", path.display());
    output.stdout.chunks(frame_bytes).map(<[u8]>::to_vec).collect()
}

/// The time of every picture of a file in seconds from the first one, as ffprobe gives them.
pub(crate) fn reference_times(path: &Path) -> Vec<f64> {
    let probe = |entries: &str| {
        let output = Command::new("ffprobe")
            .args(["-v", "error", "-select_streams", "v:0", "-show_entries", entries, "-of", "csv=p=0"])
            .arg(path)
            .output()
            .expect("ffprobe runs");
        String::from_utf8(output.stdout).expect("ffprobe writes text")
    };
    let text = probe("frame=best_effort_timestamp_time");
    let times: Vec<f64> = text.lines().filter_map(|line| line.trim_matches(',').parse().ok()).collect();
    times.iter().map(|time| time - times.first().unwrap_or(&0.0)).collect()
}

/// Runs ffprobe for one value of a file's first stream of a kind ("v:0", "a:0"); empty if there is none.
pub(crate) fn probe(path: &Path, stream: &str, entry: &str) -> String {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", stream, "-show_entries", entry, "-of", "csv=p=0"])
        .arg(path)
        .output()
        .expect("ffprobe runs");
    String::from_utf8_lossy(&output.stdout).trim().trim_matches(',').to_owned()
}

/// Runs the ffmpeg tool to make a file.
pub(crate) fn make(args: &[&str], path: &Path) {
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(args)
        .arg(path)
        .status()
        .expect("ffmpeg runs");
    assert!(status.success(), "ffmpeg {args:?} failed: {status}");
}

/// The largest difference between two pictures.
pub(crate) fn difference(a: &[u8], b: &[u8]) -> u8 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(x, y)| x.abs_diff(*y)).max().unwrap_or(0)
}
