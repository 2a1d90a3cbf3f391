//! Puts the network that was asked for on its device.

use super::config::NetworkConfig;
use super::failure::warn;
use crate::bundled;
use crate::model::{DeviceChoice, Network};
use crate::tracker::TrackerError;
use crate::weights::{self, Settings};
use std::path::PathBuf;
use std::sync::Arc;

/// Finds the weights.
pub(super) fn find(config: &NetworkConfig) -> anyhow::Result<PathBuf> {
    let weights = config.weights.as_deref().unwrap_or(bundled::DEFAULT_WEIGHTS.as_ref());
    Ok(match weights.to_str() {
        Some(named) => weights::find(named, &Settings::from_env())?,
        None => PathBuf::from(weights), // a path that is not UTF-8 is no bundled name
    })
}

/// Whether the CPU may take over after a failure: the GPU gave up, and nobody asked for it by name.
pub(super) fn may_move(config: &NetworkConfig, error: &TrackerError) -> bool {
    error.is_of_device() && config.device == DeviceChoice::Auto
}

/// Finds and loads the weights.
pub(super) fn load(config: &NetworkConfig) -> anyhow::Result<Arc<Network>> {
    let path = find(config)?;
    weights::verify(&path)?;
    let network = Network::load(&path, config.device, config.cpu())?;
    if network.is_on_software() {
        warn(format_args!("{} is no hardware: --device cpu is much faster", network.device_name()));
    }
    Ok(Arc::new(network))
}
