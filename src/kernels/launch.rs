//! How a WGSL kernel gets from its source text onto the device.

use burn::backend::{DType, Shape};
use burn_wgpu::{CubeDim, CubeTensor, KernelSource, SourceKernel, into_contiguous};
use cubecl::client::Client;
use cubecl::prelude::CubeCount;
use cubecl::server::{Handle, KernelArguments, MetadataBindingInfo};

/// A launch of one kernel: its inputs, then its output, then `info` are its bindings, in this order. `info`, at most four
/// numbers, is a uniform that the runtime keeps: numbers that were there before are not uploaded again.
pub(super) struct Launch<'a> {
    pub(super) inputs: Vec<CubeTensor>,
    pub(super) output_shape: Vec<usize>,
    pub(super) info: &'a [u32],
    pub(super) workgroup: (u32, u32),
    pub(super) num_workgroups: (usize, usize),
}

impl Launch<'_> {
    /// Records the launch and returns the output, which is ready when the device has come to it.
    ///
    /// # Panics
    /// If there is no input, or more than four numbers.
    pub(super) fn run<K: KernelSource>(self, kernel: K) -> CubeTensor {
        let inputs: Vec<_> = self.inputs.into_iter().map(into_contiguous).collect();
        let first = inputs.first().expect("every kernel has an input");
        let (client, device) = (first.client.clone(), first.device.clone());
        let shape = Shape::from(self.output_shape);
        let output = output_buffer(&client, shape.num_elements() * size_of::<f32>());
        let output = CubeTensor::new_contiguous(client.clone(), device, shape, output, DType::F32);
        let mut info = [0; 4];
        info[..self.info.len()].copy_from_slice(self.info);
        let info: [u64; 2] = bytemuck::cast(info);
        let mut arguments = KernelArguments::new();
        for handle in inputs.into_iter().map(|t| t.handle).chain([output.handle.clone()]) {
            arguments = arguments.with_buffer(handle.binding());
        }
        arguments.info = MetadataBindingInfo::custom(info.to_vec());
        let dim = CubeDim::new_2d(self.workgroup.0, self.workgroup.1);
        let count = CubeCount::Static(self.num_workgroups.0 as u32, self.num_workgroups.1 as u32, 1);
        client.launch(Box::new(SourceKernel::new(kernel, dim)), count, arguments);
        output
    }
}

#[cfg(not(test))]
fn output_buffer(client: &Client, num_bytes: usize) -> Handle {
    client.empty(num_bytes)
}

/// Tests poison the output, so that an element which the kernel forgets is noticed.
#[cfg(test)]
fn output_buffer(client: &Client, num_bytes: usize) -> Handle {
    client.create_from_slice(bytemuck::cast_slice(&vec![f32::NAN; num_bytes / size_of::<f32>()]))
}
