//! The corners of planes, for programs that pin a picture to them.

use super::curves::head_of_after_effects;
use super::{At, Entry, ToolFormat, from_corner, named, one_word};
use crate::tracks::table::{Table, TableTrack};
use std::io::{self, Write};

/// The corners of a plane on one frame: of the clip, and from the top left pixel's corner on, clockwise from the plane's
/// own top left.
type Pin = (u32, [At; 4]);

/// Where the plane of a track was found.
fn pins<T: Table>(table: &T, track: &TableTrack) -> Vec<Pin> {
    let pin = |entry: Entry| Some((entry.frame.0, entry.corners?.map(from_corner)));
    table.entries(track.id).filter_map(pin).collect()
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

/// Writes a `CornerPin2D` for each plane: from where it is on the frame of its query. Nuke counts corners from the lower
/// left one on, against the clock.
pub(super) fn nuke(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let height = f64::from(table.about().source.size.height);
    let number = |frame| ToolFormat::NukePin.number(table.options(), frame);
    for (name, track, pins) in planes(table)? {
        writeln!(to, "CornerPin2D {{")?;
        for (place, corner) in [3, 2, 1, 0].into_iter().enumerate() {
            write!(to, " to{}", place + 1)?;
            for axis in 0..2 {
                write!(to, "{}", if axis == 0 { " {{curve" } else { " {curve" })?;
                let mut next = None;
                for (frame, corners) in &pins {
                    let [x, y] = corners[corner];
                    if next != Some(*frame) {
                        write!(to, " x{}", number(*frame))?;
                    }
                    next = Some(frame + 1);
                    write!(to, " {}", if axis == 0 { x } else { rounded(height - y) })?;
                }
                write!(to, "{}", if axis == 0 { "}" } else { "}}" })?;
            }
            writeln!(to)?;
        }
        let nearest = pins.iter().min_by_key(|(frame, _)| frame.abs_diff(track.query.frame.0));
        for (place, corner) in [3, 2, 1, 0].into_iter().enumerate() {
            let [x, y] = nearest.map_or([0.0; 2], |(_, corners)| corners[corner]);
            writeln!(to, " from{} {{{x} {}}}", place + 1, rounded(height - y))?;
        }
        let name = node_name(&name);
        writeln!(to, " invert false\n name CornerPin_{name}\n selected true\n xpos 0\n ypos 0\n}}")?;
    }
    Ok(())
}

fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// Letters, digits and underscores alone, as nodes are called.
fn node_name(name: &str) -> String {
    one_word(name).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Writes keyframes of Corner Pin effects, one for each plane. After Effects counts corners row by row.
pub(super) fn after_effects(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let planes = planes(table)?;
    head_of_after_effects(table, to)?;
    for (at, (.., pins)) in (1..).zip(&planes) {
        for (place, corner) in [0, 1, 3, 2].into_iter().enumerate() {
            let place = place + 1;
            writeln!(to, "Effects\tADBE Corner Pin #{at}\tADBE Corner Pin-{place:04}\n\tFrame\tX pixels\tY pixels\t")?;
            for (frame, corners) in pins {
                let [x, y] = corners[corner];
                writeln!(to, "\t{}\t{x}\t{y}\t", ToolFormat::AfterEffectsPin.number(table.options(), *frame))?;
            }
            writeln!(to)?;
        }
    }
    write!(to, "\nEnd of Keyframe Data\n")
}
