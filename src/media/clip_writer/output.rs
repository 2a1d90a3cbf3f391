//! The file that is being written.

use crate::media::source::MediaError;
use ffmpeg_the_third::format::{self, context};
use ffmpeg_the_third::{Dictionary, Error, Packet, Rational, ffi};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// A file under a temporary name beside its target. Dropped unfinished, it is removed.
pub(super) struct Output {
    // Dropped in this order: closed, then removed.
    context: context::Output,
    file: NamedTempFile,
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
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut builder = Builder::new();
        let suffix = format!(".part.{container}");
        builder.prefix(".cotrail-").suffix(&suffix);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the user's umask, as usual
        let file = builder.tempfile_in(folder).map_err(|cause| error(&explain(&cause, folder)))?;
        let mut url = OsString::from("file:");
        url.push(file.path());
        let context = format::output_as(&url, container).map_err(|cause| error(&cause.to_string()))?;
        Ok(Self { context, file, path: path.to_path_buf() })
    }

    /// The container, for adding streams before the header is written.
    pub(super) fn context(&mut self) -> &mut context::Output {
        &mut self.context
    }

    pub(super) fn write_header(&mut self) -> Result<(), MediaError> {
        let options: Dictionary = [("movflags", "+faststart")].into_iter().collect();
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

    /// Completes the file and renames it.
    pub(super) fn finish(mut self) -> Result<(), MediaError> {
        self.context.write_trailer().map_err(|cause| self.muxing(cause))?;
        self.check_io()?;
        let Self { context, file, path } = self;
        drop(context); // closes the file
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
