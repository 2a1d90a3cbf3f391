//! Puts the network that was asked for on its device.

use super::config::NetworkConfig;
use crate::bundled;
use crate::model::Network;
use anyhow::Context;
use std::path::PathBuf;
use std::sync::Arc;

/// Finds and loads the weights.
pub(super) fn load(config: &NetworkConfig) -> anyhow::Result<Arc<Network>> {
    let path = match config.weights.to_str() {
        Some(named) => bundled::weights(named)?,
        None => PathBuf::from(&config.weights), // a path that is not UTF-8 is no bundled name
    };
    let network = Network::load(&path, config.device, config.threads);
    Ok(Arc::new(network.with_context(|| format!("loading the network from {}", path.display()))?))
}
