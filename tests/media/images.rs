//! Folders of images: order, sizes, kinds of pixels, and what cannot be read.

use super::fixtures::{good, make, reference_frames};
use cotrail::geometry::{FrameIndex, Size};
use cotrail::media::{FrameSource, MediaError, OpenOptions, SourceKind, open};
use image::{DynamicImage, GrayImage, ImageBuffer, Luma, LumaA, Rgb, RgbImage, Rgba, RgbaImage};
use std::path::Path;

fn opened(folder: &Path) -> Box<dyn FrameSource> {
    open(folder, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// A flat picture, told from others by its red value.
fn flat(folder: &Path, name: &str, red: u8) {
    RgbImage::from_pixel(8, 6, Rgb([red, 100, 50])).save(folder.join(name)).expect("the image is written");
}

fn first_pixel(source: &mut dyn FrameSource, index: u32) -> [u8; 3] {
    source.read(FrameIndex(index)).unwrap_or_else(|error| panic!("{error}")).pixel(0, 0)
}

#[test]
fn frames_from_the_tool_are_read_as_they_are() {
    let folder = good("frames").unwrap();
    let mut source = open(&folder, &OpenOptions { frame_rate: Some(12.5), stream: None }).unwrap();
    let info = source.info().clone();
    assert_eq!((info.kind, info.size, info.num_frames()), (SourceKind::Images, Size::new(640, 360), 30));
    assert_eq!((info.frame_rate, info.time_secs(FrameIndex(25)), info.codec.as_str()), (12.5, 2.0, "png images"));
    assert!(info.warnings.is_empty() && !info.has_audio && !info.variable_rate);
    for index in [29, 0, 13] {
        let expected = image::open(folder.join(format!("{:04}.png", index + 1))).unwrap().into_rgb8();
        assert_eq!(source.read(FrameIndex(index)).unwrap().rgb(), expected.as_raw().as_slice());
    }
    assert!(matches!(source.read(FrameIndex(30)), Err(MediaError::NoSuchFrame { .. })));
}

#[test]
fn names_are_in_numeric_order_and_missing_numbers_are_said() {
    let folder = tempfile::tempdir().unwrap();
    for number in [10, 2, 1, 9, 4] {
        flat(folder.path(), &format!("img{number}.png"), number * 10);
    }
    flat(folder.path(), ".hidden.png", 255);
    std::fs::write(folder.path().join("notes.txt"), "no image").unwrap();
    std::fs::create_dir(folder.path().join("img3.png")).unwrap();
    let mut source = opened(folder.path());
    assert_eq!((source.info().num_frames(), source.info().first_number), (10, 1));
    let reds = [0, 1, 3, 8, 9].map(|index| first_pixel(&mut *source, index)[0]);
    assert_eq!(reds, [10, 20, 40, 90, 100]);
    assert_eq!(source.info().warnings, ["numbers 3 and 5 to 8 are missing: the image before is shown there"]);
    assert_eq!(source.info().times_secs[..3], [0.0, 1.0 / 30.0, 2.0 / 30.0], "30 per second where nobody says another");
}

#[test]
fn every_kind_of_pixel_becomes_rgb() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    RgbaImage::from_pixel(4, 4, Rgba([200, 100, 50, 0])).save(path("1.png")).unwrap();
    GrayImage::from_pixel(4, 4, Luma([77])).save(path("2.png")).unwrap();
    ImageBuffer::from_pixel(4, 4, LumaA([88u8, 3])).save(path("3.png")).unwrap();
    ImageBuffer::from_pixel(4, 4, Rgb([0x8000u16, 0xFFFF, 0x0100])).save(path("4.png")).unwrap();
    ImageBuffer::from_pixel(4, 4, Luma([0x4040u16])).save(path("5.png")).unwrap();
    RgbaImage::from_pixel(4, 4, Rgba([9, 8, 7, 100])).save(path("6.WebP")).unwrap();
    make(&["-f", "lavfi", "-i", "color=0x204060:size=4x4", "-frames:v", "1", "-pix_fmt", "pal8"], &path("7.png"));
    let mut source = opened(folder.path());
    let pixels: Vec<[u8; 3]> = (0..7).map(|index| first_pixel(&mut *source, index)).collect();
    assert_eq!(pixels[..3], [[200, 100, 50], [77; 3], [88; 3]]);
    assert_eq!(pixels[3..6], [[128, 255, 1], [64; 3], [9, 8, 7]]);
    let palette = reference_frames(&path("7.png"), Size::new(4, 4));
    assert_eq!(pixels[6], palette[0][..3], "palette");
}

/// A JPEG whose camera was held as EXIF's `orientation` says: left half dark, right half light as it is stored.
fn jpeg_with_orientation(path: &Path, orientation: u8) {
    let picture = RgbImage::from_fn(32, 16, |x, _| if x < 16 { Rgb([10; 3]) } else { Rgb([240; 3]) });
    let mut jpeg = Vec::new();
    DynamicImage::from(picture)
        .write_to(&mut std::io::Cursor::new(&mut jpeg), image::ImageFormat::Jpeg)
        .expect("the JPEG encoder works");
    let mut app1 = b"\xFF\xE1\x00\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    app1.extend([orientation, 0, 0, 0, 0, 0, 0]);
    assert_eq!(app1.len(), 2 + 0x22);
    jpeg.splice(2..2, app1);
    std::fs::write(path, jpeg).expect("the image is written");
}

#[test]
fn jpegs_stand_upright() {
    let folder = tempfile::tempdir().unwrap();
    jpeg_with_orientation(&folder.path().join("a.JPG"), 6); // to be turned clockwise
    let mut source = opened(folder.path());
    assert_eq!((source.info().size, source.info().codec.as_str()), (Size::new(16, 32), "jpeg images"));
    let frame = source.read(FrameIndex(0)).unwrap();
    assert!(frame.pixel(8, 2)[0] < 40 && frame.pixel(8, 30)[0] > 200, "dark is on top");
}

#[test]
fn images_of_different_sizes_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    flat(folder.path(), "1.png", 1);
    RgbImage::new(9, 6).save(folder.path().join("2.png")).unwrap();
    let error = open(folder.path(), &OpenOptions::default()).err().unwrap().to_string();
    assert!(error.starts_with("the images differ in size: this one is 9x6, the ones before are 8x6"), "{error}");
    assert!(error.ends_with("2.png"), "{error}");
}

#[test]
fn an_image_that_does_not_decode_is_a_missing_frame() {
    let folder = tempfile::tempdir().unwrap();
    flat(folder.path(), "1.png", 1);
    std::fs::write(folder.path().join("2.png"), b"\x89PNG\r\n\x1a\nno picture").unwrap();
    flat(folder.path(), "3.png", 3);
    let whole = std::fs::read(good("frames").unwrap().join("0001.png")).unwrap();
    let mut source = opened(folder.path());
    assert_eq!(source.info().warnings, ["1 image cannot be read: 2.png (it is damaged)"]);
    assert!(matches!(source.read(FrameIndex(1)), Err(MediaError::MissingFrame(FrameIndex(1)))));
    assert_eq!(first_pixel(&mut *source, 2)[0], 3);

    let cut = tempfile::tempdir().unwrap();
    std::fs::write(cut.path().join("1.png"), &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(opened(cut.path()).read(FrameIndex(0)), Err(MediaError::MissingFrame(_))));
}

#[test]
fn folders_and_rates_that_make_no_clip_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let refusal =
        |frame_rate| open(folder.path(), &OpenOptions { frame_rate, stream: None }).err().unwrap().to_string();
    assert!(refusal(None).starts_with("this is a folder without PNG, JPEG, WebP, TIFF, EXR or DPX images: "));
    flat(folder.path(), "1.png", 1);
    for rate in [0.0, -5.0, f64::NAN, f64::INFINITY] {
        assert!(refusal(Some(rate)).contains("is not a frame rate"), "{rate}");
    }
    let image = open(&folder.path().join("1.png"), &OpenOptions::default()).err().unwrap().to_string();
    assert!(image.starts_with("this is a single image"), "{image}");
}
