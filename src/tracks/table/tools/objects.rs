//! Programs that read JSON.

use super::{Entry, ToolFormat, frames, named};
use crate::tracks::table::{Table, rows, wanted};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Writes keypoints as COCO annotates them: an image and an annotation for each frame, all points in one category.
/// A keypoint is x, y and 2 where it is seen, 1 where it is hidden; three zeros where nothing is known.
pub(super) fn coco(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let source = &table.about().source;
    let names: Vec<String> = named(table).into_iter().map(|(name, _)| name).collect();
    let category = json!({ "id": 1, "name": "points", "supercategory": "points", "keypoints": names, "skeleton": [] });
    let (mut images, mut annotations) = (Vec::new(), Vec::new());
    for (number, places) in frames(table, ToolFormat::Coco) {
        let (width, height) = (source.size.width, source.size.height);
        images.push(json!({
            "id": number, "file_name": format!("{number:06}.png"), "width": width, "height": height,
        }));
        if places.iter().any(Option::is_some) {
            annotations.push(annotation(number, &places));
        }
    }
    let info = json!({ "description": format!("Tracks of {}, by Cotrail", source.path) });
    let all = json!({ "info": info, "images": images, "categories": [category], "annotations": annotations });
    serde_json::to_writer(&mut *to, &all)?;
    writeln!(to)
}

fn annotation(number: u32, places: &[Option<Entry>]) -> Value {
    let keypoint = |place: &Option<Entry>| match place {
        Some(entry) => [entry.sample.point.x, entry.sample.point.y, if entry.sample.visible { 2.0 } else { 1.0 }],
        None => [0.0; 3],
    };
    let points = || places.iter().flatten().map(|entry| entry.sample.point);
    let least = |values: &mut dyn Iterator<Item = f32>| values.fold(f32::INFINITY, f32::min);
    let most = |values: &mut dyn Iterator<Item = f32>| values.fold(f32::NEG_INFINITY, f32::max);
    let (x, y) = (least(&mut points().map(|p| p.x)), least(&mut points().map(|p| p.y)));
    let (width, height) = (most(&mut points().map(|p| p.x)) - x, most(&mut points().map(|p| p.y)) - y);
    json!({
        "id": number, "image_id": number, "category_id": 1, "iscrowd": 0,
        "keypoints": places.iter().flat_map(keypoint).collect::<Vec<_>>(),
        "num_keypoints": points().count(), "bbox": [x, y, width, height], "area": width * height,
    })
}

/// Writes a list for each point with `{"x", "y"}` for each frame. There is no word for "nowhere": before its first
/// frame, and where it was left out, a point stands where it was known to be last, or first.
pub(super) fn comfy(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    write!(to, "[")?;
    let mut is_first = true;
    for track in wanted(table) {
        let known: Vec<Option<Entry>> = rows(table, track.id).collect();
        let Some(mut last) = known.iter().flatten().next().copied() else { continue };
        let mut place = |entry: Option<Entry>| {
            last = entry.unwrap_or(last);
            json!({ "x": last.sample.point.x, "y": last.sample.point.y })
        };
        let places: Vec<Value> = known.into_iter().map(&mut place).collect();
        write!(to, "{}", if is_first { "\n" } else { ",\n" })?;
        serde_json::to_writer(&mut *to, &places)?;
        is_first = false;
    }
    writeln!(to, "\n]")
}
