//! What tracks look like, once, for view and export.
//!
//! ```text
//! TrackStore ─ scene() ─► Scene (source pixels, sizes in style units) ─┬► Raster: onto the RGB frames of a clip
//!                                                                      └► the app's painter: onto the canvas
//! ```
//!
//! A *style unit* is one point of the screen in the view, and one pixel of a picture 1080 pixels high in a clip
//! ([`clip_scale`]). Owns palette, shapes and layers; never reads frames or files. Pure functions: any thread may call.

mod colouring;
mod label;
mod mark;
mod measures;
mod palette;
mod pixel;
mod raster;
mod scene;
mod style;

pub use colouring::{Colouring, ordered_colour};
pub use label::{Label, LabelPlace, text_width, write_text};
pub use mark::{Dot, Emphasis, Form, Layer, Marker, MarkerState, Rgba, Trail, TrailVertex};
pub use measures::Value;
pub use palette::{Colour, Palette, Shape};
pub use pixel::{Pixel, Premultiplied};
pub use raster::{Raster, clip_scale};
pub use scene::{Scene, scene};
pub use style::OverlayStyle;
