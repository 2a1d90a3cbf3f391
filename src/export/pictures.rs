//! Sequences of PNG pictures in a folder of their own, named after the source's frame numbers.

use super::clip::ExportReport;
use super::drawing::{Drawing, Ground, Painter};
use super::error::ExportError;
use super::frames::each_frame;
use super::target;
use crate::geometry::FrameIndex;
use crate::media::{BridgedSource, FrameSource, MediaError, PngPixels, SourceInfo, write_png};
use crate::sync::CancelToken;
use crate::tracks::TrackStore;
use crate::whole;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use tempfile::{Builder, TempDir};

/// Which pictures to write.
#[derive(Clone, Debug, PartialEq)]
pub struct PicturesJob {
    /// The folder that they get.
    pub folder: PathBuf,
    /// What their names begin with: `name_000123.png`.
    pub name: String,
    /// The source's frames, both ends included.
    pub frames: RangeInclusive<FrameIndex>,
    /// How the tracks are drawn, and how large the pictures are.
    pub drawing: Drawing,
    /// What they are drawn onto; a transparent ground where `None`.
    pub ground: Option<Ground>,
}

/// What stands where a folder of pictures should go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing, or an empty folder.
    Nothing,
    /// So many pictures of the same name and nothing else: an earlier export, which may be replaced.
    Pictures(usize),
    /// Something else, which is never replaced.
    Other,
}

/// Looks at what a sequence with this folder and name would replace. Reads the folder.
#[must_use]
pub fn standing(folder: &Path, name: &str) -> Standing {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Standing::Nothing,
        Err(_) => return Standing::Other,
    };
    let mut num_pictures = 0;
    for entry in entries {
        let Ok(entry) = entry else { return Standing::Other };
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        match entry.file_name() {
            own if is_file && is_picture_of(name, &own) => num_pictures += 1,
            system if LEFT_BY_SYSTEMS.iter().any(|left| system == *left) => {}
            _ => return Standing::Other,
        }
    }
    if num_pictures > 0 { Standing::Pictures(num_pictures) } else { Standing::Nothing }
}

/// What file managers put into folders unasked.
const LEFT_BY_SYSTEMS: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];
/// Digits of a frame's number, at least.
const NUM_DIGITS: usize = 6;

fn file_name(name: &str, number: u32) -> String {
    format!("{name}_{number:0NUM_DIGITS$}.png")
}

fn is_picture_of(name: &str, file: &OsStr) -> bool {
    let number = file.to_str().and_then(|file| file.strip_prefix(name)?.strip_prefix('_')?.strip_suffix(".png"));
    number.is_some_and(|number| number.len() >= NUM_DIGITS && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A sequence whose folder is made under another name. Dropped before [`PicturesExport::run`] is done, it leaves
/// nothing behind.
pub struct PicturesExport {
    job: PicturesJob,
    made: TempDir,
    painter: Painter,
}

impl PicturesExport {
    /// Makes the folder.
    ///
    /// # Errors
    /// If the frames are not in the source, a folder with other files stands there, or it cannot be written.
    pub fn open(info: &SourceInfo, job: PicturesJob) -> Result<Self, ExportError> {
        target::check_frames(&job.frames, info.num_frames())?;
        let refuse = |problem: String| ExportError::Unwritable { problem, path: job.folder.clone() };
        if job.folder.file_name().is_none() {
            return Err(refuse("this is no folder name".to_owned()));
        }
        if job.folder.exists() && !job.folder.is_dir() {
            return Err(refuse("there is a file of this name, the pictures need a folder".to_owned()));
        }
        if target::is_same_file(&job.folder, &info.path) || standing(&job.folder, &job.name) == Standing::Other {
            return Err(ExportError::FolderInUse(job.folder));
        }
        let painter = Painter::new(info.size, info.shown_size(), job.drawing.clone())?;
        let mut builder = Builder::new();
        builder.prefix(".cotrail-").suffix(".part");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777)); // less the user's umask, as usual
        let parent = whole::folder(&job.folder);
        let made = builder.tempdir_in(parent).map_err(|error| ExportError::from_io(&error, &job.folder))?;
        Ok(Self { job, made, painter })
    }

    /// Writes every picture, then gives the folder its name. `progress` is told how many pictures are done, and of how
    /// many.
    ///
    /// # Errors
    /// [`ExportError::Cancelled`], or what is wrong with the source or the folder.
    pub fn run(
        mut self,
        source: &mut dyn FrameSource,
        store: &TrackStore,
        progress: &mut dyn FnMut(usize, usize),
        cancel: &CancelToken,
    ) -> Result<ExportReport, ExportError> {
        let size = self.painter.size();
        let mut source = BridgedSource::new(source).up_to(*self.job.frames.end());
        let total = each_frame(&self.job.frames, progress, cancel, |index| {
            let path = self.made.path().join(file_name(&self.job.name, self.job.drawing.number(index)));
            let pixels = match self.job.ground {
                None => PngPixels::Rgba(self.painter.rgba(index, store)),
                Some(ground) => PngPixels::Rgb(self.painter.rgb(ground, index, &mut source, store)?),
            };
            write_png(&path, size, pixels).map_err(|error| match error {
                // The user never sees the folder under its first name.
                MediaError::Unwritable { problem, .. } => {
                    ExportError::Unwritable { problem, path: self.job.folder.clone() }
                }
                other => other.into(),
            })
        })?;
        let Self { job, made, .. } = self;
        put_in_place(made, &job).map_err(|error| ExportError::from_io(&error, &job.folder))?;
        progress(total, total);
        let codec = if job.ground.is_none() { "PNG with transparency" } else { "PNG" };
        let bridged = source.missing().iter().copied().collect();
        Ok(ExportReport { codec: codec.to_owned(), num_frames: total, bridged, warnings: Vec::new() })
    }
}

/// Gives the folder its name; pictures of an earlier export go only when the new ones are in their place.
fn put_in_place(made: TempDir, job: &PicturesJob) -> io::Result<()> {
    let target = &job.folder;
    let aside = match standing(target, &job.name) {
        _ if !target.exists() => None,
        Standing::Other => return Err(io::Error::new(ErrorKind::DirectoryNotEmpty, "other files have appeared there")),
        Standing::Nothing | Standing::Pictures(_) => {
            let aside = Builder::new().prefix(".cotrail-").suffix(".old").tempdir_in(whole::folder(target))?;
            fs::rename(target, aside.path().join("old"))?;
            Some(aside)
        }
    };
    let renamed = fs::rename(made.path(), target);
    match (&renamed, aside) {
        (Ok(()), _) => drop(made.keep()), // its name is gone: nothing is to be removed
        (Err(_), Some(aside)) => put_back(aside, target),
        (Err(_), None) => {}
    }
    renamed
}

/// Gives the pictures of an earlier export their name again; where even that fails, they stay where they are.
fn put_back(aside: TempDir, target: &Path) {
    if fs::rename(aside.path().join("old"), target).is_err() {
        tracing::warn!("the earlier pictures are kept in {}", aside.keep().display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_names() {
        let is_ours = |file: &str| is_picture_of("run 1", OsStr::new(file));
        assert!(is_ours("run 1_000123.png") && is_ours(&file_name("run 1", 12_345_678)));
        for other in ["run 1_123.png", "run 1_000123.jpg", "run 1000123.png", "run_000123.png", "run 1_00012a.png"] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
