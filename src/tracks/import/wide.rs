//! Tables of DeepLabCut and SLEAP: a row for each frame, columns for each point.

use super::ImportedTrack;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::tracks::track::{Query, Sample, SampleSource};
use std::collections::BTreeMap;

/// A score from which both programs take a point to be there.
const SEEN_ABOVE: f32 = 0.6;

/// A line, from 1, and what is wrong with it.
type Problem = (u64, String);

/// The three columns of a point.
#[derive(Default)]
struct Columns {
    x: Option<usize>,
    y: Option<usize>,
    score: Option<usize>,
}

/// What is known of the points so far, in the order of their columns.
#[derive(Default)]
struct Points(Vec<(String, BTreeMap<FrameIndex, Sample>)>);

/// Reads such a table; `None` where the text is something else.
pub(super) fn parse(text: &str) -> Option<Result<Vec<ImportedTrack>, Problem>> {
    let first = text.lines().next()?.trim_start_matches('\u{feff}').trim();
    if first.starts_with("scorer,") {
        Some(deeplabcut(text))
    } else if first.starts_with("track,frame_idx,") {
        Some(sleap(text))
    } else {
        None
    }
}

fn records(text: &str) -> impl Iterator<Item = Result<(u64, csv::StringRecord), Problem>> {
    let text = text.trim_start_matches('\u{feff}');
    let reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(text.as_bytes());
    reader.into_records().map(|record| {
        let line = |position: Option<&csv::Position>| position.map_or(1, csv::Position::line);
        let record =
            record.map_err(|error| (line(error.position()), "this row has more or fewer fields".to_owned()))?;
        Ok((line(record.position()), record))
    })
}

/// Header rows up to `coords` say whose a column is; predictions have the frame first, labels the picture's name.
fn deeplabcut(text: &str) -> Result<Vec<ImportedTrack>, Problem> {
    let mut rows = records(text);
    let mut names: Vec<Vec<String>> = Vec::new();
    let (mut columns, mut num_indices): (Vec<(String, Columns)>, _) = (Vec::new(), 1);
    let mut points = Points::default();
    for row in &mut rows {
        let (line, row) = row?;
        match row.get(0) {
            Some("scorer") => {}
            Some("individuals" | "bodyparts") => names.push(row.iter().map(str::to_owned).collect()),
            Some("coords") => {
                num_indices = row.iter().position(|cell| cell == "x").ok_or((line, "no column is called x".into()))?;
                columns = columns_by_name(&names, &row, num_indices);
            }
            _ if columns.is_empty() => return Err((line, "the row 'coords' is missing".to_owned())),
            _ => {
                let index = &row[num_indices - 1];
                let digits = index.rsplit(['/', '\\']).next().unwrap_or(index).chars().filter(char::is_ascii_digit);
                points.take(line, &digits.collect::<String>(), &row, "", &columns)?;
            }
        }
    }
    Ok(points.tracks())
}

fn columns_by_name(names: &[Vec<String>], coords: &csv::StringRecord, first: usize) -> Vec<(String, Columns)> {
    let mut columns: Vec<(String, Columns)> = Vec::new();
    for at in first..coords.len() {
        let whose: Vec<&str> = names.iter().filter_map(|row| row.get(at)).map(String::as_str).collect();
        place(&mut columns, &whose.join(" "), &coords[at], at);
    }
    columns
}

/// Puts a column to those of its point.
fn place(columns: &mut Vec<(String, Columns)>, name: &str, what: &str, at: usize) {
    let known = columns.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
        columns.push((name.to_owned(), Columns::default()));
        columns.len() - 1
    });
    let point = &mut columns[known].1;
    match what {
        "x" => point.x = Some(at),
        "y" => point.y = Some(at),
        "likelihood" | "score" => point.score = Some(at),
        _ => {}
    }
}

/// The header names node and column, `nose.x`; a row is one instance on one frame.
fn sleap(text: &str) -> Result<Vec<ImportedTrack>, Problem> {
    let mut rows = records(text);
    let mut columns = Vec::new();
    let Some(header) = rows.next().transpose()? else { return Ok(Vec::new()) };
    for (at, cell) in header.1.iter().enumerate().skip(3) {
        if let Some((node, what)) = cell.rsplit_once('.') {
            place(&mut columns, node, what, at);
        }
    }
    let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
    let is_alone = rows.windows(2).all(|pair| pair[0].1.get(0) == pair[1].1.get(0));
    let mut points = Points::default();
    for (line, row) in rows {
        let instance = if is_alone { String::new() } else { format!("{} ", &row[0]) };
        points.take(line, &row[1], &row, &instance, &columns)?;
    }
    Ok(points.tracks())
}

impl Points {
    /// Takes the points of a row; those without a place are passed over.
    fn take(
        &mut self,
        line: u64,
        frame: &str,
        row: &csv::StringRecord,
        instance: &str,
        columns: &[(String, Columns)],
    ) -> Result<(), Problem> {
        let wrong = |what: &str, cell: &str| (line, format!("{what} '{cell}' is not a number"));
        let whole = frame.parse::<f64>().ok().filter(|frame| frame.fract() == 0.0 && *frame >= 0.0);
        let frame = FrameIndex(whole.ok_or_else(|| wrong("the frame", frame))? as u32);
        let number = |what: &str, at: Option<usize>| {
            let cell = at.and_then(|at| row.get(at)).unwrap_or_default();
            let number =
                if cell.is_empty() { Ok(f32::NAN) } else { cell.parse::<f32>().map_err(|_| wrong(what, cell)) };
            number.map(|number| number.is_finite().then_some(number))
        };
        for (name, Columns { x, y, score }) in columns {
            let samples = self.of(format!("{instance}{name}"));
            let (Some(x), Some(y)) = (number("x", *x)?, number("y", *y)?) else { continue };
            let score = number("the score", *score)?.unwrap_or(1.0).clamp(0.0, 1.0);
            let sample = Sample {
                point: SourcePoint::new(x, y),
                visibility: score,
                confidence: 1.0,
                probability: None,
                visible: score >= SEEN_ABOVE,
                source: SampleSource::Tracked,
            };
            samples.insert(frame, sample);
        }
        Ok(())
    }

    fn of(&mut self, name: String) -> &mut BTreeMap<FrameIndex, Sample> {
        let known = self.0.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            self.0.push((name, BTreeMap::new()));
            self.0.len() - 1
        });
        &mut self.0[known].1
    }

    fn tracks(self) -> Vec<ImportedTrack> {
        let track = |(name, samples): (String, BTreeMap<FrameIndex, Sample>)| {
            let (&frame, first) = samples.first_key_value()?;
            let query = Query { frame, point: first.point };
            Some(ImportedTrack { name: Some(name), query, samples: samples.into_iter().collect() })
        };
        self.0.into_iter().filter_map(track).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<(String, u32, f32, usize)> {
        let tracks = parse(text).unwrap().unwrap();
        let say =
            |track: ImportedTrack| (track.name.unwrap(), track.query.frame.0, track.query.point.x, track.samples.len());
        tracks.into_iter().map(say).collect()
    }

    #[test]
    fn predictions_and_labels_of_deeplabcut_are_tracks_by_body_part() {
        let predicted = "scorer,a,a,a,a,a,a\nbodyparts,nose,nose,nose,tail,tail,tail\n\
                         coords,x,y,likelihood,x,y,likelihood\n0,1.5,2,0.9,,,\n1,2.5,3,0.2,7,8,1\n";
        assert_eq!(said(predicted), [("nose".into(), 0, 1.5, 2), ("tail".into(), 1, 7.0, 1)]);
        let nose = &parse(predicted).unwrap().unwrap()[0];
        assert_eq!(nose.samples.iter().map(|(_, sample)| sample.visible).collect::<Vec<_>>(), [true, false]);
        let labelled = "scorer,,,me,me\nbodyparts,,,nose,nose\ncoords,,,x,y\nlabeled-data,mouse2,img0012.png,4,5\n";
        assert_eq!(said(labelled), [("nose".into(), 12, 4.0, 1)]);
        let several =
            "scorer,a,a,a,a\nindividuals,m1,m1,m2,m2\nbodyparts,nose,nose,nose,nose\ncoords,x,y,x,y\n3,1,2,5,6\n";
        assert_eq!(said(several), [("m1 nose".into(), 3, 1.0, 1), ("m2 nose".into(), 3, 5.0, 1)]);
    }

    #[test]
    fn instances_of_sleap_keep_apart() {
        let one = "track,frame_idx,instance.score,a.x,a.y,a.score\ntrack_0,4,0.9,1,2,0.8\ntrack_0,5,0.9,,,\n";
        assert_eq!(said(one), [("a".into(), 4, 1.0, 1)]);
        let two = "track,frame_idx,instance.score,a.x,a.y,a.score\nt0,4,0.9,1,2,0.8\nt1,4,0.9,3,4,0.8\n";
        assert_eq!(said(two), [("t0 a".into(), 4, 1.0, 1), ("t1 a".into(), 4, 3.0, 1)]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_other_tables_are_left_alone() {
        let problem = |text: &str| parse(text).unwrap().unwrap_err();
        let wrong = "scorer,a,a\nbodyparts,n,n\ncoords,x,y\n0,one,2\n";
        assert_eq!(problem(wrong), (4, "x 'one' is not a number".to_owned()));
        assert_eq!(problem("scorer,a,a\n0,1,2\n").0, 2);
        assert_eq!(problem("scorer,a,a\nbodyparts,n\n").0, 2);
        assert_eq!(problem("track,frame_idx,s,a.x,a.y\nt,x,1,2,3\n"), (2, "the frame 'x' is not a number".to_owned()));
        assert!(parse("t,x,y\n0,1,2\n").is_none() && parse("").is_none());
    }
}
