//! The networks against the reference's tensors.

mod native;
