//! Spreadsheets: a row for each frame, what is measured side by side.

use super::{ToolFormat, named};
use crate::tracks::table::csv::io_error;
use crate::tracks::table::measured::{Columns, significant, word};
use crate::tracks::table::{Table, rows};
use std::io::{self, Write};

/// Writes a row for each frame: its number, when it is shown and when it was taken, then where each point is and how it
/// moves, then distances and angles. Cells are empty where a point is hidden. Without the clip's facts, as for a
/// camera, it is places in pixels, y down.
pub(super) fn write(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let mut csv = ::csv::Writer::from_writer(to);
    let names = named(table);
    let columns = Columns::always(table);
    let mut header = vec!["frame".to_owned(), "time_secs".to_owned()];
    let mut cells: Vec<Vec<Option<f64>>> = vec![Vec::new(); table.num_frames()];
    let mut put = |row: usize, values: &[Option<f64>]| cells[row].extend(values);
    if let Some(columns) = &columns {
        header.push("scene_secs".to_owned());
        columns.scene_secs().enumerate().for_each(|(row, secs)| put(row, &[secs]));
        for (name, track) in &names {
            header.extend(columns.point_names().map(|column| format!("{}_{column}", word(name))));
            let point = columns.point(track.id);
            (0..table.num_frames()).for_each(|row| put(row, &point.row(row)));
        }
        for quantity in columns.quantities(table) {
            header.push(columns.name(quantity));
            columns.values(quantity).into_iter().enumerate().for_each(|(row, value)| put(row, &[value]));
        }
    } else {
        for (name, track) in &names {
            header.extend(["x_px", "y_px"].map(|column| format!("{}_{column}", word(name))));
            for (row, entry) in rows(table, track.id).enumerate() {
                let point = entry.filter(|entry| entry.sample.visible).map(|entry| entry.sample.point);
                put(row, &[point.map(|point| f64::from(point.x)), point.map(|point| f64::from(point.y))]);
            }
        }
    }
    csv.write_record(header).map_err(io_error)?;
    for ((frame, secs), cells) in table.frame_numbers().zip(table.times_secs()).zip(cells) {
        let number = ToolFormat::Sheet.number(table.options(), frame);
        csv.serialize((number, significant(secs), cells)).map_err(io_error)?;
    }
    csv.flush()
}
