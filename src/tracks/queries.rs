//! Points to follow, from a table `t,x,y[,name]`.

use super::track::Query;
use crate::geometry::{FrameIndex, SourcePoint};
use std::io;
use std::path::{Path, PathBuf};

/// A point to follow, and what the user calls it.
pub type NamedQuery = (Option<String>, Query);

const NOT_TEXT: &str = "this is not UTF-8 text";

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
}

/// Reads a table of points from a file; see [`parse_queries`].
///
/// # Errors
/// If the file cannot be read, or a line is no point.
pub fn read_queries(path: &Path) -> Result<Vec<NamedQuery>, QueryFileError> {
    let bytes = std::fs::read(path).map_err(|source| QueryFileError::Unreadable { path: path.to_owned(), source })?;
    parse_queries(&bytes).map_err(|(line, problem)| QueryFileError::Line { path: path.to_owned(), line, problem })
}

/// Reads points from a table's bytes: a line `t,x,y` or `t,x,y,name` for each, in the order of the file. The first line
/// may name the columns; blank lines and lines that begin with `#` are passed over.
///
/// # Errors
/// The number of the first line, from 1, that is no point, and what is wrong with it.
pub fn parse_queries(bytes: &[u8]) -> Result<Vec<NamedQuery>, (u64, String)> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes); // the mark that spreadsheets put first
    let text = std::str::from_utf8(bytes)
        .map_err(|error| (line_after(&String::from_utf8_lossy(&bytes[..error.valid_up_to()])), NOT_TEXT.to_owned()))?;
    let mut table = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut queries = Vec::new();
    let mut is_first = true;
    for row in table.records() {
        // Reading from memory, text checked, any number of fields allowed: the reader has nothing to refuse.
        let row = row.map_err(|error| (error.position().map_or(1, csv::Position::line), error.to_string()))?;
        if row.iter().all(str::is_empty) || row.get(0).is_some_and(|field| field.starts_with('#')) {
            continue;
        }
        let is_header = std::mem::take(&mut is_first) && row[0].starts_with(['t', 'T']);
        if !is_header {
            queries.push(query(&row).map_err(|problem| (line_of(&row, text), problem))?);
        }
    }
    Ok(queries)
}

/// The line on which a row stands. The reader's own position is that of the blank lines and comments before it.
fn line_of(row: &csv::StringRecord, text: &str) -> u64 {
    let start = row.position().map_or(0, |position| position.byte() as usize);
    let is_passed_over = |line: &&str| line.trim().is_empty() || line.starts_with('#');
    let before: usize = text[start..].split_inclusive('\n').take_while(is_passed_over).map(str::len).sum();
    line_after(&text[..start + before])
}

/// The line, from 1, that follows this text.
fn line_after(text: &str) -> u64 {
    1 + text.matches('\n').count() as u64
}

fn query(row: &csv::StringRecord) -> Result<NamedQuery, String> {
    let fields: Vec<&str> = row.iter().collect();
    let (t, x, y, name) = match fields[..] {
        [t, x, y] => (t, x, y, ""),
        [t, x, y, name] => (t, x, y, name),
        _ => return Err(format!("expected t,x,y or t,x,y,name with commas, found {} field(s)", fields.len())),
    };
    let name = Some(name.to_owned()).filter(|name| !name.is_empty());
    let point = SourcePoint::new(coordinate("x", x)?, coordinate("y", y)?);
    Ok((name, Query { frame: frame(t)?, point }))
}

/// A frame number; `12.0` is as good as `12`, since programs that know one kind of number write it so.
fn frame(text: &str) -> Result<FrameIndex, String> {
    let value: f64 = text.parse().map_err(|_| format!("the frame '{text}' is not a number"))?;
    if value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value) {
        Ok(FrameIndex(value as u32))
    } else {
        Err(format!("the frame '{text}' is not a whole number from 0 on"))
    }
}

fn coordinate(axis: &str, text: &str) -> Result<f32, String> {
    let value: f32 = text.parse().map_err(|_| format!("{axis} '{text}' is not a number"))?;
    if value.is_finite() { Ok(value) } else { Err(format!("{axis} '{text}' is not a finite number")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Vec<NamedQuery>, (u64, String)> {
        parse_queries(text.as_bytes())
    }

    fn query(t: u32, x: f32, y: f32) -> Query {
        Query { frame: FrameIndex(t), point: SourcePoint::new(x, y) }
    }

    #[test]
    fn header_comments_blank_lines_spaces_and_line_ends_do_not_matter() {
        let expected = Ok(vec![(Some("left, \"ear\"".to_owned()), query(3, 1.5, -2.0)), (None, query(12, 0.0, 7.25))]);
        for text in [
            "3,1.5,-2,\"left, \"\"ear\"\"\"\n12,0,7.25",
            "t,x,y,name\r\n3,1.5,-2,\"left, \"\"ear\"\"\"\r\n12,0,7.25,\r\n",
            "\u{feff}T, X, Y\n\n# a comment, with commas\n 3 , 1.5,\t-2 ,\"left, \"\"ear\"\"\"\n   \n  # more\n12.0,0e0,7.25\n\n",
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        assert_eq!(parse(""), Ok(vec![]));
        assert_eq!(parse("t,x,y\n"), Ok(vec![]));
    }

    #[test]
    fn errors_name_the_line_and_the_cause() {
        for (text, line, cause) in [
            ("t,x,y\n0,1,2\n0,nan,2", 3, "x 'nan' is not a finite number"),
            ("0,1,inf", 1, "y 'inf' is not a finite number"),
            ("0,1e60,0", 1, "x '1e60' is not a finite number"),
            ("\n\n-1,1,2", 3, "the frame '-1' is not a whole number"),
            ("1.5,1,2", 1, "the frame '1.5' is not a whole number"),
            ("NaN,1,2", 1, "the frame 'NaN' is not a whole number"),
            ("99999999999,1,2", 1, "the frame '99999999999' is not a whole number"),
            ("# c\nfive,1,2", 2, "the frame 'five' is not a number"),
            ("0,,2", 1, "x '' is not a number"),
            ("0;1;2", 1, "with commas, found 1 field"),
            ("0,1,2,a,b", 1, "found 5 field"),
            ("0,1,2\nt,x,y", 2, "x 'x' is not a number"),
        ] {
            let (at, problem) = parse(text).unwrap_err();
            assert_eq!(at, line, "{text}");
            assert!(problem.contains(cause), "{text}: {problem}");
        }
        assert_eq!(parse_queries(b"0,1,2\n0,1,2,\xff\n"), Err((2, NOT_TEXT.to_owned())));
    }

    proptest! {
        #[test]
        fn any_bytes_give_points_or_an_error(bytes: Vec<u8>) {
            if let Ok(queries) = parse_queries(&bytes) {
                prop_assert!(queries.iter().all(|(_, q)| q.point.x.is_finite() && q.point.y.is_finite()));
            }
        }
    }
}
