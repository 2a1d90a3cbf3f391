//! Files that are whole or as they were: written beside their place, then renamed.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// The folder in which a path's file stands.
#[must_use]
pub fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Where a file that is made beside its place and then renamed has to go: what a link points to, not the link.
///
/// # Errors
/// What must not be replaced, in the user's words: a folder, a device or pipe, a write-protected file.
pub fn target(path: &Path) -> Result<PathBuf, String> {
    if path.file_name().is_none() {
        return Err("this is no file name".to_owned());
    }
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(problem(&error)),
        Ok(found) if found.is_dir() => Err("this is a folder".to_owned()),
        Ok(found) if !found.is_file() => Err("this is not a regular file".to_owned()),
        Ok(found) if found.permissions().readonly() => Err("the file is write-protected".to_owned()),
        Ok(_) => Ok(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())),
    }
}

/// A new file beside a place; dropped before it gets its name, it is removed. `ending` is that of its name until then.
///
/// # Errors
/// What keeps it from being made.
pub fn beside(path: &Path, ending: &str) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".cotrail-").suffix(ending);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the user's umask, as usual
    builder.tempfile_in(folder(path))
}

/// Puts a file of [`beside`] in its place, flushed to the disk and with the permissions of the one that it replaces.
///
/// # Errors
/// What keeps it from it; [`ErrorKind::AlreadyExists`] where there is one that must not be replaced.
pub fn put(file: NamedTempFile, path: &Path, replaces: bool) -> io::Result<()> {
    if let Ok(replaced) = fs::metadata(path) {
        file.as_file().set_permissions(replaced.permissions())?;
    }
    file.as_file().sync_all()?; // a disk may say only now that it is full
    if replaces { file.persist(path) } else { file.persist_noclobber(path) }.map_err(|failure| failure.error)?;
    sync_folder(folder(path));
    Ok(())
}

/// Writes a whole file, in the place of another one where `replaces` says so.
///
/// # Errors
/// As [`put`].
pub fn write(path: &Path, bytes: &[u8], replaces: bool) -> io::Result<()> {
    let mut file = beside(path, ".part")?;
    file.write_all(bytes)?;
    put(file, path, replaces)
}

/// Makes the rename outlast a power cut, where folders can be flushed at all.
pub fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(folder)
    {
        folder.sync_all().ok(); // some file systems refuse; the file itself is safe
    }
}

/// Why a file could not be written, as a user would put it.
#[must_use]
pub fn problem(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such folder to write to".to_owned(),
        ErrorKind::NotADirectory => "what should be the folder is a file".to_owned(),
        ErrorKind::IsADirectory => "this is a folder".to_owned(),
        ErrorKind::PermissionDenied => "there is no permission to write here".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "this place is read-only".to_owned(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        // What wraps a system error may name the temporary file, which the user never sees.
        kind if error.raw_os_error().is_none() && kind != ErrorKind::Other => {
            format!("the file cannot be written ({kind})")
        }
        _ => format!("the file cannot be written ({error})"),
    }
}
