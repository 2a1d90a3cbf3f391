//! The model panel, and what it leads to.

pub(crate) mod choice;
pub(crate) mod fetch;
pub(crate) mod kept;
pub(crate) mod panel;
pub(crate) mod room;
pub(crate) mod sections;
pub(crate) mod status;
