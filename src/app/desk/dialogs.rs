//! The system's file dialogs, on a thread of their own.

use crate::media::{IMAGE_ENDINGS, VIDEO_ENDINGS};
use crate::project::EXTENSION;
use crate::session::{Repaint, aside};
use crate::sync::LatestSlot;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A dialog that says "cancelled" sooner than this was never shown: there is no portal. To find that out takes its time
/// on a busy machine; a person needs longer still.
const NEVER_SHOWN: Duration = Duration::from_millis(400);

/// Asks for files; every call blocks until the user has answered. `None` means cancelled, or no dialog to be had.
pub trait FileDialogs: Send + Sync {
    /// A video, or one of a sequence of images, to open.
    fn pick_video(&self) -> Option<PathBuf>;
    /// A folder of images to open.
    fn pick_folder(&self) -> Option<PathBuf>;
    /// A folder for recordings; the dialog begins in `now`.
    fn pick_recordings(&self, now: &Path) -> Option<PathBuf> {
        let _ = now;
        self.pick_folder()
    }
    /// A file to write; `suggestion` is what the app would take.
    fn pick_target(&self, suggestion: &Path) -> Option<PathBuf>;

    /// Shows a file in the system's file manager; blocks until that is done, or gives the reason why not.
    ///
    /// # Errors
    /// If there is no file manager to be had.
    fn show_in_folder(&self, path: &Path) -> Result<(), String> {
        super::file_manager::show_in_folder(path)
    }

    /// A weights file. Where there is no such dialog, the path is typed.
    fn pick_weights(&self) -> Option<PathBuf> {
        None
    }
    /// A table of points or tracks; the dialog begins in `folder`.
    fn pick_table(&self, folder: Option<&Path>) -> Option<PathBuf> {
        self.pick_any(folder)
    }
    /// A video, one of a sequence of images, or a project to open; the dialog begins in `folder`.
    fn pick_any(&self, folder: Option<&Path>) -> Option<PathBuf> {
        let _ = folder;
        self.pick_video()
    }
    /// Any number of clips; the dialog begins in `folder`.
    fn pick_clips(&self, folder: Option<&Path>) -> Vec<PathBuf> {
        self.pick_any(folder).into_iter().collect()
    }
    /// A folder for results; the dialog begins in `now`.
    fn pick_results(&self, now: &Path) -> Option<PathBuf> {
        self.pick_recordings(now)
    }
    /// A project to open; the dialog begins in `folder`.
    fn pick_project(&self, folder: Option<&Path>) -> Option<PathBuf> {
        self.pick_any(folder)
    }
    /// The place of a project to write; `suggestion` is what the app would take.
    fn pick_project_target(&self, suggestion: &Path) -> Option<PathBuf> {
        self.pick_target(suggestion)
    }
}

/// The desktop's own dialogs.
#[derive(Clone, Copy, Debug)]
pub struct SystemDialogs;

impl FileDialogs for SystemDialogs {
    fn pick_video(&self) -> Option<PathBuf> {
        let known: Vec<&str> = VIDEO_ENDINGS.into_iter().chain(IMAGE_ENDINGS).collect();
        let dialog = rfd::FileDialog::new().set_title("Open video or image sequence");
        dialog.add_filter("Videos and image sequences", &known).add_filter("All files", &["*"]).pick_file()
    }

    fn pick_folder(&self) -> Option<PathBuf> {
        rfd::FileDialog::new().set_title("Open image folder").pick_folder()
    }

    fn pick_recordings(&self, now: &Path) -> Option<PathBuf> {
        in_folder(rfd::FileDialog::new().set_title("Recordings go to"), Some(now)).pick_folder()
    }

    fn pick_target(&self, suggestion: &Path) -> Option<PathBuf> {
        beginning_with(rfd::FileDialog::new().set_title("Export as"), suggestion).save_file()
    }

    fn pick_weights(&self) -> Option<PathBuf> {
        let dialog = rfd::FileDialog::new().set_title("Choose weights");
        dialog.add_filter("Weights", &["safetensors", "pth", "pt"]).add_filter("All files", &["*"]).pick_file()
    }

    fn pick_table(&self, folder: Option<&Path>) -> Option<PathBuf> {
        let dialog = rfd::FileDialog::new().set_title("Import points or tracks");
        let dialog = dialog.add_filter("Tables", &["csv", "tsv", "txt", "json", "npz"]);
        in_folder(dialog.add_filter("All files", &["*"]), folder).pick_file()
    }

    fn pick_any(&self, folder: Option<&Path>) -> Option<PathBuf> {
        let known: Vec<&str> = VIDEO_ENDINGS.into_iter().chain(IMAGE_ENDINGS).chain([EXTENSION]).collect();
        let dialog = rfd::FileDialog::new().set_title("Open").add_filter("Videos, image sequences, projects", &known);
        in_folder(dialog.add_filter("All files", &["*"]), folder).pick_file()
    }

    fn pick_clips(&self, folder: Option<&Path>) -> Vec<PathBuf> {
        let known: Vec<&str> = VIDEO_ENDINGS.into_iter().chain([EXTENSION, "csv"]).collect();
        let dialog = rfd::FileDialog::new().set_title("Clips to follow");
        let dialog = dialog.add_filter("Videos, projects, tables of clips", &known).add_filter("All files", &["*"]);
        in_folder(dialog, folder).pick_files().unwrap_or_default()
    }

    fn pick_results(&self, now: &Path) -> Option<PathBuf> {
        in_folder(rfd::FileDialog::new().set_title("Results go to"), Some(now)).pick_folder()
    }

    fn pick_project(&self, folder: Option<&Path>) -> Option<PathBuf> {
        let dialog = rfd::FileDialog::new().set_title("Open project").add_filter("Cotrail projects", &[EXTENSION]);
        in_folder(dialog, folder).pick_file()
    }

    fn pick_project_target(&self, suggestion: &Path) -> Option<PathBuf> {
        let dialog = rfd::FileDialog::new().set_title("Save project as").add_filter("Cotrail projects", &[EXTENSION]);
        beginning_with(dialog, suggestion).save_file()
    }
}

fn in_folder(dialog: rfd::FileDialog, folder: Option<&Path>) -> rfd::FileDialog {
    folder.into_iter().fold(dialog, rfd::FileDialog::set_directory)
}

fn beginning_with(dialog: rfd::FileDialog, suggestion: &Path) -> rfd::FileDialog {
    let dialog = in_folder(dialog, suggestion.parent());
    let name = suggestion.file_name().into_iter();
    name.fold(dialog, |dialog, name| dialog.set_file_name(name.to_string_lossy()))
}

/// What a dialog was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// A video or a project to open.
    Any,
    Folder,
    Project,
    /// Points or tracks for the clip.
    Table,
    /// Where a project is written.
    SaveProject(PathBuf),
    /// The clip of a project that is being opened.
    Clip,
    Target(PathBuf),
    /// A picture to be pinned to a point: the place of its line.
    Pinned(usize),
    /// Where a chart is written.
    Chart(PathBuf),
    Weights,
    /// Clips that are to be followed one after another.
    ManyClips,
    /// A folder of them.
    ManyFolder,
    /// The folder of their results, now this one.
    ManyResults(PathBuf),
    /// The folder of recordings, now this one.
    Recordings(PathBuf),
}

/// How a dialog ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The user chose these, at least one: more than one only where clips were asked for.
    Paths(Vec<PathBuf>),
    /// The user closed it.
    Cancelled,
    /// It was never shown.
    Unavailable,
}

/// The paths that a dialog gave and how long it was shown, or how it failed; once it is closed.
type Pending = LatestSlot<Result<(Vec<PathBuf>, Duration), String>>;

/// The dialog that is open, at most one.
pub(crate) struct Dialogs {
    system: Arc<dyn FileDialogs>,
    open: Option<(Question, Pending)>,
}

impl Dialogs {
    pub(crate) fn new(system: Arc<dyn FileDialogs>) -> Self {
        Self { system, open: None }
    }

    /// What asks the system.
    pub(crate) fn system(&self) -> Arc<dyn FileDialogs> {
        Arc::clone(&self.system)
    }

    /// Shows a dialog, unless one is open.
    pub(crate) fn ask(&mut self, question: Question, folder: Option<PathBuf>, repaint: Repaint) {
        if self.open.is_some() {
            return;
        }
        let (system, asked) = (Arc::clone(&self.system), question.clone());
        let slot = aside("dialog", repaint, move || {
            let started = Instant::now();
            let path = match asked {
                Question::ManyClips => return (system.pick_clips(folder.as_deref()), started.elapsed()),
                Question::Any => system.pick_any(folder.as_deref()),
                Question::Project => system.pick_project(folder.as_deref()),
                Question::Table => system.pick_table(folder.as_deref()),
                Question::SaveProject(suggestion) => system.pick_project_target(&suggestion),
                Question::Clip | Question::Pinned(_) => system.pick_video(),
                Question::Folder | Question::ManyFolder => system.pick_folder(),
                Question::Target(suggestion) | Question::Chart(suggestion) => system.pick_target(&suggestion),
                Question::Weights => system.pick_weights(),
                Question::Recordings(now) => system.pick_recordings(&now),
                Question::ManyResults(now) => system.pick_results(&now),
            };
            (path.into_iter().collect(), started.elapsed())
        });
        self.open = Some((question, slot));
    }

    /// The answer, once there is one.
    pub(crate) fn take_answer(&mut self) -> Option<(Question, Answer)> {
        let (_, slot) = self.open.as_ref()?;
        let result = slot.take()?;
        let (question, _) = self.open.take()?;
        let answer = match result {
            Ok((paths, _)) if !paths.is_empty() => Answer::Paths(paths),
            Ok((_, after)) if after >= NEVER_SHOWN => Answer::Cancelled,
            Ok(_) | Err(_) => Answer::Unavailable,
        };
        Some((question, answer))
    }
}
