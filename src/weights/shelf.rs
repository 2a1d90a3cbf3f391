//! The folder of fetched weights: what lies there, and the file for what the user named.

use super::record::{self, Record, record_path, with_suffix};
use super::{Entry, Origin, Settings, WeightsError, entry};
use crate::bundled;
use std::path::{Path, PathBuf};

/// Where weights are. Found out without reading them: [`super::verify`] does that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// They came with the program and lie here.
    Bundled(PathBuf),
    /// They should have come with the program, but are not where they were looked for.
    NotInstalled(String),
    /// They have not been fetched.
    Missing,
    /// So many bytes are here; fetching goes on from there.
    Partial(u64),
    /// They lie here and are as long as they were when they were fetched.
    Fetched(PathBuf, Box<Record>),
    /// There is a file, but not the one that was fetched.
    Damaged(String),
}

impl State {
    /// The file, where it can be used.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Bundled(path) | Self::Fetched(path, _) => Some(path),
            _ => None,
        }
    }
}

/// Where fetched weights lie, once they are there.
pub(super) fn path_of(entry: &Entry, settings: &Settings) -> Result<PathBuf, WeightsError> {
    Ok(settings.folder()?.join(format!("{}.pth", entry.name)))
}

/// Where they grow.
pub(super) fn part_path(weights: &Path) -> PathBuf {
    with_suffix(weights, ".part")
}

/// Where some weights are. Looks at names and lengths only.
#[must_use]
pub fn state(entry: &Entry, settings: &Settings) -> State {
    if entry.origin == Origin::Bundled {
        return match bundled::weights(entry.name) {
            Ok(path) => State::Bundled(path),
            Err(error) => State::NotInstalled(error.to_string()),
        };
    }
    let Ok(path) = path_of(entry, settings) else { return State::Missing };
    let Ok(found) = path.metadata() else {
        let part = part_path(&path).metadata().map(|part| part.len()).unwrap_or_default();
        return if part > 0 { State::Partial(part) } else { State::Missing };
    };
    match record::read_json::<Record>(&record_path(&path), &path) {
        Ok(Some(record)) if record.num_bytes == found.len() => State::Fetched(path, Box::new(record)),
        Ok(Some(record)) => {
            State::Damaged(format!("the file has {} bytes where {} were fetched", found.len(), record.num_bytes))
        }
        Ok(None) => State::Damaged("the record of where the file came from is missing".to_owned()),
        Err(error) => State::Damaged(error.to_string()),
    }
}

/// The file for what the user named: bundled or fetched weights, or a path. Fetched weights are only looked for here;
/// [`super::verify`] checks them before they are used.
///
/// # Errors
/// When the name is unknown, or its weights are not here or damaged. A path is returned as it is: reading it gives the
/// better error.
pub fn find(named: &str, settings: &Settings) -> Result<PathBuf, WeightsError> {
    let missing = match bundled::weights(named) {
        Ok(path) => return Ok(path),
        Err(error) => error,
    };
    let Some(entry) = entry(named) else {
        // A folder of weights that the user named has its own names.
        let has_own_names = std::env::var_os("COTRAIL_WEIGHTS").is_some();
        return Err(if has_own_names { missing.into() } else { WeightsError::UnknownName { name: named.to_owned() } });
    };
    if entry.origin == Origin::Bundled {
        return Err(missing.into());
    }
    match state(entry, settings) {
        State::Fetched(path, _) => Ok(path),
        State::Damaged(problem) => Err(WeightsError::Damaged { problem, path: path_of(entry, settings)? }),
        _ => Err(WeightsError::NotFetched { name: entry.name }),
    }
}
