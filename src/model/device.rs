//! Which machine the network runs on.

use serde::{Deserialize, Serialize};

/// What the user asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// A hardware GPU where there is one, else the CPU.
    #[default]
    Auto,
    /// The GPU, even a software one; an error where there is none.
    Gpu,
    /// The CPU.
    Cpu,
}

/// How the CPU computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuOptions {
    /// All cores where `None`.
    pub num_threads: Option<usize>,
    /// Single precision everywhere, also where the processor multiplies bf16 numbers twice as fast.
    pub is_precise: bool,
}

impl CpuOptions {
    /// As fast as the processor can.
    #[must_use]
    pub fn fast(num_threads: Option<usize>) -> Self {
        Self { num_threads, is_precise: false }
    }

    /// For comparisons with other devices and implementations.
    #[must_use]
    pub fn precise(num_threads: Option<usize>) -> Self {
        Self { num_threads, is_precise: true }
    }
}

/// A compute adapter of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// The name that its driver gives.
    pub name: String,
    /// The graphics API, such as "Vulkan".
    pub api: String,
    /// What it is, such as "discrete GPU".
    pub kind: &'static str,
    /// Whether it is real hardware; `auto` takes no software adapter.
    pub is_hardware: bool,
}

/// The adapters that can compute here, hardware first, as the runtime would take them.
#[must_use]
pub fn adapters() -> Vec<Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        // OpenGL has no place for the kernels, and its loader writes to standard error.
        backends: wgpu::Backends::PRIMARY,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let mut adapters: Vec<Adapter> = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY))
        .iter()
        .map(|adapter| describe(&adapter.get_info()))
        .collect();
    adapters.sort_by_key(|adapter| match adapter.kind {
        "discrete GPU" => 0,
        "integrated GPU" => 1,
        "virtual GPU" => 2,
        "other" => 3,
        _ => 4,
    });
    adapters
}

/// The vector instructions that the CPU's kernels use here, such as "AVX-512, bf16".
#[must_use]
pub fn instruction_set() -> &'static str {
    crate::kernels::cpu::Isa::best().name()
}

fn describe(info: &wgpu::AdapterInfo) -> Adapter {
    let kind = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => "discrete GPU",
        wgpu::DeviceType::IntegratedGpu => "integrated GPU",
        wgpu::DeviceType::VirtualGpu => "virtual GPU",
        wgpu::DeviceType::Cpu => "software",
        wgpu::DeviceType::Other => "other",
    };
    Adapter {
        name: info.name.clone(),
        api: format!("{:?}", info.backend),
        kind,
        is_hardware: !matches!(info.device_type, wgpu::DeviceType::Cpu | wgpu::DeviceType::Other),
    }
}

const NO_DRIVER: &str = "there is no driver for Vulkan, Metal or DirectX 12";

/// A device that there is.
pub(super) enum Chosen {
    /// Our own code on the CPU; where a GPU was looked for, the text says why there is none.
    Cpu(Option<String>),
    /// burn on this adapter.
    Gpu(Gpu),
}

/// The best GPU there is.
pub(super) struct Gpu {
    /// Its adapter, in words.
    pub(super) name: String,
    pub(super) is_hardware: bool,
}

/// Finds the device for a choice; `Err` says in words why there is none.
pub(super) fn choose(choice: DeviceChoice) -> Result<Chosen, String> {
    if choice == DeviceChoice::Cpu {
        return Ok(Chosen::Cpu(None));
    }
    let best = adapters().into_iter().next();
    match best {
        Some(best) if best.is_hardware || choice == DeviceChoice::Gpu => {
            let name = format!("{} ({}, {})", best.name, best.kind, best.api);
            Ok(Chosen::Gpu(Gpu { name, is_hardware: best.is_hardware }))
        }
        Some(software) if choice == DeviceChoice::Auto => Ok(Chosen::Cpu(Some(format!(
            "no hardware GPU was found; {} is software, slower than the CPU's own code",
            software.name
        )))),
        None if choice == DeviceChoice::Auto => Ok(Chosen::Cpu(Some(format!("no GPU was found: {NO_DRIVER}")))),
        _ => Err("no Vulkan, Metal or DX12 adapter was found".to_owned()),
    }
}
