//! A run on disk: everything that the next step depends on, so that it can go on as if it had never stopped.

use super::Student;
use crate::learn::{Chance, LearnError};
use crate::whole;
use burn::optim::AdaptiveMomentumState;
use burn::tensor::{Tensor, TensorData};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io;
use std::path::Path;

/// Where it stands in the file's metadata.
const STATE: &str = "state";

/// What is no row of values.
#[derive(Serialize, Deserialize)]
struct State {
    /// SHA-256 of the weights that the run began with.
    weights: String,
    num_steps: usize,
    /// Steps that the moments have seen.
    num_moments: usize,
    chance: u64,
    note: String,
}

impl Student {
    /// Keeps the run in a file, which is whole or as it was. `note` is the caller's and comes back from
    /// [`Student::resume`].
    ///
    /// # Errors
    /// Everything that keeps the file from being written, and a device that failed.
    pub fn save(&self, path: &Path, note: &str) -> Result<(), LearnError> {
        let optimiser = &self.optimiser;
        let mut rows = vec![("values", read(&optimiser.values)?), ("mean", read(&optimiser.mean)?)];
        if let Some(moments) = &optimiser.moments {
            rows.push(("moment_1", read(&moments.moment_1)?));
            rows.push(("moment_2", read(&moments.moment_2)?));
        }
        let state = State {
            weights: self.base.sha256.clone(),
            num_steps: optimiser.num_steps,
            num_moments: optimiser.moments.as_ref().map_or(0, |moments| moments.time),
            chance: self.chance.state(),
            note: note.to_owned(),
        };
        let write = || {
            let views: Result<Vec<_>, _> = rows
                .iter()
                .map(|(name, row)| {
                    TensorView::new(Dtype::F32, vec![row.len() / size_of::<f32>()], row).map(|view| (*name, view))
                })
                .collect();
            let texts = HashMap::from([(STATE.to_owned(), serde_json::to_string(&state)?)]);
            safetensors::serialize(views.map_err(io::Error::other)?, Some(texts)).map_err(io::Error::other)
        };
        let bytes = write().map_err(|source| LearnError::Unwritable { path: path.to_owned(), source })?;
        write_whole(path, &bytes)
    }

    /// Goes on with a run that was kept, of the same weights; with the same options and lessons, it takes the very same
    /// steps. Returns the note.
    ///
    /// # Errors
    /// When the file cannot be read, is no such file, or belongs to other weights. The student is then as it was.
    pub fn resume(&mut self, path: &Path) -> Result<String, LearnError> {
        let unreadable = |problem: String| LearnError::Unreadable { path: path.to_owned(), problem };
        let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let strange = |_| unreadable("it holds no such run".to_owned());
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(strange)?;
        let file = SafeTensors::deserialize(&bytes).map_err(strange)?;
        let state =
            header.metadata().as_ref().and_then(|texts| texts.get(STATE)).map(|text| serde_json::from_str(text));
        let Some(Ok::<State, _>(state)) = state else { return Err(unreadable("it holds no such run".to_owned())) };
        if state.weights != self.base.sha256 {
            return Err(unreadable("it began with other weights".to_owned()));
        }
        let row = |name: &str| {
            let view = file.tensor(name).ok().filter(|view| view.dtype() == Dtype::F32);
            let values =
                view.map(|view| view.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect());
            let values: Vec<f32> = values.ok_or_else(|| unreadable(format!("{name} is missing")))?;
            if values.len() != self.parameters.len() || values.iter().any(|value| !value.is_finite()) {
                return Err(unreadable(format!("{name} does not fit")));
            }
            let len = values.len();
            Ok(Tensor::<1>::from_data(TensorData::new(values, [len]), &self.network.tensor_device()))
        };
        let (values, mean) = (row("values")?, row("mean")?);
        let moments = match state.num_moments {
            0 => None,
            time => Some(AdaptiveMomentumState::new(time, row("moment_1")?, row("moment_2")?)),
        };
        let optimiser = &mut self.optimiser;
        (optimiser.values, optimiser.mean, optimiser.moments) = (values, mean, moments);
        optimiser.num_steps = state.num_steps;
        self.chance = Chance::new(state.chance, &[]);
        Ok(state.note)
    }
}

/// The bytes of a row, little-endian.
fn read(row: &Tensor<1>) -> Result<Vec<u8>, LearnError> {
    Ok(super::values(row.clone())?.iter().flat_map(|value| value.to_le_bytes()).collect())
}

/// Writes beside the place, to the disk, then renames.
pub(in crate::learn) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), LearnError> {
    whole::write(path, bytes, true).map_err(|source| LearnError::Unwritable { path: path.to_owned(), source })
}
