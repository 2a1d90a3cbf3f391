//! What every part of the window may use: messages, questions, the system's file dialogs, what is remembered.

pub(crate) mod dialogs;
pub(crate) mod file_manager;
pub(crate) mod memory;
pub(crate) mod prompt;
pub(crate) mod toasts;

use crate::session::{Repaint, aside};
use crate::sync::LatestSlot;
use dialogs::{Dialogs, FileDialogs, Question};
use egui::Context;
use memory::Memory;
use prompt::{PathPurpose, Prompt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toasts::{Level, Toasts, Topic};

pub(crate) struct Desk {
    pub(crate) ctx: Context,
    /// Wakes the window from any thread.
    pub(crate) repaint: Repaint,
    pub(crate) toasts: Toasts,
    /// The app's own dialog that is open.
    pub(crate) prompt: Option<Prompt>,
    pub(crate) dialogs: Dialogs,
    pub(crate) memory: Memory,
    /// The demo clip, where it is installed.
    pub(crate) demo: Option<PathBuf>,
    /// A file that is being shown in the system's file manager.
    revealing: Option<LatestSlot<Result<Result<(), String>, String>>>,
}

impl Desk {
    pub(crate) fn new(
        ctx: &Context,
        repaint: &Repaint,
        dialogs: Arc<dyn FileDialogs>,
        memory: Memory,
        demo: Option<PathBuf>,
    ) -> Self {
        Self {
            ctx: ctx.clone(),
            repaint: Arc::clone(repaint),
            toasts: Toasts::default(),
            prompt: None,
            dialogs: Dialogs::new(dialogs),
            memory,
            demo,
            revealing: None,
        }
    }

    pub(crate) fn now_secs(&self) -> f64 {
        self.ctx.input(|input| input.time)
    }

    /// Adds a message in one sentence, with details to unfold if there are any.
    pub(crate) fn tell(&mut self, level: Level, text: impl Into<String>, details: impl Into<String>) {
        self.toasts.put(level, None, &text.into(), details.into(), None, self.now_secs());
    }

    /// Adds a message that takes the place of those before on its topic.
    pub(crate) fn say(&mut self, topic: Topic, level: Level, text: impl Into<String>, details: impl Into<String>) {
        self.toasts.put(level, Some(topic), &text.into(), details.into(), None, self.now_secs());
    }

    /// Adds a message about a file that is written now.
    pub(crate) fn say_file(&mut self, topic: Topic, level: Level, text: &str, details: String, file: &Path) {
        self.toasts.put(level, Some(topic), text, details, Some(file), self.now_secs());
    }

    pub(crate) fn reveal(&mut self, path: PathBuf) {
        let system = Arc::clone(&self.dialogs.system);
        self.revealing = Some(aside("folder", self.repaint.clone(), move || system.show_in_folder(&path)));
    }

    /// Takes in what the file manager said.
    pub(crate) fn update(&mut self) {
        if let Some(shown) = self.revealing.as_ref().and_then(LatestSlot::take) {
            self.revealing = None;
            if let Err(message) = shown.and_then(|shown| shown) {
                self.say(Topic::Export, Level::Error, "cannot show the folder", message);
            }
        }
    }

    pub(crate) fn ask(&mut self, question: Question) {
        self.dialogs.ask(question, self.memory.settings.last_folder(), self.repaint.clone());
    }

    /// Lets a path be typed, beginning with `text`; `note` says why.
    pub(crate) fn type_path(&mut self, text: String, note: String, purpose: PathPurpose) {
        self.prompt = Some(Prompt::Path { text, note, needs_focus: true, purpose });
    }

    /// There is no system dialog: the path is typed.
    pub(crate) fn ask_for_path(&mut self, text: String, purpose: PathPurpose) {
        self.type_path(text, "The system offers no file dialog here.".to_owned(), purpose);
    }

    /// The keys belong to the picture.
    pub(crate) fn release_focus(&self) {
        self.ctx.memory_mut(|memory| {
            if let Some(focused) = memory.focused() {
                memory.surrender_focus(focused);
            }
        });
    }
}
