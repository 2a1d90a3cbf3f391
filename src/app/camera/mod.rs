//! The view of a live camera: its picture with the points, and what the user does there.
//!
//! The clip that is open stays as it is behind it. Frames come from [`crate::session::LiveSession`], already converted
//! and with their points; recorded and sent data know nothing of the mirror.

mod bar;
mod cards;
pub(crate) mod chooser;
pub(crate) mod chooser_ui;
pub(crate) mod commands;
mod hud;
pub(crate) mod last_stream;
mod more;
mod points;
pub(crate) mod room;
pub(crate) mod screen;
mod seekbar;
mod send;
pub(crate) mod send_choice;
mod view;

pub use chooser::Cameras;
