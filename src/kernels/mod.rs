//! Launchers of the WGSL kernels, their CPU twins, and the tuned CPU kernels; the only bridge between tensors and raw
//! buffers. Knows shapes and numbers, nothing of tracking.
//!
//! | shader             | file             | what it does                                             |
//! |--------------------|------------------|----------------------------------------------------------|
//! | `preprocess.wgsl`  | [`preprocess`]   | picture → resized, normalised input                      |
//! | `patches.wgsl`     | [`patches`]      | query patches from a feature map                         |
//! | `correlation.wgsl` | [`correlation`]  | patches around the tracks against their query patches    |
//! | `motion.wgsl`      | [`motion`]       | offsets between frames in octaves of sine and cosine     |
//! | `linear.wgsl`      | [`linear`]       | a linear layer, what follows it and what it is added to  |
//! | `layer_norm.wgsl`  | [`layer_norm`]   | rows with mean 0 and variance 1                          |
//! | `attention.wgsl`   | [`attention`]    | attention without a table of scores                      |
//! | `search.wgsl`      | [`search`]       | query patches against every place of a picture           |
//!
//! [`cpu`] holds the tuned kernels of the machine without a GPU: whole layers on plain slices, no tensors. [`fused`] lets
//! burn's autodiff use some of them.

pub mod attention;
pub mod correlation;
pub mod cpu;
pub mod fused;
mod launch;
pub mod layer_norm;
pub mod linear;
pub mod motion;
pub mod ops;
mod patch;
pub mod patches;
pub mod preprocess;
pub mod search;
#[cfg(test)]
mod testing;

use burn::backend::{DType, Shape};
use burn::tensor::{Device, DeviceKind, TensorData};
use std::sync::OnceLock;

/// The compute device on the GPU, set up once per process. `Err` says in words why there is none.
///
/// # Errors
/// When no adapter, not even a software one, can be had.
pub fn gpu_device() -> Result<Device, String> {
    // A runtime can be initialised once: later callers share the first one's device, or its failure.
    static DEVICE: OnceLock<Result<Device, String>> = OnceLock::new();
    DEVICE
        .get_or_init(|| Device::wgpu_options().device_kind(DeviceKind::DefaultDevice).init().map_err(|e| e.to_string()))
        .clone()
}

fn flex_tensor<const D: usize>(data: Vec<f32>, shape: [usize; D]) -> burn_flex::FlexTensor {
    debug_assert_eq!(Shape::from(shape.to_vec()).num_elements(), data.len());
    let tensor = burn_flex::FlexTensor::from_data(TensorData::new(data, shape));
    debug_assert_eq!(tensor.dtype(), DType::F32);
    tensor
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Every compute shader is valid WGSL with its placeholders filled, and has a twin of the same name.
    #[test]
    fn every_shader_is_valid_and_has_a_twin() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut num_shaders = 0;
        for entry in std::fs::read_dir(root.join("shaders")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|e| e != "wgsl") {
                continue;
            }
            let filled = [
                ("{{ c4 }}", "16"),
                ("{{ c }}", "48"),
                ("{{ k }}", "40"),
                ("{{ tile }}", "32"),
                ("{{ panel }}", "528"),
                ("{{ threads }}", "64"),
                ("{{ addend }}", "@group(0) @binding(3) var<storage, read_write> addend: array<f32>;"),
                ("{{ added }}", " + addend[at]"),
                ("{{ output }}", "4"),
                ("{{ info }}", "5"),
                ("{{ activated }}", "erf(x)"),
                ("{{ heads }}", "8"),
                ("{{ d4 }}", "12"),
            ];
            let source = std::fs::read_to_string(&path).unwrap();
            let source = filled.iter().fold(source, |source, (name, value)| source.replace(name, value));
            let shared = if source.contains("shared/patch.wgsl") { super::patch::PATCH_WGSL } else { "" };
            let source = source + shared;
            let module = naga::front::wgsl::parse_str(&source).unwrap_or_else(|e| panic!("{path:?}: {e}"));
            naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty())
                .validate(&module)
                .unwrap_or_else(|e| panic!("{path:?}: {e:?}"));
            let twin = root.join("src/kernels").join(path.with_extension("rs").file_name().unwrap());
            let twin = std::fs::read_to_string(&twin).unwrap_or_else(|e| panic!("{twin:?}: {e}"));
            assert!(twin.contains("pub fn twin("), "{path:?} has no twin function");
            num_shaders += 1;
        }
        assert_eq!(num_shaders, 8);
    }
}
