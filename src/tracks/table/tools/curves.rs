//! Programs that hold a curve for each track, with gaps where it is hidden.

use super::{At, Entry, ToolFormat, from_below, from_corner, named, one_word, stretches};
use crate::tracks::table::Table;
use std::io::{self, Write};

/// Nuke's columns of a track.
const COLUMNS: &str = "{ { 5 1 20 enable e 1 } \n{ 3 1 75 name name 1 } \n{ 2 1 58 track_x track_x 1 } \n\
    { 2 1 58 track_y track_y 1 } \n{ 2 1 63 offset_x offset_x 1 } \n{ 2 1 63 offset_y offset_y 1 } \n\
    { 4 1 27 T T 1 } \n{ 4 1 27 R R 1 } \n{ 4 1 27 S S 1 } \n{ 2 0 45 error error 1 } \n\
    { 1 1 0 error_min error_min 1 } \n{ 1 1 0 error_max error_max 1 } \n{ 1 1 0 pattern_x pattern_x 1 } \n\
    { 1 1 0 pattern_y pattern_y 1 } \n{ 1 1 0 pattern_r pattern_r 1 } \n{ 1 1 0 pattern_t pattern_t 1 } \n\
    { 1 1 0 search_x search_x 1 } \n{ 1 1 0 search_y search_y 1 } \n{ 1 1 0 search_r search_r 1 } \n\
    { 1 1 0 search_t search_t 1 } \n{ 2 1 0 key_track key_track 1 } \n{ 2 1 0 key_search_x key_search_x 1 } \n\
    { 2 1 0 key_search_y key_search_y 1 } \n{ 2 1 0 key_search_r key_search_r 1 } \n\
    { 2 1 0 key_search_t key_search_t 1 } \n{ 2 1 0 key_track_x key_track_x 1 } \n\
    { 2 1 0 key_track_y key_track_y 1 } \n{ 2 1 0 key_track_r key_track_r 1 } \n\
    { 2 1 0 key_track_t key_track_t 1 } \n{ 2 1 0 key_centre_offset_x key_centre_offset_x 1 } \n\
    { 2 1 0 key_centre_offset_y key_centre_offset_y 1 } \n} \n";

/// Writes a `Tracker4` node. Pixels from the lower left corner, frames from 1 or from the number that was chosen.
pub(super) fn nuke(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let number = |frame| ToolFormat::Nuke.number(table.options(), frame);
    let tracks = named(table);
    let first = number(table.frame_numbers().next().unwrap_or_default());
    let count = tracks.len();
    write!(to, "Tracker4 {{\ntracks {{ {{ 1 31 {count} }} \n{COLUMNS}{{ \n")?;
    for (name, track) in tracks {
        let place = |entry: &Entry| (number(entry.frame.0), from_below(table, entry.sample.point));
        let seen: Vec<(u32, At)> = stretches(table, &track).iter().flatten().map(place).collect();
        let [xs, ys] = [0, 1].map(|axis| nuke_curve(seen.iter().map(|(frame, at)| (*frame, at[axis]))));
        let name = quoted(&name);
        writeln!(
            to,
            " {{ {{curve K x{first} 1}} \"{name}\" {xs} {ys} {{curve K x{first} 0}} \
             {{curve K x{first} 0}} 1 0 0 {{curve x{first} 0}} 0 0 -32 -32 32 32 -22 -22 22 22 \
             {{}} {{}} {{}} {{}} {{}} {{}} {{}} {{}} {{}} {{}} {{}} }} "
        )?;
    }
    write!(to, "}} \n}}\n\nreference_frame {first}\nname Cotrail\nselected true\nxpos 0\nypos 0\n}}\n")
}

/// A curve of values on rising frames: `xF` names the frame of the value that follows it; further values are on the
/// frames after that.
pub(super) fn nuke_curve(values: impl Iterator<Item = (u32, f64)>) -> String {
    let (mut words, mut next) = (vec!["{curve".to_owned()], None);
    for (frame, value) in values {
        if next != Some(frame) {
            words.push(format!("x{frame}"));
        }
        words.push(value.to_string());
        next = Some(frame + 1);
    }
    words.join(" ") + "}"
}

/// A name in Tcl's quotation marks.
fn quoted(name: &str) -> String {
    let mut quoted = String::new();
    for c in name.chars() {
        match c {
            '"' | '\\' | '[' | ']' | '$' | '{' | '}' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted
}

/// Writes keyframes as the clipboard of After Effects holds them. Pixels from the top left corner, frames from 0.
pub(super) fn after_effects(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    head_of_after_effects(table, to)?;
    let tracks = named(table);
    let is_one = tracks.len() == 1;
    for (place, (_, track)) in tracks.iter().enumerate() {
        if is_one {
            write!(to, "Transform\tPosition\n\tFrame\tX pixels\tY pixels\tZ pixels\t\n")?;
        } else {
            let at = place + 1;
            write!(to, "Effects\tADBE Point Control #{at}\tADBE Point Control-0001\n\tFrame\tX pixels\tY pixels\t\n")?;
        }
        for entry in stretches(table, track).iter().flatten() {
            let frame = ToolFormat::AfterEffects.number(table.options(), entry.frame.0);
            let [x, y] = from_corner(entry.sample.point);
            writeln!(to, "\t{frame}\t{x}\t{y}\t{}", if is_one { "0\t" } else { "" })?;
        }
        writeln!(to)?;
    }
    write!(to, "\nEnd of Keyframe Data\n")
}

/// What its text begins with.
pub(super) fn head_of_after_effects(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let source = &table.about().source;
    write!(
        to,
        "Adobe After Effects 8.0 Keyframe Data\n\n\tUnits Per Second\t{}\n\tSource Width\t{}\n\tSource Height\t{}\n\
         \tSource Pixel Aspect Ratio\t{aspect}\n\tComp Pixel Aspect Ratio\t{aspect}\n\n",
        source.frame_rate,
        source.size.width,
        source.size.height,
        aspect = source.pixel_aspect,
    )
}

/// Writes 3DEqualizer's 2D tracks. Pixels from the lower left corner, frames from 1 or from the number that was chosen.
pub(super) fn equalizer(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let tracks = named(table);
    writeln!(to, "{}", tracks.len())?;
    for (name, track) in tracks {
        let seen: Vec<Entry> = stretches(table, &track).concat();
        write!(to, "{}\n0\n{}\n", one_word(&name), seen.len())?;
        for entry in seen {
            let [x, y] = from_below(table, entry.sample.point);
            writeln!(to, "{} {x} {y}", ToolFormat::Equalizer.number(table.options(), entry.frame.0))?;
        }
    }
    Ok(())
}

/// What `SynthEyes` is told of a place: it is there, or it is there again and a new stretch begins.
const GOES_ON: u8 = 7;
const BEGINS: u8 = 15;

/// Writes the 2D tracker paths of `SynthEyes`: name, frame, u, v and what is known of the place. From the middle of the
/// first pixel to that of the last, u and v go from -1 to 1, down and to the right.
pub(super) fn syntheyes(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let size = table.about().source.size;
    let share = |place: f32, side: u32| 2.0 * f64::from(place) / f64::from(side.max(2) - 1) - 1.0;
    for (name, track) in named(table) {
        for stretch in stretches(table, &track) {
            for (at, entry) in stretch.iter().enumerate() {
                let (point, code) = (entry.sample.point, if at == 0 { BEGINS } else { GOES_ON });
                let (u, v) = (share(point.x, size.width), share(point.y, size.height));
                let frame = ToolFormat::SynthEyes.number(table.options(), entry.frame.0);
                writeln!(to, "{} {frame} {u:.7} {v:.7} {code}", one_word(&name))?;
            }
        }
    }
    Ok(())
}
