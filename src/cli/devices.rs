//! `cotrail devices`: what the network can run on, and which of it `--device auto` takes.

use std::future::Future;
use std::io::{self, Write};
use std::task::{Context, Poll, Waker};
use wgpu::{AdapterInfo, Backends, DeviceType, Instance, InstanceDescriptor};

/// Writes one line per device; `*` marks what `auto` takes.
pub(super) fn run(out: &mut impl Write) -> anyhow::Result<()> {
    let adapters = adapters();
    let chosen = adapters.iter().position(is_hardware);
    for (place, adapter) in adapters.iter().enumerate() {
        line(out, chosen == Some(place), &describe(adapter))?;
    }
    if adapters.is_empty() {
        writeln!(out, "  no GPU adapter: no Vulkan, Metal or DirectX 12 driver is installed")?;
    }
    line(out, chosen.is_none(), &describe_cpu())?;
    writeln!(out, "* is what --device auto takes")?;
    Ok(())
}

fn line(out: &mut impl Write, is_chosen: bool, text: &str) -> io::Result<()> {
    writeln!(out, "{} {text}", if is_chosen { '*' } else { ' ' })
}

/// The adapters of the interfaces that the network's kernels run on.
fn adapters() -> Vec<AdapterInfo> {
    let backends = Backends::VULKAN | Backends::METAL | Backends::DX12;
    let instance = Instance::new(InstanceDescriptor { backends, ..InstanceDescriptor::new_without_display_handle() });
    let found = ready(instance.enumerate_adapters(backends)).unwrap_or_default();
    found.iter().map(wgpu::Adapter::get_info).collect()
}

/// The value of a future that is ready at once, as wgpu's are outside browsers.
fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

fn is_hardware(adapter: &AdapterInfo) -> bool {
    matches!(adapter.device_type, DeviceType::DiscreteGpu | DeviceType::IntegratedGpu | DeviceType::VirtualGpu)
}

fn describe(adapter: &AdapterInfo) -> String {
    let kind = match adapter.device_type {
        DeviceType::DiscreteGpu => "GPU with memory of its own, hardware",
        DeviceType::IntegratedGpu => "GPU that shares the memory, hardware",
        DeviceType::VirtualGpu => "virtual GPU, hardware",
        DeviceType::Cpu => "software",
        DeviceType::Other => "of unknown kind",
    };
    format!("gpu  {} ({:?}, {kind})", adapter.name, adapter.backend)
}

fn describe_cpu() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let noun = if cores == 1 { "core" } else { "cores" };
    format!("cpu  {} ({cores} {noun}, {})", cpu_name(), instruction_set())
}

/// The processor's name where the system tells it in a file.
fn cpu_name() -> String {
    let table = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = table.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or(std::env::consts::ARCH, |(_, name)| name.trim()).to_owned()
}

/// The widest vectors that our kernels use here.
fn instruction_set() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") {
            return "AVX-512";
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return "AVX2";
        }
    }
    "portable code"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_device_is_marked_and_the_cpu_is_always_there() {
        let mut out = Vec::new();
        run(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let devices: Vec<&str> = text.lines().filter(|line| line.contains("pu  ")).collect();
        assert_eq!(devices.iter().filter(|line| line.starts_with('*')).count(), 1, "{text}");
        assert!(devices.last().unwrap().contains("cpu  ") && text.contains("core"), "{text}");
    }
}
