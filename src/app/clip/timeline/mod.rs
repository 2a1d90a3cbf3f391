//! The timeline: what is in memory, what is tracked, where points were placed, the range and the playhead.
//!
//! | file       | holds                                                   |
//! |------------|---------------------------------------------------------|
//! | `scale`    | which frame stands where, which part of the clip shows  |
//! | `ruler`    | the numbers above                                       |
//! | `zoom`     | wheel, Alt+drag, the strip that scrolls                 |
//! | `state`    | what it remembers, and what it asks for                 |
//! | `strip`    | the strip itself                                        |
//! | `range`    | in and out                                              |
//! | `digest`   | what is counted once per change of the tracks           |
//! | `bands`    | what is drawn on the bed                                |
//! | `lanes`    | a lane for each track                                   |
//! | `legend`   | what is said in words                                   |
//! | `problems` | the table of problems                                   |
//! | `commands` | what keys and menus do here                             |
//! | `jumps`    | to problems, to what was placed by hand                 |

pub(crate) mod bands;
pub(crate) mod commands;
pub(crate) mod digest;
pub(crate) mod jumps;
pub(crate) mod lanes;
pub(crate) mod legend;
pub(crate) mod problems;
pub(crate) mod range;
pub(crate) mod ruler;
pub(crate) mod scale;
pub(crate) mod state;
pub(crate) mod strip;
pub(crate) mod zoom;
