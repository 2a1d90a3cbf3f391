//! Image sequences as films are made with: `OpenEXR`, DPX, TIFF, 16-bit PNG; patterns, frame numbers, gaps.

use super::fixtures::make;
use cotrail::geometry::{FrameIndex, Size};
use cotrail::media::{BridgedSource, FrameSource, MediaError, OpenOptions, SourceKind, open};
use image::{ImageBuffer, Rgb, Rgb32FImage, RgbImage};
use std::path::{Path, PathBuf};

fn opened(path: &Path) -> Box<dyn FrameSource> {
    open(path, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(path: &Path) -> String {
    open(path, &OpenOptions::default()).err().expect("it is refused").to_string()
}

fn flat(path: &Path, red: u8) {
    RgbImage::from_pixel(8, 6, Rgb([red, 100, 50])).save(path).expect("the image is written");
}

fn pixel(source: &mut dyn FrameSource, frame: u32, x: u32, y: u32) -> [u8; 3] {
    source.read(FrameIndex(frame)).unwrap_or_else(|error| panic!("{error}")).pixel(x, y)
}

/// The curve of sRGB, as the standard has it.
fn srgb(light: f32) -> u8 {
    let light = f64::from(light).clamp(0.0, 1.0);
    let shown = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (255.0 * shown).round() as u8
}

/// A channel's name, and what it holds at x, y.
type Channel = (&'static str, fn(i32, i32) -> f32);

/// An `OpenEXR` image of 32-bit channels, uncompressed.
struct Exr {
    /// x and y of the first and of the last pixel.
    display: [i32; 4],
    data: [i32; 4],
    /// Their names in alphabetical order, and what each holds.
    channels: Vec<Channel>,
    version_bits: u32,
    compression: u8,
    more: Vec<(&'static str, &'static str, Vec<u8>)>,
}

fn ramp(x: i32, _: i32) -> f32 {
    x as f32 / 16.0
}

fn half(_: i32, _: i32) -> f32 {
    0.5
}

fn bright(_: i32, y: i32) -> f32 {
    y as f32
}

impl Default for Exr {
    fn default() -> Self {
        let (display, data) = ([0, 0, 31, 15], [0, 0, 31, 15]);
        let channels: Vec<Channel> = vec![("B", bright), ("G", half), ("R", ramp)];
        Self { display, data, channels, version_bits: 0, compression: 0, more: Vec::new() }
    }
}

impl Exr {
    fn bytes(&self) -> Vec<u8> {
        let words = |values: &[i32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        let mut file = vec![0x76, 0x2F, 0x31, 0x01];
        file.extend((2 | self.version_bits).to_le_bytes());
        let mut list = Vec::new();
        for (name, _) in &self.channels {
            list.extend([name.as_bytes(), &[0], &words(&[2, 0, 1, 1])].concat());
        }
        list.push(0);
        let own = [
            ("channels", "chlist", list),
            ("compression", "compression", vec![self.compression]),
            ("dataWindow", "box2i", words(&self.data)),
            ("displayWindow", "box2i", words(&self.display)),
            ("lineOrder", "lineOrder", vec![0]),
            ("pixelAspectRatio", "float", 2.0f32.to_le_bytes().to_vec()),
            ("screenWindowCenter", "v2f", words(&[0, 0])),
            ("screenWindowWidth", "float", 1.0f32.to_le_bytes().to_vec()),
            ("framesPerSecond", "rational", words(&[24000, 1001])),
        ];
        for (name, kind, value) in own.iter().chain(&self.more) {
            file.extend([name.as_bytes(), &[0], kind.as_bytes(), &[0], &words(&[value.len() as i32]), value].concat());
        }
        file.push(0);
        let [x0, y0, x1, y1] = self.data;
        let (width, height) = (x1 - x0 + 1, y1 - y0 + 1);
        let block_bytes = 4 * width as usize * self.channels.len();
        let first = file.len() + 8 * height as usize;
        for row in 0..height as usize {
            file.extend(((first + row * (8 + block_bytes)) as u64).to_le_bytes());
        }
        for y in y0..=y1 {
            file.extend(words(&[y, block_bytes as i32]));
            for (_, value) in &self.channels {
                (x0..=x1).for_each(|x| file.extend(value(x, y).to_le_bytes()));
            }
        }
        file
    }

    fn write(&self, path: &Path) {
        std::fs::write(path, self.bytes()).expect("the image is written");
    }
}

#[test]
fn scene_linear_exr_is_shown_through_the_srgb_curve() {
    let folder = tempfile::tempdir().unwrap();
    Exr::default().write(&folder.path().join("a.1001.exr"));
    let mut source = opened(folder.path());
    let info = source.info().clone();
    assert_eq!((info.size, info.codec.as_str(), info.first_number), (Size::new(32, 16), "exr images", 1001));
    assert!((info.frame_rate - 24_000.0 / 1001.0).abs() < 1e-9 && (info.pixel_aspect - 2.0).abs() < 1e-9);
    assert_eq!(info.warnings.len(), 1);
    assert!(info.warnings[0].starts_with("scene-linear pictures: shown and tracked through the sRGB curve"));
    for (x, y) in [(0, 0), (1, 0), (9, 1), (16, 2), (31, 15)] {
        let expected = [srgb(ramp(x, y)), srgb(0.5), srgb(bright(x, y))];
        assert_eq!(pixel(&mut *source, 0, x as u32, y as u32), expected, "{x} {y}");
    }
}

#[test]
fn the_tools_exr_of_either_depth_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for (number, format) in [(1, "half"), (2, "float")] {
        let path = folder.path().join(format!("a.{number}.exr"));
        let options = ["-f", "lavfi", "-i", "color=0x808080:size=32x16,format=gbrpf32le", "-frames:v", "1"];
        make(&[&options[..], &["-format", format, "-compression", "zip16"]].concat(), &path);
    }
    let mut source = opened(folder.path());
    let expected = srgb(128.0 / 255.0);
    for frame in [0, 1] {
        let shown = pixel(&mut *source, frame, 5, 5);
        assert!(shown.iter().all(|value| value.abs_diff(expected) <= 1), "{shown:?} {expected}");
    }
}

#[test]
fn beyond_the_data_window_an_exr_is_black_and_within_it_every_pixel_stands_where_it_belongs() {
    let folder = tempfile::tempdir().unwrap();
    Exr { data: [4, 3, 20, 10], ..Exr::default() }.write(&folder.path().join("small.1.exr"));
    Exr { data: [-3, -2, 40, 20], ..Exr::default() }.write(&folder.path().join("large.1.exr"));
    for (name, inside) in [("small.#.exr", 4..=20), ("large.#.exr", 0..=31)] {
        let mut source = opened(&folder.path().join(name));
        assert_eq!(source.info().size, Size::new(32, 16), "the display window's");
        for x in 0..32 {
            let expected = if inside.contains(&x) { [srgb(ramp(x, 5)), srgb(0.5), srgb(5.0)] } else { [0; 3] };
            assert_eq!(pixel(&mut *source, 0, x as u32, 5), expected, "{name} {x}");
        }
    }
}

#[test]
fn of_several_layers_the_main_one_or_the_chosen_one_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let channels: Vec<Channel> = vec![
        ("B", half),
        ("G", half),
        ("R", half),
        ("Z", bright),
        ("diffuse.B", half),
        ("diffuse.G", ramp),
        ("diffuse.R", ramp),
        ("uv.U", ramp),
    ];
    Exr { channels: channels.clone(), ..Exr::default() }.write(&folder.path().join("a.1.exr"));
    let mut main = opened(folder.path());
    assert_eq!(pixel(&mut *main, 0, 16, 0), [srgb(0.5); 3]);
    assert_eq!((main.info().streams.len(), main.info().stream), (2, 1));
    let told = "the images have 2 layers: stream 1 (the main one) is read; 2 is diffuse";
    assert_eq!(main.info().warnings[1], told);
    let choose = |stream| open(folder.path(), &OpenOptions { stream: Some(stream), ..OpenOptions::default() });
    assert_eq!(pixel(&mut *choose(2).unwrap(), 0, 8, 0), [srgb(0.5), srgb(0.5), srgb(0.5)]);
    assert_eq!(pixel(&mut *choose(2).unwrap(), 0, 4, 0), [srgb(0.25), srgb(0.25), srgb(0.5)]);
    let error = choose(3).err().unwrap().to_string();
    assert!(error.starts_with("there is no picture stream 3: the images have 2"), "{error}");

    Exr { channels: channels[4..7].to_vec(), ..Exr::default() }.write(&folder.path().join("a.1.exr"));
    let mut only = opened(folder.path());
    assert_eq!(pixel(&mut *only, 0, 4, 0), [srgb(0.25), srgb(0.25), srgb(0.5)]);
    assert_eq!(only.info().warnings[1], "the images' layer diffuse is read");
    Exr { channels: vec![("Y", ramp)], ..Exr::default() }.write(&folder.path().join("a.1.exr"));
    assert_eq!(pixel(&mut *opened(folder.path()), 0, 4, 0), [srgb(0.25); 3]);
}

#[test]
fn what_would_be_shown_wrong_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.1.exr");
    let whole = Exr::default().bytes();
    let text = |text: &'static str| text.as_bytes().to_vec();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (Exr { display: [8, 8, 31, 15], ..Exr::default() }.bytes(), "the display window begins at (8, 8)"),
        (Exr { compression: 8, ..Exr::default() }.bytes(), "32-bit channels compressed as DWA cannot be read"),
        (Exr { channels: vec![("Z", half)], ..Exr::default() }.bytes(), "the image has no colours, but Z"),
        (Exr { version_bits: 0x800, ..Exr::default() }.bytes(), "deep OpenEXR images cannot be read"),
        (
            Exr {
                version_bits: 0x1000,
                channels: vec![("Z", half)],
                more: vec![("name", "string", text("depth"))],
                ..Exr::default()
            }
            .bytes(),
            "the first part (depth), the only one that can be read, has no colours",
        ),
        (whole[..whole.len() / 2].to_vec(), "the file was cut off or never finished"),
        (whole[..100].to_vec(), "the file ends within its head"),
        (b"no picture at all".to_vec(), "this is no OpenEXR image"),
    ];
    for (bytes, problem) in cases {
        std::fs::write(&path, bytes).unwrap();
        let error = refusal(folder.path());
        assert!(error.starts_with(&format!("none of the images can be read, the first: {problem}")), "{error}");
        assert!(error.ends_with("a.1.exr"), "{error}");
    }
}

#[test]
fn heads_of_any_bytes_are_refused_without_harm() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.1.exr");
    let whole = Exr { data: [0, 0, 3, 1], display: [0, 0, 3, 1], ..Exr::default() }.bytes();
    for at in 4..whole.len().min(400) {
        for value in [0, 0x7F, 0xFF] {
            let mut damaged = whole.clone();
            damaged[at] = value;
            std::fs::write(&path, damaged).unwrap();
            if let Ok(mut source) = open(folder.path(), &OpenOptions::default()) {
                source.read(FrameIndex(0)).ok(); // a picture or an error, but an end
            }
        }
    }
}

/// A DPX of 10 bits, three colours in a word, as scanners write it.
fn dpx(path: &Path, transfer: u8, codes: impl Fn(u32) -> u32) {
    let (width, height) = (32u32, 16u32);
    let mut file = vec![0xFF; 2048];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"SDPX");
    put(4, &2048u32.to_be_bytes());
    put(8, b"V1.0\0\0\0\0");
    put(16, &(2048 + 4 * width * height).to_be_bytes());
    put(768, &[0, 0, 0, 1]);
    put(772, &width.to_be_bytes());
    put(776, &height.to_be_bytes());
    put(780, &[0; 4]);
    put(800, &[50, transfer, transfer, 10, 0, 1, 0, 0]);
    put(808, &2048u32.to_be_bytes());
    put(1628, &[0, 0, 0, 1, 0, 0, 0, 1]);
    for _ in 0..height {
        for x in 0..width {
            let code = codes(x);
            file.extend((code << 22 | (1023 - code) << 12 | 512 << 2).to_be_bytes());
        }
    }
    std::fs::write(path, file).expect("the image is written");
}

#[test]
fn ten_bit_dpx_is_read_as_it_is_and_log_dpx_as_cineon_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let code = |x: u32| 33 * x;
    dpx(&folder.path().join("video.1.dpx"), 2, code);
    dpx(&folder.path().join("log.1.dpx"), 3, code);
    let mut video = opened(&folder.path().join("video.#.dpx"));
    assert_eq!((video.info().size, video.info().warnings.len()), (Size::new(32, 16), 0));
    let rounded = |code: u32| (f64::from(code) * 255.0 / 1023.0).round() as u8;
    for x in 0..32 {
        let shown = pixel(&mut *video, 0, x, 7);
        let expected = [rounded(code(x)), rounded(1023 - code(x)), rounded(512)];
        assert!(shown.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1), "{shown:?} {expected:?}");
    }
    let mut log = opened(&folder.path().join("log.#.dpx"));
    assert!(log.info().warnings[0].starts_with("pictures of printing density (log): shown and tracked as Cineon"));
    let light = |code: f64| 10f64.powf((code - 685.0) * 0.002 / 0.6);
    for x in 0..32 {
        let linear = (light(f64::from(code(x))) - light(95.0)) / (1.0 - light(95.0));
        let (shown, expected) = (pixel(&mut *log, 0, x, 7)[0], srgb(linear as f32));
        assert!(shown.abs_diff(expected) <= 1, "{x}: {shown} {expected}");
    }
    std::fs::write(folder.path().join("bad.1.dpx"), b"SDPX, but no more").unwrap();
    let error = refusal(&folder.path().join("bad.#.dpx"));
    assert!(error.contains("the file ends within its head") && error.ends_with("bad.1.dpx"), "{error}");
}

#[test]
fn tiff_and_png_of_16_bits_and_floating_tiff_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let deep = ImageBuffer::from_fn(32, 16, |x, y| Rgb([x as u16 * 2000, y as u16 * 4000, 0x8080]));
    deep.save(folder.path().join("deep.1.tif")).unwrap();
    deep.save(folder.path().join("deep.1.png")).unwrap();
    let float = Rgb32FImage::from_fn(32, 16, |x, y| Rgb([ramp(x as i32, 0), 0.5, bright(0, y as i32)]));
    float.save(folder.path().join("float.1.tiff")).unwrap();
    for name in ["deep.#.tif", "deep.#.png"] {
        let mut source = opened(&folder.path().join(name));
        let expected = [20_000u32, 12_000, 0x8080].map(|value| ((value * 255 + 32_767) / 65_535) as u8);
        assert_eq!(pixel(&mut *source, 0, 10, 3), expected, "{name}");
        assert!(source.info().warnings.is_empty());
    }
    let mut source = opened(&folder.path().join("float.#.tiff"));
    assert_eq!(source.info().codec, "tiff images");
    assert!(source.info().warnings[0].starts_with("scene-linear"));
    assert_eq!(pixel(&mut *source, 0, 9, 1), [srgb(9.0 / 16.0), srgb(0.5), 255]);
}

/// Eight images with numbers from 1001 on, of which some are missing.
fn sequence(folder: &Path, name: &str, missing: &[u32]) {
    for number in (1001..=1008).filter(|number| !missing.contains(number)) {
        flat(&folder.join(name.replace("####", &number.to_string())), (number - 1000) as u8);
    }
}

#[test]
fn a_pattern_or_one_of_its_images_opens_the_sequence_beside_others() {
    let folder = tempfile::tempdir().unwrap();
    sequence(folder.path(), "a_v2.####.png", &[]);
    sequence(folder.path(), "b_v2.####.png", &[]);
    let first = folder.path().join("b_v2.1001.png");
    for name in ["b_v2.####.png", "b_v2.%04d.png", "b_v2.%d.png", "b_v2.1001.png", "b_v2.1005.png"] {
        let source = opened(&folder.path().join(name));
        let info = source.info();
        assert_eq!((info.kind, info.num_frames(), info.first_number), (SourceKind::Images, 8, 1001), "{name}");
        assert_eq!(info.path, first);
        assert!(info.warnings.is_empty(), "{name}: {:?}", info.warnings);
    }
    let both = opened(folder.path());
    assert_eq!((both.info().num_frames(), both.info().first_number), (16, 0));
    assert_eq!(both.info().warnings, ["the names here are of 2 sequences, which follow each other"]);
    let none = refusal(&folder.path().join("c.####.png"));
    assert!(none.starts_with("there is no image of such a name: ") && none.ends_with("c.####.png"), "{none}");
    assert!(refusal(&folder.path().join("c.####.mp4")).starts_with("there is no such file"));
    // A file that bears the name of a pattern is what is meant.
    let odd: PathBuf = folder.path().join("odd %03d");
    std::fs::create_dir(&odd).unwrap();
    flat(&odd.join("7.png"), 7);
    assert_eq!(opened(&odd).info().first_number, 7);
}

#[test]
fn missing_numbers_are_said_and_bridged_and_damaged_images_named() {
    let folder = tempfile::tempdir().unwrap();
    sequence(folder.path(), "a.####.png", &[1003, 1004, 1007]);
    let whole = std::fs::read(folder.path().join("a.1006.png")).unwrap();
    std::fs::write(folder.path().join("a.1006.png"), &whole[..whole.len() - 20]).unwrap();
    let mut source = opened(folder.path());
    assert_eq!((source.info().num_frames(), source.info().first_number), (8, 1001));
    let gaps = "numbers 1003 to 1004 and 1007 are missing: the image before is shown there";
    assert_eq!(source.info().warnings, [gaps]);
    assert!(matches!(source.read(FrameIndex(2)), Err(MediaError::MissingFrame(FrameIndex(2)))));
    let mut bridged = BridgedSource::new(source);
    let reds: Vec<u8> = (0..8).map(|at| bridged.read(FrameIndex(at)).unwrap().unwrap().pixel(0, 0)[0]).collect();
    assert_eq!(reds, [1, 2, 2, 2, 5, 5, 5, 8]);
    let warnings = &bridged.info().warnings;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[1].starts_with("an image cannot be read: ") && warnings[1].ends_with("a.1006.png"));
}
