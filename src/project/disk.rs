//! A project's files, written whole or left as they were, and read within bounds.

use super::error::ProjectError;
use crate::whole;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// No project of a clip that fits into memory comes near this.
const MAX_BYTES: u64 = 1 << 30;

/// Puts a file in its place; `replaces` says whether another one may stand there.
///
/// # Errors
/// [`ProjectError::Exists`], and everything that keeps a file from being written. What was there stays.
pub(super) fn write_whole(path: &Path, bytes: &[u8], replaces: bool) -> Result<(), ProjectError> {
    let refuse = |problem: String| ProjectError::Unwritable { problem, path: path.to_owned() };
    let path = &whole::target(path).map_err(refuse)?;
    if !replaces && path.exists() {
        return Err(ProjectError::Exists(path.clone())); // before the work; the rename looks once more
    }
    whole::write(path, bytes, replaces).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists if !replaces => ProjectError::Exists(path.clone()),
        _ => ProjectError::unwritable(&error, path),
    })
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
