//! The network on burn: the form for every GPU, and the check on the CPU. One file per block of the paper.

mod correlation;
mod encoder;
mod engine;
mod layers;
mod network;
mod newest;
mod search;
mod trunk;
mod update_former;

pub(crate) use engine::guarded;
pub use network::{PortableFeatures, PortableMemory, PortableNetwork, PortablePatches};
pub use trunk::Trunk;
#[cfg(test)]
mod parity;
