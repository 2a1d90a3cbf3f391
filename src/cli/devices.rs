//! `cotrail devices`: what the network can run on, and which of it `--device auto` takes.

use crate::model::{Adapter, adapters, instruction_set};
use std::io::Write;

/// Writes one line per device; `*` marks what `auto` takes.
pub(super) fn run(out: &mut impl Write) -> anyhow::Result<()> {
    let adapters = adapters();
    // `adapters` puts the best first, and `auto` takes that one or the CPU.
    let takes_gpu = adapters.first().is_some_and(|best| best.is_hardware);
    for (place, adapter) in adapters.iter().enumerate() {
        line(out, takes_gpu && place == 0, &describe(adapter))?;
    }
    if adapters.is_empty() {
        writeln!(out, "  gpu  none: no driver for Vulkan, Metal or DirectX 12 is installed")?;
    }
    line(out, !takes_gpu, &describe_cpu())?;
    writeln!(out, "* is what --device auto takes")?;
    Ok(())
}

fn line(out: &mut impl Write, is_chosen: bool, text: &str) -> std::io::Result<()> {
    writeln!(out, "{} {text}", if is_chosen { '*' } else { ' ' })
}

fn describe(adapter: &Adapter) -> String {
    let Adapter { name, api, kind, is_hardware } = adapter;
    let made_of = if *is_hardware { "hardware" } else { "not hardware: auto passes it over" };
    format!("gpu  {name} ({api}, {kind}, {made_of})")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_device_is_marked_and_the_cpu_comes_last() {
        let mut out = Vec::new();
        run(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let devices: Vec<&str> = text.lines().filter(|line| line.contains("pu  ")).collect();
        assert_eq!(devices.iter().filter(|line| line.starts_with('*')).count(), 1, "{text}");
        assert!(devices.last().unwrap().contains("cpu  ") && text.contains("core"), "{text}");
    }
}
