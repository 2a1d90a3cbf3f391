//! Sequences of PNG pictures, read again.

use super::names_in;
use super::sources::{Grey, SIZE, place, tracked};
use cotrail::export::{Drawing, ExportError, Ground, PicturesExport, PicturesJob};
use cotrail::geometry::{FrameIndex, Size, SourcePoint};
use cotrail::media::FrameSource;
use cotrail::overlay::{Colour, OverlayStyle};
use cotrail::sync::CancelToken;
use std::fs;
use std::path::Path;

fn job(folder: &Path, ground: Option<Ground>) -> PicturesJob {
    let style = OverlayStyle { trail_frames: 0, point_radius: 10.0, ..OverlayStyle::default() };
    let frames = FrameIndex(3)..=FrameIndex(8);
    PicturesJob { folder: folder.to_owned(), name: "run 1".into(), frames, drawing: Drawing::new(style), ground }
}

fn export(job: PicturesJob, cancel: &CancelToken, stop_at: usize) -> Result<usize, ExportError> {
    let mut source = Grey::new(12, &[]);
    let mut progress = |done, _| {
        if done == stop_at {
            cancel.cancel();
        }
    };
    let export = PicturesExport::open(source.info(), job)?;
    export.run(&mut source, &tracked(12), &mut progress, cancel).map(|report| report.num_frames)
}

fn read(path: &Path) -> image::RgbaImage {
    let picture = image::open(path).unwrap();
    assert_eq!(picture.color().has_alpha(), path.parent().unwrap().ends_with("clear_png"), "{}", path.display());
    picture.to_rgba8()
}

#[test]
fn marks_alone_are_as_opaque_as_they_are_drawn_and_named_by_the_sources_frames() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("clear_png");
    assert_eq!(export(job(&target, None), &CancelToken::new(), usize::MAX).unwrap(), 6);
    let names: Vec<String> = (3..=8).map(|frame| format!("run 1_{frame:06}.png")).collect();
    assert_eq!(names_in(&target), names);
    assert_eq!(names_in(folder.path()), ["clear_png"]);
    for (name, frame) in names.iter().zip(3..) {
        let picture = read(&target.join(name));
        assert_eq!(picture.dimensions(), (SIZE.width, SIZE.height));
        let (x, y) = place(frame);
        let at = |dx: f32, dy: f32| picture.get_pixel((x + dx).round() as u32, (y + dy).round() as u32).0;
        let is_hidden = frame % 5 == 4;
        // The first colour of the palette; a hidden point is hollow.
        assert_eq!(at(0.0, 0.0), if is_hidden { [0; 4] } else { [0xE6, 0x9F, 0x00, 255] }, "frame {frame}");
        assert_eq!(at(0.0, 20.0), [0; 4], "nothing else can be seen");
        let (mut sum, mut x_sum, mut y_sum) = (0.0, 0.0, 0.0);
        for (x, y, pixel) in picture.enumerate_pixels() {
            let alpha = f32::from(pixel[3]);
            (sum, x_sum, y_sum) = (sum + alpha, x_sum + alpha * x as f32, y_sum + alpha * y as f32);
        }
        let off = SourcePoint::new(x_sum / sum, y_sum / sum).distance(SourcePoint::new(x, y));
        assert!(off < 0.03, "frame {frame}: {off} px off");
        let partly = picture.pixels().filter(|pixel| !matches!(pixel[3], 0 | 255)).count();
        assert!(partly > 20, "edges are smooth");
    }
}

#[test]
fn pictures_over_the_video_or_a_colour_are_opaque_and_may_be_smaller() {
    let folder = tempfile::tempdir().unwrap();
    let (over, flat) = (folder.path().join("over_png"), folder.path().join("flat_png"));
    export(job(&over, Some(Ground::Picture)), &CancelToken::new(), usize::MAX).unwrap();
    let mut small = job(&flat, Some(Ground::Flat(Colour { r: 10, g: 20, b: 200 })));
    small.drawing.size = cotrail::export::OutputSize::Part(2);
    small.drawing.style.point_radius = 6.0;
    export(small, &CancelToken::new(), usize::MAX).unwrap();
    let (x, y) = place(5);
    let picture = read(&over.join("run 1_000005.png"));
    assert_eq!(picture.get_pixel(5, 110).0, [Grey::level(5), Grey::level(5), Grey::level(5), 255]);
    assert_eq!(picture.get_pixel(x.round() as u32, y.round() as u32).0, [0xE6, 0x9F, 0x00, 255]);
    let picture = read(&flat.join("run 1_000005.png"));
    assert_eq!(picture.dimensions(), (SIZE.width / 2, SIZE.height / 2));
    assert_eq!(picture.get_pixel(2, 50).0, [10, 20, 200, 255]);
    let half = |value: f32| (value / 2.0 - 0.25).round() as u32;
    assert_eq!(picture.get_pixel(half(x), half(y)).0, [0xE6, 0x9F, 0x00, 255]);
}

#[test]
fn an_earlier_sequence_is_replaced_whole_and_other_files_never() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("clear_png");
    fs::create_dir(&target).unwrap();
    fs::write(target.join("run 1_000099.png"), "old").unwrap();
    export(job(&target, None), &CancelToken::new(), usize::MAX).unwrap();
    assert_eq!(names_in(&target).len(), 6, "the old picture is gone");
    assert_eq!(names_in(folder.path()), ["clear_png"]);
    fs::write(target.join("run 2_000001.png"), "of another sequence").unwrap();
    let error = export(job(&target, None), &CancelToken::new(), usize::MAX).unwrap_err();
    assert!(matches!(error, ExportError::FolderInUse(_)), "{error}");
    assert_eq!((names_in(&target).len(), names_in(folder.path()).len()), (7, 1));
    fs::write(folder.path().join("file"), "").unwrap();
    for (place, words) in [("file", "there is a file of this name"), ("no/where", "there is no such folder")] {
        let error = export(job(&folder.path().join(place), None), &CancelToken::new(), usize::MAX).unwrap_err();
        assert!(error.to_string().starts_with(words), "{error}");
    }
}

#[test]
fn a_cancelled_sequence_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("clear_png");
    for standing in [false, true] {
        if standing {
            fs::create_dir(&target).unwrap();
            fs::write(target.join("run 1_000099.png"), "old").unwrap();
        }
        let outcome = export(job(&target, None), &CancelToken::new(), 3);
        assert!(matches!(outcome, Err(ExportError::Cancelled)), "{outcome:?}");
        assert_eq!(names_in(folder.path()).len(), usize::from(standing));
    }
    assert_eq!(fs::read_to_string(target.join("run 1_000099.png")).unwrap(), "old");
    drop(PicturesExport::open(Grey::new(12, &[]).info(), job(&target, None)).unwrap());
    assert_eq!(names_in(folder.path()), ["clear_png"]);
    let mut large = job(&target, None);
    large.drawing.size = cotrail::export::OutputSize::Height(60_000);
    assert!(export(large, &CancelToken::new(), usize::MAX).unwrap_err().to_string().contains("cannot have"));
    assert_eq!(Size::new(160, 120), SIZE);
}
