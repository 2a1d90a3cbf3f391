//! Why something could not be read or kept.

use crate::whole;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Why a project could not be read or written. What stood at the path before still stands there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// The file is of another kind.
    #[error("this is not a Cotrail project: {}", .0.display())]
    NotAProject(PathBuf),
    /// A version of Cotrail that is still to come made it.
    #[error("the project was made by a newer Cotrail (format {version}, this one reads 1): {}", path.display())]
    Newer {
        /// The version that the file names.
        version: u64,
        /// Where it lies.
        path: PathBuf,
    },
    /// The end is missing.
    #[error("the project is cut off, its end is missing: {}", .0.display())]
    CutOff(PathBuf),
    /// It is a project, but something in it cannot be.
    #[error("the project is damaged, {problem}: {}", path.display())]
    Damaged {
        /// What cannot be, in one clause.
        problem: String,
        /// Where it lies.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("{problem}: {}", path.display())]
    Unreadable {
        /// What is in the way, in one clause.
        problem: String,
        /// Where it lies.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("{problem}: {}", path.display())]
    Unwritable {
        /// What is in the way, in one clause.
        problem: String,
        /// Where it should lie.
        path: PathBuf,
    },
    /// A file of this name is there already, and nobody said that it may be replaced.
    #[error("there is such a file already: {}", .0.display())]
    Exists(PathBuf),
}

impl ProjectError {
    pub(super) fn unreadable(error: &io::Error, path: &Path) -> Self {
        let problem = match error.kind() {
            ErrorKind::NotFound => "there is no such file".to_owned(),
            ErrorKind::PermissionDenied => "there is no permission to read this".to_owned(),
            _ => format!("the file cannot be read ({error})"),
        };
        Self::Unreadable { problem, path: path.to_owned() }
    }

    pub(super) fn unwritable(error: &io::Error, path: &Path) -> Self {
        Self::Unwritable { problem: whole::problem(error), path: path.to_owned() }
    }
}
