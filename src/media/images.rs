//! A folder of numbered images as a clip: frame numbers are 0, 1, 2, … in the natural order of the names, whatever
//! numbers the names bear.

use super::sequence::{missing_numbers, natural_order};
use super::source::{FrameSource, MediaError, SourceInfo, SourceKind};
use super::{DEFAULT_FRAME_RATE, MAX_AREA_PX, MAX_SIDE_PX, OpenOptions, is_absurd_size};
use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};
use std::path::{Path, PathBuf};

const EXTENSIONS: [&str; 4] = ["png", "jpg", "jpeg", "webp"];

/// A folder of PNG, JPEG or WebP images of one size.
#[derive(Debug)]
pub struct ImageFolder {
    info: SourceInfo,
    files: Vec<PathBuf>,
}

impl ImageFolder {
    /// Opens a folder; every image's size is looked at, no pixel is decoded. Hidden files and other files are passed
    /// over.
    ///
    /// # Errors
    /// [`MediaError::Unreadable`] for a folder that cannot be listed or holds no such image, for a frame rate that is
    /// not a positive number, and for images of different sizes (the path is then that of the first other one).
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self, MediaError> {
        let frame_rate = options.rate_for(path)?.unwrap_or(DEFAULT_FRAME_RATE);
        let unreadable = |problem: String, path: &Path| MediaError::Unreadable { problem, path: path.to_path_buf() };
        let files = list(path).map_err(|error| unreadable(format!("the folder cannot be read ({error})"), path))?;
        if files.is_empty() {
            return Err(unreadable("this is a folder without PNG, JPEG or WebP images".to_owned(), path));
        }
        let mut warnings: Vec<String> = missing_numbers(&stems(&files)).into_iter().collect();
        let size = common_size(&files, &mut warnings)?;
        let codec = files.first().and_then(|file| file.extension()).unwrap_or_default().to_ascii_lowercase();
        let codec = match codec.to_string_lossy().as_ref() {
            "jpg" => "jpeg images".to_owned(),
            other => format!("{other} images"),
        };
        let info = SourceInfo::even(SourceKind::Images, path, size, files.len(), frame_rate, codec);
        let info = SourceInfo { warnings, ..info };
        Ok(Self { info, files })
    }

    /// Whether there are images in a folder, so that it is a clip.
    #[must_use]
    pub fn is_one(path: &Path) -> bool {
        list(path).is_ok_and(|files| !files.is_empty())
    }

    /// The file that is a frame.
    #[must_use]
    pub fn file(&self, frame: FrameIndex) -> Option<&Path> {
        self.files.get(frame.get()).map(PathBuf::as_path)
    }
}

impl FrameSource for ImageFolder {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
        let file = self.file(frame).ok_or(MediaError::NoSuchFrame { frame, num_frames: self.info.num_frames() })?;
        let picture = decode(file).map_err(|error| {
            tracing::debug!(%error, file = %file.display(), "an image does not decode");
            MediaError::MissingFrame(frame)
        })?;
        let rgb = picture.into_rgb8(); // 16 bits are rounded to 8, alpha is dropped
        if (rgb.width(), rgb.height()) != (self.info.size.width, self.info.size.height) {
            return Err(MediaError::MissingFrame(frame)); // replaced by another picture since the folder was opened
        }
        Ok(Frame::new(frame, self.info.time_secs(frame), self.info.size, rgb.into_raw()))
    }
}

/// The images of a folder, in natural order.
fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut named = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        // Reading a FIFO would wait for ever, so links are followed to see that a file is at their end.
        if !name.starts_with('.') && EXTENSIONS.iter().any(|known| extension == *known) && path.is_file() {
            named.push((name, path));
        }
    }
    named.sort_by(|a, b| natural_order(&a.0, &b.0).then_with(|| a.1.cmp(&b.1)));
    Ok(named.into_iter().map(|(_, path)| path).collect())
}

fn stems(files: &[PathBuf]) -> Vec<String> {
    files.iter().map(|file| file.file_stem().unwrap_or_default().to_string_lossy().into_owned()).collect()
}

/// The size of all images, upright. Files whose head cannot be read are warned of: they become missing frames.
fn common_size(files: &[PathBuf], warnings: &mut Vec<String>) -> Result<Size, MediaError> {
    let mut common: Option<Size> = None;
    let mut unreadable: Vec<&Path> = Vec::new();
    for file in files {
        let Ok(size) = upright_size(file) else {
            unreadable.push(file);
            continue;
        };
        let error = |problem: String| MediaError::Unreadable { problem, path: file.clone() };
        if is_absurd_size(size.width, size.height) {
            return Err(error(format!("a picture of {size} pixels is too large")));
        }
        match common {
            None => common = Some(size),
            Some(other) if other != size => {
                return Err(error(format!(
                    "the images differ in size: this one is {size}, the ones before are {other}"
                )));
            }
            Some(_) => {}
        }
    }
    if let Some(first) = unreadable.first() {
        let name = first.file_name().unwrap_or_default().to_string_lossy();
        warnings.push(match unreadable.len() {
            1 => format!("1 image cannot be read: {name}"),
            count => format!("{count} images cannot be read, the first is {name}"),
        });
    }
    common.ok_or_else(|| MediaError::Unreadable {
        problem: "none of the images can be read, the first is".to_owned(),
        path: files.first().cloned().unwrap_or_default(),
    })
}

fn open_decoder(file: &Path) -> Result<impl ImageDecoder, ImageError> {
    let mut reader = ImageReader::open(file)?.with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE_PX);
    limits.max_image_height = Some(MAX_SIDE_PX);
    limits.max_alloc = Some(8 * MAX_AREA_PX); // four 16-bit channels
    reader.limits(limits);
    reader.into_decoder()
}

fn upright_size(file: &Path) -> Result<Size, ImageError> {
    let mut decoder = open_decoder(file)?;
    let (width, height) = decoder.dimensions();
    let is_on_its_side = matches!(
        decoder.orientation()?,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    Ok(if is_on_its_side { Size::new(height, width) } else { Size::new(width, height) })
}

fn decode(file: &Path) -> Result<DynamicImage, ImageError> {
    let mut decoder = open_decoder(file)?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}
