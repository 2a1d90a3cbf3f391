//! Measuring: the window with scale, axes and values; the charts under the picture.

pub(crate) mod chart_file;
pub(crate) mod charts;
pub(crate) mod charts_ui;
pub(crate) mod commands;
pub(crate) mod panel;
