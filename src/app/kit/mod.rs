//! What every part of the window is made of: colours and sizes, icons, buttons, the table of commands.

pub(crate) mod commands;
pub(crate) mod controls;
pub(crate) mod fuzzy;
pub(crate) mod icons;
pub(crate) mod style;
pub(crate) mod words;
