//! The CSV table: a row for each track and frame.

use super::measured::Columns;
use super::{Table, entries, wanted};
use crate::tracks::Quantity;
use std::io::{self, Write};

/// The columns of a plane's corners.
const CORNERS: [&str; 8] = [
    "x_top_left",
    "y_top_left",
    "x_top_right",
    "y_top_right",
    "x_bottom_right",
    "y_bottom_right",
    "x_bottom_left",
    "y_bottom_left",
];
const HEADER: [&str; 10] =
    ["track", "name", "frame", "time_secs", "x", "y", "visibility", "confidence", "visible", "probability"];

/// Writes the CSV table: a row for each track and frame from its query on, track by track. The track is its place
/// from 0, `visible` is 1 or 0, `probability` empty where it is not known; a last column `similarity` where the table
/// has them, empty where nobody has looked, and after it x and y of four corners where it has planes, empty where none
/// was found; always `.` and `,`, and a new line of one byte. Where something is measured, columns with their units come
/// last, distances in the rows of their first point, angles in those of their middle one.
///
/// # Errors
/// What the writer says.
pub(super) fn write(tracks: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let mut table = ::csv::Writer::from_writer(to);
    let (has_similarities, has_corners) = (tracks.has_similarities(), tracks.has_corners());
    let columns = Columns::of(tracks);
    let quantities = columns.as_ref().map_or_else(Vec::new, |columns| columns.quantities(tracks));
    let header = HEADER.into_iter().chain(has_similarities.then_some("similarity"));
    let corners = CORNERS.into_iter().filter(|_| has_corners);
    let mut header: Vec<String> = header.chain(corners).map(str::to_owned).collect();
    if let Some(columns) = &columns {
        header.push("scene_secs".to_owned());
        header.extend(columns.point_names().into_iter().chain(quantities.iter().map(|one| columns.name(*one))));
    }
    table.write_record(header).map_err(io_error)?;
    for (place, track) in wanted(tracks).enumerate() {
        let measured = columns.as_ref().map(|columns| {
            let own = |quantity: &Quantity| (quantity.home() == track.id).then(|| columns.values(*quantity));
            (columns, columns.point(track.id), quantities.iter().map(own).collect::<Vec<_>>())
        });
        for entry in entries(tracks, track.id) {
            let sample = entry.sample;
            let row = (
                place,
                track.name,
                tracks.options().number(entry.frame.0),
                entry.time_secs,
                sample.point.x,
                sample.point.y,
                sample.visibility,
                sample.confidence,
                u8::from(sample.visible),
                sample.probability,
            );
            let at = |i: usize| entry.corners.map(|corners| corners[i]);
            let corners = [0, 1, 2, 3].map(|i| (at(i).map(|corner| corner.x), at(i).map(|corner| corner.y)));
            // What a table has not gives no cells.
            let similarity = Vec::from_iter(has_similarities.then_some(entry.similarity));
            let corners = Vec::from_iter(has_corners.then_some(corners));
            let cells = measured.iter().flat_map(|(columns, point, own)| {
                let values = own.iter().map(|values| values.as_ref().and_then(|values| values[entry.row]));
                std::iter::once(columns.secs(entry.row)).chain(point.row(entry.row)).chain(values)
            });
            table.serialize((row, similarity, corners, cells.collect::<Vec<_>>())).map_err(io_error)?;
        }
    }
    table.flush()
}

/// The system's own error: the csv library hides its kind, by which a full disk or a closed pipe is known.
pub(super) fn io_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
