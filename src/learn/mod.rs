//! Learning from the user's own footage: lessons, made from clips, and the student that learns from them.

mod chance;
mod error;
mod sample;
mod student;

pub use chance::Chance;
pub use error::LearnError;
pub use sample::Lesson;
pub use student::{Losses, Student, StudentOptions};
