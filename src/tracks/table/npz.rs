//! The NPZ table: numpy's arrays in a zip archive, stored as they are.

use super::TrackTable;
use std::io::{self, Seek, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// What numpy calls the elements, and their bytes.
trait Element: Copy {
    const DESCR: &'static str;
    fn put(self, to: &mut impl Write) -> io::Result<()>;
}

impl Element for f32 {
    const DESCR: &'static str = "<f4";
    fn put(self, to: &mut impl Write) -> io::Result<()> {
        to.write_all(&self.to_le_bytes())
    }
}

impl Element for i64 {
    const DESCR: &'static str = "<i8";
    fn put(self, to: &mut impl Write) -> io::Result<()> {
        to.write_all(&self.to_le_bytes())
    }
}

impl Element for bool {
    const DESCR: &'static str = "|b1";
    fn put(self, to: &mut impl Write) -> io::Result<()> {
        to.write_all(&[u8::from(self)])
    }
}

impl TrackTable<'_> {
    /// Writes the NPZ table: `tracks` `[N, T, 2]` f32, `visibility` and `confidence` `[N, T]` f32, `visible` `[N, T]`
    /// bool, `queries` `[N, 3]` f32 (t, x, y) and `frames` `[T]` i64. Before a query's frame numbers are NaN and
    /// `visible` is false.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_npz(&self, to: &mut (impl Write + Seek)) -> io::Result<()> {
        let (n, t) = (self.store.len(), self.num_frames());
        let mut zip = ZipWriter::new(to);
        let samples = || self.store.tracks().flat_map(|track| self.samples(track));
        let points = || samples().flat_map(|s| s.map_or([f32::NAN; 2], |s| [s.point.x, s.point.y]));
        let queries = || {
            let query = |q: crate::tracks::Query| [q.frame.0 as f32, q.point.x, q.point.y];
            self.store.tracks().flat_map(move |track| query(track.query))
        };
        array(&mut zip, "tracks", &[n, t, 2], points())?;
        array(&mut zip, "visibility", &[n, t], samples().map(|s| s.map_or(f32::NAN, |s| s.visibility)))?;
        array(&mut zip, "confidence", &[n, t], samples().map(|s| s.map_or(f32::NAN, |s| s.confidence)))?;
        array(&mut zip, "visible", &[n, t], samples().map(|s| s.is_some_and(|s| s.visible)))?;
        array(&mut zip, "queries", &[n, 3], queries())?;
        array(&mut zip, "frames", &[t], self.frame_numbers().map(i64::from))?;
        zip.finish()?.flush()
    }
}

fn array<E: Element>(
    zip: &mut ZipWriter<impl Write + Seek>,
    name: &str,
    shape: &[usize],
    elements: impl Iterator<Item = E>,
) -> io::Result<()> {
    let header = header(E::DESCR, shape);
    let num_bytes = header.len() + shape.iter().product::<usize>() * size_of::<E>();
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default()) // the same bytes whenever it is written
        .large_file(num_bytes >= u32::MAX as usize);
    zip.start_file(format!("{name}.npy"), options)?;
    let mut to = io::BufWriter::new(zip); // the archive sums every write it gets
    to.write_all(&header)?;
    for element in elements {
        element.put(&mut to)?;
    }
    to.flush()
}

/// The head of a `.npy` file, version 1.0: padded so that the data begin at a multiple of 64 bytes.
fn header(descr: &str, shape: &[usize]) -> Vec<u8> {
    let shape: Vec<String> = shape.iter().map(|n| format!("{n},")).collect();
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}), }}", shape.join(" "));
    let before = b"\x93NUMPY\x01\x00".len() + 2;
    text.extend(std::iter::repeat_n(' ', (before + text.len() + 1).next_multiple_of(64) - before - text.len() - 1));
    text.push('\n');
    let length = u16::try_from(text.len()).expect("a few numbers are far shorter than 64 KiB");
    [b"\x93NUMPY\x01\x00", &length.to_le_bytes()[..], text.as_bytes()].concat()
}
