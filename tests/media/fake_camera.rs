//! A camera that exists in one process: `tests/fakev4l2.c`, preloaded into a child that runs one test again.

use cotrail::frame::Frame;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Set in the child alone.
const MARK: &str = "COTRAIL_TEST_IN_CHILD";

/// Whether this is the child, in which there is a camera. In the parent, runs the test of that name (its path within
/// this binary) once more in a child with these settings of the camera, fails if it fails, and returns false.
pub(crate) fn is_child(test: &str, settings: &[(&str, &str)]) -> bool {
    if std::env::var_os(MARK).is_some() {
        return true;
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture"]).env(MARK, "1").stdin(Stdio::null());
    let output = with_camera(&mut child, settings).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{test}, in a child with {settings:?}: {}\n{text}", output.status);
    assert!(text.contains("test result: ok. 1 passed"), "there is no test {test}:\n{text}");
    false
}

/// Lets a program see the camera. Settings without their prefix `FAKEV4L2_`.
pub(crate) fn with_camera<'a>(program: &'a mut Command, settings: &[(&str, &str)]) -> &'a mut Command {
    for (name, value) in settings {
        program.env(format!("FAKEV4L2_{name}"), value);
    }
    program.env("LD_PRELOAD", library())
}

/// The library, built once per machine.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let mut hasher = DefaultHasher::new();
        include_str!("../fakev4l2.c").hash(&mut hasher);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let path = folder.join(format!("libfakev4l2-{:016x}.so", hasher.finish()));
        if !path.exists() {
            let unfinished = folder.join(format!("libfakev4l2-{}.so", std::process::id()));
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakev4l2.c");
            let mut cc = Command::new("cc");
            cc.args(["-O2", "-shared", "-fPIC", "-pthread", "-o"]).arg(&unfinished).arg(source);
            let status = cc.status().expect("the tests need a C compiler");
            assert!(status.success(), "cc: {status}");
            std::fs::rename(&unfinished, &path).unwrap();
        }
        path
    })
}

/// The number in a picture of the fake camera: 32 blocks in its top lines, the lowest bit first.
pub(crate) fn number_in(frame: &Frame) -> u32 {
    number_in_rgb(frame.rgb(), frame.size().width)
}

/// The same, in packed rows.
pub(crate) fn number_in_rgb(rgb: &[u8], width: u32) -> u32 {
    let bright = |bit: u32| rgb[3 * (2 * width + bit * width / 32 + width / 64) as usize] >= 128;
    (0..32).fold(0, |number, bit| number | u32::from(bright(bit)) << bit)
}

/// A JPEG image of 640 × 480 with a number in its top lines.
pub(crate) fn numbered_jpeg(number: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(640, 480, |x, y| match y {
        0..16 => image::Rgb([if number >> (x / 20) & 1 == 1 { 235 } else { 16 }; 3]),
        _ => image::Rgb([(x / 3) as u8, (y / 2) as u8, 90]),
    });
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 85).encode_image(&picture).unwrap();
    bytes
}
