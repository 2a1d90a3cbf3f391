//! What outlasts a run of the program: project files, autosaves, settings, and the folders they lie in.
//!
//! Owns the form of these files and how they are written so that a failure leaves what was there. Never draws, tracks
//! or opens a clip. Every call waits for the disk; `session` decides which thread that is.

mod autosave;
mod clip;
mod disk;
mod error;
mod file;
mod kept_path;
mod places;
mod settings;

pub use autosave::{Autosave, Orphan, orphans};
pub use clip::{Located, SavedClip, fingerprint};
pub use error::ProjectError;
pub use file::{EXTENSION, Project, SavedTracking, SavedView};
pub use kept_path::KeptPath;
pub use places::{DATA_VARIABLE, Places, recordings_of_the_user};
pub use settings::{MAX_RECENT, Recent, Settings, Theme, ViewSettings};
