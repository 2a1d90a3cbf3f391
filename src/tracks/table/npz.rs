//! The NPZ table: numpy's arrays in a zip archive, stored as they are.

use super::measured::Columns;
use super::{Table, corners, crops, samples, similarities, wanted};
use crate::calibration::Probability;
use crate::tracks::{Query, Sample, TrackStore};
use std::cell::RefCell;
use std::io::{self, Seek, SeekFrom, Write};
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

/// Writes the NPZ table: `tracks` `[N, T, 2]` f32, `visibility`, `confidence` and `probability` `[N, T]` f32, `visible`
/// `[N, T]` bool, `queries` `[N, 3]` f32 (t, x, y) and `frames` `[T]` i64; where the clip's first
/// frame does not count as 0, `first_number` `[]` i64 says as what. Before a query's frame numbers are NaN and
/// `visible` is false; a `probability` is NaN where it is not known. Where the table has them, `similarity` `[N, T]` f32
/// follows, NaN where nobody has looked, and `corners` `[N, T, 4, 2]` f32 where it has planes, NaN where none was found.
/// Where runs looked at a part of the picture, `crops` `[R, T, 4]` f32 (x, y, width, height) comes last, in the order of
/// the runs in JSON, NaN where a run was not followed to or looked at all of it. Where something is measured, `places`,
/// `velocities` and `accelerations` `[N, T, 2]`, `quantities` `[Q, T]` and `scene_secs` `[T]` f32 follow, as in JSON,
/// and `savgol_window_order` `[2]` i64: how speeds were smoothed.
///
/// # Errors
/// What the writer says.
pub(super) fn write(table: &impl Table, to: &mut (impl Write + Seek)) -> io::Result<()> {
    let failure = RefCell::new(None);
    let written = write_archive(table, Fuse { to, position: 0, failure: &failure });
    failure.into_inner().map_or(written, Err)
}

fn write_archive(table: &impl Table, to: Fuse<impl Write + Seek>) -> io::Result<()> {
    let (n, t) = (wanted(table).count(), table.num_frames());
    let all = || wanted(table).flat_map(|track| samples(table, track.id));
    let points = || all().flat_map(|s| s.map_or([f32::NAN; 2], |s| [s.point.x, s.point.y]));
    let number = |frame| table.options().number(frame);
    let queries = || {
        let query = move |q: Query| [number(q.frame.0) as f32, q.point.x, q.point.y];
        wanted(table).flat_map(move |track| query(track.query))
    };
    let failure = to.failure;
    let mut archive = Archive { zip: ZipWriter::new(to), failure };
    archive.array("tracks", &[n, t, 2], points())?;
    archive.array("visibility", &[n, t], all().map(|s| s.map_or(f32::NAN, |s| s.visibility)))?;
    archive.array("confidence", &[n, t], all().map(|s| s.map_or(f32::NAN, |s| s.confidence)))?;
    let probability = |sample: Option<Sample>| sample.and_then(|s| s.probability).map_or(f32::NAN, Probability::share);
    archive.array("probability", &[n, t], all().map(probability))?;
    archive.array("visible", &[n, t], all().map(|s| s.is_some_and(|s| s.visible)))?;
    archive.array("queries", &[n, 3], queries())?;
    archive.array("frames", &[t], table.frame_numbers().map(|frame| i64::from(number(frame))))?;
    if number(0) > 0 {
        archive.array("first_number", &[], [i64::from(number(0))].into_iter())?;
    }
    if table.has_similarities() {
        let similarities = wanted(table).flat_map(|track| similarities(table, track.id));
        archive.array("similarity", &[n, t], similarities.map(|value| value.unwrap_or(f32::NAN)))?;
    }
    if table.has_corners() {
        let corners = wanted(table).flat_map(|track| corners(table, track.id));
        let numbers = corners.flat_map(|corners| corners.unwrap_or([[f32::NAN; 2]; 4]).into_iter().flatten());
        archive.array("corners", &[n, t, 4, 2], numbers)?;
    }
    let runs = || table.store().into_iter().flat_map(TrackStore::runs);
    if runs().any(|run| !run.crops().is_empty()) {
        let crops = runs().flat_map(|run| crops(table, run));
        let numbers = crops.flat_map(|crop| crop.map_or([f32::NAN; 4], |crop| crop.map(|value| value as f32)));
        archive.array("crops", &[runs().count(), t, 4], numbers)?;
    }
    if let Some(columns) = Columns::of(table) {
        measured_arrays(&mut archive, table, &columns)?;
    }
    archive.zip.finish()?.flush()
}

/// What is measured.
fn measured_arrays<T: Table>(
    archive: &mut Archive<'_, impl Write + Seek>,
    table: &T,
    columns: &Columns<'_>,
) -> io::Result<()> {
    let (n, t) = (wanted(table).count(), table.num_frames());
    let number = |value: Option<f64>| value.map_or(f32::NAN, |value| value as f32);
    for (name, at) in [("places", 0), ("velocities", 2), ("accelerations", 5)] {
        let pairs = wanted(table).flat_map(|track| {
            let point = columns.point(track.id);
            (0..t).flat_map(move |row| [0, 1].map(|axis| number(point.row(row)[at + axis])))
        });
        archive.array(name, &[n, t, 2], pairs)?;
    }
    let quantities = columns.quantities(table);
    let values = quantities.iter().flat_map(|quantity| columns.values(*quantity)).map(number);
    archive.array("quantities", &[quantities.len(), t], values)?;
    archive.array("scene_secs", &[t], columns.scene_secs().map(number))?;
    let smoothing = columns.measured.setup().smoothing;
    archive.array("savgol_window_order", &[2], [smoothing.window as i64, smoothing.order as i64].into_iter())
}

/// Takes everything once a write has failed, and remembers why: an archive that is dropped unfinished tries to write
/// its end, and would complain on the terminal.
struct Fuse<'a, W> {
    to: &'a mut W,
    position: u64,
    failure: &'a RefCell<Option<io::Error>>,
}

impl<W> Fuse<'_, W> {
    fn unless_failed(&mut self, work: impl FnOnce(&mut W) -> io::Result<()>) {
        let mut failure = self.failure.borrow_mut();
        if failure.is_none() {
            *failure = work(self.to).err();
        }
    }
}

impl<W: Write> Write for Fuse<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_failed(|to| to.write_all(bytes));
        self.position += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_failed(W::flush);
        Ok(())
    }
}

impl<W: Seek> Seek for Fuse<'_, W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let mut position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(offset) => self.position.saturating_add_signed(offset),
            SeekFrom::End(_) => self.position, // an archive in work is written at its end
        };
        self.unless_failed(|target| {
            position = target.seek(to)?;
            Ok(())
        });
        self.position = position;
        Ok(position)
    }
}

/// The archive in work.
struct Archive<'a, W: Write + Seek> {
    zip: ZipWriter<Fuse<'a, W>>,
    failure: &'a RefCell<Option<io::Error>>,
}

impl<W: Write + Seek> Archive<'_, W> {
    fn array<E: Element>(&mut self, name: &str, shape: &[usize], elements: impl Iterator<Item = E>) -> io::Result<()> {
        let header = header(E::DESCR, shape);
        let num_bytes = header.len() + shape.iter().product::<usize>() * size_of::<E>();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default()) // the same bytes whenever it is written
            .large_file(num_bytes >= u32::MAX as usize);
        self.zip.start_file(format!("{name}.npy"), options)?;
        let mut to = io::BufWriter::new(&mut self.zip); // the archive sums every write it gets
        to.write_all(&header)?;
        for element in elements {
            element.put(&mut to)?;
        }
        to.flush()?;
        drop(to);
        let has_failed = self.failure.borrow().is_some();
        if has_failed { Err(io::ErrorKind::WriteZero.into()) } else { Ok(()) } // `write_npz` has the cause
    }
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
