//! Learning from the user's own footage: clips are cut into stretches, points on them labelled by several teachers, and
//! what of that counts becomes lessons; a proof on what was held back says whether the result is worth keeping.
//!
//! ```text
//! clips ─► stretches ─► queries ─► teachers ─► labels that count ─┬─► lessons ─► pupil ─► weights
//!                                                made clips ──────┤                         │
//!                                                                 └─► held back ─► verdict ─┘
//! ```
//! Never draws, and starts no thread. With a seed and a number of steps, the same comes of it.

mod chance;
mod clips;
mod error;
mod kept;
mod labelling;
mod labels;
mod lessons;
mod made;
mod proof;
mod pupil;
mod queries;
mod sample;
mod shelf;
mod student;
mod teachers;

pub use chance::Chance;
pub use clips::{Clip, Stretch};
pub use error::LearnError;
pub use kept::{Kept, Question};
pub use labelling::{Labelled, Labelling, Part, split};
pub use labels::{Agreement, Labels, Tally, judge};
pub use lessons::{LESSON_FRAMES, Lessons, Taught};
pub use made::made;
pub use proof::{Examined, HeldBack, Marks, Verdict, verdict};
pub use pupil::{Limit, Pupil, Standing, Study};
pub use queries::queries;
pub use sample::Lesson;
pub use student::{Backwards, Losses, Student, StudentOptions};
pub use teachers::{Asked, SAME_PX, Said, Teacher, Tracks, raster_distance};
