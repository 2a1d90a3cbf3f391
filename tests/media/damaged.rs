//! Broken and hostile files: what decodes is given, the rest is a clear error, nothing hangs.

use super::fixtures::{bad, good};
use cotrail::geometry::FrameIndex;
use cotrail::media::{FrameSource, MediaError, OpenOptions, open};
use std::ffi::OsStr;
use std::path::Path;

/// Why a path does not open.
fn refusal(path: &Path) -> String {
    match open(path, &OpenOptions::default()) {
        Ok(source) => panic!("{} opened with {} frames", path.display(), source.info().num_frames()),
        Err(error) => error.to_string(),
    }
}

/// Reads every frame: how many decode, and how many are missing.
fn count(source: &mut dyn FrameSource) -> (usize, usize) {
    let (mut decoded, mut missing) = (0, 0);
    for index in 0..source.info().num_frames() {
        match source.read(FrameIndex::new(index)) {
            Ok(frame) => {
                assert_eq!(frame.index, FrameIndex::new(index));
                decoded += 1;
            }
            Err(MediaError::MissingFrame(frame)) => {
                assert_eq!(frame, FrameIndex::new(index));
                missing += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    (decoded, missing)
}

#[test]
fn files_that_are_no_video_say_why() {
    let cases = [
        ("zero.mp4", "the file is empty"),
        ("one_byte.mp4", "this is not a video that can be read"),
        ("random.mp4", "this is not a video that can be read"),
        ("text.mp4", "this is not a video that can be read"),
        ("truncated_moov_end.mp4", "this mp4 or mov file has no readable index"),
        ("audio_only.m4a", "this file has sound but no video"),
        ("huge_dims.y4m", "this is not a video that can be read"),
        ("concat.mp4", "this is not a video that can be read"),
        ("playlist.mp4", "this is not a video that can be read"),
        ("dir.mp4", "this is a folder without PNG, JPEG, WebP, TIFF, EXR or DPX images"),
        ("fifo.mp4", "this is neither a regular file nor a folder"),
        ("not there.mp4", "there is no such file or folder"),
    ];
    for (name, reason) in cases {
        let path = bad(name);
        let said = refusal(&path);
        assert!(said.starts_with(reason) && said.ends_with(&path.display().to_string()), "{name}: {said}");
    }
}

#[test]
fn playlists_do_not_open_other_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(good("h264_bframes.mp4").unwrap(), folder.path().join("other.mp4")).unwrap();
    std::fs::copy(good("h264.ts").unwrap(), folder.path().join("other.ts")).unwrap();
    for (name, text) in [
        ("list.mp4", "ffconcat version 1.0\nfile other.mp4\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile other.mp4\n"),
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\nother.ts\n#EXT-X-ENDLIST\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        assert!(refusal(&path).starts_with("this is not a video that can be read"), "{name}");
    }
}

#[test]
fn odd_names_work() {
    let mut names = vec![OsStr::new("a:b?c.mp4"), OsStr::new("pct%03d.mp4")];
    #[cfg(unix)]
    names.push(std::os::unix::ffi::OsStrExt::from_bytes(b"latin\xe9.mp4"));
    let folder = bad("");
    for name in names {
        let mut source = open(&folder.join(name), &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(source.info().num_frames(), 240);
        assert!(source.read(FrameIndex(200)).is_ok());
    }
}

#[test]
fn a_file_cut_in_half_gives_its_first_half_and_a_warning() {
    for name in ["truncated_faststart.mp4", "truncated.webm"] {
        let mut source = open(&bad(name), &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        let (decoded, missing) = count(&mut *source);
        println!("{name}: {decoded} decode, {missing} do not, {:?}", source.info().warnings);
        assert!((60..240).contains(&decoded) && missing < 8, "{name}: {decoded} decode, {missing} do not");
        assert!(source.info().warnings.iter().any(|warning| warning.contains("promises")), "{name}");
    }
}

#[test]
fn damage_in_the_middle_does_not_end_the_clip() {
    let mut source = open(&bad("corrupt_data.mp4"), &OpenOptions::default()).unwrap();
    let (decoded, missing) = count(&mut *source);
    println!("corrupt_data.mp4: {decoded} decode, {missing} do not");
    assert_eq!(decoded + missing, 240);
    assert!(decoded > 200, "{decoded} of 240 decode");
    assert!(source.read(FrameIndex(239)).is_ok() && source.read(FrameIndex(0)).is_ok());
}

#[test]
fn a_damaged_index_gives_frames_or_a_reason() {
    for name in ["corrupt_moov.mp4", "truncated_to_header.mp4"] {
        match open(&bad(name), &OpenOptions::default()) {
            Ok(mut source) => {
                let (decoded, missing) = count(&mut *source);
                println!("{name}: {decoded} decode, {missing} do not, {:?}", source.info().warnings);
                assert!(decoded > 0, "{name}");
            }
            Err(error) => println!("{error}"),
        }
    }
}

#[test]
fn any_cut_of_any_file_ends_in_frames_or_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["oneframe.mp4", "h264.ts", "odd_size.webm", "anim.gif", "mpeg4.avi", "offset.mkv"] {
        let whole = std::fs::read(good(name).unwrap()).unwrap();
        for parts in 1..6 {
            let path = folder.path().join(name);
            std::fs::write(&path, &whole[..whole.len().min(200_000) * parts / 6]).unwrap();
            if let Ok(mut source) = open(&path, &OpenOptions::default()) {
                let last = source.info().num_frames() - 1;
                for index in [last, 0, last / 2] {
                    let outcome = source.read(FrameIndex::new(index));
                    assert!(matches!(outcome, Ok(_) | Err(MediaError::MissingFrame(_))), "{name}: {outcome:?}");
                }
            }
        }
    }
}
