//! Puts the network that was asked for on its device.

use super::config::NetworkConfig;
use super::failure::warn;
use crate::bundled;
use crate::model::Network;
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

/// Finds and loads the weights.
pub(super) fn load(config: &NetworkConfig) -> anyhow::Result<Arc<Network>> {
    let path = find(config)?;
    weights::verify(&path)?;
    let network = Network::load(&path, config.device, config.threads)?;
    if network.is_on_software() {
        warn(format_args!("{} is no hardware: --device cpu is much faster", network.device_name()));
    }
    Ok(Arc::new(network))
}
