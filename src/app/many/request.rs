//! What the user chose, as the words of `cotrail batch`.

use crate::model::DeviceChoice;
use crate::session::ModelOptions;
use crate::tracker::Zoom;
use crate::tracks::{TableFormat, ToolFormat, TrackStore, Treatment};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The table of points, in the folder of results.
const POINTS: &str = "points.csv";

/// Which points are followed in each clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ManyPoints {
    /// Those of the clip in the window, from the same places on the same frames.
    OfClip,
    /// A grid over each clip's first frame.
    Grid,
    /// Projects and tables of clips say it themselves.
    Own,
}

/// The words that say which network, and where it runs.
pub(crate) fn network_words(ModelOptions { weights, device, .. }: &ModelOptions) -> [OsString; 4] {
    let device = match device {
        DeviceChoice::Auto => "auto",
        DeviceChoice::Gpu => "gpu",
        DeviceChoice::Cpu => "cpu",
    };
    ["--weights".into(), weights.into(), "--device".into(), device.into()]
}

/// What the user chose.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ManyRequest {
    /// Clips, projects, folders and tables of them.
    pub(crate) clips: Vec<PathBuf>,
    pub(crate) points: ManyPoints,
    /// Points along a side of the grid.
    pub(crate) grid: u16,
    /// Where results go.
    pub(crate) folder: String,
    pub(crate) writes_csv: bool,
    pub(crate) writes_video: bool,
    pub(crate) tools: BTreeSet<ToolFormat>,
    /// How many clips are followed at a time.
    pub(crate) at_once: u16,
}

impl Default for ManyRequest {
    fn default() -> Self {
        let (points, tools) = (ManyPoints::OfClip, BTreeSet::new());
        let folder = String::new();
        Self { clips: Vec::new(), points, grid: 5, folder, writes_csv: true, writes_video: false, tools, at_once: 1 }
    }
}

impl ManyRequest {
    /// What is missing before it can begin.
    pub(crate) fn lacks(&self) -> Option<&'static str> {
        if self.clips.is_empty() {
            Some("Add a clip.")
        } else if !self.writes_csv && !self.writes_video && self.tools.is_empty() {
            Some("Choose at least one format.")
        } else if self.folder.trim().is_empty() {
            Some("Say which folder the results go to.")
        } else {
            None
        }
    }

    /// The words of the command after `batch`.
    pub(crate) fn words(&self, model: Option<&ModelOptions>, treatment: Option<&Treatment>) -> Vec<OsString> {
        let folder = Path::new(self.folder.trim());
        let mut words: Vec<OsString> = self.clips.iter().map(Into::into).collect();
        words.extend(model.map(network_words).into_iter().flatten());
        let mut add = |option: &str, value: OsString| words.extend([option.into(), value]);
        match self.points {
            ManyPoints::OfClip => add("--queries", folder.join(POINTS).into()),
            ManyPoints::Grid => add("--grid", self.grid.to_string().into()),
            ManyPoints::Own => {}
        }
        let own = self.writes_csv.then_some(TableFormat::Csv);
        for format in own.into_iter().chain(self.tools.iter().map(|tool| TableFormat::Tool(*tool))) {
            add("--out", folder.join(format!("{{name}}.{}", format.extension())).into());
        }
        if self.writes_video {
            add("--video", folder.join("{name}_tracks.mp4").into());
        }
        add("--jobs", self.at_once.to_string().into());
        if let Some(ModelOptions { tracker, .. }) = model {
            if let Some(size) = tracker.model_size {
                add("--size", size.to_string().into());
            }
            if let Some(iters) = tracker.iters {
                add("--iters", iters.to_string().into());
            }
            if tracker.span_bytes.is_some() {
                add("--mode", "offline".into());
            }
            match tracker.zoom {
                Some(Zoom::Auto) => add("--zoom", "auto".into()),
                Some(Zoom::Size(size)) => add("--zoom", size.to_string().into()),
                None => {}
            }
        }
        let treatment = treatment.copied().unwrap_or_default();
        if let Some(side) = treatment.plane {
            add("--plane", side.to_string().into());
        }
        words.extend(treatment.polish.then(|| "--polish".into()));
        words
    }

    /// Writes the table of points where the command looks for it: `t,x,y,name`, a row for each track.
    ///
    /// # Errors
    /// If the folder cannot be made, or the table not be written.
    pub(crate) fn write_points(folder: &Path, tracks: &TrackStore) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let mut table = csv::Writer::from_path(folder.join(POINTS))?;
        table.write_record(["t", "x", "y", "name"])?;
        for track in tracks.tracks() {
            let (frame, point) = (track.query.frame.0, track.query.point);
            table.write_record([&frame.to_string(), &point.x.to_string(), &point.y.to_string(), &track.name])?;
        }
        table.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{FrameIndex, SourcePoint};
    use crate::tracks::{Query, read_queries};

    #[test]
    fn the_words_say_what_was_chosen() {
        let mut request = ManyRequest { clips: vec!["a b.mp4".into(), "more".into()], ..ManyRequest::default() };
        assert_eq!(request.lacks(), Some("Say which folder the results go to."));
        request.folder = "out".to_owned();
        request.tools.insert(ToolFormat::DeepLabCut);
        let words = |request: &ManyRequest| {
            let words = request.words(None, Some(&Treatment { polish: true, ..Treatment::default() }));
            words.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join("|")
        };
        let expected = "a b.mp4|more|--queries|out/points.csv|--out|out/{name}.csv|--out|out/{name}.deeplabcut.csv|\
                        --jobs|1|--polish";
        assert_eq!(words(&request), expected);
        assert_eq!(request.lacks(), None);
        let grid = ManyRequest { points: ManyPoints::Grid, writes_video: true, ..request };
        assert!(words(&grid).contains("--grid|5|") && words(&grid).contains("--video|out/{name}_tracks.mp4"));
    }

    #[test]
    fn the_table_of_points_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut tracks = TrackStore::new();
        let query = Query { frame: FrameIndex(3), point: SourcePoint::new(1.25, 700.5) };
        tracks.add_run([(Some("left, \"hip\"".to_owned()), query)]);
        let into = folder.path().join("new/results");
        ManyRequest::write_points(&into, &tracks).unwrap();
        let read = read_queries(&into.join(POINTS)).unwrap();
        assert_eq!(read, [(Some("left, \"hip\"".to_owned()), query)]);
    }
}
