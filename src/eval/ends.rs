//! Clips as folders of pictures, with the truth on the first and the last one.

use super::clip::{EvalClip, EvalError, Known, Truth};
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::media::{OpenOptions, open};
use serde::Deserialize;
use std::path::Path;

/// The name of the file that holds the points.
const POINTS: &str = "points.json";

#[expect(clippy::struct_field_names, reason = "the names that the file has")]
#[derive(Deserialize)]
struct Points {
    #[serde(flatten)]
    size: Size,
    frames: usize,
    points: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    query: [f32; 2],
    end: Option<[f32; 2]>,
    visible_frames: usize,
}

/// Whether a folder is such a clip.
pub(super) fn is_clip(folder: &Path) -> bool {
    folder.join(POINTS).is_file()
}

/// Reads such a clip.
pub(super) fn read(folder: &Path) -> Result<EvalClip, EvalError> {
    let path = folder.join(POINTS);
    let text = std::fs::read(&path).map_err(|source| EvalError::Unreadable { path: path.clone(), source })?;
    let points = serde_json::from_slice(&text).map_err(|source| EvalError::Points { path: path.clone(), source })?;
    let Points { size, frames: num_frames, points } = points;
    let misshaped = |problem| Err(EvalError::Shape { path: path.clone(), problem });
    let pictures = |source| EvalError::Pictures { path: folder.to_owned(), source };
    let mut source = open(folder, &OpenOptions::default()).map_err(pictures)?;
    let info = source.info();
    if (info.num_frames(), info.size) != (num_frames, size) {
        let (num_there, size_there) = (info.num_frames(), info.size);
        let named = format!("{num_frames} pictures of {size}");
        return misshaped(format!("it speaks of {named}, but there are {num_there} of {size_there}"));
    }
    if num_frames < 2 || points.is_empty() {
        return misshaped("it has no points, or a single picture".to_owned());
    }
    let is_sound = |point: &Point| {
        point.query.iter().chain(point.end.iter().flatten()).all(|v| v.is_finite())
            && (1 + usize::from(point.end.is_some())..=num_frames).contains(&point.visible_frames)
    };
    if let Some(at) = points.iter().position(|point| !is_sound(point)) {
        return misshaped(format!("point {at} is nowhere, or is visible more or less often than can be"));
    }
    let read = |frame| source.read(FrameIndex::new(frame)).map_err(pictures);
    let frames = (0..num_frames).map(read).collect::<Result<_, _>>()?;
    let place = |[x, y]: [f32; 2], visible| Some(Truth { point: SourcePoint::new(x, y), visible });
    let truth = |point: &Point| {
        let mut track = vec![None; num_frames];
        track[0] = place(point.query, true);
        track[num_frames - 1] = place(point.end.unwrap_or(point.query), point.end.is_some());
        track
    };
    // What a relative path or a link leads to has a name, too.
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let num_seen_later: usize = points.iter().map(|point| point.visible_frames - 1).sum();
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let truth = points.iter().map(truth).collect();
    let visible_share = num_seen_later as f64 / (points.len() * (num_frames - 1)) as f64;
    Ok(EvalClip { visible_share, ..EvalClip::new(name, (size, frames), Known::AtEnd, truth) })
}
