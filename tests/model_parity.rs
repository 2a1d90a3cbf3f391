//! Tests of model_parity.
