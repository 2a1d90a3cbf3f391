//! The folders of the user in which things are kept.

use std::path::{Path, PathBuf};

/// Names one folder for settings and autosaves, in place of the user's own.
pub const DATA_VARIABLE: &str = "COTRAIL_DATA";

/// Where settings and autosaves lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    config: PathBuf,
    data: PathBuf,
}

impl Places {
    /// The folders that [`DATA_VARIABLE`] or the system names; `None` where the user has no home.
    #[must_use]
    pub fn of_the_user() -> Option<Self> {
        if let Some(folder) = std::env::var_os(DATA_VARIABLE).filter(|folder| !folder.is_empty()) {
            return Some(Self::at(Path::new(&folder)));
        }
        let folders = directories::ProjectDirs::from("", "", "cotrail")?;
        Some(Self { config: folders.config_dir().to_owned(), data: folders.data_local_dir().to_owned() })
    }

    /// Everything in one folder.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self { config: folder.to_owned(), data: folder.to_owned() }
    }

    /// Where recordings of cameras go that nobody gives another place.
    fn recordings(&self) -> PathBuf {
        self.data.join("recordings")
    }

    /// Where the older tracks of long streams lie while these last.
    #[must_use]
    pub fn streams(&self) -> PathBuf {
        self.data.join("streams")
    }

    /// Where labels and the state of learning are kept.
    #[must_use]
    pub fn learning(&self) -> PathBuf {
        self.data.join("learning")
    }

    /// The file of settings.
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.config.join("settings.json")
    }

    /// The folder of autosaves.
    #[must_use]
    pub fn autosaves(&self) -> PathBuf {
        self.data.join("autosave")
    }
}

/// The folder for recordings of cameras: in [`DATA_VARIABLE`] where that is set, else the user's folder of videos; the
/// current folder where there is neither. It need not exist yet.
#[must_use]
pub fn recordings_of_the_user() -> PathBuf {
    let is_named = std::env::var_os(DATA_VARIABLE).is_some_and(|folder| !folder.is_empty());
    if is_named && let Some(places) = Places::of_the_user() {
        return places.recordings();
    }
    let folders = directories::UserDirs::new();
    let videos = folders.as_ref().and_then(|folders| folders.video_dir().map(Path::to_owned));
    let home = || folders.as_ref().map(|folders| folders.home_dir().to_owned());
    videos.or_else(home).unwrap_or_default().join("Cotrail")
}
