//! Tests of the command line: the real binary, with the tiny golden network on the CPU.

mod batch;
#[cfg(all(target_os = "linux", feature = "camera"))]
mod cameras;
mod damage;
mod eval;
mod fixtures;
mod gpu;
mod learn;
mod live;
mod measure;
mod points;
mod polish;
mod repeat;
mod results;
mod signals;
mod usage;
mod weights;
mod zoom;
