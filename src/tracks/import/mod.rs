//! Points and tracks from tables: those of spreadsheets and other programs, and our own CSV, JSON and NPZ.

mod arrays;
mod columns;
mod text;
mod wide;

use super::table::{TableFormat, ToolFormat};
use super::track::{Query, Sample};
use crate::geometry::FrameIndex;
use std::io;
use std::path::{Path, PathBuf};

/// A point to follow, and what the user calls it.
pub type NamedQuery = (Option<String>, Query);

/// A track as a table holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedTrack {
    /// What it is called there.
    pub name: Option<String>,
    /// Where it begins.
    pub query: Query,
    /// Where it is, by frame; a point that is only to be followed has the one place at which it begins.
    pub samples: Vec<(FrameIndex, Sample)>,
}

/// Why a table of points cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryFileError {
    /// The file cannot be read.
    #[error("the table of points cannot be read: {}", path.display())]
    Unreadable {
        /// Where it lies.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A line says something that is no point.
    #[error("line {line}: {problem}: {}", path.display())]
    Line {
        /// Where the file lies.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it, in one clause.
        problem: String,
    },
    /// A JSON or NPZ file is no table of tracks.
    #[error("{problem}: {}", path.display())]
    Arrays {
        /// Where the file lies.
        path: PathBuf,
        /// What is wrong with it, in one clause.
        problem: String,
    },
}

/// Reads the points to follow from a table: see [`read_tracks`]; of a track, the place where it begins.
///
/// # Errors
/// If the file cannot be read, or holds something that is no point.
pub fn read_queries(path: &Path) -> Result<Vec<NamedQuery>, QueryFileError> {
    Ok(read_tracks(path)?.into_iter().map(|track| (track.name, track.query)).collect())
}

/// Reads points to follow from the text of a table; see [`read_tracks`].
///
/// # Errors
/// The number of the first line, from 1, that is no point, and what is wrong with it.
pub fn parse_queries(bytes: &[u8]) -> Result<Vec<NamedQuery>, (u64, String)> {
    Ok(text::parse(bytes)?.into_iter().map(|track| (track.name, track.query)).collect())
}

/// Reads a table, in the order of the file: our own JSON or NPZ, which are known by their endings, or else text with a
/// line for each place.
///
/// The first line of a text may name the columns, in any order and case: `t` (or `frame`), `x`, `y`, and perhaps
/// `name`, `label` or `id`; `axis-0`, `axis-1` and `axis-2` are frame, y and x; other columns are passed over. Lines
/// with one `id`, `track` or `track_id` are one track. Without such a line the columns are `t,x,y` or `t,x,y,name`.
/// They may be parted by commas, semicolons or tabs. Blank lines and lines that begin with `#` are passed over. CSV
/// tables of DeepLabCut and SLEAP, which have columns for each point, are known by their first line.
///
/// # Errors
/// If the file cannot be read, or holds something that is no point.
pub fn read_tracks(path: &Path) -> Result<Vec<ImportedTrack>, QueryFileError> {
    let bytes = std::fs::read(path).map_err(|source| QueryFileError::Unreadable { path: path.to_owned(), source })?;
    let of_arrays = |problem| QueryFileError::Arrays { path: path.to_owned(), problem };
    match TableFormat::from_path(path) {
        Ok(TableFormat::Json | TableFormat::Tool(ToolFormat::Coco | ToolFormat::Comfy)) => {
            arrays::from_json(&bytes).map_err(of_arrays)
        }
        Ok(TableFormat::Npz) => arrays::from_npz(&bytes).map_err(of_arrays),
        Ok(TableFormat::Csv | TableFormat::Tool(_)) | Err(_) => {
            text::parse(&bytes).map_err(|(line, problem)| QueryFileError::Line { path: path.to_owned(), line, problem })
        }
    }
}
