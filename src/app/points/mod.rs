//! The list of points: rows that clip and camera share, and the clip's panel around them.

pub(crate) mod commands;
pub(crate) mod filter;
pub(crate) mod grouping;
pub(crate) mod list;
pub(crate) mod menu;
pub(crate) mod panel;
pub(crate) mod point_state;
pub(crate) mod results;
pub(crate) mod row;
pub(crate) mod rows;
pub(crate) mod sparkline;
