//! What the user can do to tracks.

mod following;

pub use following::{WantedRun, Ways};

use super::measures::Measures;
use super::store::TrackStore;
use super::track::{Query, Track, TrackId};
use super::treatment::Treatment;
use crate::geometry::FrameIndex;
use crate::measure::MeasureError;
use std::sync::Arc;

/// A change of tracks that already have their results. None of them touches raw results.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Calls a track by another name.
    Rename {
        /// Which one.
        track: TrackId,
        /// Its name from now on.
        name: String,
    },
    /// Hides tracks from view, or shows them again.
    SetHidden {
        /// Which ones.
        tracks: Vec<TrackId>,
        /// Whether they are hidden.
        hidden: bool,
    },
    /// Keeps tracks from changes, or allows them again.
    SetLocked {
        /// Which ones.
        tracks: Vec<TrackId>,
        /// Whether they are locked.
        locked: bool,
    },
    /// Puts tracks into a group, or takes them out of theirs.
    SetGroup {
        /// Which ones.
        tracks: Vec<TrackId>,
        /// The group's name.
        group: Option<String>,
    },
    /// Says whether tracks end where they leave the picture.
    SetEndsOutside {
        /// Which ones.
        tracks: Vec<TrackId>,
        /// Whether they do; as the treatment says where `None`.
        ends: Option<bool>,
    },
    /// Gives tracks another colour.
    SetColour {
        /// Which ones.
        tracks: Vec<TrackId>,
        /// The place in the palette (before wrapping round).
        colour: usize,
    },
    /// Deletes tracks.
    Delete {
        /// Which ones.
        tracks: Vec<TrackId>,
    },
    /// Takes the results of one frame away.
    ClearFrame {
        /// Of which tracks.
        tracks: Vec<TrackId>,
        /// The frame.
        frame: FrameIndex,
    },
    /// Takes the results after a frame away.
    ClearAfter {
        /// Of which tracks.
        tracks: Vec<TrackId>,
        /// The last frame that stays.
        frame: FrameIndex,
    },
    /// Takes the results before a frame away.
    ClearBefore {
        /// Of which tracks.
        tracks: Vec<TrackId>,
        /// The first frame that stays.
        frame: FrameIndex,
    },
    /// Makes two tracks of one.
    Split {
        /// Which one.
        track: TrackId,
        /// The first frame of the second one.
        frame: FrameIndex,
    },
    /// Makes one track of two: the one that starts later takes over where it starts.
    Merge {
        /// The one whose name and looks stay.
        first: TrackId,
        /// The one that goes into it.
        second: TrackId,
    },
    /// Exchanges what two tracks are from a frame on.
    Swap {
        /// One of them.
        a: TrackId,
        /// The other.
        b: TrackId,
        /// The first frame that is exchanged.
        frame: FrameIndex,
    },
    /// Sets what is done to results when they are looked at.
    Treat(Treatment),
    /// Sets how tracks are measured, and what of them.
    Measure(Box<Measures>),
}

impl Edit {
    /// What it does, in words for a menu ("undo …").
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Rename { .. } => "rename",
            Self::SetHidden { hidden: true, .. } => "hide",
            Self::SetHidden { hidden: false, .. } => "show",
            Self::SetLocked { locked: true, .. } => "lock",
            Self::SetLocked { locked: false, .. } => "unlock",
            Self::SetGroup { .. } => "group",
            Self::SetEndsOutside { .. } => "outside the picture",
            Self::SetColour { .. } => "colour",
            Self::Delete { .. } => "delete",
            Self::ClearFrame { .. } => "clear frame",
            Self::ClearAfter { .. } => "clear after",
            Self::ClearBefore { .. } => "clear before",
            Self::Split { .. } => "split",
            Self::Merge { .. } => "merge",
            Self::Swap { .. } => "swap",
            Self::Treat(_) => "results",
            Self::Measure(_) => "measure",
        }
    }
}

/// Why an edit makes no sense. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// There is no such track, or no track was named.
    #[error("there is no such point")]
    NoTrack,
    /// A track is locked.
    #[error("\"{0}\" is locked")]
    Locked(String),
    /// A track has nothing on a frame where it should have.
    #[error("\"{0}\" has no position there")]
    NothingThere(String),
    /// A track would be left with nothing.
    #[error("nothing would be left of \"{0}\"")]
    NothingLeft(String),
    /// There is no frame to be followed to.
    #[error("there is no frame that way")]
    NothingThatWay,
    /// A track would be merged with itself, or swapped.
    #[error("two different points are needed")]
    SameTrack,
    /// What is to be measured makes no sense.
    #[error(transparent)]
    Measure(#[from] MeasureError),
}

impl TrackStore {
    /// Applies an edit, or nothing of it.
    ///
    /// # Errors
    /// If the edit makes no sense, or a track that it changes is locked.
    pub fn apply(&mut self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::Rename { track, name } => {
                self.change(&[*track], |track| track.name.clone_from(name))?;
            }
            Edit::SetHidden { tracks, hidden } => {
                self.check(tracks)?;
                self.for_each(tracks, |track| track.hidden = *hidden);
            }
            Edit::SetLocked { tracks, locked } => {
                self.check(tracks)?;
                self.for_each(tracks, |track| track.locked = *locked);
            }
            Edit::SetGroup { tracks, group } => self.change(tracks, |track| track.group.clone_from(group))?,
            Edit::SetEndsOutside { tracks, ends } => self.change(tracks, |track| track.ends_outside = *ends)?,
            Edit::SetColour { tracks, colour } => self.change(tracks, |track| track.colour = *colour)?,
            Edit::Delete { tracks } => {
                self.check_unlocked(tracks)?;
                self.tracks_mut().retain(|track| !tracks.contains(&track.id));
            }
            Edit::ClearFrame { tracks, frame } => self.change(tracks, |track| {
                track.clear(*frame, Some(frame.after(1)));
                track.corrections.remove(frame);
            })?,
            Edit::ClearAfter { tracks, frame } => self.clear_after(tracks, *frame)?,
            Edit::ClearBefore { tracks, frame } => self.clear_before(tracks, *frame)?,
            Edit::Split { track, frame } => drop(self.split(*track, *frame)?),
            Edit::Merge { first, second } => self.merge(*first, *second)?,
            Edit::Swap { a, b, frame } => self.swap(*a, *b, *frame)?,
            Edit::Treat(treatment) => self.edits.treatment = *treatment,
            Edit::Measure(measures) => self.set_measures((**measures).clone())?,
        }
        Ok(())
    }

    /// Deletes a track, also a locked one; the other tracks of its run keep their samples. Returns whether it was
    /// there.
    pub fn remove(&mut self, id: TrackId) -> bool {
        let before = self.len();
        self.tracks_mut().retain(|track| track.id != id);
        self.len() < before
    }

    fn clear_after(&mut self, tracks: &[TrackId], frame: FrameIndex) -> Result<(), EditError> {
        self.check_unlocked(tracks)?;
        for track in self.tracks().filter(|track| tracks.contains(&track.id)) {
            if frame < self.start(track) {
                return Err(EditError::NothingLeft(track.name.clone()));
            }
        }
        self.for_each(tracks, |track| {
            track.clear(frame.after(1), None);
            track.corrections.retain(|at, _| *at <= frame);
        });
        Ok(())
    }

    fn clear_before(&mut self, tracks: &[TrackId], frame: FrameIndex) -> Result<(), EditError> {
        self.check_unlocked(tracks)?;
        let mut starts = Vec::new();
        for track in self.tracks().filter(|track| tracks.contains(&track.id)) {
            let sample = self.untreated(track, frame);
            match sample {
                Some(sample) => starts.push((track.id, sample.point)),
                None if self.start(track) < frame => return Err(EditError::NothingThere(track.name.clone())),
                None => {} // it begins later
            }
        }
        for (id, point) in starts {
            self.for_each(&[id], |track| {
                if track.query.frame < frame {
                    let point = track.corrections.remove(&frame).unwrap_or(point);
                    track.query = Query { frame, point };
                }
                track.clear(FrameIndex(0), Some(frame));
                track.corrections.retain(|at, _| *at >= frame);
            });
        }
        Ok(())
    }

    fn split(&mut self, id: TrackId, frame: FrameIndex) -> Result<TrackId, EditError> {
        self.check_unlocked(&[id])?;
        let track = self.track(id).ok_or(EditError::NoTrack)?;
        let sample = self.untreated(track, frame).ok_or_else(|| EditError::NothingThere(track.name.clone()))?;
        if frame <= self.start(track) {
            return Err(EditError::NothingLeft(track.name.clone()));
        }
        let (group, name) = (track.group.clone(), format!("{} (2)", track.name));
        let ends_outside = track.ends_outside;
        let (segments, mut corrections) = track.tail_from(frame);
        let new = self.new_track_id();
        let point = corrections.remove(&frame).unwrap_or(sample.point);
        let mut second = Track::new(new, name, Query { frame, point }, None);
        (second.group, second.ends_outside) = (group, ends_outside);
        second.replace_tail(frame, (segments, corrections));
        let tracks = self.tracks_mut();
        if let Some(at) = tracks.iter().position(|track| track.id == id) {
            tracks[at].clear(frame, None);
            tracks[at].corrections.retain(|at, _| *at < frame);
            tracks.insert(at + 1, second);
        }
        Ok(new)
    }

    fn merge(&mut self, first: TrackId, second: TrackId) -> Result<(), EditError> {
        if first == second {
            return Err(EditError::SameTrack);
        }
        self.check_unlocked(&[first, second])?;
        let (Some(kept), Some(joined)) = (self.track(first), self.track(second)) else {
            return Err(EditError::NoTrack);
        };
        let kept_is_earlier = self.start(kept) <= self.start(joined);
        let (early, late) = if kept_is_earlier { (kept, joined) } else { (joined, kept) };
        let from = self.start(late);
        let (segments, mut corrections) = late.tail_from(from);
        if late.query.frame >= from && late.query.frame != early.query.frame {
            corrections.insert(late.query.frame, late.query.point); // it was placed by hand
        }
        let mut merged = early.clone();
        merged.replace_tail(from, (segments, corrections));
        let merged =
            Track { query: merged.query, corrections: merged.corrections, segments: merged.segments, ..kept.clone() };
        let tracks = self.tracks_mut();
        tracks.retain(|track| track.id != second);
        if let Some(track) = tracks.iter_mut().find(|track| track.id == first) {
            *track = merged;
        }
        Arc::make_mut(&mut self.edits.measures).replace(second, first);
        Ok(())
    }

    fn swap(&mut self, a: TrackId, b: TrackId, frame: FrameIndex) -> Result<(), EditError> {
        if a == b {
            return Err(EditError::SameTrack);
        }
        self.check_unlocked(&[a, b])?;
        for track in self.tracks().filter(|track| [a, b].contains(&track.id)) {
            if frame <= self.start(track) {
                return Err(EditError::NothingLeft(track.name.clone())); // that would be another name for it
            }
        }
        let tracks = self.tracks_mut();
        let place = |id| tracks.iter().position(|track| track.id == id);
        let (Some(a), Some(b)) = (place(a), place(b)) else { return Err(EditError::NoTrack) };
        let (low, high) = tracks.split_at_mut(a.max(b));
        low[a.min(b)].swap_from(&mut high[0], frame);
        Ok(())
    }

    /// The first frame on which a track has a sample, or will have.
    fn start(&self, track: &Track) -> FrameIndex {
        self.covered(track.id).map_or(track.query.frame, |(first, _)| first)
    }

    fn check(&self, ids: &[TrackId]) -> Result<(), EditError> {
        let are_there = !ids.is_empty() && ids.iter().all(|id| self.track(*id).is_some());
        if are_there { Ok(()) } else { Err(EditError::NoTrack) }
    }

    fn check_unlocked(&self, ids: &[TrackId]) -> Result<(), EditError> {
        self.check(ids)?;
        let locked = self.tracks().find(|track| track.locked && ids.contains(&track.id));
        locked.map_or(Ok(()), |track| Err(EditError::Locked(track.name.clone())))
    }

    fn change(&mut self, ids: &[TrackId], change: impl FnMut(&mut Track)) -> Result<(), EditError> {
        self.check_unlocked(ids)?;
        self.for_each(ids, change);
        Ok(())
    }

    fn for_each(&mut self, ids: &[TrackId], change: impl FnMut(&mut Track)) {
        self.tracks_mut().iter_mut().filter(|track| ids.contains(&track.id)).for_each(change);
    }
}

#[cfg(test)]
mod tests;
