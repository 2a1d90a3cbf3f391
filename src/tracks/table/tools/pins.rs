//! The corners of planes, for programs that pin a picture to them.

use super::curves::{head_of_after_effects, nuke_curve};
use super::{ToolFormat, from_below, from_corner, named, one_word};
use crate::geometry::SourcePoint;
use crate::tracks::table::{Table, TableTrack};
use std::io::{self, Write};

/// Nuke counts corners from the lower left one on, against the clock; After Effects row by row.
const NUKE_CORNERS: [usize; 4] = [3, 2, 1, 0];
const AFTER_EFFECTS_CORNERS: [usize; 4] = [0, 1, 3, 2];

/// The corners of a plane on one frame of the clip, clockwise from the plane's own top left.
type Pin = (u32, [SourcePoint; 4]);

/// Where the plane of a track was found.
fn pins<T: Table>(table: &T, track: &TableTrack) -> Vec<Pin> {
    table.entries(track.id).filter_map(|entry| Some((entry.frame.0, entry.corners?))).collect()
}

/// The tracks that are planes.
fn planes<T: Table>(table: &T) -> io::Result<Vec<(String, TableTrack<'_>, Vec<Pin>)>> {
    let planes = named(table).into_iter().map(|(name, track)| {
        let pins = pins(table, &track);
        (name, track, pins)
    });
    let planes: Vec<_> = planes.filter(|(.., pins)| !pins.is_empty()).collect();
    if planes.is_empty() {
        return Err(io::Error::other("no point was followed as a plane: choose it in Results, or track with --plane"));
    }
    Ok(planes)
}

/// Writes a `CornerPin2D` for each plane: from where it was found next to the frame of its query.
pub(super) fn nuke(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let number = |frame| ToolFormat::NukePin.number(table.options(), frame);
    for (name, track, pins) in planes(table)? {
        writeln!(to, "CornerPin2D {{")?;
        for (place, corner) in (1..).zip(NUKE_CORNERS) {
            let at = |(frame, corners): &Pin| (number(*frame), from_below(table, corners[corner]));
            let [xs, ys] = [0, 1].map(|axis| nuke_curve(pins.iter().map(at).map(|(frame, at)| (frame, at[axis]))));
            writeln!(to, " to{place} {{{xs} {ys}}}")?;
        }
        let nearest = pins.iter().min_by_key(|(frame, _)| frame.abs_diff(track.query.frame.0));
        for (place, corner) in (1..).zip(NUKE_CORNERS) {
            let [x, y] = nearest.map_or([0.0; 2], |(_, corners)| from_below(table, corners[corner]));
            writeln!(to, " from{place} {{{x} {y}}}")?;
        }
        let name = node_name(&name);
        writeln!(to, " invert false\n name CornerPin_{name}\n selected true\n xpos 0\n ypos 0\n}}")?;
    }
    Ok(())
}

/// Letters, digits and underscores alone, as nodes are called.
fn node_name(name: &str) -> String {
    one_word(name).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Writes keyframes of Corner Pin effects, one for each plane.
pub(super) fn after_effects(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let planes = planes(table)?;
    head_of_after_effects(table, to)?;
    for (at, (.., pins)) in (1..).zip(&planes) {
        for (place, corner) in (1..).zip(AFTER_EFFECTS_CORNERS) {
            writeln!(to, "Effects\tADBE Corner Pin #{at}\tADBE Corner Pin-{place:04}\n\tFrame\tX pixels\tY pixels\t")?;
            for (frame, corners) in pins {
                let [x, y] = from_corner(corners[corner]);
                writeln!(to, "\t{}\t{x}\t{y}\t", ToolFormat::AfterEffectsPin.number(table.options(), *frame))?;
            }
            writeln!(to)?;
        }
    }
    write!(to, "\nEnd of Keyframe Data\n")
}
