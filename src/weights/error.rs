//! Why weights cannot be had.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Why weights are not to be had. What was fetched so far stays, unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// Nothing has this name.
    #[error("there are no weights called \"{name}\"; `cotrail weights list` shows what there is")]
    UnknownName {
        /// What was asked for.
        name: String,
    },
    /// The bundled weights are not where they should be.
    #[error(transparent)]
    NotInstalled(#[from] crate::bundled::NotFound),
    /// They are known, but not here.
    #[error("the weights \"{name}\" have not been fetched yet: `cotrail weights fetch {name}` gets them")]
    NotFetched {
        /// Their name.
        name: &'static str,
    },
    /// They come with the program: there is nothing to fetch.
    #[error("the weights \"{name}\" come with Cotrail, there is nothing to fetch")]
    Bundled {
        /// Their name.
        name: &'static str,
    },
    /// The user has to agree to the licence first.
    #[error("the licence of \"{name}\" ({licence}) has to be accepted before anything is fetched")]
    LicenceNotAccepted {
        /// Their name.
        name: &'static str,
        /// The licence's short name.
        licence: &'static str,
    },
    /// The file is not the one that was fetched.
    #[error("{problem}: remove the file, or fetch the weights again: {}", path.display())]
    Damaged {
        /// What differs.
        problem: String,
        /// The weights file.
        path: PathBuf,
    },
    /// The user wants no network.
    #[error("HF_HUB_OFFLINE is set, so nothing is fetched")]
    Offline,
    /// The user called it off.
    #[error("fetching was stopped")]
    Cancelled,
    /// Somebody else is fetching the same weights.
    #[error("these weights are being fetched already")]
    Busy,
    /// There is no folder of the user's to keep weights in.
    #[error("no folder for fetched weights is known; COTRAIL_CACHE can name one")]
    NoFolder,
    /// The server's address makes no sense.
    #[error("this is no web address: {0}")]
    BadAddress(String),
    /// The server cannot be reached, or the connection broke and no new one brought more.
    #[error("{problem} ({host})")]
    Connection {
        /// What happened.
        problem: String,
        /// The server.
        host: String,
    },
    /// The server answered with something else than the file.
    #[error("{problem}: {url}")]
    Answer {
        /// What came, and what it may mean.
        problem: String,
        /// What was asked for.
        url: String,
    },
    /// What came is not what the server promised. It was thrown away.
    #[error("what was fetched is not the file that the server announced ({problem}); it was thrown away: {url}")]
    Corrupted {
        /// What differs.
        problem: String,
        /// What was asked for.
        url: String,
    },
    /// The disk did not take it.
    #[error("{problem}: {}", path.display())]
    Disk {
        /// What the system says, in words.
        problem: String,
        /// The file or folder.
        path: PathBuf,
    },
}

impl WeightsError {
    pub(super) fn from_disk(source: &io::Error, path: &Path) -> Self {
        let problem = match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
            ErrorKind::PermissionDenied => "there is no permission to use this file or folder".to_owned(),
            ErrorKind::ReadOnlyFilesystem => "this place is read-only".to_owned(),
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => "what should be the folder is a file".to_owned(),
            _ => format!("the file cannot be used ({source})"),
        };
        Self::Disk { problem, path: path.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_disk_says_is_told_in_words() {
        for (kind, words) in [
            (ErrorKind::StorageFull, "the disk is full: here/a.pth"),
            (ErrorKind::PermissionDenied, "there is no permission to use this file or folder: here/a.pth"),
            (ErrorKind::ReadOnlyFilesystem, "this place is read-only: here/a.pth"),
        ] {
            let error = WeightsError::from_disk(&io::Error::from(kind), Path::new("here/a.pth"));
            assert_eq!(error.to_string(), words);
        }
    }
}
