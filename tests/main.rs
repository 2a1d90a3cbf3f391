//! All integration tests, one binary: linking burn and wgpu once is slow enough.

#![expect(clippy::unwrap_used, reason = "helpers of tests unwrap too; clippy's setting covers test functions only")]
#![expect(clippy::float_cmp, reason = "these tests claim exact results")]

mod app;
mod cli;
mod demo;
mod export;
mod layers;
mod live;
mod media;
mod model_parity;
mod online_parity;
mod project;
mod session;
mod weights;
mod zoom;
