//! The dialog "Learn from this clip", with a program that only says what `cotrail learn` would.

#![cfg(unix)]

use super::{Memory, Window, no_cameras, nowhere, options};
use cotrail::project::Places;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A window on a clip, whose program runs these lines of shell; `$out` is where the weights go, `$compare` where pictures
/// of before and after do.
fn window(home: &Path, lines: &str) -> Window {
    let program = home.join("program");
    let script = format!(
        "#!/bin/sh\nwhile [ $# -gt 1 ]; do \
         case $1 in --out) out=$2;; --compare) compare=$2;; esac; shift; done\n{lines}\n"
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let memory = Memory::load(Some(Places::at(&home.join("data"))));
    let mut options = options(Some(Path::new("clip.mp4")), Vec::new(), nowhere(), memory, no_cameras());
    options.program = program;
    let mut window = Window::run(options, Harness::builder());
    window.wait_for_part("Video, frame 0 of");
    window.run_command("Learn from this clip");
    window.wait_for_label("Minutes of learning");
    window
}

fn learned(home: &Path) -> PathBuf {
    home.join("data/learning/weights/clip.safetensors")
}

#[test]
fn what_follows_better_can_be_used_or_discarded() {
    let home = tempfile::tempdir().unwrap();
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny.safetensors");
    let picture = home.path().join("picture.png");
    image::RgbImage::from_pixel(64, 48, image::Rgb([200, 80, 40])).save(&picture).unwrap();
    let lines = format!(
        "echo '{{\"state\": \"progress\", \"doing\": \"learning: step 3\", \"done\": 1, \"of\": 4}}'\n\
         sleep 1\n\
         cp '{}' \"$out\"\n\
         mkdir \"$compare\"; for name in before after; do cp '{}' \"$compare/$name.png\"; done\n\
         echo '{{\"state\": \"outcome\", \"measures\": [[\"d_avg on made clips\", 51.5, 52.25], [\"other\", null, 3.0]], \
         \"reason\": \"better on average\", \"is_written\": true}}'",
        weights.display(),
        picture.display()
    );
    let mut window = window(home.path(), &lines);
    window.press("Learn");
    window.wait_for_label("Learning: step 3");
    window.wait_for_part("25 % of this part");
    window.wait_for_label("Better on average.");
    for part in ["d_avg on made clips", "51.5", "52.2", "–"] {
        assert!(window.has_part(part), "{part}");
    }
    window.wait_for_label("The points before");
    assert!(window.has_part("The points after") && learned(home.path()).exists());
    window.press("Discard");
    window.wait("they are gone", |_| !learned(home.path()).exists());

    window.press("Learn");
    window.wait_for_label("Use these weights");
    window.press("Use these weights");
    window.wait_for_part("clip weights"); // in the status bar
}

#[test]
fn what_went_wrong_is_said_and_a_stop_ends_it() {
    let home = tempfile::tempdir().unwrap();
    let mut failing = window(home.path(), "echo 'error: the clip has 9 frames; it takes 24' >&2\nexit 1");
    failing.press("Learn");
    failing.wait_for_label("The clip has 9 frames; it takes 24.");
    failing.press("Again…");
    failing.wait_for_label("Minutes of learning");
    drop(failing);

    let home = tempfile::tempdir().unwrap();
    let mut waiting = window(home.path(), "cat > /dev/null\nexit 130");
    waiting.press("Learn");
    waiting.wait_for_label("Beginning");
    waiting.press("Stop");
    waiting.wait_for_label("Minutes of learning");
}

#[test]
fn closing_the_window_asks_while_something_is_learned() {
    let home = tempfile::tempdir().unwrap();
    let mut window = window(home.path(), "cat > /dev/null\nexit 130");
    window.press("Learn");
    window.wait_for_label("Beginning");
    window.press("Continue in the background");
    assert!(window.is_close_refused());
    window.wait_for_label("Quit now?");
    assert!(window.has_part("Learning from clip.mp4."));
    window.press("Cancel");
    window.wait("the question is gone", |harness| harness.query_by_label("Quit now?").is_none());
    assert!(window.is_close_refused());
    window.press("Quit");
    assert!(!window.is_close_refused(), "it was said");
}
