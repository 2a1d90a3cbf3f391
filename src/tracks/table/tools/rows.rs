//! Programs that read a CSV table.

use super::{Entry, ToolFormat, frames, named};
use crate::tracks::table::csv::io_error;
use crate::tracks::table::{Table, entries, wanted};
use std::io::{self, Write};

/// Writes what DeepLabCut predicts: three header rows, then a row for each frame. Empty cells where nothing is known.
pub(super) fn deeplabcut(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let mut csv = ::csv::Writer::from_writer(to);
    let names = named(table);
    let thrice = |cell: &'static str| std::iter::once(cell.to_owned());
    let scorers = names.iter().flat_map(|_| ["Cotrail"; 3]).map(str::to_owned);
    csv.write_record(thrice("scorer").chain(scorers)).map_err(io_error)?;
    let parts = names.iter().flat_map(|(name, _)| [name, name, name]).cloned();
    csv.write_record(thrice("bodyparts").chain(parts)).map_err(io_error)?;
    let coords = names.iter().flat_map(|_| ["x", "y", "likelihood"]).map(str::to_owned);
    csv.write_record(thrice("coords").chain(coords)).map_err(io_error)?;
    for (number, places) in frames(table, ToolFormat::DeepLabCut) {
        let cells = places.into_iter().flat_map(cells);
        csv.write_record(std::iter::once(number.to_string()).chain(cells)).map_err(io_error)?;
    }
    csv.flush()
}

/// Writes SLEAP's analysis table: all points are nodes of one instance.
pub(super) fn sleap(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let mut csv = ::csv::Writer::from_writer(to);
    let head = ["track", "frame_idx", "instance.score"].map(str::to_owned).into_iter();
    let names = named(table);
    let nodes = names.iter().flat_map(|(name, _)| ["x", "y", "score"].map(|axis| format!("{name}.{axis}")));
    csv.write_record(head.chain(nodes)).map_err(io_error)?;
    for (number, places) in frames(table, ToolFormat::Sleap) {
        let scores: Vec<f32> = places.iter().flatten().map(|entry| entry.sample.score()).collect();
        if scores.is_empty() {
            continue;
        }
        let mean = scores.iter().sum::<f32>() / scores.len() as f32;
        let head = ["track_0".to_owned(), number.to_string(), mean.to_string()].into_iter();
        csv.write_record(head.chain(places.into_iter().flat_map(cells))).map_err(io_error)?;
    }
    csv.flush()
}

/// Writes the data of a Tracks layer: a row for each track and frame.
pub(super) fn napari(table: &impl Table, to: &mut impl Write) -> io::Result<()> {
    let mut csv = ::csv::Writer::from_writer(to);
    csv.write_record(["ID", "T", "Y", "X"]).map_err(io_error)?;
    for (id, track) in wanted(table).enumerate() {
        for entry in entries(table, track.id) {
            let number = ToolFormat::Napari.number(table.options(), entry.frame.0);
            csv.serialize((id, number, entry.sample.point.y, entry.sample.point.x)).map_err(io_error)?;
        }
    }
    csv.flush()
}

/// A place in three cells.
fn cells(place: Option<Entry>) -> [String; 3] {
    place.map_or_else(Default::default, |entry| {
        let point = entry.sample.point;
        [point.x.to_string(), point.y.to_string(), entry.sample.score().to_string()]
    })
}
