//! Arguments → config → work.
