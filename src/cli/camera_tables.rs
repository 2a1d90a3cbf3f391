//! The tables of a camera's tracks: opened before it is followed, written when that is over.

use super::config::{CameraConfig, ModeConfig};
use super::failure::warn;
use super::outputs::{self, refuse_to_replace};
use super::progress::Progress;
use crate::export::{TableExport, export_log};
use crate::geometry::FrameIndex;
use crate::media::{CameraFormat, CameraId};
use crate::model::Network;
use crate::project::Places;
use crate::session::{LiveSetting, LogKeeping, TrackKeeper};
use crate::sync::CancelToken;
use crate::tracker::LiveOptions;
use crate::tracks::{About, AboutSource, LiveLine, LogLimits, TableOptions, TrackId, TrackLog};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Places that were found writable, and what will be written there.
pub(super) struct CameraTables {
    places: Vec<(PathBuf, TableExport)>,
    /// None where no table is wanted.
    keeper: Option<TrackKeeper>,
    names: BTreeMap<TrackId, String>,
}

impl CameraTables {
    /// Opens every table that the command line asks for.
    pub(super) fn open(config: &CameraConfig) -> anyhow::Result<Self> {
        let mut places = Vec::new();
        for path in &config.tables {
            if let Some(points) = &config.points.file {
                refuse_to_replace(path, points, "the table of points")?;
            }
            places.push((path.clone(), TableExport::open(path)?));
        }
        let keeper = (!places.is_empty()).then(|| {
            let log = Arc::new(TrackLog::new(LogLimits::default()));
            let folder = Places::of_the_user().map(|places| places.streams());
            TrackKeeper::start(log, &LogKeeping { folder, ..LogKeeping::default() }, warn)
        });
        Ok(Self { places, keeper, names: BTreeMap::new() })
    }

    /// A frame was followed.
    pub(super) fn push(&self, line: &LiveLine) {
        if let Some(keeper) = &self.keeper {
            keeper.push(line);
        }
    }

    /// What the user calls a point.
    pub(super) fn name(&mut self, track: TrackId, name: String) {
        self.names.insert(track, name);
    }

    /// Writes the tables. Whatever goes wrong with one, the others are written; the first cause is told.
    pub(super) fn write(self, about: &About, progress: &Progress, cancel: &CancelToken) -> anyhow::Result<()> {
        let Some(keeper) = &self.keeper else { return Ok(()) };
        let (view, options) = (keeper.log().view(), TableOptions::default());
        let mut failure = None;
        for (path, place) in self.places {
            match export_log(place, &view, &self.names, about.clone(), &options, cancel) {
                Ok(report) => {
                    let (path, frames) = (path.display(), report.num_frames);
                    progress.note(format_args!("wrote {path} ({frames} frames)"));
                    if let Some(note) = report.note {
                        warn(format_args!("{path} is {note}"));
                    }
                }
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(()), |error| Err(error.into()))
    }
}

/// Where the numbers come from; which frames there are is known in the end.
pub(super) fn about(
    config: &CameraConfig,
    id: &CameraId,
    format: CameraFormat,
    network: &Network,
    setting: LiveSetting,
) -> About {
    let source = AboutSource {
        path: format!("camera:{} ({})", config.camera, id.name),
        size: format.size,
        frame_rate: format.frame_rate.per_sec(),
        num_frames: 0,
        pixel_aspect: 1.0,
    };
    let nothing = FrameIndex(0)..=FrameIndex(0);
    let LiveSetting { model_size, iters } = setting;
    let options = LiveOptions { model_size: Some(model_size), iters, ..config.options.clone() };
    outputs::about(source, network, &ModeConfig::Live(options), &nothing)
}
