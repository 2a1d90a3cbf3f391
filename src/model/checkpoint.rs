//! Weights files: `.safetensors` and official-layout `.pth`, read strictly.
//!
//! Nothing in a file is executed: a pickle is parsed as data, and one that asks for code is refused.

use super::key_table::{config_from_shapes, expected_tensors};
use super::{HostTensor, ModelConfig};
use crate::hex::hex;
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The tensors of a network in ordinary memory, complete and of the right shapes.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The file's stem, such as "small".
    pub name: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// The network's sizes.
    pub config: ModelConfig,
    /// Every tensor by its official name.
    pub tensors: BTreeMap<String, HostTensor>,
}

/// Why a weights file was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file cannot be read.
    #[error("the weights cannot be read: {}", path.display())]
    Unreadable {
        /// The weights file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The file is neither safetensors nor a PyTorch checkpoint, or is cut short.
    #[error("not a whole weights file ({problem}): {}", path.display())]
    Malformed {
        /// The weights file.
        path: PathBuf,
        /// What its reader says.
        problem: String,
    },
    /// The config in the metadata, or the one that the shapes imply, makes no network.
    #[error("the weights' config is unusable ({problem}): {}", path.display())]
    Config {
        /// The weights file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A network of the same family, but an older one.
    #[error("these are weights of CoTracker 1 or 2, and only those of CoTracker3 can be read: {}", path.display())]
    Older {
        /// The weights file.
        path: PathBuf,
    },
    /// Tensors are missing, extra, of another shape, or hold values that are not numbers.
    #[error("the weights do not fit the network, {problem}: {}", path.display())]
    Tensors {
        /// The weights file.
        path: PathBuf,
        /// Which tensor, and what is wrong with it.
        problem: String,
    },
}

/// A tensor that `CoTracker` 1 and 2 have and `CoTracker3` has not: it updates a track's features.
const OLDER: &str = "track_feat_updater.0.weight";

impl Checkpoint {
    /// Reads and checks a weights file. The config comes from the safetensors metadata (`config`, JSON); where there is
    /// none, from the tensors' shapes.
    ///
    /// # Errors
    /// When the file cannot be read or is not exactly one network's weights; the message names the tensor.
    pub fn read(path: &Path) -> Result<Self, CheckpointError> {
        let io = |source| CheckpointError::Unreadable { path: path.to_owned(), source };
        if !std::fs::metadata(path).map_err(io)?.is_file() {
            return Err(io(std::io::Error::other("this is not a file")));
        }
        let bytes = std::fs::read(path).map_err(io)?;
        let sha256 = hex(&Sha256::digest(&bytes));
        // By content, whatever the name says: safetensors begin with a length and `{`, PyTorch's files are zip archives
        // or pickles.
        let has_pickle_name =
            path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pth") || e.eq_ignore_ascii_case("pt"));
        let is_pickle = bytes.get(8) != Some(&b'{')
            && (has_pickle_name || bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\x80"));
        let (tensors, config) = if is_pickle { (read_pth(path)?, None) } else { read_safetensors(path, &bytes)? };
        if tensors.contains_key(OLDER) {
            return Err(CheckpointError::Older { path: path.to_owned() });
        }
        let unusable = |problem| CheckpointError::Config { path: path.to_owned(), problem };
        let config = match config {
            Some(config) => config,
            None => config_from_shapes(&tensors)
                .map_err(|name| unusable(format!("{name} is missing or has an impossible shape")))?,
        };
        config.check().map_err(unusable)?;
        check_tensors(&config, &tensors)
            .map_err(|problem| CheckpointError::Tensors { path: path.to_owned(), problem })?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, sha256, config, tensors })
    }
}

type Tensors = BTreeMap<String, HostTensor>;

fn read_safetensors(path: &Path, bytes: &[u8]) -> Result<(Tensors, Option<ModelConfig>), CheckpointError> {
    let malformed = |problem: String| CheckpointError::Malformed { path: path.to_owned(), problem };
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| malformed(e.to_string()))?;
    let file = SafeTensors::deserialize(bytes).map_err(|e| malformed(e.to_string()))?;
    let config = header.metadata().as_ref().and_then(|meta| meta.get("config"));
    let config = config
        .map(|json| serde_json::from_str(json))
        .transpose()
        .map_err(|e| CheckpointError::Config { path: path.to_owned(), problem: e.to_string() })?;
    let mut tensors = Tensors::new();
    for (name, view) in file.tensors() {
        let data = match view.dtype() {
            Dtype::F32 => floats::<4>(view.data(), f32::from_le_bytes),
            Dtype::F16 => floats::<2>(view.data(), |b| f16::from_le_bytes(b).to_f32()),
            Dtype::BF16 => floats::<2>(view.data(), |b| bf16::from_le_bytes(b).to_f32()),
            other => return Err(malformed(format!("{name} holds {other:?} values"))),
        };
        tensors.insert(name.clone(), HostTensor { shape: view.shape().to_vec(), data });
    }
    Ok((tensors, config))
}

fn read_pth(path: &Path) -> Result<Tensors, CheckpointError> {
    use pytorch_reader::{DType, PytorchReader};
    let malformed = |problem: String| CheckpointError::Malformed { path: path.to_owned(), problem };
    let reader = PytorchReader::new(path).map_err(|e| malformed(e.to_string()))?;
    let mut tensors = Tensors::new();
    let all = reader.into_tensors();
    if all.is_empty() {
        return Err(malformed("it holds no tensors".to_owned()));
    }
    let nested = all.keys().all(|name| name.starts_with("model."));
    for (name, tensor) in all {
        let bytes = tensor.read().map_err(|e| malformed(e.to_string()))?;
        let data = match tensor.dtype() {
            DType::F32 => floats::<4>(&bytes, f32::from_ne_bytes),
            DType::F16 => floats::<2>(&bytes, |b| f16::from_ne_bytes(b).to_f32()),
            DType::BF16 => floats::<2>(&bytes, |b| bf16::from_ne_bytes(b).to_f32()),
            DType::F64 => floats::<8>(&bytes, |b| f64::from_ne_bytes(b) as f32),
            other => return Err(malformed(format!("{name} holds {other:?} values"))),
        };
        let name = if nested { name["model.".len()..].to_owned() } else { name };
        tensors.insert(name, HostTensor { shape: tensor.shape().to_vec(), data });
    }
    Ok(tensors)
}

fn floats<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks::<N>().0.iter().map(|&chunk| value(chunk)).collect()
}

/// Compares what is there with what must be there; `Err` names the first tensor that does not fit.
fn check_tensors(config: &ModelConfig, tensors: &Tensors) -> Result<(), String> {
    let expected = expected_tensors(config);
    for (name, shape) in &expected {
        let tensor = tensors.get(name).ok_or_else(|| format!("{name} is missing"))?;
        if tensor.shape != *shape {
            return Err(format!("{name} is {:?} where the config asks for {shape:?}", tensor.shape));
        }
        if let Some(at) = tensor.data.iter().position(|v| !v.is_finite()) {
            return Err(format!("{name} holds {} at element {at}", tensor.data[at]));
        }
    }
    match tensors.keys().find(|name| !expected.contains_key(*name)) {
        Some(name) => Err(format!("{name} belongs to no part of it")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EncoderKind;
    use safetensors::tensor::TensorView;
    use std::collections::HashMap;

    fn golden(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
    }

    /// Writes the tiny network, changed by `change`, and reads it back.
    fn reread(change: impl Fn(&mut Tensors)) -> Result<Checkpoint, CheckpointError> {
        let mut tiny = Checkpoint::read(&golden("tiny.safetensors")).unwrap();
        change(&mut tiny.tensors);
        let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = tiny
            .tensors
            .into_iter()
            .map(|(name, t)| (name, t.shape, t.data.iter().flat_map(|v| v.to_le_bytes()).collect()))
            .collect();
        let views = bytes
            .iter()
            .map(|(name, shape, data)| (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), data).unwrap()));
        let meta = HashMap::from([("config".to_owned(), serde_json::to_string(&tiny.config).unwrap())]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("changed.safetensors");
        safetensors::serialize_to_file(views, Some(meta), &path).unwrap();
        Checkpoint::read(&path)
    }

    #[test]
    fn three_forms_of_the_tiny_network_hold_the_same_tensors() {
        let full = Checkpoint::read(&golden("tiny.safetensors")).unwrap();
        let half = Checkpoint::read(&golden("tiny_f16.safetensors")).unwrap();
        let pth = Checkpoint::read(&golden("tiny.pth")).unwrap();
        assert_eq!(full.tensors, pth.tensors);
        assert_eq!(full.config, half.config);
        for (name, tensor) in &full.tensors {
            for (a, b) in tensor.data.iter().zip(&half.tensors[name].data) {
                assert!((a - b).abs() <= 1e-3 * a.abs().max(1e-3), "{name}: {a} {b}");
            }
        }
        // The shapes tell everything but the picture's size and the iterations.
        let told = ModelConfig { model_resolution: (384, 512), iters: 6, visible_above: 0.6, ..full.config };
        assert_eq!(pth.config, told);
    }

    #[test]
    fn the_bundled_weights_load_and_name_their_threshold() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/small.safetensors");
        let small = Checkpoint::read(&path).unwrap();
        assert_eq!((small.name.as_str(), small.config.latent_dim, small.config.iters), ("small", 128, 4));
        assert_eq!(small.config.encoder, EncoderKind::Lite);
        assert!(small.config.visible_above < 0.6);
        let card = std::fs::read_to_string(path.with_file_name("README.md")).unwrap();
        assert!(card.contains(&small.sha256), "the model card names the file's hash");
    }

    #[test]
    fn a_checkpoint_that_does_not_fit_names_the_tensor() {
        let error = |change: &dyn Fn(&mut Tensors)| reread(change).unwrap_err().to_string();
        let missing = error(&|t| drop(t.remove("time_emb")));
        assert!(missing.contains("time_emb is missing"), "{missing}");
        let shape = error(&|t| t.get_mut("fnet.conv3.bias").unwrap().shape = vec![1, 32]);
        assert!(shape.contains("fnet.conv3.bias is [1, 32]"), "{shape}");
        let nan = error(&|t| t.get_mut("corr_mlp.fc1.bias").unwrap().data[3] = f32::NAN);
        assert!(nan.contains("corr_mlp.fc1.bias holds NaN at element 3"), "{nan}");
        let extra = error(&|t| drop(t.insert("left.over".into(), HostTensor { shape: vec![1], data: vec![0.0] })));
        assert!(extra.contains("left.over"), "{extra}");
        let older = error(&|t| drop(t.insert(OLDER.into(), HostTensor { shape: vec![1], data: vec![0.0] })));
        assert!(older.contains("weights of CoTracker 1 or 2"), "{older}");
        assert!(reread(|_| ()).is_ok());
    }

    #[test]
    fn what_is_no_checkpoint_is_refused_with_its_cause() {
        let folder = tempfile::tempdir().unwrap();
        let whole = std::fs::read(golden("tiny.safetensors")).unwrap();
        let pth = std::fs::read(golden("tiny.pth")).unwrap();
        let cases: [(&str, &[u8]); 6] = [
            ("empty.safetensors", &[]),
            ("cut.safetensors", &whole[..whole.len() / 2]),
            ("text.safetensors", b"not a network at all, just words"),
            ("empty.pth", &[]),
            ("cut.pth", &pth[..pth.len() / 2]),
            // A pickle that asks for `os.system("true")` when it is executed.
            ("evil.pth", b"\x80\x02cposix\nsystem\nq\x00X\x04\x00\x00\x00trueq\x01\x85q\x02Rq\x03."),
        ];
        for (name, bytes) in cases {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let error = Checkpoint::read(&path).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
        assert!(Checkpoint::read(folder.path()).is_err(), "a folder");
        assert!(Checkpoint::read(&folder.path().join("none.pth")).is_err());
    }
}
