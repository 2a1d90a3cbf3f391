//! All integration tests, one binary: linking burn and wgpu once is slow enough.

mod app;
mod cli;
mod export;
mod layers;
mod media;
mod model_parity;
mod online_parity;
mod session;
