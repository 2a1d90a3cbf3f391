//! Where a small piece of one picture is in another one: Lucas–Kanade on pyramids of grey pictures.
//!
//! Pure arithmetic on the calling thread; knows neither clips nor the network. [`Patch`] alone refines a place that is
//! known to a pixel or two; [`follow`] takes larger steps, through a pyramid; a [`Polisher`] keeps to what a point
//! looked like at first, through turns and changes of size and light, and follows points that are small planes.

mod corners;
mod grey;
mod patch;
mod plane;
mod polish;
mod pyramid;
mod template;
#[cfg(test)]
mod testing;
mod warp;

pub use corners::{Corner, corners};
pub use grey::Grey;
pub use patch::{Found, Patch};
pub use polish::{Polished, Polisher, Said};
pub use pyramid::{Pyramid, follow, follow_both_ways};
