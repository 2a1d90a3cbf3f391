//! The file that is being written.

use crate::media::source::MediaError;
use crate::whole;
use ffmpeg_the_third::format::{self, context};
use ffmpeg_the_third::{Dictionary, Error, Packet, Rational, ffi};
use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A file in work: under a temporary name beside its target, and removed if dropped unfinished; or in its place at
/// once, and readable at every moment.
pub(super) struct Output {
    // Dropped in this order: closed, then removed.
    context: context::Output,
    /// `None` where the file is in its place already.
    file: Option<NamedTempFile>,
    path: PathBuf,
}

impl Output {
    /// Opens the temporary file of a kind: "mp4", "mov" or "webm".
    pub(super) fn create(path: &Path, container: &str) -> Result<Self, MediaError> {
        let error = |problem: &str| MediaError::Unwritable { problem: problem.to_owned(), path: path.to_path_buf() };
        if path.is_dir() {
            return Err(error("this is a folder, not a file that can be written"));
        }
        // The finished file takes the place of what is there, which must not be a device such as /dev/null.
        if path.exists() && !path.is_file() {
            return Err(error("this is not a regular file"));
        }
        let file = whole::beside(path, &format!(".part.{container}"))
            .map_err(|cause| error(&explain(&cause, whole::folder(path))))?;
        let context = format::output_as(url(file.path()), container).map_err(|cause| error(&cause.to_string()))?;
        Ok(Self { context, file: Some(file), path: path.to_path_buf() })
    }

    /// Opens a new mp4 file in its place; there must be none yet.
    pub(super) fn create_in_place(path: &Path) -> Result<Self, MediaError> {
        let error = |problem: String| MediaError::Unwritable { problem, path: path.to_path_buf() };
        File::create_new(path).map_err(|cause| {
            error(match cause.kind() {
                ErrorKind::AlreadyExists => "there is a file of this name already".to_owned(),
                _ => explain(&cause, path.parent().unwrap_or(path)),
            })
        })?;
        let context = format::output_as(url(path), "mp4").map_err(|cause| error(cause.to_string()))?;
        Ok(Self { context, file: None, path: path.to_path_buf() })
    }

    /// The container, for adding streams before the header is written.
    pub(super) fn context(&mut self) -> &mut context::Output {
        &mut self.context
    }

    pub(super) fn write_header(&mut self) -> Result<(), MediaError> {
        // In place, every picture is a fragment of its own: what is written stays readable, come what may.
        let in_place = "+empty_moov+default_base_moof+frag_every_frame";
        let flags = if self.file.is_some() { "+faststart" } else { in_place };
        // Moving pictures begin anew for ever; other files do not know of that.
        let options: Dictionary = [("movflags", flags), ("loop", "0")].into_iter().collect();
        self.context.write_header_with(options).map(drop).map_err(|cause| self.muxing(cause))
    }

    /// Writes a packet whose times are in `time_base`.
    pub(super) fn write(&mut self, mut packet: Packet, stream: usize, time_base: Rational) -> Result<(), MediaError> {
        let Some(target) = self.context.stream(stream).map(|stream| stream.time_base()) else { return Ok(()) };
        packet.rescale_ts(time_base, target);
        packet.set_stream(stream);
        packet.set_position(-1);
        packet.write_interleaved(&mut self.context).map_err(|cause| self.muxing(cause))?;
        self.check_io()
    }

    /// Completes the file and puts it in its place.
    pub(super) fn finish(mut self) -> Result<(), MediaError> {
        match self.context.write_trailer() {
            // The size of the index that closes a fragmented file: libav returns it, the wrapper takes it for an error.
            Err(Error::Other { errno: ..0 }) if self.file.is_none() => {}
            outcome => outcome.map_err(|cause| self.muxing(cause))?,
        }
        self.check_io()?;
        let Self { context, file, path } = self;
        drop(context); // closes the file
        let Some(file) = file else { return Ok(()) };
        file.persist(&path).map(drop).map_err(|cause| MediaError::Unwritable {
            problem: explain(&cause.error, path.parent().unwrap_or(&path)),
            path: path.clone(),
        })
    }

    /// Writes are buffered: an earlier one may have failed in the meantime.
    #[expect(unsafe_code, reason = "there is no safe call for the state of the file")]
    fn check_io(&mut self) -> Result<(), MediaError> {
        // SAFETY: the output was opened with a file, so `pb` is valid until the context is dropped.
        let code = unsafe {
            let file = (*self.context.as_mut_ptr()).pb;
            ffi::avio_flush(file);
            (*file).error
        };
        if code < 0 { Err(self.muxing(Error::from(code))) } else { Ok(()) }
    }

    fn muxing(&self, cause: Error) -> MediaError {
        self.error(match cause {
            Error::Other { errno } => {
                explain(&std::io::Error::from_raw_os_error(errno), self.path.parent().unwrap_or(&self.path))
            }
            other => format!("the clip cannot be written ({other})"),
        })
    }

    /// An error about this file.
    pub(super) fn error(&self, problem: String) -> MediaError {
        MediaError::Unwritable { problem, path: self.path.clone() }
    }
}

/// What libav calls a file: without the prefix, a name such as `a:b` would be a protocol.
fn url(path: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(path);
    url
}

/// Why a file could not be written, as a user would put it.
pub(in crate::media) fn explain(cause: &std::io::Error, folder: &Path) -> String {
    match cause.kind() {
        ErrorKind::NotFound => format!("there is no folder {}", folder.display()),
        ErrorKind::NotADirectory => format!("{} is not a folder", folder.display()),
        ErrorKind::PermissionDenied => "there is no permission to write here".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "this place is read-only".to_owned(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        ErrorKind::FileTooLarge => "the file grew larger than it may".to_owned(),
        _ => format!("the file cannot be written ({cause})"),
    }
}
