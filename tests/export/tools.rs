//! What is written for other programs, read back by their rules.

use super::store;
use super::tables::{with_table, written_with};
use cotrail::eval::ClipSource;
use cotrail::export::{TableExport, export_table};
use cotrail::geometry::Size;
use cotrail::media::{FrameSource, SyntheticSource};
use cotrail::sync::CancelToken;
use cotrail::tracks::{ImportedTrack, TableFormat, TableOptions, ToolFormat, TrackStore, read_tracks};
use serde_json::Value;
use std::fs;
use std::process::Command;

const NAMES: [&str; 3] = ["nose", "left {ear} \"x\"", "nose"];
const HEIGHT: f64 = 360.0;
const WIDTH: f64 = 640.0;

/// Three tracks from frames 0, 3 and 2 of twelve, of which frames 1 to 10 are written; hidden on frames 4 and 9.
fn example() -> TrackStore {
    let tracks = [(NAMES[0], 0), (NAMES[1], 3), (NAMES[2], 2)];
    store(&tracks, 12, place)
}

fn place(track: usize, frame: usize) -> (f32, f32) {
    (100.25 * track as f32 + frame as f32 * 1.5, 20.0 + 0.5 * frame as f32)
}

fn from(track: usize) -> usize {
    [1, 3, 2][track]
}

/// Where a track is seen, in our pixels: frame of the clip, x, y.
fn seen(track: usize) -> Vec<(i64, f64, f64)> {
    let frames = (from(track)..=10).filter(|frame| frame % 5 != 4);
    let at = |frame| {
        let (x, y) = place(track, frame);
        (frame as i64, f64::from(x), f64::from(y))
    };
    frames.map(at).collect()
}

fn text(tool: ToolFormat, first_number: u32) -> String {
    let options = TableOptions { first_number, ..TableOptions::default() };
    String::from_utf8(written_with(&example(), TableFormat::Tool(tool), &options)).unwrap()
}

/// Numbers and words between other characters.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', '\n', '\t', '(', ')', '[', ']', '{', '}', ',']).filter(|word| !word.is_empty())
}

#[test]
fn nuke_finds_a_curve_with_gaps_counted_from_the_lower_left_corner() {
    // `xF` is the frame of the value that follows it; each further value is one frame later.
    let curve = |text: &str| {
        let (mut frame, mut values) = (0, Vec::new());
        for word in words(text) {
            if let Some(number) = word.strip_prefix('x') {
                frame = number.parse().unwrap();
            } else {
                values.push((frame, word.parse::<f64>().unwrap()));
                frame += 1;
            }
        }
        values
    };
    for (chosen, first) in [(0, 1), (1001, 1001)] {
        let text = text(ToolFormat::Nuke, chosen);
        assert!(text.starts_with("Tracker4 {\ntracks { { 1 31 3 }"), "{text}");
        assert_eq!(text.matches(" 1 } \n{").count(), 30, "31 columns");
        assert_eq!(text.replace("\\{", "").replace("\\}", "").matches('{').count(), text.matches('}').count() - 1);
        assert!(text.contains(&format!("\nreference_frame {}\n", first + 1)));
        let rows: Vec<&str> = text.lines().filter(|line| line.contains("curve K")).collect();
        assert!(rows[1].contains("\"left \\{ear\\} \\\"x\\\"\"") && rows[2].contains("\"nose 2\""), "{rows:?}");
        for (track, row) in rows.iter().enumerate() {
            let curves: Vec<_> = row.match_indices("{curve x").map(|(at, _)| &row[at + 6..]).collect();
            let [xs, ys] = [0, 1].map(|axis| curve(curves[axis].split('}').next().unwrap()));
            let expected =
                |(frame, x, y): &(i64, f64, f64)| ((frame + first, x + 0.5), (frame + first, HEIGHT - 0.5 - y));
            assert_eq!(
                xs.into_iter().zip(ys).collect::<Vec<_>>(),
                seen(track).iter().map(expected).collect::<Vec<_>>()
            );
        }
    }
}

#[test]
fn the_equalizer_finds_a_count_a_name_without_blanks_and_a_line_for_each_sample() {
    let text = text(ToolFormat::Equalizer, 1001);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("3"));
    for (track, name) in ["nose", "left_{ear}_\"x\"", "nose_2"].into_iter().enumerate() {
        assert_eq!((lines.next(), lines.next()), (Some(name), Some("0")));
        assert_eq!(lines.next(), Some(seen(track).len().to_string().as_str()));
        for (frame, x, y) in seen(track) {
            let values: Vec<f64> = words(lines.next().unwrap()).map(|word| word.parse().unwrap()).collect();
            assert_eq!(values, [frame as f64 + 1001.0, x + 0.5, HEIGHT - 0.5 - y]);
        }
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn syntheyes_finds_shares_of_the_picture_and_where_stretches_begin() {
    let text = text(ToolFormat::SynthEyes, 1001);
    let mut lines = text.lines();
    for (track, name) in ["nose", "left_{ear}_\"x\"", "nose_2"].into_iter().enumerate() {
        let mut last = None;
        for (frame, x, y) in seen(track) {
            let line: Vec<&str> = lines.next().unwrap().split(' ').collect();
            assert_eq!((line[0], line[1]), (name, (frame + 1001).to_string().as_str()));
            let [u, v] = [2, 3].map(|at| line[at].parse::<f64>().unwrap());
            // The middle of the first pixel is -1, that of the last one 1.
            assert!(((u + 1.0) * (WIDTH - 1.0) / 2.0 - x).abs() < 1e-4, "{u} {x}");
            assert!(((v + 1.0) * (HEIGHT - 1.0) / 2.0 - y).abs() < 1e-4, "{v} {y}");
            assert_eq!(line[4], if last == Some(frame - 1) { "7" } else { "15" });
            last = Some(frame);
        }
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn after_effects_finds_a_position_or_a_point_control_for_each_track() {
    let text = text(ToolFormat::AfterEffects, 0);
    assert!(text.starts_with("Adobe After Effects 8.0 Keyframe Data\n\n\tUnits Per Second\t30\n\tSource Width\t640\n"));
    assert!(text.contains("\tSource Pixel Aspect Ratio\t1\n") && text.ends_with("\nEnd of Keyframe Data\n"));
    for (track, block) in text.split("Effects\tADBE Point Control #").skip(1).enumerate() {
        let (head, rest) = block.split_once('\n').unwrap();
        assert_eq!(head, format!("{}\tADBE Point Control-0001", track + 1));
        let rows = rest.lines().skip(1).take_while(|line| line.starts_with('\t'));
        let rows = rows.map(|line| words(line).map(|word| word.parse::<f64>().unwrap()).collect::<Vec<_>>());
        let expected = |(frame, x, y): (i64, f64, f64)| vec![frame as f64, x + 0.5, y + 0.5];
        assert_eq!(rows.collect::<Vec<_>>(), seen(track).into_iter().map(expected).collect::<Vec<_>>());
    }
    let one = store(&[("a", 1)], 12, place);
    let one =
        String::from_utf8(written_with(&one, TableFormat::Tool(ToolFormat::AfterEffects), &TableOptions::default()));
    assert!(one.unwrap().contains("Transform\tPosition\n\tFrame\tX pixels\tY pixels\tZ pixels\t\n\t1\t2\t21\t0\t\n"));
}

#[test]
fn blender_finds_shares_of_the_picture_from_its_lower_left_corner() {
    for chosen in [0, 1001] {
        let text = text(ToolFormat::Blender, chosen);
        assert!(text.contains("PATH = \"some/where \\\"else\\\".mp4\"\n"));
        for (track, name) in ["\"nose\"", "\"left {ear} \\\"x\\\"\"", "\"nose 2\""].into_iter().enumerate() {
            let (_, rows) = text.split_once(&format!("    ({name}, [\n")).unwrap();
            let mut found = Vec::new();
            for row in rows.lines().take_while(|row| row.starts_with("        (")) {
                let numbers: Vec<f64> = words(row).map(|word| word.parse().unwrap()).collect();
                let places = numbers[1..].chunks_exact(2).enumerate();
                found.extend(places.map(|(i, place)| (numbers[0] as i64 + i as i64, place[0], place[1])));
            }
            assert_eq!(found.len(), seen(track).len());
            for ((frame, x, y), (expected, px, py)) in found.iter().zip(seen(track)) {
                assert_eq!(*frame, expected + 1, "a clip's first frame is 1 in Blender, whatever it is elsewhere");
                let there = [(px + 0.5) / WIDTH, 1.0 - (py + 0.5) / HEIGHT];
                assert!((x - there[0]).abs() < 1e-6 && (y - there[1]).abs() < 1e-6, "{x}, {y} for {there:?}");
            }
        }
    }
}

fn read(tool: ToolFormat) -> Vec<ImportedTrack> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("a.{}", tool.extension()));
    fs::write(&path, text(tool, 0)).unwrap();
    read_tracks(&path).unwrap()
}

#[test]
fn what_deeplabcut_sleap_and_napari_read_comes_back() {
    for tool in [ToolFormat::DeepLabCut, ToolFormat::Sleap, ToolFormat::Napari] {
        let tracks = read(tool);
        assert_eq!(tracks.len(), 3, "{tool:?}");
        for (at, track) in tracks.iter().enumerate() {
            let places = track.samples.iter().map(|(frame, sample)| (frame.get(), sample.point.x, sample.point.y));
            let expected = (from(at)..=10).map(|frame| (frame, place(at, frame).0, place(at, frame).1));
            assert!(places.eq(expected), "{tool:?}: {:?}", track.samples);
            if tool != ToolFormat::Napari {
                assert_eq!(track.name.as_deref(), Some([NAMES[0], NAMES[1], "nose 2"][at]));
                let visible: Vec<_> = track.samples.iter().filter(|(_, sample)| sample.visible).collect();
                let visible: Vec<_> = visible.iter().map(|(frame, _)| frame.get() as i64).collect();
                assert_eq!(visible, seen(at).iter().map(|(frame, ..)| *frame).collect::<Vec<_>>(), "{tool:?}");
            }
        }
    }
}

#[test]
fn coco_finds_an_annotation_for_each_frame_and_comfy_a_list_for_each_point() {
    let coco: Value = serde_json::from_str(&text(ToolFormat::Coco, 0)).unwrap();
    assert_eq!(coco["categories"][0]["keypoints"].as_array().unwrap().len(), 3);
    assert_eq!((coco["images"][0]["id"].as_u64(), coco["images"].as_array().unwrap().len()), (Some(1), 10));
    let fourth = &coco["annotations"][3];
    assert_eq!((fourth["image_id"].as_u64(), fourth["num_keypoints"].as_u64()), (Some(4), Some(3)));
    let (a, b) = (place(0, 4), place(1, 4));
    let keypoints: Vec<f64> = fourth["keypoints"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    assert_eq!(keypoints[..6], [a.0, a.1, 1.0, b.0, b.1, 1.0].map(f64::from), "hidden is 1");
    assert_eq!(coco["annotations"][0]["keypoints"][5].as_f64(), Some(0.0), "nothing is known of it yet");

    let comfy: Value = serde_json::from_str(&text(ToolFormat::Comfy, 0)).unwrap();
    let x = |track: usize, row: usize| comfy[track][row]["x"].as_f64().unwrap() as f32;
    assert_eq!((comfy.as_array().unwrap().len(), comfy[1].as_array().unwrap().len()), (3, 10));
    assert_eq!((x(1, 0), x(1, 9)), (place(1, 3).0, place(1, 10).0), "before its first frame it stands there");
}

#[test]
fn a_clip_without_tracks_makes_a_file_that_can_be_read() {
    let is_pin = |tool: &ToolFormat| matches!(tool, ToolFormat::NukePin | ToolFormat::AfterEffectsPin);
    // A file of SynthEyes has nothing but a line for each place.
    let has_head = |tool: &ToolFormat| TableFormat::Tool(*tool).is_text() && *tool != ToolFormat::SynthEyes;
    for tool in ToolFormat::ALL.into_iter().filter(|tool| !is_pin(tool) && has_head(tool)) {
        let bytes = written_with(&TrackStore::new(), TableFormat::Tool(tool), &TableOptions::default());
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.is_empty(), "{tool:?}");
        if tool.extension().ends_with("json") {
            serde_json::from_str::<Value>(&text).unwrap();
        }
    }
}

#[test]
fn tap_vids_file_holds_the_pictures_and_is_measured_with_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tapvid.pkl");
    let (store, cancel) = (example(), CancelToken::new());
    let mut source = SyntheticSource::new(Size::new(640, 360), 12, 30.0);
    let export = TableExport::open(&path).unwrap();
    assert!(export.holds_pictures());
    with_table(&store, |table| export.run_with(table, &mut source, &cancel)).unwrap();
    let clips = ClipSource::find(&path).unwrap();
    let clip = clips[0].read().unwrap();
    assert_eq!((clips.len(), clip.name.as_str(), clip.size), (1, "where_\"else\"", Size::new(640, 360)));
    assert_eq!(clip.frames.len(), 11);
    for frame in &clip.frames {
        assert_eq!(frame.rgb(), source.read(frame.index).unwrap().rgb());
    }
    for (track, first) in [0, 3, 2].into_iter().enumerate() {
        for (frame, truth) in clip.truth[track].iter().enumerate() {
            let truth = truth.unwrap();
            let (x, y) = place(track, frame.max(first));
            assert!((truth.point.x - x).abs() < 1e-3 && (truth.point.y - y).abs() < 1e-3, "{track} {frame}");
            assert_eq!(truth.visible, frame >= first && frame % 5 != 4, "{track} {frame}");
        }
    }
    let no_pictures = with_table(&store, |table| export_table(table, &path, &cancel)).unwrap_err().to_string();
    assert!(no_pictures.contains("holds the clip's pictures"), "{no_pictures}");
    let read = "import pickle, sys; c = pickle.load(open(sys.argv[1], 'rb')); (n, d), = c.items(); \
        print(*d['video'].shape, d['video'].dtype, *d['points'].shape, d['points'].dtype, d['occluded'].dtype, \
        d['occluded'].sum(), float(d['points'][0, 0, 0]))";
    match Command::new("python3").args(["-c", read]).arg(&path).output() {
        Ok(output) if output.status.success() => {
            let said = String::from_utf8(output.stdout).unwrap();
            assert_eq!(said.trim(), format!("11 360 640 3 uint8 3 11 2 float32 bool 11 {}", 0.5 / 640.0));
        }
        _ => println!("skipped reading it back with NumPy: it is not here"),
    }
}
