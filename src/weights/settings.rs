//! Where weights are fetched from and kept, as the user's environment says.

use super::WeightsError;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Where the official checkpoints lie.
pub const DEFAULT_ENDPOINT: &str = "https://huggingface.co";

/// Names another folder than the user's cache.
const CACHE_VARIABLE: &str = "COTRAIL_CACHE";
/// Names a mirror.
const ENDPOINT_VARIABLE: &str = "HF_ENDPOINT";
/// Forbids every connection.
const OFFLINE_VARIABLE: &str = "HF_HUB_OFFLINE";

/// Where from, where to, and how patiently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The folder of fetched weights; it need not exist yet. `None` where the system names no folder of the user's.
    pub folder: Option<PathBuf>,
    /// The server, without a slash at the end.
    pub endpoint: String,
    /// Whether nothing may be fetched.
    pub is_offline: bool,
    /// A connection that is silent for this long counts as broken.
    pub patience: Duration,
}

impl Settings {
    /// As the environment says: `COTRAIL_CACHE`, `HF_ENDPOINT`, `HF_HUB_OFFLINE`.
    #[must_use]
    pub fn from_env() -> Self {
        Self::new(|name| std::env::var_os(name))
    }

    fn new(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let text = |name: &str| set(name).map(|value| value.to_string_lossy().trim().to_owned());
        let user = || directories::ProjectDirs::from("", "", "cotrail").map(|dirs| dirs.cache_dir().to_owned());
        let endpoint = text(ENDPOINT_VARIABLE).unwrap_or_else(|| DEFAULT_ENDPOINT.to_owned());
        // The words that Hugging Face's own tools take for yes.
        let is_yes = |text: String| ["1", "on", "yes", "true"].contains(&text.to_lowercase().as_str());
        Self {
            folder: set(CACHE_VARIABLE).map(PathBuf::from).or_else(user).map(|cache| cache.join("weights")),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            is_offline: text(OFFLINE_VARIABLE).is_some_and(is_yes),
            patience: Duration::from_secs(20),
        }
    }

    /// The folder of fetched weights.
    pub(super) fn folder(&self) -> Result<&PathBuf, WeightsError> {
        self.folder.as_ref().ok_or(WeightsError::NoFolder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Settings {
        Settings::new(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_environment_names_server_folder_and_silence() {
        let plain = with(&[]);
        assert_eq!((plain.endpoint.as_str(), plain.is_offline), ("https://huggingface.co", false));
        let set = with(&[
            ("COTRAIL_CACHE", "/tmp/c"),
            ("HF_ENDPOINT", "http://mirror.local:8000//"),
            ("HF_HUB_OFFLINE", "TRUE"),
        ]);
        assert_eq!(set.folder, Some(PathBuf::from("/tmp/c/weights")));
        assert_eq!((set.endpoint.as_str(), set.is_offline), ("http://mirror.local:8000", true));
        let off = with(&[("HF_HUB_OFFLINE", "0"), ("HF_ENDPOINT", "")]);
        assert_eq!((off.endpoint.as_str(), off.is_offline), ("https://huggingface.co", false));
    }
}
