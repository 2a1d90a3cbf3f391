//! Our own JSON and NPZ tables, read back.

use super::ImportedTrack;
use crate::calibration::Probability;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::tracks::track::{Query, Sample, SampleSource};
use ndarray::{Array1, Array2, Array3, ArrayBase, Dimension, OwnedRepr};
use ndarray_npy::{NpzReader, ReadableElement};
use serde::Deserialize;
use std::io::Cursor;

/// The arrays by name, as [`crate::tracks::Table::write`] writes them: numbers are null where there is no place.
#[derive(Deserialize)]
struct Arrays {
    frames: Vec<u32>,
    /// What the first frame of the source counts as.
    #[serde(default)]
    first_number: u32,
    #[serde(default)]
    names: Vec<String>,
    queries: Vec<(f64, f32, f32)>,
    tracks: Vec<Vec<(Option<f32>, Option<f32>)>>,
    visibility: Vec<Vec<Option<f32>>>,
    confidence: Vec<Vec<Option<f32>>>,
    visible: Vec<Vec<bool>>,
    /// Tables of earlier versions have none.
    #[serde(default)]
    probability: Vec<Vec<Option<f32>>>,
}

/// Reads a JSON table.
pub(super) fn from_json(bytes: &[u8]) -> Result<Vec<ImportedTrack>, String> {
    let arrays: Arrays = serde_json::from_slice(bytes).map_err(|error| format!("no JSON table of tracks ({error})"))?;
    arrays.tracks()
}

/// Reads an NPZ table.
pub(super) fn from_npz(bytes: &[u8]) -> Result<Vec<ImportedTrack>, String> {
    let mut npz = NpzReader::new(Cursor::new(bytes)).map_err(|error| format!("no NPZ table of tracks ({error})"))?;
    let queries: Array2<f32> = array(&mut npz, "queries")?;
    let tracks: Array3<f32> = array(&mut npz, "tracks")?;
    let frames: Array1<i64> = array(&mut npz, "frames")?;
    if queries.ncols() != 3 || tracks.dim().2 != 2 {
        return Err("queries [N, 3] and tracks [N, T, 2] are wanted".to_owned());
    }
    let known = |value: f32| Some(value).filter(|value| !value.is_nan());
    let shares = |array: Array2<f32>| {
        array.outer_iter().map(|row| row.iter().map(|share| known(*share)).collect()).collect::<Vec<Vec<_>>>()
    };
    let frame = |frame: &i64| u32::try_from(*frame).map_err(|_| format!("the frame {frame} is out of range"));
    let visible: Array2<bool> = array(&mut npz, "visible")?;
    let first_number: Option<ndarray::Array0<i64>> = array(&mut npz, "first_number").ok();
    let first_number = first_number.map_or(0, ndarray::Array0::into_scalar);
    let arrays = Arrays {
        frames: frames.iter().map(frame).collect::<Result<_, _>>()?,
        first_number: frame(&first_number)?,
        names: Vec::new(),
        queries: queries.outer_iter().map(|row| (f64::from(row[0]), row[1], row[2])).collect(),
        tracks: tracks
            .outer_iter()
            .map(|track| track.outer_iter().map(|xy| (known(xy[0]), known(xy[1]))).collect())
            .collect(),
        visibility: shares(array(&mut npz, "visibility")?),
        confidence: shares(array(&mut npz, "confidence")?),
        probability: array(&mut npz, "probability").map(shares).unwrap_or_default(),
        visible: visible.outer_iter().map(|row| row.to_vec()).collect(),
    };
    arrays.tracks()
}

fn array<A: ReadableElement, D: Dimension>(
    npz: &mut NpzReader<Cursor<&[u8]>>,
    name: &str,
) -> Result<ArrayBase<OwnedRepr<A>, D>, String> {
    npz.by_name(name).map_err(|error| format!("no NPZ table of tracks: the array '{name}' cannot be read ({error})"))
}

impl Arrays {
    /// Takes the arrays apart, track by track.
    fn tracks(&self) -> Result<Vec<ImportedTrack>, String> {
        let (n, t) = (self.queries.len(), self.frames.len());
        let fits = self.tracks.len() == n
            && self.tracks.iter().all(|row| row.len() == t)
            && [&self.visibility, &self.confidence].iter().all(|a| a.len() == n && a.iter().all(|row| row.len() == t))
            && (self.probability.is_empty() || self.probability.len() == n)
            && self.probability.iter().all(|row| row.len() == t)
            && self.visible.len() == n
            && self.visible.iter().all(|row| row.len() == t)
            && (self.names.is_empty() || self.names.len() == n)
            && self.frames.is_sorted_by(|a, b| a < b);
        if !fits {
            return Err("the arrays of this table of tracks do not fit together".to_owned());
        }
        (0..n).map(|track| self.track(track)).collect()
    }

    fn track(&self, track: usize) -> Result<ImportedTrack, String> {
        let (number, x, y) = self.queries[track];
        let frame = number - f64::from(self.first_number);
        let is_frame = frame.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&frame);
        if !(is_frame && x.is_finite() && y.is_finite()) {
            return Err(format!("the query {track} ({number}, {x}, {y}) is no point"));
        }
        let query = Query { frame: FrameIndex(frame as u32), point: SourcePoint::new(x, y) };
        let sample = |at: usize| {
            let (x, y) = self.tracks[track][at];
            let point = SourcePoint::new(x?, y?);
            let share = |of: &[Vec<Option<f32>>]| of[track][at].unwrap_or(1.0).clamp(0.0, 1.0);
            let (visibility, confidence) = (share(&self.visibility), share(&self.confidence));
            let visible = self.visible[track][at];
            let probability = self.probability.get(track).and_then(|row| row[at]);
            let probability = probability.map(|share| Probability::new(share.clamp(0.0, 1.0)));
            let sample = Sample { point, visibility, confidence, probability, visible, source: SampleSource::Tracked };
            let is_finite = point.x.is_finite() && point.y.is_finite();
            let frame = self.frames[at].checked_sub(self.first_number)?;
            is_finite.then_some((FrameIndex(frame), sample))
        };
        let samples = (0..self.frames.len()).filter_map(sample).collect();
        Ok(ImportedTrack { name: self.names.get(track).cloned(), query, samples })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::tracks::import::text;
    use crate::tracks::{
        About, AboutSettings, AboutSource, AboutWeights, Chunk, Table, TableFormat, TableOptions, TrackMode,
        TrackStore, TrackTable,
    };

    /// Two tracks over frames 3 to 9; the second one begins later and is hidden for a while.
    fn store() -> TrackStore {
        let mut store = TrackStore::new();
        let query = |frame, x| Query { frame: FrameIndex(frame), point: SourcePoint::new(x, 0.3) };
        let (run, _) = store.add_run([(Some("nose, left".to_owned()), query(3, 0.1)), (None, query(5, 7.7))]);
        let sample = |frame: u32, x: f32| Sample {
            point: SourcePoint::new(x + (frame as f32).sqrt(), 0.3),
            visibility: 1.0 / frame as f32,
            confidence: 0.9,
            probability: (frame > 6).then(|| Probability::new(1.0 / frame as f32)),
            visible: !frame.is_multiple_of(4),
            source: SampleSource::Tracked,
        };
        let samples = (3..10).flat_map(|t| [Some(sample(t, 0.1)), (t >= 5).then(|| sample(t, 7.7))]).collect();
        store.advance(run, Some(Chunk { first: FrameIndex(3), num_tracks: 2, samples }), None);
        store
    }

    fn written(store: &TrackStore, format: TableFormat, first_number: u32) -> Vec<u8> {
        let size = Size::new(64, 48);
        let about = About {
            source: AboutSource { path: "clip.mp4".into(), size, frame_rate: 25.0, num_frames: 12, pixel_aspect: 1.0 },
            weights: AboutWeights { name: "none".into(), sha256: String::new() },
            device: "none".into(),
            settings: AboutSettings {
                mode: TrackMode::Window,
                model_size: size,
                iterations: 1,
                support_grid: 0,
                start: FrameIndex(3),
                end: FrameIndex(9),
                visible_above: 0.6,
            },
        };
        let times_secs: Vec<f64> = (0..12).map(|frame| f64::from(frame) / 25.0).collect();
        let options = TableOptions { first_number, ..TableOptions::default() };
        let frames = FrameIndex(3)..=FrameIndex(9);
        let table = TrackTable { store, frames, times_secs: &times_secs, about: &about, options: &options };
        let mut bytes = Cursor::new(Vec::new());
        table.write(format, &mut bytes).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn our_own_tables_come_back_as_the_tracks_that_they_were() {
        let store = store();
        for (format, first_number) in TableFormat::ALL.into_iter().flat_map(|it| [(it, 0), (it, 1), (it, 1001)]) {
            let bytes = written(&store, format, first_number);
            let tracks = match format {
                TableFormat::Csv => text::parse(&bytes).unwrap(),
                TableFormat::Json => from_json(&bytes).unwrap(),
                TableFormat::Npz => from_npz(&bytes).unwrap(),
                TableFormat::Tool(_) => unreachable!("not one of ours"),
            };
            let mut again = TrackStore::new();
            let (_, ids) = again.add_tracks(&tracks);
            assert_eq!(ids.len(), 2);
            for (track, id) in store.tracks().zip(ids) {
                let imported = again.track(id).unwrap();
                assert_eq!(imported.query.frame, track.query.frame, "{format:?} {first_number}");
                assert!(format == TableFormat::Npz || imported.name == track.name, "{format:?}");
                let frames = || FrameIndex(0)..=FrameIndex(11);
                assert!(store.samples_of(track.id, frames()).eq(again.samples_of(id, frames())), "{format:?}");
            }
        }
    }

    #[test]
    fn arrays_that_do_not_fit_together_are_refused() {
        let json = String::from_utf8(written(&store(), TableFormat::Json, 0)).unwrap();
        for (from, to) in [
            ("\"frames\": [3,4,", "\"frames\": [4,"),
            ("\"frames\": [3,4,", "\"frames\": [4,3,"),
            ("[3,0.1,0.3]", "[-3,0.1,0.3]"),
            ("[3,0.1,0.3]", "[3,null,0.3]"),
            ("\"visible\"", "\"seen\""),
        ] {
            assert!(json.contains(from), "{json}");
            assert!(from_json(json.replace(from, to).as_bytes()).is_err(), "{to}");
        }
        let npz = written(&store(), TableFormat::Npz, 0);
        for length in [0, 30, npz.len() / 2, npz.len() - 1] {
            assert!(from_npz(&npz[..length]).is_err(), "{length} bytes");
        }
    }
}
