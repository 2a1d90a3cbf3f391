//! What the window remembers from one start to the next.

use super::disk::{read_whole, write_whole};
use super::error::ProjectError;
use super::kept_path::KeptPath;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Recent clips and projects that are remembered.
pub const MAX_RECENT: usize = 12;
const VERSION: u32 = 1;
const UI_SCALES: (f32, f32) = (0.5, 3.0);
const WINDOW_SIDES: (f32, f32) = (320.0, 16_384.0);
const PANEL_WIDTHS: (f32, f32) = (120.0, 1200.0);
const TRAILS: (u32, u32) = (1, 200);
const SPEEDS: (f64, f64) = (0.01, 100.0);

/// Which colours the interface has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light on dark.
    Dark,
    /// Dark on light.
    Light,
}

/// How tracks are drawn and clips are played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewSettings {
    /// Whether trails are drawn.
    pub trails: bool,
    /// Their length.
    pub trail_frames: u32,
    /// Playback speed, 1 for real time.
    pub speed: f64,
    /// Whether a clip begins again at its end.
    pub loops: bool,
}

impl Default for ViewSettings {
    fn default() -> Self {
        Self { trails: true, trail_frames: 24, speed: 1.0, loops: false }
    }
}

/// A clip or a project that was open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recent {
    /// Where it lies.
    pub path: KeptPath,
    /// When it was opened or saved last, in seconds from the start of 1970.
    pub used_at_secs: u64,
}

/// Everything that persists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    version: u32,
    /// The colours.
    pub theme: Theme,
    /// Size of the interface, 1 for what the system says.
    pub ui_scale: f32,
    /// Size of the window, in points.
    pub window: Option<[f32; 2]>,
    /// Width of the panel at the right, in points.
    pub panel_width: Option<f32>,
    /// How tracks are drawn and clips are played.
    pub view: ViewSettings,
    /// The folder in which a file was chosen last.
    pub last_folder: Option<KeptPath>,
    /// Clips and projects, the newest first.
    pub recent: Vec<Recent>,
    /// Whether the hints of the first minute have been understood.
    pub knows_the_way: bool,
    /// What the window keeps of its own; understood there alone.
    pub app: serde_json::Value,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: VERSION,
            theme: Theme::default(),
            ui_scale: 1.0,
            window: None,
            panel_width: None,
            view: ViewSettings::default(),
            last_folder: None,
            recent: Vec::new(),
            knows_the_way: false,
            app: serde_json::Value::Null,
        }
    }
}

impl Settings {
    /// Reads the settings; where that fails, the defaults, with a sentence on why. A file that makes no sense is kept
    /// under another name.
    #[must_use]
    pub fn load(path: &Path) -> (Self, Option<String>) {
        let bytes = match read_whole(path) {
            Ok(bytes) => bytes,
            Err(_) if !path.exists() => return (Self::default(), None), // the first start
            Err(error) => return (Self::default(), Some(format!("the settings could not be read: {error}"))),
        };
        match Self::parse(&bytes) {
            Ok(settings) => (settings, None),
            Err(problem) => {
                let aside = path.with_extension("broken.json");
                let kept = match fs::rename(path, &aside) {
                    Ok(()) => format!("the file is kept as {}", aside.display()),
                    Err(error) => format!("the file could not be set aside ({error})"),
                };
                (Self::default(), Some(format!("the settings start anew, {problem}; {kept}")))
            }
        }
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        // A map first: a list would count as settings that are all left out.
        let fields: Result<serde_json::Map<_, _>, _> = serde_json::from_slice(bytes);
        let settings = fields.and_then(|fields| serde_json::from_value::<Self>(fields.into()));
        let settings = settings.map_err(|error| format!("they could not be understood ({error})"))?;
        if settings.version > VERSION {
            return Err("they were made by a newer Cotrail".to_owned());
        }
        Ok(settings.within_bounds())
    }

    /// Numbers that somebody typed into the file do no harm.
    fn within_bounds(mut self) -> Self {
        self.ui_scale = self.ui_scale.clamp(UI_SCALES.0, UI_SCALES.1);
        self.window = self.window.map(|sides| sides.map(|side| side.clamp(WINDOW_SIDES.0, WINDOW_SIDES.1)));
        self.panel_width = self.panel_width.map(|width| width.clamp(PANEL_WIDTHS.0, PANEL_WIDTHS.1));
        self.view.trail_frames = self.view.trail_frames.clamp(TRAILS.0, TRAILS.1);
        self.view.speed = self.view.speed.clamp(SPEEDS.0, SPEEDS.1);
        self.recent.truncate(MAX_RECENT);
        self
    }

    /// Writes the settings.
    ///
    /// # Errors
    /// When the folder cannot be made or the file not be written; the one that was there stays.
    ///
    /// # Panics
    /// Never: texts and numbers can always be written.
    pub fn save(&self, path: &Path) -> Result<(), ProjectError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| ProjectError::unwritable(&error, folder))?;
        }
        let text = serde_json::to_vec_pretty(self).expect("settings have neither odd keys nor numbers");
        write_whole(path, &text, true)
    }

    /// Puts a clip or a project at the head of the recent ones.
    pub fn remember(&mut self, path: &Path, now: SystemTime) {
        let used_at_secs = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.recent.retain(|recent| recent.path.as_path() != path);
        self.recent.insert(0, Recent { path: path.into(), used_at_secs });
        self.recent.truncate(MAX_RECENT);
    }

    /// Forgets a clip or a project.
    pub fn forget(&mut self, path: &Path) {
        self.recent.retain(|recent| recent.path.as_path() != path);
    }

    /// The folder in which a dialog begins.
    #[must_use]
    pub fn last_folder(&self) -> Option<PathBuf> {
        self.last_folder.as_ref().map(|folder| folder.as_path().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn some() -> Settings {
        let mut settings = Settings {
            theme: Theme::Light,
            ui_scale: 1.25,
            window: Some([900.0, 700.0]),
            panel_width: Some(300.0),
            view: ViewSettings { trails: false, trail_frames: 7, speed: 0.5, loops: true },
            last_folder: Some(Path::new("/clips").into()),
            knows_the_way: true,
            app: serde_json::json!({"order": {"sort": "name"}}),
            ..Settings::default()
        };
        settings.remember(Path::new("/clips/a.mp4"), UNIX_EPOCH + Duration::from_secs(5));
        settings
    }

    #[test]
    fn settings_come_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/inside/settings.json");
        assert_eq!(Settings::load(&path), (Settings::default(), None));
        some().save(&path).unwrap();
        assert_eq!(Settings::load(&path), (some(), None));
    }

    #[test]
    fn a_broken_file_gives_the_defaults_and_is_kept_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        for broken in ["{\"theme\": \"pink\"}", "{\"theme\"", "", "[]", "{\"version\": 2}", "{\"ui_scale\": \"big\"}"] {
            fs::write(&path, broken).unwrap();
            let (settings, note) = Settings::load(&path);
            assert_eq!(settings, Settings::default());
            assert!(note.unwrap().contains("start anew"), "{broken}");
            assert_eq!(fs::read_to_string(folder.path().join("settings.broken.json")).unwrap(), broken);
            assert!(!path.exists());
        }
    }

    #[test]
    fn fields_of_other_versions_do_no_harm_and_numbers_stay_in_bounds() {
        let text =
            br#"{"version": 1, "new": {"deep": [1]}, "ui_scale": 900, "window": [0, 1e9], "view": {"speed": -3}}"#;
        let settings = Settings::parse(text).unwrap();
        assert_eq!((settings.ui_scale, settings.window), (3.0, Some([320.0, 16_384.0])));
        assert_eq!((settings.view.speed, settings.view.trail_frames), (0.01, 24));
    }

    #[test]
    fn the_newest_stands_first_and_none_stands_twice() {
        let mut settings = Settings::default();
        for i in 0..20 {
            settings.remember(Path::new(&format!("/{i}.mp4")), UNIX_EPOCH + Duration::from_secs(i));
        }
        settings.remember(Path::new("/15.mp4"), UNIX_EPOCH + Duration::from_secs(99));
        let names: Vec<_> = settings.recent.iter().map(|recent| recent.path.as_path().display().to_string()).collect();
        assert_eq!(names[..3], ["/15.mp4", "/19.mp4", "/18.mp4"]);
        assert_eq!((names.len(), settings.recent[0].used_at_secs), (MAX_RECENT, 99));
    }

    proptest! {
        #[test]
        fn any_bytes_give_settings_or_a_reason(bytes: Vec<u8>) {
            if let Err(problem) = Settings::parse(&bytes) {
                prop_assert!(!problem.is_empty());
            }
        }
    }
}
