//! What is known of the clip and its points, and where everything goes.

use super::choices::{ExportChoices, Points, RangeKind};
use crate::app::canvas::look::Look;
use crate::app::clip::room::ClipRoom;
use crate::app::model::status::ModelStatus;
use crate::export::source_of;
use crate::geometry::{FrameIndex, Size};
use crate::media::ClipCodec;
use crate::overlay::OverlayStyle;
use crate::session::{Clip, ModelInfo};
use crate::tracks::{About, AboutSettings, AboutSource, AboutWeights, Track, TrackId, TrackMode, TrackStore};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the dialog knows of the clip and its points.
#[derive(Clone)]
pub(super) struct Facts {
    pub(super) tracks: Arc<TrackStore>,
    pub(super) selection: Vec<TrackId>,
    pub(super) in_out: Option<(FrameIndex, FrameIndex)>,
    pub(super) last: FrameIndex,
    /// What the clip's first frame is called.
    pub(super) first_number: u32,
    pub(super) size: Size,
    pub(super) has_audio: bool,
    pub(super) times_secs: Arc<[f64]>,
    pub(super) about: About,
    pub(super) view: OverlayStyle,
}

impl Facts {
    pub(super) fn of(room: &ClipRoom, model: &ModelStatus, look: &Look) -> Option<Self> {
        let clip = room.session.clip()?;
        let info = clip.info();
        let last = FrameIndex::new(info.num_frames().saturating_sub(1));
        Some(Self {
            tracks: Arc::clone(clip.tracks()),
            selection: room.canvas.selection.clone(),
            in_out: room.range,
            last,
            first_number: info.first_number,
            size: info.shown_size(),
            has_audio: info.has_audio,
            times_secs: Arc::clone(&info.times_secs),
            about: about(clip, model, last),
            view: look.overlay(),
        })
    }

    /// The points that a choice means, `None` for all of them.
    pub(super) fn points(&self, points: Points) -> Option<Vec<TrackId>> {
        let those = |is_meant: &dyn Fn(&Track) -> bool| {
            Some(self.tracks.tracks().filter(|track| is_meant(track)).map(|track| track.id).collect())
        };
        match points {
            Points::All => None,
            Points::Selected => those(&|track| self.selection.contains(&track.id)),
            Points::Shown => those(&|track| !track.hidden),
        }
    }

    pub(super) fn num_points(&self, points: Points) -> usize {
        self.points(points).map_or(self.tracks.len(), |points| points.len())
    }

    /// The frames that a choice means.
    pub(super) fn frames(&self, range: RangeKind, typed: (u32, u32)) -> RangeInclusive<FrameIndex> {
        let whole = FrameIndex(0)..=self.last;
        match range {
            RangeKind::Clip => whole,
            RangeKind::InOut => self.in_out.map_or(whole, |(first, last)| first..=last),
            RangeKind::Frames => {
                let last = typed.1.min(self.last.0);
                FrameIndex(typed.0.min(last))..=FrameIndex(last)
            }
        }
    }

    /// How long frames last.
    pub(super) fn secs(&self, frames: &RangeInclusive<FrameIndex>) -> f64 {
        let time = |frame: FrameIndex| self.times_secs.get(frame.get()).copied().unwrap_or_default();
        let last_stays = 1.0 / self.about.source.frame_rate.max(1.0);
        (time(*frames.end()) - time(*frames.start())).max(0.0) + last_stays
    }
}

/// One place that an export writes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    File(PathBuf),
    /// A folder of pictures whose names begin like this.
    Folder(PathBuf, String),
}

impl Target {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Folder(path, _) => path,
        }
    }
}

/// Names under one base.
pub(super) struct Names<'a> {
    pub(super) base: &'a str,
}

impl Names<'_> {
    pub(super) fn with_ending(&self, ending: &str) -> PathBuf {
        PathBuf::from(format!("{}.{ending}", self.base))
    }

    pub(super) fn clip(&self, codec: Option<ClipCodec>) -> PathBuf {
        self.with_ending(codec.map_or("mp4", ClipCodec::extension))
    }

    pub(super) fn folder(&self) -> PathBuf {
        PathBuf::from(format!("{}_png", self.base))
    }

    pub(super) fn picture_name(&self) -> String {
        Path::new(self.base).file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Where the tables that are chosen go.
    pub(super) fn tables(&self, choices: &ExportChoices) -> impl Iterator<Item = PathBuf> {
        choices.tables().into_iter().map(|format| self.with_ending(format.extension()))
    }

    /// Where everything that is chosen goes.
    pub(super) fn targets(&self, choices: &ExportChoices, codec: Option<ClipCodec>) -> Vec<Target> {
        let tables = self.tables(choices).map(Target::File);
        let clip = choices.formats.clip.then(|| Target::File(self.clip(codec)));
        let folder = choices.formats.png.then(|| Target::Folder(self.folder(), self.picture_name()));
        tables.chain(clip).chain(folder).collect()
    }
}

fn about(clip: &Clip, model: &ModelStatus, last: FrameIndex) -> About {
    let info = clip.info();
    let source = AboutSource { path: clip.path().display().to_string(), ..source_of(info) };
    let mode = model.ready().map_or(TrackMode::Window, |model| model.tracker.mode(&model.config));
    about_source(source, mode, model, last)
}

/// Where the numbers come from, the model's part included.
pub(super) fn about_source(source: AboutSource, mode: TrackMode, model: &ModelStatus, last: FrameIndex) -> About {
    let size = source.size;
    let own_size = |m: &ModelInfo| match mode {
        TrackMode::Window | TrackMode::Offline => m.config.clip_size(),
        TrackMode::Live => m.config.model_size(),
    };
    let none = || (AboutWeights { name: String::new(), sha256: String::new() }, String::new());
    let ready = |model: &ModelInfo| {
        (AboutWeights { name: model.weights.clone(), sha256: model.weights_sha256.clone() }, model.device.clone())
    };
    let model = model.ready();
    let (weights, device) = model.map_or_else(none, ready);
    About {
        source,
        weights,
        device,
        settings: AboutSettings {
            mode,
            model_size: model.map_or(size, |m| m.tracker.model_size.unwrap_or(own_size(m))),
            iterations: model.map_or(0, |m| m.tracker.iters.unwrap_or(m.config.iters)),
            support_grid: model.map_or(0, |m| m.tracker.support_grid),
            start: FrameIndex(0),
            end: last,
            visible_above: model.map_or(0.0, |m| m.config.visible_above),
        },
    }
}
