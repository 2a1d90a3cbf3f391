//! The system's file dialogs, on a thread of their own.

use crate::media::{IMAGE_ENDINGS, VIDEO_ENDINGS};
use crate::project::EXTENSION;
use crate::session::{Repaint, aside};
use crate::sync::LatestSlot;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A first dialog that says "cancelled" sooner than this was never shown: there is no portal. To find that out takes its
/// time on a busy machine.
const NEVER_SHOWN: Duration = Duration::from_millis(1500);

/// Asks for files.
pub trait FileDialogs: Send + Sync {
    /// Shows the dialog of a question, in `folder` where the question names no place itself; blocks until the user has
    /// answered. Nothing where it was cancelled, or where there is no dialog to be had.
    fn pick(&self, question: &Question, folder: Option<&Path>) -> Vec<PathBuf>;

    /// Shows a file in the system's file manager; blocks until that is done, or gives the reason why not.
    ///
    /// # Errors
    /// If there is no file manager to be had.
    fn show_in_folder(&self, path: &Path) -> Result<(), String> {
        super::file_manager::show_in_folder(path)
    }
}

/// The desktop's own dialogs.
#[derive(Clone, Copy, Debug)]
pub struct SystemDialogs;

impl FileDialogs for SystemDialogs {
    fn pick(&self, question: &Question, folder: Option<&Path>) -> Vec<PathBuf> {
        let pictures = || VIDEO_ENDINGS.into_iter().chain(IMAGE_ENDINGS);
        let dialog = |title: &str| rfd::FileDialog::new().set_title(title);
        let filtered = |title: &str, kinds: &str, endings: &[&str]| {
            dialog(title).add_filter(kinds, endings).add_filter("All files", &["*"])
        };
        let projects = |title: &str| dialog(title).add_filter("Cotrail projects", &[EXTENSION]);
        let picked = match question {
            Question::Any => {
                let known: Vec<&str> = pictures().chain([EXTENSION]).collect();
                in_folder(filtered("Open", "Videos, image sequences, projects", &known), folder).pick_file()
            }
            Question::Folder | Question::ManyFolder => dialog("Open image folder").pick_folder(),
            Question::Project => in_folder(projects("Open project"), folder).pick_file(),
            Question::Table => {
                let known = ["csv", "tsv", "txt", "json", "npz"];
                in_folder(filtered("Import points or tracks", "Tables", &known), folder).pick_file()
            }
            Question::SaveProject(path) => beginning_with(projects("Save project as"), path).save_file(),
            Question::Clip | Question::Pinned(_) => {
                let known: Vec<&str> = pictures().collect();
                filtered("Open video or image sequence", "Videos and image sequences", &known).pick_file()
            }
            Question::Target(path) | Question::Chart(path) => beginning_with(dialog("Export as"), path).save_file(),
            Question::Weights => filtered("Choose weights", "Weights", &["safetensors", "pth", "pt"]).pick_file(),
            Question::ManyClips => {
                let known: Vec<&str> = VIDEO_ENDINGS.into_iter().chain([EXTENSION, "csv"]).collect();
                let dialog = filtered("Clips to follow", "Videos, projects, tables of clips", &known);
                return in_folder(dialog, folder).pick_files().unwrap_or_default();
            }
            Question::ManyResults(now) => in_folder(dialog("Results go to"), Some(now)).pick_folder(),
            Question::Recordings(now) => in_folder(dialog("Recordings go to"), Some(now)).pick_folder(),
        };
        picked.into_iter().collect()
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
pub enum Question {
    /// A video or a project to open.
    Any,
    /// A folder of images to open.
    Folder,
    /// A project to open.
    Project,
    /// Points or tracks for the clip.
    Table,
    /// Where a project is written.
    SaveProject(PathBuf),
    /// The clip of a project that is being opened.
    Clip,
    /// Where an export is written.
    Target(PathBuf),
    /// A picture to be pinned to a point: the place of its line.
    Pinned(usize),
    /// Where a chart is written.
    Chart(PathBuf),
    /// A weights file.
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
    pub(super) system: Arc<dyn FileDialogs>,
    open: Option<(Question, Pending)>,
    /// Whether one was shown for sure.
    was_shown: bool,
}

impl Dialogs {
    pub(crate) fn new(system: Arc<dyn FileDialogs>) -> Self {
        Self { system, open: None, was_shown: false }
    }

    /// Shows a dialog, unless one is open.
    pub(crate) fn ask(&mut self, question: Question, folder: Option<PathBuf>, repaint: Repaint) {
        if self.open.is_some() {
            return;
        }
        let (system, asked) = (Arc::clone(&self.system), question.clone());
        let slot = aside("dialog", repaint, move || {
            let started = Instant::now();
            (system.pick(&asked, folder.as_deref()), started.elapsed())
        });
        self.open = Some((question, slot));
    }

    pub(crate) fn take_answer(&mut self) -> Option<(Question, Answer)> {
        let (_, slot) = self.open.as_ref()?;
        let result = slot.take()?;
        let (question, _) = self.open.take()?;
        self.was_shown |= matches!(&result, Ok((paths, after)) if !paths.is_empty() || *after >= NEVER_SHOWN);
        let answer = match result {
            Ok((paths, _)) if !paths.is_empty() => Answer::Paths(paths),
            Ok(_) if self.was_shown => Answer::Cancelled,
            Ok(_) | Err(_) => Answer::Unavailable,
        };
        Some((question, answer))
    }
}
