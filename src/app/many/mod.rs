//! Many clips: the same points followed in each, beside the window, by `cotrail batch`.
//!
//! | file      | holds                                                     |
//! |-----------|-----------------------------------------------------------|
//! | `request` | what the user chose → the words of the command            |
//! | `room`    | what the dialog remembers, and the batch under way        |
//! | `dialog`  | the dialog                                                |

pub(crate) mod dialog;
pub(crate) mod request;
pub(crate) mod room;
