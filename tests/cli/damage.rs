//! Clips that do not keep what they promise.

use super::fixtures::{demo_clip, folder, frame_path, rows, stderr_of, text, track};
use std::path::Path;

fn damage(folder: &Path, index: usize) {
    let path = frame_path(folder, index);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(path, &whole[..whole.len() / 3]).unwrap();
}

#[test]
fn frames_that_do_not_decode_are_bridged_with_a_warning() {
    let clip = folder(20);
    damage(clip.path(), 7);
    damage(clip.path(), 8);
    let output = track(clip.path(), "frames --point 0,40,40 --point 7,20,20").output().unwrap();
    let stderr = text(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains("warning: 2 frames do not decode"), "{stderr}");
    let rows = rows(&output.stdout);
    assert_eq!(rows.keys().filter(|(track, _)| *track == 0).count(), 20);
    assert_eq!(rows.keys().filter(|(track, _)| *track == 1).count(), 13);
}

#[test]
fn frames_that_do_not_decode_at_the_end_shorten_the_clip() {
    let clip = folder(20);
    (17..20).for_each(|index| damage(clip.path(), index));
    let output =
        track(clip.path(), "frames --point 0,40,40 --point 18,40,40 --video a.mp4 --out a.csv").output().unwrap();
    let stderr = text(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains("warning: 3 frames do not decode"), "{stderr}");
    assert!(stderr.contains("warning: point 2 is on frame 18"), "{stderr}");
    let rows = rows(&std::fs::read(clip.path().join("a.csv")).unwrap());
    assert_eq!(rows.keys().copied().collect::<Vec<_>>(), (0..17).map(|t| (0, t)).collect::<Vec<_>>());
    let annotated = cotrail::media::open(&clip.path().join("a.mp4"), &cotrail::media::OpenOptions::default()).unwrap();
    assert_eq!(annotated.info().num_frames(), 17);
}

#[test]
fn a_clip_without_one_good_frame_is_a_failure() {
    let clip = folder(4);
    (0..4).for_each(|index| damage(clip.path(), index));
    let stderr = stderr_of(track(clip.path(), "frames --point 0,40,40 --out a.csv"), 1);
    assert!(stderr.lines().last().is_some_and(|line| line.starts_with("error: ")), "{stderr}");
    assert!(!clip.path().join("a.csv").exists());
}

#[test]
fn a_damaged_video_is_tracked_as_far_as_it_goes() {
    let clip = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(demo_clip()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40_000].fill(0xa5);
    std::fs::write(clip.path().join("holes.mp4"), &bytes).unwrap();
    bytes.truncate(bytes.len() * 7 / 10);
    std::fs::write(clip.path().join("short.mp4"), &bytes).unwrap();
    for (name, warning, num_frames) in
        [("holes.mp4", "frames do not decode", 240..=240), ("short.mp4", "missing", 120..=200)]
    {
        let output = track(clip.path(), &format!("{name} --point 0,40,40")).output().unwrap();
        let stderr = text(&output.stderr);
        assert!(output.status.success(), "{name}: {stderr}");
        assert!(stderr.lines().any(|line| line.starts_with("warning: ") && line.contains(warning)), "{name}: {stderr}");
        assert!(num_frames.contains(&rows(&output.stdout).len()), "{name}: {stderr}");
    }
}
