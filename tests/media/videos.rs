//! Every codec and container: the frames are the ffmpeg tool's, in any order of reading.

use super::fixtures::{difference, good, make, reference_frames, reference_times};
use cotrail::geometry::{FrameIndex, Size};
use cotrail::media::{FrameSource, MediaError, OpenOptions, SourceKind, open};
use std::path::Path;

/// swscale rounds differently on different machines; two levels are what that makes.
const MAX_DIFFERENCE: u8 = 2;

fn opened(path: &Path) -> Box<dyn FrameSource> {
    open(path, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// Frame numbers in an order that mixes near and far jumps, both ways; always the same.
fn mixed_order(num_frames: usize, count: usize) -> Vec<usize> {
    let mut state = 12345u64;
    let jumps = (0..count).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % num_frames
    });
    jumps.flat_map(|at| [at, (at + 1).min(num_frames - 1), at.saturating_sub(1)]).collect()
}

/// Reads a clip in order, then jumps about in it, and compares everything with the ffmpeg tool.
fn matches_the_tool(path: &Path) {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut source = opened(path);
    let info = source.info().clone();
    let expected = reference_frames(path, info.size);
    assert_eq!(info.num_frames(), expected.len(), "{name}: number of frames");
    let is_about_damage = |warning: &&String| !warning.starts_with("the pictures are interlaced");
    assert_eq!(info.warnings.iter().find(is_about_damage), None, "{name}");

    let check = |source: &mut dyn FrameSource, index: usize, how: &str| {
        let frame = source.read(FrameIndex::new(index)).unwrap_or_else(|error| panic!("{name}, {how}: {error}"));
        assert_eq!((frame.index, frame.size()), (FrameIndex::new(index), info.size), "{name}, {how}");
        let off = difference(frame.rgb(), &expected[index]);
        assert!(off <= MAX_DIFFERENCE, "{name}, {how}: frame {index} is off by {off}");
    };
    for index in 0..expected.len() {
        check(&mut *source, index, "in order");
    }
    for index in mixed_order(expected.len(), 12) {
        check(&mut *source, index, "jumping");
    }
    for index in (0..expected.len()).rev().take(20) {
        check(&mut *source, index, "backwards");
    }
    let past = FrameIndex::new(expected.len());
    assert!(matches!(source.read(past), Err(MediaError::NoSuchFrame { .. })), "{name}");

    let times = reference_times(path);
    if times.len() == expected.len() {
        for (index, (ours, theirs)) in info.times_secs.iter().zip(&times).enumerate() {
            assert!((ours - theirs).abs() < 2e-3, "{name}: frame {index} at {ours} s, ffprobe says {theirs} s");
        }
    }
}

macro_rules! good_files_match_the_tool {
    ($($test:ident: $file:literal,)*) => {
        $(
            #[test]
            fn $test() {
                if let Some(path) = good($file) {
                    matches_the_tool(&path);
                }
            }
        )*
    };
}

good_files_match_the_tool! {
    h264_with_b_frames_matches_the_tool: "h264_bframes.mp4",
    h264_with_open_groups_matches_the_tool: "h264_opengop.mp4",
    hevc_matches_the_tool: "hevc.mp4",
    hevc_with_10_bits_matches_the_tool: "hevc10.mp4",
    vp9_with_hidden_frames_matches_the_tool: "vp9.webm",
    av1_matches_the_tool: "av1.mp4",
    avi_with_b_frames_matches_the_tool: "mpeg4.avi",
    prores_matches_the_tool: "prores.mov",
    mpeg2_transport_stream_matches_the_tool: "mpeg2.ts",
    h264_transport_stream_matches_the_tool: "h264.ts",
    gif_matches_the_tool: "anim.gif",
    motion_jpeg_matches_the_tool: "mjpeg.avi",
    odd_size_matches_the_tool: "odd_size.webm",
    rotated_video_matches_the_tool: "rotated90.mp4",
    variable_rate_matches_the_tool: "vfr.mp4",
    edit_list_matches_the_tool: "editlist.mp4",
    mkv_with_an_offset_matches_the_tool: "offset.mkv",
    a_single_frame_matches_the_tool: "oneframe.mp4",
}

#[test]
fn a_clip_says_what_it_is() {
    let source = opened(&good("h264_bframes.mp4").unwrap());
    let info = source.info();
    assert_eq!((info.kind, info.size, info.num_frames()), (SourceKind::Video, Size::new(640, 360), 240));
    assert_eq!((info.frame_rate, info.variable_rate, info.has_audio), (30.0, false, true));
    assert_eq!((info.codec.as_str(), info.time_secs(FrameIndex(30))), ("h264", 1.0));
    assert!(!opened(&good("vp9.webm").unwrap()).info().has_audio);
}

#[test]
fn a_rotated_clip_is_upright_and_a_variable_one_says_so() {
    assert_eq!(opened(&good("rotated90.mp4").unwrap()).info().size, Size::new(360, 640));
    let vfr = opened(&good("vfr.mp4").unwrap());
    assert!(vfr.info().variable_rate);
    assert!((vfr.info().frame_rate - vfr.info().num_frames() as f64 / 8.0).abs() < 0.2, "{}", vfr.info().frame_rate);
}

#[test]
fn interlaced_fields_in_packets_of_their_own_are_one_frame() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fields.ts");
    let source = "testsrc2=size=320x192:rate=25:duration=2";
    make(
        &["-f", "lavfi", "-i", source, "-c:v", "libx264", "-flags", "+ildct+ilme", "-x264-params", "tff=1:keyint=12"],
        &path,
    );
    matches_the_tool(&path);
}

#[test]
fn a_transport_stream_cut_in_the_middle_starts_at_its_first_whole_picture() {
    let whole = std::fs::read(good("mpeg2.ts").unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.ts");
    std::fs::write(&path, &whole[188 * 100..]).unwrap();
    let mut source = opened(&path);
    let expected = reference_frames(&path, source.info().size);
    let num_frames = source.info().num_frames();
    assert!(num_frames > 0 && num_frames <= expected.len(), "{num_frames} of {}", expected.len());
    for index in [0, num_frames / 2, num_frames - 1] {
        let frame = source.read(FrameIndex::new(index)).unwrap();
        let theirs = &expected[expected.len() - num_frames + index];
        assert!(difference(frame.rgb(), theirs) <= MAX_DIFFERENCE, "frame {index}");
    }
}

#[test]
fn colour_matrix_and_range_are_those_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    for (matrix, range) in [("bt709", "tv"), ("bt709", "pc"), ("bt2020nc", "tv"), ("smpte170m", "pc")] {
        let path = folder.path().join(format!("{matrix}-{range}.mp4"));
        let filter = format!("scale=out_color_matrix={}:out_range={range}", matrix.trim_end_matches("nc"));
        let source = "testsrc2=size=160x96:rate=10:duration=0.5";
        make(&["-f", "lavfi", "-i", source, "-vf", &filter, "-colorspace", matrix, "-color_range", range], &path);
        matches_the_tool(&path);
    }
}

#[test]
fn every_turn_and_mirror_is_undone() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.mp4");
    make(&["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10:duration=0.5", "-pix_fmt", "yuv420p"], &source);
    for degrees in ["0", "90", "180", "270"] {
        let path = folder.path().join(format!("turned{degrees}.mp4"));
        let tag = format!("rotate={degrees}");
        make(&["-i", source.to_str().unwrap(), "-c", "copy", "-metadata:s:v", &tag], &path);
        let is_on_its_side = degrees == "90" || degrees == "270";
        let size = if is_on_its_side { Size::new(48, 64) } else { Size::new(64, 48) };
        assert_eq!(opened(&path).info().size, size, "{degrees}");
        matches_the_tool(&path);
    }
}

#[test]
fn truly_odd_sizes_and_other_kinds_of_pixels_match_the_tool() {
    let folder = tempfile::tempdir().unwrap();
    for (name, options) in [
        ("odd444.mp4", ["-vf", "scale=101:67", "-c:v", "libx264", "-pix_fmt", "yuv444p"]),
        ("odd420.mkv", ["-vf", "scale=101:67", "-c:v", "ffv1", "-pix_fmt", "yuv420p"]),
        ("full.mkv", ["-vf", "scale=96:64", "-c:v", "mjpeg", "-pix_fmt", "yuvj422p"]),
        ("rgb.mkv", ["-vf", "scale=96:64", "-c:v", "ffv1", "-pix_fmt", "bgr0"]),
        ("gray.mkv", ["-vf", "scale=96:64", "-c:v", "ffv1", "-pix_fmt", "gray16le"]),
        ("hidden.webm", ["-c:v", "libvpx", "-auto-alt-ref", "1", "-lag-in-frames", "16"]),
    ] {
        let path = folder.path().join(name);
        let source = "testsrc2=size=160x90:rate=25:duration=2";
        make(&[&["-f", "lavfi", "-i", source], options.as_slice()].concat(), &path);
        matches_the_tool(&path);
    }
}

#[test]
fn glued_transport_streams_play_one_after_the_other() {
    let part = std::fs::read(good("mpeg2.ts").unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("glued.ts");
    std::fs::write(&path, [part.as_slice(), part.as_slice()].concat()).unwrap();
    let mut source = opened(&path);
    let expected = reference_frames(&path, source.info().size);
    assert_eq!(source.info().num_frames(), expected.len());
    assert!(source.info().times_secs.is_sorted());
    for index in [0, 100, 300, 479, 241, 10] {
        let frame = source.read(FrameIndex::new(index)).unwrap();
        assert!(difference(frame.rgb(), &expected[index]) <= MAX_DIFFERENCE, "frame {index}");
    }
}

#[test]
fn a_song_with_a_cover_is_no_video() {
    let folder = tempfile::tempdir().unwrap();
    let cover = folder.path().join("cover.png");
    make(&["-f", "lavfi", "-i", "testsrc2=size=64x64", "-frames:v", "1"], &cover);
    let path = folder.path().join("song.m4a");
    let cover = cover.to_str().unwrap();
    make(
        &[
            "-f",
            "lavfi",
            "-i",
            "sine=d=1",
            "-i",
            cover,
            "-map",
            "0",
            "-map",
            "1",
            "-c:v",
            "png",
            "-disposition:v",
            "attached_pic",
        ],
        &path,
    );
    let error = open(&path, &OpenOptions::default()).err().unwrap().to_string();
    assert!(error.starts_with("this file has sound but no video"), "{error}");
}
