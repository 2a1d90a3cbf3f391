//! TAP-Vid's file of one clip, with its pictures: a pickle of `NumPy` arrays, which only needs `NumPy` to be read.

use super::{Table, one_word, rows, wanted};
use crate::tracks::Sample;
use std::io::{self, Write};
use std::path::Path;

/// Protocol 4: the first with bytes of any length.
const HEAD: [u8; 2] = [0x80, 4];

/// Gives the picture of a frame of the clip: RGB rows of its size.
pub type Pictures<'a> = dyn FnMut(u32) -> io::Result<Vec<u8>> + 'a;

/// Writes a dict of the clip by name: `video` u8 `[T, H, W, 3]`, `points` f32 `[N, T, 2]`, `occluded` bool `[N, T]`.
///
/// x and y are shares of the picture from its top-left pixel's outer corner on. Where a track is not known it is
/// occluded, and stands where it was known before, or will be first.
///
/// # Errors
/// What the writer says, or who gives the pictures.
pub fn write_tapvid(table: &impl Table, pictures: &mut Pictures<'_>, to: &mut impl Write) -> io::Result<()> {
    let source = &table.about().source;
    let name = Path::new(&source.path).file_stem().unwrap_or_default().to_string_lossy();
    let (width, height) = (source.size.width as usize, source.size.height as usize);
    let (n, t) = (wanted(table).count(), table.num_frames());
    to.write_all(&HEAD)?;
    to.write_all(b"}")?;
    text(&one_word(&name), to)?;
    to.write_all(b"}(")?;
    text("video", to)?;
    let row_bytes = 3 * width * height;
    array(&[t, height, width, 3], ("u1", "|"), (t * row_bytes) as u64, to, |to| {
        for frame in table.frame_numbers() {
            let rgb = pictures(frame)?;
            if rgb.len() != row_bytes {
                return Err(io::Error::other(format!("frame {frame} has another size")));
            }
            to.write_all(&rgb)?;
        }
        Ok(())
    })?;
    text("points", to)?;
    array(&[n, t, 2], ("f4", "<"), (8 * n * t) as u64, to, |to| {
        for track in wanted(table) {
            for sample in without_gaps(rows(table, track.id).map(|entry| entry.map(|entry| entry.sample)).collect()) {
                let share = |place: f32, side: usize| (place + 0.5) / side as f32;
                let place = sample.map_or([0.0; 2], |at| [share(at.point.x, width), share(at.point.y, height)]);
                place.iter().try_for_each(|value| to.write_all(&value.to_le_bytes()))?;
            }
        }
        Ok(())
    })?;
    text("occluded", to)?;
    array(&[n, t], ("b1", "|"), (n * t) as u64, to, |to| {
        for track in wanted(table) {
            let is_hidden = |place: Option<super::Entry>| !place.is_some_and(|entry| entry.sample.visible);
            rows(table, track.id).try_for_each(|place| to.write_all(&[u8::from(is_hidden(place))]))?;
        }
        Ok(())
    })?;
    to.write_all(b"us.") // into the clip's dict, into the file's, the end
}

/// Where nothing is known: as before, or as it will be first.
fn without_gaps(samples: Vec<Option<Sample>>) -> impl Iterator<Item = Option<Sample>> {
    let mut last = samples.iter().flatten().next().copied();
    samples.into_iter().map(move |sample| {
        last = sample.or(last);
        last
    })
}

/// An array: `_reconstruct(ndarray, (0,), b"b")`, which is then given its version, shape, kind, order and bytes.
fn array<W: Write>(
    shape: &[usize],
    (kind, order): (&str, &str),
    num_bytes: u64,
    to: &mut W,
    content: impl FnOnce(&mut W) -> io::Result<()>,
) -> io::Result<()> {
    to.write_all(b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\x01b\x87R(K\x01(")?;
    shape.iter().try_for_each(|side| int(*side, to))?;
    to.write_all(b"tcnumpy\ndtype\n")?;
    text(kind, to)?;
    to.write_all(b"\x89\x88\x87R(K\x03")?;
    text(order, to)?;
    to.write_all(b"NNNJ\xFF\xFF\xFF\xFFJ\xFF\xFF\xFF\xFFK\0tb\x89\x8E")?;
    to.write_all(&num_bytes.to_le_bytes())?;
    content(to)?;
    to.write_all(b"tb")
}

fn text(value: &str, to: &mut impl Write) -> io::Result<()> {
    to.write_all(b"X")?;
    to.write_all(&(value.len() as u32).to_le_bytes())?;
    to.write_all(value.as_bytes())
}

/// A side of an array: four bytes with a sign, as Python writes what needs no more.
fn int(value: usize, to: &mut impl Write) -> io::Result<()> {
    let value = i32::try_from(value).map_err(|_| io::Error::other("the clip is too long for a TAP-Vid file"))?;
    to.write_all(b"J")?;
    to.write_all(&value.to_le_bytes())
}
