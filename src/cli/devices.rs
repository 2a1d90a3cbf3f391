//! `cotrail devices`: what the network can run on, and which of it `--device auto` takes; which cameras there are.

use super::progress::count;
use crate::media::{CameraError, CameraFormat, CameraListing, list_cameras};
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
    writeln!(out, "* is what --device auto takes\n")?;
    cameras(out, list_cameras())
}

/// Writes what each camera offers: a line for each coding and size.
fn cameras(out: &mut impl Write, found: Result<Vec<CameraListing>, CameraError>) -> anyhow::Result<()> {
    let found = match found {
        Ok(found) if found.is_empty() => Err(CameraError::NoCameras),
        other => other,
    };
    match found {
        Ok(cameras) => cameras.iter().try_for_each(|camera| describe_camera(out, camera))?,
        Err(error) => writeln!(out, "  camera  none: {error}")?,
    }
    Ok(())
}

fn describe_camera(out: &mut impl Write, camera: &CameraListing) -> std::io::Result<()> {
    write!(out, "  camera:{}  {}", camera.index, camera.id.name)?;
    let formats = match &camera.formats {
        Ok(formats) => formats,
        Err(error) => return writeln!(out, " (formats unknown: {error})"),
    };
    writeln!(out)?;
    for alike in formats.chunk_by(|a, b| (a.pixels, a.size) == (b.pixels, b.size)) {
        let CameraFormat { pixels, size, .. } = alike[0];
        let rates: Vec<String> = alike.iter().rev().map(|format| format.frame_rate.to_string()).collect();
        writeln!(out, "    {pixels:<5}  {:<9}  {} fps", size.to_string(), rates.join(", "))?;
    }
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
    format!("cpu  {} ({}, {})", cpu_name(), count("core", cores), instruction_set())
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
    fn cameras_are_listed_with_their_formats_or_with_the_reason_why_not() {
        use crate::geometry::Size;
        use crate::media::{CameraId, FrameRate, PixelFormat};
        let format = |width, height, frame_rate, pixels| CameraFormat {
            size: Size::new(width, height),
            frame_rate: FrameRate::whole(frame_rate),
            pixels,
        };
        let camera = |index, name: &str, formats| {
            let id = CameraId { name: name.into(), place: String::new() };
            CameraListing { index, id, formats }
        };
        let formats = vec![
            format(640, 480, 15, PixelFormat::Yuyv),
            format(640, 480, 30, PixelFormat::Yuyv),
            format(1920, 1080, 30, PixelFormat::Mjpeg),
        ];
        let busy = Err(CameraError::Busy("2 (Desk)".into()));
        let text = |found| {
            let mut out = Vec::new();
            cameras(&mut out, found).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            text(Ok(vec![camera(0, "Inside", Ok(formats)), camera(2, "Desk", busy)])),
            "  camera:0  Inside\n    YUYV   640x480    30, 15 fps\n    MJPEG  1920x1080  30 fps\n  \
             camera:2  Desk (formats unknown: camera 2 (Desk) is in use by another program)\n"
        );
        assert_eq!(text(Ok(Vec::new())), "  camera  none: no camera is there\n");
        assert!(text(Err(CameraError::NotBuiltIn)).starts_with("  camera  none: this build"));
    }

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
