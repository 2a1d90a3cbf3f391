//! The CSV table: a row for each track and frame.

use super::{Table, entries, wanted};
use std::io::{self, Write};

const HEADER: [&str; 10] =
    ["track", "name", "frame", "time_secs", "x", "y", "visibility", "confidence", "visible", "probability"];

/// Writes the CSV table: a row for each track and frame from its query on, track by track. The track is its place
/// from 0, `visible` is 1 or 0, `probability` empty where it is not known; a last column `similarity` where the table
/// has them, empty where nobody has looked; always `.` and `,`, and a new line of one byte.
///
/// # Errors
/// What the writer says.
pub(super) fn write(tracks: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let mut table = ::csv::Writer::from_writer(to);
    let has_similarities = tracks.has_similarities();
    table.write_record(HEADER.into_iter().chain(has_similarities.then_some("similarity"))).map_err(io_error)?;
    for (place, track) in wanted(tracks).enumerate() {
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
            let written =
                if has_similarities { table.serialize((row, entry.similarity)) } else { table.serialize(row) };
            written.map_err(io_error)?;
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
