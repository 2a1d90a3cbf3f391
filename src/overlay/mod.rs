//! What tracks look like, once, for view and export.
