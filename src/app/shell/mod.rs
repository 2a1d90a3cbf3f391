//! The window's own parts: bars, menus, palette, dialogs, start page, what is kept from one start to the next.

pub(crate) mod kept;
pub(crate) mod keys;
pub(crate) mod log_panel;
pub(crate) mod menus;
pub(crate) mod painting;
pub(crate) mod palette;
pub(crate) mod project_prompts;
pub(crate) mod prompts;
pub(crate) mod recent;
pub(crate) mod start_page;
pub(crate) mod stats;
pub(crate) mod status;
