//! The clip that is open: how it plays, its timeline, edits of its points, and the project around it.

pub(crate) mod autosaver;
pub(crate) mod autosaving;
pub(crate) mod commands;
pub(crate) mod editing;
pub(crate) mod importing;
pub(crate) mod player;
pub(crate) mod project;
pub(crate) mod project_jobs;
pub(crate) mod properties;
pub(crate) mod room;
pub(crate) mod screen;
pub(crate) mod timeline;
pub(crate) mod transport;
