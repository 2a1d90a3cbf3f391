//! Written clips: read back by us and by the ffmpeg tool, every frame is there at its time, with the sound.

use super::fixtures::{bad, good, make, probe, reference_times};
use cotrail::geometry::{FrameIndex, Size};
use cotrail::media::{
    ClipAudio, ClipEncoding, ClipReport, ClipSettings, ClipWriter, FrameSource, MediaError, OpenOptions,
    SyntheticSource, open,
};
use std::path::Path;

fn settings(size: Size, frame_rate: f64) -> ClipSettings {
    ClipSettings { size, frame_rate, encoding: ClipEncoding::default(), audio: None }
}

/// Writes one synthetic picture per time.
fn write(path: &Path, settings: &ClipSettings, times: &[f64]) -> ClipReport {
    let mut source = SyntheticSource::new(settings.size, times.len(), settings.frame_rate);
    let mut writer = ClipWriter::create(path, settings).unwrap_or_else(|error| panic!("{error}"));
    for (index, &time) in times.iter().enumerate() {
        let frame = source.read(FrameIndex::new(index)).expect("synthetic frames are there");
        writer.write(frame.rgb(), time).unwrap_or_else(|error| panic!("{error}"));
    }
    writer.finish().unwrap_or_else(|error| panic!("{error}"))
}

fn opened(path: &Path) -> Box<dyn FrameSource> {
    open(path, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The mean difference of two pictures' bytes.
fn mean_difference(a: &[u8], b: &[u8]) -> f64 {
    let sum: u64 = a.iter().zip(b).map(|(x, y)| u64::from(x.abs_diff(*y))).sum();
    sum as f64 / a.len() as f64
}

#[test]
fn every_frame_is_there_in_its_colours_and_at_its_time() {
    let folder = tempfile::tempdir().unwrap();
    // 720 lines are tagged BT.709, fewer BT.601.
    for (size, matrix) in [(Size::new(640, 360), "smpte170m"), (Size::new(1280, 720), "bt709")] {
        let path = folder.path().join("clip.mp4");
        let times: Vec<f64> = (0..40).map(|i| 2.0 + f64::from(i) * 1001.0 / 30000.0).collect();
        let report = write(&path, &settings(size, 30000.0 / 1001.0), &times);
        assert_eq!((report.codec.as_str(), report.num_frames, report.warnings.len()), ("H.264", 40, 0));

        let mut clip = opened(&path);
        assert_eq!((clip.info().num_frames(), clip.info().size), (40, size));
        assert!(!clip.info().variable_rate && (clip.info().frame_rate - 29.97).abs() < 0.001);
        let mut original = SyntheticSource::new(size, 40, 30.0);
        for index in (0..40).map(FrameIndex) {
            let (ours, wanted) = (clip.read(index).unwrap(), original.read(index).unwrap());
            assert_eq!(SyntheticSource::number_in(&ours), index.0);
            let off = mean_difference(ours.rgb(), wanted.rgb());
            assert!(off < 4.0, "{size}, frame {index} is off by {off} on average");
        }
        assert_eq!(probe(&path, "v:0", "stream=color_space"), matrix);
        assert_eq!(probe(&path, "v:0", "stream=color_range,pix_fmt"), "yuv420p,tv");
    }
}

#[test]
fn uneven_times_are_kept_and_the_last_frame_stays_as_long_as_it_should() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vfr.mp4");
    let times = [10.0, 10.1, 10.15, 10.5, 10.517, 11.25, 11.3, 12.0];
    write(&path, &settings(Size::new(64, 48), 5.0), &times);
    let clip = opened(&path);
    assert!(clip.info().variable_rate);
    let probed = reference_times(&path);
    assert_eq!((clip.info().num_frames(), probed.len()), (times.len(), times.len()));
    for ((wanted, ours), theirs) in times.iter().zip(clip.info().times_secs.iter()).zip(&probed) {
        assert!((wanted - 10.0 - ours).abs() < 1e-3 && (ours - theirs).abs() < 1e-3, "{wanted} {ours} {theirs}");
    }
    let duration: f64 = probe(&path, "v:0", "stream=duration").parse().unwrap();
    assert!((duration - 2.2).abs() < 1e-3, "{duration}"); // 2 s, and a fifth of a second for the last frame
}

#[test]
fn odd_sizes_are_padded_by_their_border() {
    let folder = tempfile::tempdir().unwrap();
    for (size, padded) in [(Size::new(33, 21), Size::new(34, 22)), (Size::new(17, 20), Size::new(18, 20))] {
        let path = folder.path().join("odd.mp4");
        write(&path, &settings(size, 25.0), &[0.0, 0.04, 0.08]);
        let mut clip = opened(&path);
        assert_eq!(clip.info().size, padded);
        let frame = clip.read(FrameIndex(1)).unwrap();
        let (x, y) = (padded.width - 1, padded.height - 1);
        for (a, b) in frame.pixel(x, y / 2).iter().zip(frame.pixel(x - 1, y / 2)) {
            assert!(a.abs_diff(b) < 24, "the last column repeats the one before");
        }
    }
    write(&folder.path().join("tiny.mp4"), &settings(Size::new(16, 4), 25.0), &[0.0]);
}

#[test]
fn repeated_and_falling_times_still_give_every_frame() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    write(&path, &settings(Size::new(32, 32), 25.0), &[1.0, 1.0, 0.5, 1.04]);
    assert_eq!(opened(&path).info().num_frames(), 4);
}

#[test]
fn the_sound_is_copied_and_trimmed() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.mp4");
    // Silence, then from second 2 on a tone: the copy from second 1 must start the tone after one second.
    let tone = "aevalsrc=gte(t\\,2)*sin(2764*t):d=5";
    make(
        &["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=5", "-f", "lavfi", "-i", tone, "-c:a", "aac"],
        &source,
    );
    assert!(opened(&source).info().has_audio);
    let path = folder.path().join("clip.mp4");
    let audio = ClipAudio { path: source, stream: None, start_secs: 1.0, end_secs: 4.0 };
    let times: Vec<f64> = (25..100).map(|i| f64::from(i) / 25.0).collect();
    let with_audio = ClipSettings { audio: Some(audio), ..settings(Size::new(64, 48), 25.0) };
    let report = write(&path, &with_audio, &times);
    assert_eq!(report.warnings, Vec::<String>::new());
    assert_eq!(probe(&path, "a:0", "stream=codec_name"), "aac");
    let duration: f64 = probe(&path, "a:0", "stream=duration").parse().unwrap();
    assert!((duration - 3.0).abs() < 0.06, "{duration}");
    let onset = onset_secs(&path);
    assert!((onset - 1.0).abs() < 0.05, "the tone starts at {onset}");
    let mut clip = opened(&path);
    assert_eq!(clip.info().num_frames(), 75);
    assert_eq!(SyntheticSource::number_in(&clip.read(FrameIndex(74)).unwrap()), 74);
}

/// When a clip's sound gets loud.
fn onset_secs(path: &Path) -> f64 {
    let output = std::process::Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(path)
        .args(["-map", "0:a:0", "-ac", "1", "-ar", "8000", "-f", "s16le", "-"])
        .output()
        .expect("ffmpeg runs");
    let samples = output.stdout.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
    let quiet = samples.take_while(|sample| sample.unsigned_abs() < 4000).count();
    quiet as f64 / 8000.0
}

#[test]
fn sound_of_a_transport_stream_is_copied_too() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.ts");
    let tone = "aevalsrc=gte(t\\,1)*sin(2764*t):d=3";
    make(
        &["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=3", "-f", "lavfi", "-i", tone, "-c:a", "aac"],
        &source,
    );
    let path = folder.path().join("clip.mp4");
    let audio = ClipAudio { path: source, stream: None, start_secs: 0.0, end_secs: 2.0 };
    let times: Vec<f64> = (0..50).map(|i| f64::from(i) / 25.0).collect();
    let report = write(&path, &ClipSettings { audio: Some(audio), ..settings(Size::new(64, 48), 25.0) }, &times);
    assert_eq!(report.warnings, Vec::<String>::new());
    let onset = onset_secs(&path);
    assert!((onset - 1.0).abs() < 0.05, "the tone starts at {onset}");
}

#[test]
fn sound_that_mp4_cannot_hold_is_left_out_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.avi");
    make(
        &["-f", "lavfi", "-i", "testsrc2=size=64x48:duration=1", "-f", "lavfi", "-i", "sine=d=1", "-c:a", "adpcm_ms"],
        &source,
    );
    for path in [source, good("vp9.webm").unwrap(), folder.path().join("not there.mp4")] {
        let target = folder.path().join("clip.mp4");
        let audio = ClipAudio { path, stream: None, start_secs: 0.0, end_secs: 1.0 };
        let with_audio = ClipSettings { audio: Some(audio), ..settings(Size::new(64, 48), 25.0) };
        let report = write(&target, &with_audio, &[0.0, 0.04]);
        assert_eq!(report.warnings.len(), 1);
        assert!(report.warnings[0].starts_with("the clip has no sound: "), "{:?}", report.warnings);
        assert_eq!(probe(&target, "a:0", "stream=codec_name"), "");
    }
}

#[test]
fn a_dropped_writer_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    std::fs::write(&path, "old").unwrap();
    let mut writer = ClipWriter::create(&path, &settings(Size::new(32, 32), 25.0)).unwrap();
    writer.write(&[0; 3 * 32 * 32], 0.0).unwrap();
    drop(writer);
    let empty = ClipWriter::create(&path, &settings(Size::new(32, 32), 25.0)).unwrap();
    assert!(empty.finish().unwrap_err().to_string().starts_with("a clip needs at least one frame"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn places_that_cannot_be_written_say_why_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |path: &Path, size| match ClipWriter::create(path, &settings(size, 25.0)) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error @ MediaError::Unwritable { .. }) => error.to_string(),
        Err(error) => panic!("{error}"),
    };
    let size = Size::new(32, 32);
    assert!(refusal(&folder.path().join("no/clip.mp4"), size).starts_with("there is no folder "));
    assert!(refusal(folder.path(), size).starts_with("this is a folder"));
    assert!(refusal(&bad("fifo.mp4"), size).starts_with("this is not a regular file"), "nothing replaces a device");
    assert!(refusal(&folder.path().join("clip.mp4"), Size::new(0, 5)).starts_with("a clip of 0x5 pixels"));
    std::fs::write(folder.path().join("file"), "").unwrap();
    assert!(refusal(&folder.path().join("file/clip.mp4"), size).contains("is not a folder"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
}

#[cfg(unix)]
#[test]
fn odd_names_and_usual_permissions() {
    use std::os::unix::{ffi::OsStrExt, fs::PermissionsExt};
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "").unwrap();
    for name in ["a:b?c.mp4".as_bytes(), b"pct%03d.mp4", b"latin\xe9.mp4"] {
        let path = folder.path().join(std::ffi::OsStr::from_bytes(name));
        write(&path, &settings(Size::new(32, 32), 25.0), &[0.0]);
        assert_eq!(opened(&path).info().num_frames(), 1);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&plain));
    }
}
