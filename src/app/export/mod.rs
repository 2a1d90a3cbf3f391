//! The export dialog: what to write, where to, and how far it is.
//!
//! | file      | holds                                                       |
//! |-----------|-------------------------------------------------------------|
//! | `choices` | what the user chose, remembered                             |
//! | `plan`    | choices → what the session is asked to write                |
//! | `places`  | what stands where the files should go                       |
//! | `panel`   | what the dialog remembers, and the export under way         |
//! | `opening` | what opens it, and what starts an export                    |
//! | `dialog`  | the dialog's frame, its foot, and what it shows meanwhile   |
//! | `what`    | its part on formats, points and frames                      |
//! | `looks`   | its part on clips and pictures                              |
//! | `pinned`  | its part on what stays on points                            |
//! | `live`    | the dialog in the camera view: tables of the live tracks    |
//! | `ended`   | what the user is told afterwards                            |

pub(crate) mod choices;
pub(crate) mod dialog;
mod ended;
mod live;
mod looks;
mod opening;
pub(crate) mod panel;
mod pinned;
mod places;
mod plan;
mod preview;
pub(crate) mod what;
