//! Numbered images as a clip: frame numbers are 0, 1, 2, … in the natural order of the names. Where the names count
//! frames, numbers that are missing are frames that do not decode, and [`SourceInfo::first_number`] is the first.
//!
//! | file    | holds                                              |
//! |---------|----------------------------------------------------|
//! | `still` | one image file: its head, its picture              |
//! | `exr`   | the head of `OpenEXR` files                        |
//! | `dpx`   | the head of DPX files                              |
//! | `light` | what a picture's numbers mean, and how it is shown |

mod dpx;
mod exr;
mod light;
mod still;

use super::sequence::{Order, Pattern, natural_order};
use super::source::{FrameSource, MediaError, SourceInfo, SourceKind};
use super::{DEFAULT_FRAME_RATE, OpenOptions, is_absurd_size, sane_aspect};
use crate::frame::Frame;
use crate::geometry::FrameIndex;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use still::Head;

/// Endings of the images that can be read, in small letters.
pub const IMAGE_ENDINGS: [&str; 8] = ["png", "jpg", "jpeg", "webp", "tif", "tiff", "exr", "dpx"];

/// So many damaged images are told of by name.
const MAX_TOLD: usize = 3;

/// Images of one size, of a folder or of the names that a pattern stands for.
#[derive(Debug)]
pub struct ImageFolder {
    info: SourceInfo,
    /// For each frame, where it lies.
    files: Vec<Option<PathBuf>>,
    /// The layer that is read of images that have several; the main one's name is empty.
    layer: String,
    /// What is shown for each value.
    table: Vec<u8>,
    told: BTreeSet<FrameIndex>,
}

impl ImageFolder {
    /// Opens a folder; every image's head is looked at, no pixel is decoded. Hidden files and other files are passed
    /// over.
    ///
    /// # Errors
    /// [`MediaError::Unreadable`] for a folder that cannot be listed or holds no such image, for a frame rate that is
    /// not a positive number, and for images of different sizes (the path is then that of the first other one).
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self, MediaError> {
        let files = list(path).map_err(|error| MediaError::Unreadable {
            problem: format!("the folder cannot be read ({error})"),
            path: path.to_owned(),
        })?;
        if files.is_empty() {
            let problem = "this is a folder without PNG, JPEG, WebP, TIFF, EXR or DPX images".to_owned();
            return Err(MediaError::Unreadable { problem, path: path.to_owned() });
        }
        Self::of_files(path, &files, options)
    }

    /// Opens the sequence that a path stands for: a pattern (`shot.####.exr`, `shot.%04d.exr`), or one of its images,
    /// which has others beside it. `None` if it is neither. The clip's path is that of its first image.
    ///
    /// # Errors
    /// As [`Self::open`], and for a pattern of which there is no image.
    #[must_use]
    pub fn open_sequence(path: &Path, options: &OpenOptions) -> Option<Result<Self, MediaError>> {
        let (is_there, pattern) = (path.exists(), pattern(path)?);
        let files: Vec<PathBuf> = list(folder_of(path)).unwrap_or_default();
        let files: Vec<PathBuf> = files.into_iter().filter(|file| pattern.takes(&name(file))).collect();
        match files.first().cloned() {
            Some(_) if is_there && files.len() == 1 => None,
            Some(first) => Some(Self::of_files(&first, &files, options)),
            None => {
                let problem = "there is no image of such a name".to_owned();
                Some(Err(MediaError::Unreadable { problem, path: path.to_owned() }))
            }
        }
    }

    /// Whether there are images in a folder, so that it is a clip.
    #[must_use]
    pub fn is_one(path: &Path) -> bool {
        list(path).is_ok_and(|files| !files.is_empty())
    }

    /// Whether a path stands for a sequence and not for a file: a pattern.
    #[must_use]
    pub fn is_pattern(path: &Path) -> bool {
        !path.exists() && pattern(path).is_some()
    }

    /// Images in natural order, as a clip under this path.
    fn of_files(path: &Path, files: &[PathBuf], options: &OpenOptions) -> Result<Self, MediaError> {
        let given_rate = options.rate_for(path)?;
        let Order { files: order, first_number, note } = Order::of(&stems(files));
        let mut warnings: Vec<String> = note.into_iter().collect();
        let Head { size, pixel_aspect, frame_rate, layers, light, notes } = common_head(files, &mut warnings)?;
        let stream = options.stream.unwrap_or(1);
        let num_layers = layers.len().max(1);
        if !(1..=num_layers).contains(&stream) {
            let problem = format!("there is no picture stream {stream}: the images have {num_layers}");
            return Err(MediaError::Unreadable { problem, path: path.to_owned() });
        }
        warnings.extend(light.note().map(str::to_owned).into_iter().chain(notes));
        warnings.extend(about_layers(&layers, stream));
        let frame_rate = given_rate.or(frame_rate).unwrap_or(DEFAULT_FRAME_RATE);
        let codec = kind(files);
        let info = SourceInfo::even(SourceKind::Images, path, size, order.len(), frame_rate, codec);
        let streams = vec![size; if num_layers > 1 { num_layers } else { 0 }];
        let info =
            SourceInfo { first_number, pixel_aspect: sane_aspect(pixel_aspect), streams, stream, warnings, ..info };
        let files = order.into_iter().map(|file| file.map(|file| files[file].clone())).collect();
        let layer = layers.into_iter().nth(stream - 1).unwrap_or_default();
        Ok(Self { info, files, layer, table: light.table(), told: BTreeSet::new() })
    }

    /// Says why an image is not shown, once, and not of very many.
    fn tell(&mut self, frame: FrameIndex, file: &Path, problem: &str) {
        if self.told.len() < MAX_TOLD && self.told.insert(frame) {
            self.info.warnings.push(format!("an image cannot be read: {problem}: {}", file.display()));
        }
    }
}

impl FrameSource for ImageFolder {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
        let num_frames = self.info.num_frames();
        let file = self.files.get(frame.get()).ok_or(MediaError::NoSuchFrame { frame, num_frames })?;
        let file = file.clone().ok_or(MediaError::MissingFrame(frame))?;
        let problem = match still::read(&file, &self.layer, &self.table) {
            Ok((size, rgb)) if size == self.info.size => {
                return Ok(Frame::new(frame, self.info.time_secs(frame), size, rgb));
            }
            Ok((size, _)) => format!("its size is {size} now"), // replaced since the folder was opened
            Err(problem) => problem,
        };
        self.tell(frame, &file, &problem);
        Err(MediaError::MissingFrame(frame))
    }
}

/// What a path's file name stands for.
fn pattern(path: &Path) -> Option<Pattern> {
    let name = name(path);
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    if !IMAGE_ENDINGS.iter().any(|known| ending == *known) {
        return None;
    }
    if path.is_file() {
        // An animated WebP is a clip of its own.
        return Pattern::of_file(&name).filter(|_| ending != "webp");
    }
    Pattern::written(&name).filter(|_| !path.exists())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The images of a folder, in natural order.
fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut named = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = name(&path);
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        // Reading a FIFO would wait for ever, so links are followed to see that a file is at their end.
        if !name.starts_with('.') && IMAGE_ENDINGS.iter().any(|known| extension == *known) && path.is_file() {
            named.push((name, path));
        }
    }
    named.sort_by(|a, b| natural_order(&a.0, &b.0).then_with(|| a.1.cmp(&b.1)));
    Ok(named.into_iter().map(|(_, path)| path).collect())
}

fn stems(files: &[PathBuf]) -> Vec<String> {
    files.iter().map(|file| file.file_stem().unwrap_or_default().to_string_lossy().into_owned()).collect()
}

/// What the images are, in plain words.
fn kind(files: &[PathBuf]) -> String {
    let ending = files.first().and_then(|file| file.extension()).unwrap_or_default().to_ascii_lowercase();
    match ending.to_string_lossy().as_ref() {
        "jpg" => "jpeg images".to_owned(),
        "tif" => "tiff images".to_owned(),
        other => format!("{other} images"),
    }
}

/// Which of several layers is read.
fn about_layers(layers: &[String], stream: usize) -> Option<String> {
    let say = |layer: &str| if layer.is_empty() { "the main one" } else { layer }.to_owned();
    let (read, others): (Vec<_>, Vec<_>) = (1..).zip(layers).partition(|(number, _)| *number == stream);
    let others: Vec<String> = others.into_iter().map(|(number, layer)| format!("{number} is {}", say(layer))).collect();
    let (_, layer) = read.first()?;
    if others.is_empty() {
        return (!layer.is_empty()).then(|| format!("the images' layer {layer} is read"));
    }
    let count = layers.len();
    Some(format!("the images have {count} layers: stream {stream} ({}) is read; {}", say(layer), others.join(", ")))
}

/// What the first image that can be read says, all of which must have its size. Files whose head cannot be read are
/// warned of: they become missing frames.
fn common_head(files: &[PathBuf], warnings: &mut Vec<String>) -> Result<Head, MediaError> {
    let mut common: Option<Head> = None;
    let mut unreadable: Vec<(&Path, String)> = Vec::new();
    for file in files {
        let head = match still::head(file) {
            Ok(head) => head,
            Err(problem) => {
                unreadable.push((file, problem));
                continue;
            }
        };
        let (size, error) = (head.size, |problem: String| MediaError::Unreadable { problem, path: file.clone() });
        if is_absurd_size(size.width, size.height) {
            return Err(error(format!("a picture of {size} pixels is too large")));
        }
        match &common {
            Some(Head { size: other, .. }) if *other != size => {
                let problem = format!("the images differ in size: this one is {size}, the ones before are {other}");
                return Err(error(problem));
            }
            Some(_) => {}
            None => common = Some(head),
        }
    }
    let num_unreadable = unreadable.len();
    let Some((first, problem)) = unreadable.into_iter().next() else {
        return common
            .ok_or(MediaError::Unreadable { problem: "there are no images".to_owned(), path: PathBuf::new() });
    };
    let Some(head) = common else {
        let problem = format!("none of the images can be read, the first: {problem}");
        return Err(MediaError::Unreadable { problem, path: first.to_owned() });
    };
    let name = name(first);
    warnings.push(match num_unreadable {
        1 => format!("1 image cannot be read: {name} ({problem})"),
        count => format!("{count} images cannot be read, the first is {name} ({problem})"),
    });
    Ok(head)
}
