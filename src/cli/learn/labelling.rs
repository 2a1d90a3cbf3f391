//! From clips on disk to labels.

use super::config::{LearnConfig, TeacherConfig};
use crate::cli::batch;
use crate::cli::config::NetworkConfig;
use crate::cli::failure::{BadUsage, Interrupted};
use crate::cli::network;
use crate::cli::progress::{Progress, count};
use crate::geometry::Size;
use crate::learn::{Clip, Kept, Labelled, Labelling, LearnError, Part, Teacher, split};
use crate::media::ClipSource;
use crate::model::Network;
use crate::project::fingerprint;
use crate::sync::CancelToken;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Pictures that made clips are made of, from all clips together.
const NUM_TEXTURES: usize = 48;
/// And from one clip, at most.
const TEXTURES_OF_CLIP: usize = 8;

/// The clips that are named, in order, each once.
pub(super) fn find(inputs: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for input in inputs {
        for path in batch::clips_at(input)? {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    if paths.is_empty() {
        return Err(BadUsage("there are no clips".to_owned()).into());
    }
    Ok(paths)
}

/// Those who label.
pub(super) fn teachers(config: &LearnConfig) -> anyhow::Result<Vec<Teacher>> {
    let load = |teacher: &TeacherConfig| {
        Ok(match teacher {
            TeacherConfig::Window => Teacher::Window,
            TeacherConfig::Offline => Teacher::Offline,
            TeacherConfig::BothWays => Teacher::BothWays,
            TeacherConfig::LucasKanade => Teacher::LucasKanade,
            TeacherConfig::Weights(weights) => {
                let other = NetworkConfig { weights: Some(weights.clone()), ..config.network.clone() };
                let named = || format!("--teacher {}", weights.display());
                Teacher::Other(network::load(&other).with_context(named)?)
            }
        })
    };
    config.teachers.iter().map(load).collect()
}

/// Looks through every clip: where shots begin, what decodes.
pub(super) fn survey(
    paths: &[PathBuf],
    texture_size: Size,
    progress: &Progress,
    cancel: &CancelToken,
) -> anyhow::Result<Vec<Clip>> {
    let bar = progress.frames("looking for cuts", 0);
    let num_textures = (NUM_TEXTURES / paths.len()).clamp(1, TEXTURES_OF_CLIP);
    let mut clips: Vec<Clip> = Vec::with_capacity(paths.len());
    for path in paths {
        let context = || format!("reading {}", path.display());
        let digest = digest(path).with_context(context)?;
        let (name, done) = (unused_name(path, &clips), bar.position());
        let mut each = |position: usize, total: usize| {
            bar.set_length(done + total as u64);
            bar.set_position(done + position as u64);
        };
        let source = ClipSource::from(path.as_path());
        let clip = Clip::survey(&source, (name, digest), (num_textures, texture_size), &mut each, cancel);
        clips.push(clip.map_err(name_cancel).with_context(context)?);
    }
    bar.finish_and_clear();
    Ok(clips)
}

/// What tells a clip from others; a sequence by what its folder and its name are.
fn digest(path: &Path) -> std::io::Result<String> {
    if path.exists() {
        return fingerprint(path);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(format!("{} {name}", fingerprint(folder)?))
}

/// A clip's file name without its ending, and a number where another one has it.
fn unused_name(path: &Path, clips: &[Clip]) -> String {
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let is_free = |name: &String| !name.is_empty() && clips.iter().all(|clip| clip.name != *name);
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.clone()).chain(numbered).find(is_free).unwrap_or(name)
}

/// Labels what is learned from, and what is held back.
pub(super) fn label(
    config: &LearnConfig,
    (own, model_size, teachers): (&Arc<Network>, Size, &[Teacher]),
    kept: &Kept,
    clips: &mut [Clip],
    progress: &Progress,
    cancel: &CancelToken,
) -> anyhow::Result<Vec<(Part, Labelled)>> {
    let stretches: Vec<_> = clips.iter().map(|clip| clip.stretches.clone()).collect();
    let parts = split(&stretches, config.hold_back, config.num_stretches, config.seed)?;
    let (num_points, seed) = (config.num_points, config.seed);
    let labelling = Labelling { own, model_size, teachers, num_points, seed, kept, cancel };
    let num_each = labelling.asked().len();
    let bar = progress.steps("labelling", "labels of stretches", num_each * parts.len());
    let mut labelled = Vec::with_capacity(parts.len());
    for (number, part) in parts.iter().enumerate() {
        let result = labelling.label(&mut clips[part.clip], *part, &mut || bar.inc(1));
        if let Err(LearnError::Cancelled) = result {
            bar.finish_and_clear();
            let kept = count("labelled stretch", number).replace("stretchs", "stretches");
            return Err(Interrupted(format!("{kept} of {} kept; the same command goes on", parts.len())).into());
        }
        labelled.push((*part, result?));
    }
    bar.finish_and_clear();
    if labelled.iter().all(|(_, labelled)| labelled.taught.queries.is_empty()) {
        bail!("nothing in the clips can be followed: there are no corners in their pictures");
    }
    Ok(labelled)
}

/// What was cut short has nothing to keep.
pub(super) fn name_cancel(error: LearnError) -> anyhow::Error {
    match error {
        LearnError::Cancelled => Interrupted("nothing is written; the same command goes on".to_owned()).into(),
        error => error.into(),
    }
}
