//! Tests of online_parity.
