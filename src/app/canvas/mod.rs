//! A picture with points on it: how it is looked at, how points are placed, moved and laid out. One for clip and
//! camera, which both are a [`PointRoom`](point_view::PointRoom).

pub(crate) mod canvas_ui;
pub(crate) mod commands;
pub(crate) mod docked;
pub(crate) mod framing;
pub(crate) mod held;
pub(crate) mod look;
pub(crate) mod look_ui;
pub(crate) mod loupe;
pub(crate) mod marks;
pub(crate) mod overlay_paint;
pub(crate) mod painter;
pub(crate) mod picture_pass;
pub(crate) mod pictures;
pub(crate) mod placing;
pub(crate) mod point_view;
pub(crate) mod ruling;
pub(crate) mod seed_points;
pub(crate) mod seeding;
pub(crate) mod view;
