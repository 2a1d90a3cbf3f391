//! From pixels to metres and seconds: where a place of the picture is in the scene, and what follows from places over
//! time.
//!
//! ```text
//! Setup (what the user said) + Footage (the clip) ─► World: source pixels ─► units, y up
//!                                                  └► seconds of the scene ─► motion: speed, acceleration
//! ```
//!
//! Owns maps and numbers. Knows neither tracks nor files. Pure functions: any thread may call.

mod error;
mod footage;
mod motion;
mod projection;
mod setup;
mod world;

pub use error::MeasureError;
pub use footage::Footage;
pub use motion::{Motion, Smoothing, motion};
pub use setup::{Scale, Setup};
pub use world::{Place, World, angle_degrees, distance};
