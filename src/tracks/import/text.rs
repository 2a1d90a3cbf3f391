//! Tables of points as text: what parts the columns, what they mean, how numbers are written.

use super::columns::{Columns, WANTED};
use super::{ImportedTrack, wide};
use crate::calibration::Probability;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::tracks::track::{Query, Sample, SampleSource};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

const NOT_TEXT: &str = "this is not UTF-8 text";

/// What may part columns. Semicolons and tabs come first: where they do, commas are those of numbers.
const DELIMITERS: [u8; 3] = [b';', b'\t', b','];

/// A line of the file, by its number from 1, and what is wrong with it.
type Problem = (u64, String);

/// Reads a table, in the order of its lines, or of its points where another program has a column for each.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<ImportedTrack>, Problem> {
    let text = decode(bytes)?;
    if let Some(tracks) = wide::parse(&text) {
        return tracks;
    }
    let lines = || text.lines().map(str::trim);
    let told = lines().next().and_then(told_delimiter);
    // What tells the columns' order may stand behind a `#`, as numpy writes it.
    let skipped = usize::from(told.is_some());
    let is_comment = |line: &str| line.starts_with('#');
    let head: Vec<&str> = lines().skip(skipped).take_while(|line| line.is_empty() || is_comment(line)).collect();
    let first = lines().nth(skipped + head.len()).unwrap_or_default();
    let delimiter = told.unwrap_or_else(|| delimiter_of(first));
    let mut columns = head.iter().rev().find_map(|line| {
        let line = line.trim_start_matches('#');
        let words = split(line, delimiter);
        let named = |words: Vec<&str>| Columns::named(&words).ok();
        named(words.iter().collect()).or_else(|| named(line.split_whitespace().collect()))
    });

    let mut rows = rows(&text, delimiter, skipped)?;
    if let Some((line, row)) = rows.first()
        && is_header(row)
    {
        columns = Some(Columns::named(&row.iter().collect::<Vec<_>>()).map_err(|problem| (*line, problem))?);
        rows.remove(0);
    }
    let has_header = columns.is_some();
    let columns = columns.unwrap_or(Columns::UNNAMED);
    for (line, row) in &rows {
        check_length(row, &columns, has_header).map_err(|problem| (*line, problem))?;
    }
    if let Some((line, _)) = rows.first().filter(|_| !has_header && is_ambiguous(&rows)) {
        return Err((
            *line,
            format!("four numbers in a row may be t,x,y,name or id,t,x,y: say it in a first line; {WANTED}"),
        ));
    }
    let comma = Comma::of(&rows, &columns)?;
    let mut tracks = tracks(&rows, &columns, comma)?;
    count_from_0(&mut tracks, first_number(&rows, &columns));
    Ok(tracks)
}

/// The file's text, without the mark that spreadsheets put first.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).collect::<Result<String, _>>().map(Cow::Owned).map_err(|_| (1, NOT_TEXT.to_owned()))
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => {
            let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
            let line = |valid: &[u8]| line_after(&String::from_utf8_lossy(valid));
            let text = std::str::from_utf8(bytes);
            text.map(Cow::Borrowed).map_err(|error| (line(&bytes[..error.valid_up_to()]), NOT_TEXT.to_owned()))
        }
    }
}

/// `sep=;`, by which spreadsheets are told what parts the columns.
fn told_delimiter(line: &str) -> Option<u8> {
    let line = line.to_ascii_lowercase();
    DELIMITERS
        .into_iter()
        .find(|delimiter| line.strip_prefix("sep=").is_some_and(|rest| rest.as_bytes() == [*delimiter]))
}

/// What parts the columns, by the first line that says something: what makes a header or a place of it, or else most
/// parts.
fn delimiter_of(line: &str) -> u8 {
    let makes_sense = |delimiter: &u8| {
        let row = split(line, *delimiter);
        let is_place = || row.len() >= 3 && row.iter().take(3).all(is_number);
        Columns::named(&row.iter().collect::<Vec<_>>()).is_ok() || is_place()
    };
    let most = || DELIMITERS.into_iter().max_by_key(|delimiter| split(line, *delimiter).len());
    DELIMITERS.into_iter().find(makes_sense).or_else(most).unwrap_or(b',')
}

fn reader(bytes: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter).comment(Some(b'#')).trim(csv::Trim::All);
    builder.from_reader(bytes)
}

fn split(line: &str, delimiter: u8) -> csv::StringRecord {
    reader(line.as_bytes(), delimiter).records().next().and_then(Result::ok).unwrap_or_default()
}

/// The rows that say something, with their lines.
fn rows(text: &str, delimiter: u8, skipped: usize) -> Result<Vec<(u64, csv::StringRecord)>, Problem> {
    let start: usize = text.split_inclusive('\n').take(skipped).map(str::len).sum();
    let mut rows = Vec::new();
    for row in reader(&text.as_bytes()[start..], delimiter).records() {
        // Reading from memory, text checked, any number of fields allowed: the reader has nothing to refuse.
        let row = row.map_err(|error| (error.position().map_or(1, csv::Position::line), error.to_string()))?;
        if row.iter().any(|field| field.contains('\n')) {
            return Err((
                line_of(&row, text, start),
                "a quotation mark is opened and not closed on this line".to_owned(),
            ));
        }
        if !row.iter().all(str::is_empty) && !row.get(0).is_some_and(|field| field.starts_with('#')) {
            rows.push((line_of(&row, text, start), row));
        }
    }
    Ok(rows)
}

/// The line on which a row stands. The reader's own position is that of the blank lines and comments before it.
fn line_of(row: &csv::StringRecord, text: &str, start: usize) -> u64 {
    let start = start + row.position().map_or(0, |position| position.byte() as usize);
    let is_passed_over = |line: &&str| line.trim().is_empty() || line.starts_with('#');
    let before: usize = text[start..].split_inclusive('\n').take_while(is_passed_over).map(str::len).sum();
    line_after(&text[..start + before])
}

/// The line, from 1, that follows this text.
fn line_after(text: &str) -> u64 {
    1 + text.matches('\n').count() as u64
}

/// Whether the fourth column of a table without a header holds nothing but numbers, so that it may be no name.
fn is_ambiguous(rows: &[(u64, csv::StringRecord)]) -> bool {
    rows.iter().all(|(_, row)| row.get(3).is_some_and(is_number))
}

/// What the first frame of the source counts as: our own tables do not say it, but their times count from that frame
/// on. 0 where there are no times, or they are not even.
fn first_number(rows: &[(u64, csv::StringRecord)], columns: &Columns) -> u32 {
    let number = |row: &csv::StringRecord, at: usize| row.get(at)?.parse::<f64>().ok();
    let Some(time) = columns.time_secs else { return 0 };
    let places: Option<Vec<(f64, f64)>> =
        rows.iter().map(|(_, row)| Some((number(row, columns.frame)?, number(row, time)?))).collect();
    let places = places.unwrap_or_default();
    let by_time = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
    let (Some(first), Some(last)) = (places.iter().min_by(by_time), places.iter().max_by(by_time)) else { return 0 };
    let rate = (last.0 - first.0) / (last.1 - first.1);
    let offset = (first.0 - first.1 * rate).round();
    let is_even = places.iter().all(|(frame, time)| (frame - offset - time * rate).abs() < MAX_UNEVEN);
    if is_even && offset >= 1.0 { offset as u32 } else { 0 }
}

/// Frames that a time may be off the one that an even rate would give.
const MAX_UNEVEN: f64 = 0.3;

fn count_from_0(tracks: &mut [ImportedTrack], first_number: u32) {
    for track in tracks {
        let frames = track.samples.iter_mut().map(|(frame, _)| frame).chain([&mut track.query.frame]);
        frames.for_each(|frame| frame.0 = frame.0.saturating_sub(first_number));
    }
}

/// Whether a first row names columns: nothing in it is a number.
fn is_header(row: &csv::StringRecord) -> bool {
    !row.iter().any(is_number)
}

fn is_number(field: &str) -> bool {
    field.replacen(',', ".", 1).parse::<f64>().is_ok()
}

fn check_length(row: &csv::StringRecord, columns: &Columns, has_header: bool) -> Result<(), String> {
    let length = (0..row.len()).rev().find(|at| !row[*at].is_empty()).map_or(0, |last| last + 1);
    let least = 1 + columns.frame.max(columns.x).max(columns.y);
    if (least..=columns.count).contains(&length) {
        return Ok(());
    }
    Err(if has_header {
        let (count, hint) = (columns.count, ", or numbers with decimal commas between semicolons");
        let hint = if length > count { hint } else { "" };
        if row.len() == count {
            return Err(format!("this row has no frame, x or y; {WANTED}"));
        }
        format!("this row has {length} field(s), the header {count}; {WANTED}{hint}")
    } else {
        format!("expected t,x,y or t,x,y,name, found {length} field(s)")
    })
}

/// What a comma in a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comma {
    /// It does not belong there.
    Wrong,
    /// It stands before the decimals.
    Decimal,
}

impl Comma {
    /// What commas are in all numbers of a table.
    ///
    /// # Errors
    /// Where that cannot be told: beside decimal points, or where every one might as well part thousands.
    fn of(rows: &[(u64, csv::StringRecord)], columns: &Columns) -> Result<Self, Problem> {
        let numbers = || {
            let places = [columns.frame, columns.x, columns.y];
            rows.iter()
                .flat_map(move |(line, row)| places.into_iter().filter_map(move |at| Some((*line, row.get(at)?))))
        };
        let with = |sign: char| numbers().find(move |(_, number)| number.contains(sign) && is_number(number));
        let Some((line, comma)) = with(',') else { return Ok(Self::Wrong) };
        if let Some((_, point)) = with('.') {
            return Err((line, format!("'{comma}' has a decimal comma, '{point}' a decimal point")));
        }
        if numbers().filter(|(_, number)| number.contains(',')).all(|(_, number)| may_part_thousands(number)) {
            let (with_point, plain) = (comma.replace(',', "."), comma.replace(',', ""));
            return Err((line, format!("'{comma}' may be {with_point} or {plain}: write a decimal point or no comma")));
        }
        Ok(Self::Decimal)
    }

    fn plain(self, number: &str) -> Cow<'_, str> {
        if self == Self::Decimal { number.replacen(',', ".", 1).into() } else { number.into() }
    }
}

/// Whether the comma of a number has three digits behind it and one to three before, of which the first is not 0.
fn may_part_thousands(number: &str) -> bool {
    let is_group = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    number.trim_start_matches(['+', '-']).split_once(',').is_some_and(|(before, after)| {
        let before_fits = (1..=3).contains(&before.len()) && is_group(before) && !before.starts_with('0');
        before_fits && after.len() == 3 && is_group(after)
    })
}

/// Puts the rows together to tracks.
fn tracks(rows: &[(u64, csv::StringRecord)], columns: &Columns, comma: Comma) -> Result<Vec<ImportedTrack>, Problem> {
    let mut tracks: Vec<ImportedTrack> = Vec::new();
    let mut places: HashMap<Cow<'_, str>, usize> = HashMap::new();
    let mut taken = HashSet::new();
    for (line, row) in rows {
        let (frame, sample) = place(row, columns, comma).map_err(|problem| (*line, problem))?;
        let field = |at: Option<usize>| at.and_then(|at| row.get(at)).filter(|field| !field.is_empty());
        let key = field(columns.track).map(same_number);
        if let Some(key) = key.as_ref().filter(|key| !taken.insert(((*key).clone(), frame))) {
            return Err((*line, format!("'{key}' is in two places on frame {frame}")));
        }
        let known = key.as_ref().and_then(|key| places.get(key).copied());
        if let Some(track) = known.map(|place| &mut tracks[place]) {
            track.samples.push((frame, sample));
        } else {
            if let Some(key) = key {
                places.insert(key, tracks.len());
            }
            let name = field(columns.name).map(str::to_owned);
            let query = Query { frame, point: sample.point };
            tracks.push(ImportedTrack { name, query, samples: vec![(frame, sample)] });
        }
    }
    for track in &mut tracks {
        track.samples.sort_by_key(|(frame, _)| *frame);
        let (frame, first) = track.samples[0];
        track.query = Query { frame, point: first.point };
    }
    Ok(tracks)
}

/// A number as it is written without decimals, where it has none: `1.0` is the track `1`.
fn same_number(key: &str) -> Cow<'_, str> {
    match key.parse::<f64>() {
        Ok(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number}").into(),
        _ => key.into(),
    }
}

/// Where a row says that a point is.
fn place(row: &csv::StringRecord, columns: &Columns, comma: Comma) -> Result<(FrameIndex, Sample), String> {
    let field = |at: usize| row.get(at).unwrap_or_default();
    let number = |what: &str, at: usize| coordinate(what, field(at), comma);
    let point = SourcePoint::new(number("x", columns.x)?, number("y", columns.y)?);
    let share = |what: &str, at: Option<usize>| {
        let share = at.filter(|at| !field(*at).is_empty()).map(|at| number(what, at)).transpose()?;
        Ok::<_, String>(share.map(|share| share.clamp(0.0, 1.0)))
    };
    let visible = columns.visible.is_none_or(|at| !["0", "false", "False", "FALSE"].contains(&field(at)));
    let visibility = share("visibility", columns.visibility)?.unwrap_or(1.0);
    let confidence = share("confidence", columns.confidence)?.unwrap_or(1.0);
    let probability = share("probability", columns.probability)?.map(Probability::new);
    let sample = Sample { point, visibility, confidence, probability, visible, source: SampleSource::Tracked };
    Ok((frame(field(columns.frame), comma)?, sample))
}

/// A frame number; `12.0` is as good as `12`, since programs that know one kind of number write it so.
fn frame(text: &str, comma: Comma) -> Result<FrameIndex, String> {
    let value: f64 = comma.plain(text).parse().map_err(|_| format!("the frame '{text}' is not a number"))?;
    if value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value) {
        Ok(FrameIndex(value as u32))
    } else {
        Err(format!("the frame '{text}' is not a whole number from 0 on"))
    }
}

fn coordinate(what: &str, text: &str, comma: Comma) -> Result<f32, String> {
    let value: f32 = comma.plain(text).parse().map_err(|_| format!("{what} '{text}' is not a number"))?;
    if value.is_finite() { Ok(value) } else { Err(format!("{what} '{text}' is not a finite number")) }
}

#[cfg(test)]
mod tests {
    use super::super::{NamedQuery, parse_queries};
    use super::*;
    use proptest::prelude::*;

    fn parse_text(text: &str) -> Result<Vec<NamedQuery>, Problem> {
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
            "\u{feff}T, X, Y, Name\n\n# a comment, with commas\n 3 , 1.5,\t-2 ,\"left, \"\"ear\"\"\"\n   \n\
             \x20 # more\n12.0,0e0,7.25\n\n",
            "SEP=,\nname,y,frame,x,z\n\"left, \"\"ear\"\"\",-2,3,1.5,9\n,7.25,12,0,9\n",
            "t;x;y;name\n3;1,5;-2;\"left, \"\"ear\"\"\"\n12;0;7,25;\n",
            "3\t1,5\t-2\tleft, \"ear\"\n12\t0\t7,25\n",
            "t,x,y,name\n3,\"1,5\",-2,\"left, \"\"ear\"\"\"\n12,0,\"7,25\"\n",
            "# points of a test\n# y, x, t, label\n-2,1.5,3,\"left, \"\"ear\"\"\"\n7.25,0,12\n",
            "# y x t label\n-2,1.5,3,\"left, \"\"ear\"\"\"\n7.25,0,12\n",
        ] {
            assert_eq!(parse_text(text), expected, "{text}");
        }
        assert_eq!(parse_text(""), Ok(vec![]));
        assert_eq!(parse_text("t,x,y\n"), Ok(vec![]));
    }

    #[test]
    fn spreadsheets_write_two_bytes_a_letter() {
        let text = "t\tx\ty\tname\r\n5\t75,5\t150\tOhr ä\r\n";
        let little: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> = [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        let expected = Ok(vec![(Some("Ohr ä".to_owned()), query(5, 75.5, 150.0))]);
        assert_eq!((parse_queries(&little), parse_queries(&big)), (expected.clone(), expected));
    }

    #[test]
    fn columns_go_by_their_names_not_by_their_places() {
        let lamp = |name: Option<&str>| Ok(vec![(name.map(str::to_owned), query(0, 250.0, 120.0))]);
        for (text, name) in [
            ("t,y,x,name\n0,120,250,lamp\n", Some("lamp")),
            ("t,y,x\n0,120,250\n", None),
            ("track_id,t,y,x\n7,0,120,250\n", Some("7")),
            ("track,frame,x,y\n7,0,250,120\n", Some("7")),
            ("frame,x,y\n0,250,120\n", None),
            (",index,axis-0,axis-1,axis-2\n0,0,0.0,120.0,250.0\n", None),
            ("Label;Y;X;Frame\nlamp;120,0;250,0;0\n", Some("lamp")),
        ] {
            assert_eq!(parse_text(text), lamp(name), "{text}");
        }
    }

    #[test]
    fn rows_of_one_track_are_one_point_from_its_first_frame_on() {
        let tracks = parse(b"track,frame,x,y,visible\n0,5,3,4,1\n0,4,1,2,0\n1,9,7,8,1\n").unwrap();
        let begun: Vec<_> = tracks.iter().map(|track| (track.query, track.samples.len())).collect();
        assert_eq!(begun, [(query(4, 1.0, 2.0), 2), (query(9, 7.0, 8.0), 1)]);
        assert_eq!(tracks[0].samples.iter().map(|(_, s)| s.visible).collect::<Vec<_>>(), [false, true]);
        // Points that merely have the same name stay what they are.
        assert_eq!(parse(b"name,t,x,y\nnose,5,3,4\nnose,5,1,2\n").unwrap().len(), 2);
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
            ("0 1 2", 1, "no column for the frame among '0 1 2'"),
            ("0,1", 1, "expected t,x,y or t,x,y,name, found 2 field"),
            ("0,1,2,a,b", 1, "found 5 field"),
            ("0,1,2\nt,x,y", 2, "x 'x' is not a number"),
            ("t,x,y\n0,60,5,150\n", 2, "this row has 4 field(s), the header 3"),
            ("t,x,y\n0,60,5,150,25\n", 2, "decimal commas between semicolons"),
            ("t,x,y\n0,60\n", 2, "this row has 2 field(s), the header 3"),
            ("\nx,y\n60,150\n", 2, "no column for the frame"),
            ("time;lat;lon\n1;2;3\n", 1, WANTED),
            ("0;60,5;150.25\n", 1, "'60,5' has a decimal comma, '150.25' a decimal point"),
            ("0;1,234;2,345\n", 1, "'1,234' may be 1.234 or 1234"),
            ("0;1.234,5;2\n", 1, "x '1.234,5' is not a number"),
            ("track,t,x,y\n0,1,2,3\n0,1,4,5\n", 3, "'0' is in two places on frame 1"),
            ("track,t,x,y\n1,1,2,3\n1.0,1,4,5\n", 3, "'1' is in two places on frame 1"),
            ("t,x,y,name\n2,30,50,\"unclosed\n3,31,51,b\n4,32,52,c\n", 2, "a quotation mark is opened"),
            ("1,2,30,50\n2,3,31,51\n", 1, "may be t,x,y,name or id,t,x,y"),
            ("id,frame,x,y\n1,2,,\n", 2, "this row has no frame, x or y"),
        ] {
            let (at, problem) = parse_text(text).unwrap_err();
            assert!(problem.contains(cause), "{text}: {problem}");
            assert_eq!(at, line, "{text}");
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

        #[test]
        fn any_table_gives_points_or_an_error(text in "[0-9txy,;#\t\n\".= -]{0,60}") {
            if let Ok(queries) = parse_text(&text) {
                prop_assert!(queries.iter().all(|(_, q)| q.point.x.is_finite() && q.point.y.is_finite()));
            }
        }
    }
}
