//! What a point is on the shown frame, in words and as a marker.

use crate::geometry::{FrameIndex, SourcePoint};
use crate::overlay::{Emphasis, Marker, MarkerState, Palette};
use crate::session::{Clip, RunEnd, RunState};
use crate::tracks::{Sample, Track, TrackId};

/// What a point is on the shown frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PointState {
    Visible,
    Hidden,
    BeforeQuery,
    Waiting,
    Following,
    NotTracked,
    Failed,
}

impl PointState {
    pub(super) fn of(clip: &Clip, track: &Track, sample: Option<Sample>, shown: FrameIndex) -> Self {
        match sample {
            Some(sample) if sample.visible => return Self::Visible,
            Some(_) => return Self::Hidden,
            None => {}
        }
        let run = clip.run_of(track.id);
        match run.and_then(|run| clip.run_state(run)) {
            Some(RunState::Ended(RunEnd::Failed(_))) => Self::Failed,
            _ if shown < track.query.frame => Self::BeforeQuery,
            Some(RunState::Waiting) => Self::Waiting,
            Some(RunState::Following { .. }) => Self::Following,
            _ => Self::NotTracked,
        }
    }

    /// In a word; `first_number` is what the clip's first frame is called.
    pub(super) fn text(self, track: &Track, first_number: u32) -> String {
        match self {
            Self::Visible => "visible".into(),
            Self::Hidden => "hidden".into(),
            Self::BeforeQuery => format!("from {}", track.query.frame.0.saturating_add(first_number)),
            Self::Waiting => "waiting".into(),
            Self::Following => "tracking".into(),
            Self::NotTracked => "not tracked".into(),
            Self::Failed => "failed".into(),
        }
    }

    pub(super) fn marker(self) -> MarkerState {
        match self {
            Self::Visible => MarkerState::Visible,
            Self::Hidden => MarkerState::Hidden,
            _ => MarkerState::Pending,
        }
    }
}

/// Why a point has no results, where that is known.
pub(super) fn failure(clip: Option<&Clip>, track: TrackId) -> Option<String> {
    let clip = clip?;
    match clip.run_state(clip.run_of(track)?)? {
        RunState::Ended(RunEnd::Failed(message)) => Some(message.clone()),
        RunState::Ended(RunEnd::Cancelled) => Some("tracking was stopped".to_owned()),
        _ => None,
    }
}

/// The marker of a track for a list, wherever that draws it; `place` is the track's in the palette.
pub(crate) fn list_marker(palette: Palette, place: usize, state: MarkerState) -> Marker {
    Marker {
        track: TrackId(0),
        point: SourcePoint::default(),
        shape: palette.shape(place),
        colour: palette.colour(place),
        radius: 5.0,
        state,
        emphasis: Emphasis::None,
    }
}
