//! A script that makes the tracks of a clip in Blender.

use super::{ToolFormat, from_below, named, stretches};
use crate::tracks::table::Table;
use std::io::{self, Write};

const HEAD: &str = "\
# Tracks of a clip, by Cotrail. Run this in Blender's Text Editor, or with `blender --python FILE`.
# Places are shares of the picture's width and height from its lower left corner; frame 1 is the clip's first.
import os
import bpy

";

const TAIL: &str = "\
def find_clip():
    name = os.path.basename(PATH)
    for clip in bpy.data.movieclips:
        if os.path.basename(clip.filepath) == name:
            return clip
    try:
        return bpy.data.movieclips.load(PATH)
    except RuntimeError:
        raise SystemExit(\"Open the clip in Blender's Movie Clip Editor first: \" + PATH)


tracks = find_clip().tracking.tracks
for name, stretches in TRACKS:
    track = tracks.new(name=name, frame=stretches[0][0])
    for frame, places in stretches:
        for place in places:
            track.markers.insert_frame(frame, co=place).mute = False
            frame += 1
        # Nothing is known from here on.
        track.markers.insert_frame(frame, co=places[-1]).mute = True
";

/// Writes the script. Hidden places are left out: Blender shows a muted marker where a track ends.
pub(super) fn write(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let source = &table.about().source;
    let (width, height) = (f64::from(source.size.width), f64::from(source.size.height));
    write!(to, "{HEAD}PATH = {}\nTRACKS = [\n", text(&absolute(&source.path))?)?;
    for (name, track) in named(table) {
        let stretches = stretches(table, &track);
        if stretches.is_empty() {
            continue;
        }
        writeln!(to, "    ({}, [", text(&name)?)?;
        for stretch in stretches {
            let frame = ToolFormat::Blender.number(table.options(), stretch[0].frame.0);
            write!(to, "        ({frame}, [")?;
            for entry in &stretch {
                let [x, y] = from_below(table, entry.sample.point);
                write!(to, "({:.7}, {:.7}), ", x / width, y / height)?;
            }
            writeln!(to, "]),")?;
        }
        writeln!(to, "    ]),")?;
    }
    write!(to, "]\n\n\n{TAIL}")
}

/// Where the clip is, whatever folder Blender runs in; as it is where there is no such file, as for a camera.
fn absolute(path: &str) -> String {
    let absolute = std::path::absolute(path).ok().filter(|path| path.exists());
    absolute.map_or_else(|| path.to_owned(), |path| path.display().to_string())
}

/// A string as Python reads it.
fn text(value: &str) -> io::Result<String> {
    Ok(serde_json::to_string(value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_found_from_every_folder() {
        let clip = absolute("Cargo.toml");
        assert!(std::path::Path::new(&clip).is_absolute() && clip.ends_with("Cargo.toml"), "{clip}");
        assert_eq!(absolute("camera:0"), "camera:0");
    }
}
