//! Weights files that are like another one but for what was learned.

use super::{Checkpoint, CheckpointError, HostTensor};
use half::f16;
use half::slice::HalfFloatSliceExt;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// A weights file like the one at `path`, with other values for some of its tensors, in half precision. All else stays
/// as it is there to the last bit, metadata with config, threshold and calibration included; `learned` says in the
/// metadata under that name where the new values come from. A `.pth` gets a config in the metadata.
///
/// # Errors
/// When the file is no checkpoint, has no such tensor of that shape, or a new value is too large for half precision or
/// no number.
pub fn retrained(
    path: &Path,
    changed: &BTreeMap<String, HostTensor>,
    learned: &str,
) -> Result<Vec<u8>, CheckpointError> {
    let base = Checkpoint::read(path)?;
    let malformed =
        |error: SafeTensorError| CheckpointError::Malformed { path: path.to_owned(), problem: error.to_string() };
    let refused = |problem: String| CheckpointError::Tensors { path: path.to_owned(), problem };
    let mut halves = BTreeMap::new();
    for (name, tensor) in changed {
        if base.tensors.get(name).is_none_or(|known| known.shape != tensor.shape) {
            return Err(refused(format!("{name} {:?} is not part of them", tensor.shape)));
        }
        let half = bytes_of_halves(tensor).ok_or_else(|| refused(format!("{name} has left what halves can hold")))?;
        halves.insert(name.as_str(), half);
    }
    let bytes = std::fs::read(path).map_err(|source| CheckpointError::Unreadable { path: path.to_owned(), source })?;
    let (mut metadata, kept) = match SafeTensors::deserialize(&bytes) {
        Ok(file) => {
            let (_, header) = SafeTensors::read_metadata(&bytes).map_err(malformed)?;
            let kept = file
                .tensors()
                .into_iter()
                .map(|(name, view)| (name, (view.dtype(), view.shape().to_vec(), view.data().to_vec())));
            (header.metadata().clone().unwrap_or_default(), kept.collect::<BTreeMap<_, _>>())
        }
        Err(_) => (HashMap::new(), base.tensors.iter().map(full).collect()),
    };
    let config = serde_json::to_string(&base.config)
        .map_err(|error| CheckpointError::Config { path: path.to_owned(), problem: error.to_string() })?;
    metadata.entry("config".to_owned()).or_insert(config);
    metadata.insert("learned".to_owned(), learned.to_owned());
    let views: Result<Vec<_>, _> = kept
        .iter()
        .map(|(name, (dtype, shape, data))| {
            let half = halves.get(name.as_str());
            let (dtype, data) = half.map_or((*dtype, data), |half| (Dtype::F16, half));
            TensorView::new(dtype, shape.clone(), data).map(|view| (name.as_str(), view))
        })
        .collect();
    safetensors::serialize(views.map_err(malformed)?, Some(metadata)).map_err(malformed)
}

/// Little-endian halves; `None` where one is no number.
fn bytes_of_halves(tensor: &HostTensor) -> Option<Vec<u8>> {
    let mut halves = vec![f16::ZERO; tensor.data.len()];
    halves.convert_from_f32_slice(&tensor.data);
    let are_numbers = halves.iter().all(|half| half.is_finite());
    are_numbers.then(|| halves.iter().flat_map(|half| half.to_le_bytes()).collect())
}

fn full((name, tensor): (&String, &HostTensor)) -> (String, (Dtype, Vec<usize>, Vec<u8>)) {
    let data = tensor.data.iter().flat_map(|value| value.to_le_bytes()).collect();
    (name.clone(), (Dtype::F32, tensor.shape.clone(), data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn golden(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
    }

    /// The name and the values of one tensor, changed by `change`.
    fn bias(change: impl Fn(f32) -> f32) -> BTreeMap<String, HostTensor> {
        let name = "corr_mlp.fc2.bias";
        let mut tensor = Checkpoint::read(&golden("tiny.safetensors")).unwrap().tensors[name].clone();
        tensor.data.iter_mut().for_each(|value| *value = change(*value));
        BTreeMap::from([(name.to_owned(), tensor)])
    }

    #[test]
    fn what_was_learned_is_all_that_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.safetensors");
        let changed = bias(|value| value + 0.5);
        for name in ["tiny.safetensors", "tiny_f16.safetensors", "tiny.pth"] {
            let base = Checkpoint::read(&golden(name)).unwrap();
            std::fs::write(&path, retrained(&golden(name), &changed, "from a test").unwrap()).unwrap();
            let mine = Checkpoint::read(&path).unwrap();
            assert_eq!((&mine.config, mine.tensors.len()), (&base.config, base.tensors.len()), "{name}");
            for (tensor, values) in &mine.tensors {
                let expected = changed.get(tensor).unwrap_or(&base.tensors[tensor]);
                let tolerance = if changed.contains_key(tensor) { 1e-3 } else { 0.0 };
                assert!(values.data.iter().zip(&expected.data).all(|(a, b)| (a - b).abs() <= tolerance), "{tensor}");
            }
            let bytes = std::fs::read(&path).unwrap();
            let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
            let texts = header.metadata().clone().unwrap();
            assert_eq!(texts["learned"], "from a test");
            assert_eq!(texts.contains_key("note"), name != "tiny.pth", "the base's own texts stay");
        }
    }

    #[test]
    fn values_that_no_half_can_hold_are_refused() {
        for value in [f32::NAN, 1e6] {
            let error = retrained(&golden("tiny_f16.safetensors"), &bias(|_| value), "").unwrap_err().to_string();
            assert!(error.contains("corr_mlp.fc2.bias has left"), "{error}");
        }
        let strange = BTreeMap::from([("left.over".to_owned(), HostTensor { shape: vec![1], data: vec![0.0] })]);
        let error = retrained(&golden("tiny_f16.safetensors"), &strange, "").unwrap_err().to_string();
        assert!(error.contains("left.over [1] is not part"), "{error}");
    }
}
