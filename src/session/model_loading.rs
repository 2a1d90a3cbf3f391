//! The network of the tracking worker: loading one, and putting another in its place.

use super::ModelOptions;
use super::messages::ModelInfo;
use crate::geometry::Size;
use crate::model::Network;
use crate::weights;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

/// A network on its device, with what it was made from.
pub(super) struct Loaded {
    pub(super) network: Arc<Network>,
    pub(super) options: ModelOptions,
    load_secs: f64,
    stamp: Option<(SystemTime, u64)>,
}

/// The network that is in place, for whoever follows points beside the tracking worker. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct SharedNetwork(Arc<Mutex<Option<UsedNetwork>>>);

/// A network, and the picture size that it sees.
#[derive(Clone, Debug)]
pub(super) struct UsedNetwork {
    pub(super) network: Arc<Network>,
    pub(super) model_size: Option<Size>,
}

impl SharedNetwork {
    /// What is in place now; `None` while it loads and where there is none.
    pub(super) fn get(&self) -> Option<UsedNetwork> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn put(&self, loaded: &Loaded) {
        let (network, model_size) = (Arc::clone(&loaded.network), loaded.options.tracker.model_size);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(UsedNetwork { network, model_size });
    }
}

/// How another network came into place.
pub(super) struct Switch {
    pub(super) loaded: Loaded,
    /// Whether frames that the one before has encoded can still be used.
    pub(super) keeps_features: bool,
}

/// Loads the network for `options`; takes over the one before where only its use has changed. Fetched weights are held
/// against their record first.
///
/// # Errors
/// In one sentence, for the user.
pub(super) fn load(options: ModelOptions, before: Option<&Loaded>) -> Result<Switch, String> {
    let started = Instant::now();
    let stamp = stamp(&options.weights);
    if let Some(before) = before.filter(|before| before.stamp == stamp && is_same_network(&before.options, &options)) {
        let network = Arc::clone(&before.network);
        let keeps_features = model_size(&network, &before.options) == model_size(&network, &options);
        let loaded = Loaded { network, options, load_secs: before.load_secs, stamp };
        return Ok(Switch { loaded, keeps_features });
    }
    weights::verify(&options.weights).map_err(|error| error.to_string())?;
    let network = Network::load(&options.weights, options.device, options.cpu);
    let network = Arc::new(network.map_err(|error| error.to_string())?);
    let load_secs = started.elapsed().as_secs_f64();
    Ok(Switch { loaded: Loaded { network, options, load_secs, stamp }, keeps_features: false })
}

impl Loaded {
    /// What the app is told.
    pub(super) fn info(&self) -> ModelInfo {
        let network = &self.network;
        ModelInfo {
            device: network.device_name().to_owned(),
            device_note: network.device_note().map(str::to_owned),
            weights: network.weights_name().to_owned(),
            weights_sha256: network.weights_sha256().to_owned(),
            config: network.config().clone(),
            tracker: self.options.tracker.clone(),
            load_secs: self.load_secs,
            options: self.options.clone(),
        }
    }
}

fn is_same_network(a: &ModelOptions, b: &ModelOptions) -> bool {
    (&a.weights, a.device, a.cpu) == (&b.weights, b.device, b.cpu)
}

fn model_size(network: &Network, options: &ModelOptions) -> Size {
    options.tracker.model_size.unwrap_or(network.config().clip_size())
}

/// Tells a file that was replaced from the one that was loaded.
fn stamp(weights: &Path) -> Option<(SystemTime, u64)> {
    let found = weights.metadata().ok()?;
    Some((found.modified().ok()?, found.len()))
}
