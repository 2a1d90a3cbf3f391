//! Weights files that are like another one but for some of it.

use super::{Checkpoint, CheckpointError, HostTensor};
use crate::calibration::Calibration;
use half::f16;
use half::slice::HalfFloatSliceExt;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// A `.safetensors` file of weights with another threshold and another table of what scores are worth in its config.
/// Everything else stays as it is, to the last bit.
///
/// # Errors
/// When the file cannot be read, or is no safetensors file with a config: only these can carry one.
pub fn recalibrated(path: &Path, visible_above: f32, calibration: &Calibration) -> Result<Vec<u8>, CheckpointError> {
    let malformed = |problem: String| CheckpointError::Malformed { path: path.to_owned(), problem };
    let refused = |error: SafeTensorError| malformed(format!("only .safetensors files can be calibrated: {error}"));
    let recalibrate = |metadata: &mut Metadata| {
        let config = metadata.get_mut("config").ok_or_else(|| malformed("its metadata hold no config".to_owned()))?;
        let problem = |error| config_problem(path, &error);
        let mut fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(config).map_err(problem)?;
        fields.insert("visible_above".to_owned(), short(visible_above));
        let knots = calibration.knots().iter().map(|knot| serde_json::Value::from(knot.map(short).to_vec()));
        fields.insert("calibration".to_owned(), knots.collect());
        *config = serde_json::to_string(&fields).map_err(problem)?;
        Ok(())
    };
    rewritten(&read(path)?, recalibrate, &BTreeMap::new(), refused)
}

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
    let mut bytes = read(path)?;
    if SafeTensors::deserialize(&bytes).is_err() {
        bytes = as_safetensors(&base.tensors).map_err(malformed)?;
    }
    let config = serde_json::to_string(&base.config).map_err(|error| config_problem(path, &error))?;
    let add_words = |metadata: &mut Metadata| {
        metadata.entry("config".to_owned()).or_insert(config);
        metadata.insert("learned".to_owned(), learned.to_owned());
        Ok(())
    };
    rewritten(&bytes, add_words, &halves, malformed)
}

type Metadata = HashMap<String, String>;

/// A `.safetensors` file with changed metadata and `halves` in the place of some tensors. All else stays as it is, to
/// the last bit.
fn rewritten(
    bytes: &[u8],
    change: impl FnOnce(&mut Metadata) -> Result<(), CheckpointError>,
    halves: &BTreeMap<&str, Vec<u8>>,
    refused: impl Fn(SafeTensorError) -> CheckpointError,
) -> Result<Vec<u8>, CheckpointError> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(&refused)?;
    let mut metadata = header.metadata().clone().unwrap_or_default();
    change(&mut metadata)?;
    let file = SafeTensors::deserialize(bytes).map_err(&refused)?;
    let views = file.iter().map(|(name, view)| match halves.get(name) {
        Some(half) => Ok((name, TensorView::new(Dtype::F16, view.shape().to_vec(), half)?)),
        None => Ok((name, view)),
    });
    let views: Vec<_> = views.collect::<Result<_, _>>().map_err(&refused)?;
    safetensors::serialize(views, Some(metadata)).map_err(refused)
}

/// The tensors in full precision.
fn as_safetensors(tensors: &BTreeMap<String, HostTensor>) -> Result<Vec<u8>, SafeTensorError> {
    let bytes = |tensor: &HostTensor| -> Vec<u8> { tensor.data.iter().flat_map(|value| value.to_le_bytes()).collect() };
    let full: Vec<_> = tensors.iter().map(|(name, tensor)| (name, &tensor.shape, bytes(tensor))).collect();
    let views: Result<Vec<_>, SafeTensorError> = full
        .iter()
        .map(|(name, shape, data)| Ok((name, TensorView::new(Dtype::F32, (*shape).clone(), data)?)))
        .collect();
    safetensors::serialize(views?, None)
}

fn read(path: &Path) -> Result<Vec<u8>, CheckpointError> {
    std::fs::read(path).map_err(|source| CheckpointError::Unreadable { path: path.to_owned(), source })
}

fn config_problem(path: &Path, error: &serde_json::Error) -> CheckpointError {
    CheckpointError::Config { path: path.to_owned(), problem: error.to_string() }
}

/// Little-endian halves; `None` where one is no number.
fn bytes_of_halves(tensor: &HostTensor) -> Option<Vec<u8>> {
    let mut halves = vec![f16::ZERO; tensor.data.len()];
    halves.convert_from_f32_slice(&tensor.data);
    let are_numbers = halves.iter().all(|half| half.is_finite());
    are_numbers.then(|| halves.iter().flat_map(|half| half.to_le_bytes()).collect())
}

/// A number with no more digits than an `f32` has.
fn short(value: f32) -> serde_json::Value {
    value.to_string().parse::<f64>().unwrap_or_else(|_| f64::from(value)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ModelConfig;
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

    #[test]
    fn another_calibration_changes_nothing_but_the_config() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("half.safetensors");
        let table = Calibration::new(vec![[0.05, 0.1], [0.3, 0.62], [0.9, 0.97]]);
        std::fs::write(&path, recalibrated(&golden("tiny_f16.safetensors"), 0.15, &table).unwrap()).unwrap();
        let (before, after) =
            (Checkpoint::read(&golden("tiny_f16.safetensors")).unwrap(), Checkpoint::read(&path).unwrap());
        assert_eq!(after.config, ModelConfig { visible_above: 0.15, calibration: table, ..before.config });
        let raw = |path: &Path| {
            let bytes = std::fs::read(path).unwrap();
            let file = SafeTensors::deserialize(&bytes).unwrap();
            let tensors = file.iter().map(|(name, view)| (name.to_owned(), (view.dtype(), view.data().to_vec())));
            tensors.collect::<BTreeMap<_, _>>()
        };
        assert_eq!(raw(&path), raw(&golden("tiny_f16.safetensors")), "halves stay halves");
        // Once more, without a table.
        std::fs::write(&path, recalibrated(&path, 0.3, &Calibration::default()).unwrap()).unwrap();
        assert!(Checkpoint::read(&path).unwrap().config.calibration.is_empty());
        let pth = recalibrated(&golden("tiny.pth"), 0.3, &Calibration::default()).unwrap_err().to_string();
        assert!(pth.contains("only .safetensors files"), "{pth}");
    }

    #[test]
    fn a_table_that_falls_is_no_calibration() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("falling.safetensors");
        let table = Calibration::new(vec![[0.1, 0.7], [0.3, 0.2]]);
        std::fs::write(&path, recalibrated(&golden("tiny.safetensors"), 0.3, &table).unwrap()).unwrap();
        let error = Checkpoint::read(&path).unwrap_err().to_string();
        assert!(error.contains("calibration is not a rising table"), "{error}");
    }
}
