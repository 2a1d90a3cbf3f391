//! Files that are whole or as they were: written beside their place, flushed to the disk, then renamed.

use super::error::ProjectError;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// No project of a clip that fits into memory comes near this.
const MAX_BYTES: u64 = 1 << 30;

/// Puts a file in its place; `replaces` says whether another one may stand there.
///
/// # Errors
/// [`ProjectError::Exists`], and everything that keeps a file from being written. What was there stays.
pub(super) fn write_whole(path: &Path, bytes: &[u8], replaces: bool) -> Result<(), ProjectError> {
    let path = &resolve(path)?;
    if !replaces && path.exists() {
        return Err(ProjectError::Exists(path.clone())); // before the work; the rename looks once more
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    builder.prefix(".cotrail-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the user's umask, as usual
    let failed = |error: &std::io::Error| ProjectError::unwritable(error, path);
    let mut file = builder.tempfile_in(folder).map_err(|error| failed(&error))?;
    let mut write = || {
        file.write_all(bytes)?;
        if let Ok(replaced) = fs::metadata(path) {
            file.as_file().set_permissions(replaced.permissions())?;
        }
        file.as_file().sync_all() // a disk may say only now that it is full
    };
    write().map_err(|error| failed(&error))?;
    put_in_place(file, path, replaces)?;
    sync_folder(folder);
    Ok(())
}

fn put_in_place(file: NamedTempFile, path: &Path, replaces: bool) -> Result<(), ProjectError> {
    let placed = if replaces { file.persist(path) } else { file.persist_noclobber(path) };
    placed.map(drop).map_err(|failure| match failure.error.kind() {
        ErrorKind::AlreadyExists if !replaces => ProjectError::Exists(path.to_owned()),
        _ => ProjectError::unwritable(&failure.error, path),
    })
}

/// Makes the rename outlast a power cut, where folders can be flushed at all.
fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    if let Ok(folder) = File::open(folder) {
        folder.sync_all().ok(); // some file systems refuse; the file itself is safe
    }
    #[cfg(not(unix))]
    let _ = folder;
}

/// What a link points to, not the link.
fn resolve(path: &Path) -> Result<PathBuf, ProjectError> {
    let refuse = |problem: &str| Err(ProjectError::Unwritable { problem: problem.to_owned(), path: path.to_owned() });
    if path.file_name().is_none() {
        return refuse("this is no file name");
    }
    let Ok(found) = fs::metadata(path) else { return Ok(path.to_owned()) };
    if found.is_dir() {
        refuse("this is a folder")
    } else if !found.is_file() {
        refuse("this is not a regular file")
    } else if found.permissions().readonly() {
        refuse("the file is write-protected")
    } else {
        Ok(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
    }
}

/// Reads a regular file of a bearable size.
///
/// # Errors
/// Everything that keeps it from being read.
pub(super) fn read_whole(path: &Path) -> Result<Vec<u8>, ProjectError> {
    let refuse = |problem: &str| ProjectError::Unreadable { problem: problem.to_owned(), path: path.to_owned() };
    let failed = |error: &std::io::Error| ProjectError::unreadable(error, path);
    let found = fs::metadata(path).map_err(|error| failed(&error))?;
    // Opening a pipe would wait for a writer for ever.
    if !found.is_file() {
        return Err(refuse("this is not a regular file"));
    }
    if found.len() > MAX_BYTES {
        return Err(refuse("the file is larger than any project"));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| failed(&error))?;
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_there_is_replaced_only_when_that_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.cotrail");
        write_whole(&path, b"one", false).unwrap();
        assert!(matches!(write_whole(&path, b"two", false), Err(ProjectError::Exists(_))));
        assert_eq!(read_whole(&path).unwrap(), b"one");
        write_whole(&path, b"two", true).unwrap();
        assert_eq!(read_whole(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn places_that_cannot_be_written_are_named_and_stay_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("missing/a.cotrail");
        let error = write_whole(&inside, b"x", true).unwrap_err().to_string();
        assert!(error.starts_with("there is no such folder to write to"), "{error}");
        let error = write_whole(folder.path(), b"x", true).unwrap_err().to_string();
        assert!(error.starts_with("this is a folder"), "{error}");
        let path = folder.path().join("kept");
        fs::write(&path, b"old").unwrap();
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        assert!(write_whole(&path, b"new", true).unwrap_err().to_string().contains("write-protected"));
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[test]
    #[cfg(unix)]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, b"old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write_whole(&link, b"new", true).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");
    }
}
