//! What lets tracks be followed again: corrections, frames that they are followed from, all of them together.

use super::EditError;
use crate::geometry::{FrameIndex, SourcePoint};
use crate::tracks::run::Direction;
use crate::tracks::store::TrackStore;
use crate::tracks::track::{Query, RunId, Slot, TrackId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which ways in time points are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ways {
    /// From a frame on.
    #[default]
    Forward,
    /// From a frame towards the start.
    Backward,
    /// Either way.
    Both,
}

impl Ways {
    fn has(self, direction: Direction) -> bool {
        matches!(
            (self, direction),
            (Self::Both, _) | (Self::Forward, Direction::Forward) | (Self::Backward, Direction::Backward)
        )
    }
}

/// A run that is to be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedRun {
    /// Which one.
    pub run: RunId,
    /// The last frame that is needed, the first one where it goes backwards; the clip's where `None`.
    pub until: Option<FrameIndex>,
}

impl TrackStore {
    /// Puts points where the user's hand moved them on a frame, to be followed again from there: on to the next frame
    /// that is fixed by hand, and back to the last one before, if there is one or they were followed backwards. Such a
    /// stretch is followed from both of its ends; see [`crate::tracks::Segment`]. Returns the runs that are to be
    /// followed.
    ///
    /// # Errors
    /// If there is no such track, or one is locked.
    pub fn correct(
        &mut self,
        points: &[(TrackId, SourcePoint)],
        frame: FrameIndex,
    ) -> Result<Vec<WantedRun>, EditError> {
        let ids: Vec<TrackId> = points.iter().map(|(id, _)| *id).collect();
        self.check_unlocked(&ids)?;
        for (id, point) in points {
            self.for_each(&[*id], |track| {
                if track.query.frame == frame {
                    track.query.point = *point;
                } else {
                    track.corrections.insert(frame, *point);
                }
            });
        }
        let before = frame.0.checked_sub(1).map(FrameIndex);
        let goes_back = |id: TrackId| {
            let track = self.track(id)?;
            let back = before.and_then(|before| track.segment_at(before)?.back).is_some();
            (back || track.last_fixed(frame).is_some()).then_some(())
        };
        let back: Vec<_> = points.iter().copied().filter(|(id, _)| goes_back(*id).is_some()).collect();
        let forward = self.follow(points, frame, Direction::Forward);
        Ok(forward.into_iter().chain(self.follow(&back, frame, Direction::Backward)).collect())
    }

    /// Lets tracks be followed again from where they are on a frame, to the frames that are fixed by hand next;
    /// otherwise as [`TrackStore::correct`].
    ///
    /// # Errors
    /// If there is no such track, one is locked, or has no position on the frame.
    pub fn follow_again(
        &mut self,
        ids: &[TrackId],
        frame: FrameIndex,
        ways: Ways,
    ) -> Result<Vec<WantedRun>, EditError> {
        self.check_unlocked(ids)?;
        let mut points = Vec::new();
        for track in self.tracks().filter(|track| ids.contains(&track.id)) {
            let at_query = (track.query.frame == frame).then_some(track.query.point);
            let point = at_query.or_else(|| self.untreated(track, frame).map(|sample| sample.point));
            points.push((track.id, point.ok_or_else(|| EditError::NothingThere(track.name.clone()))?));
        }
        let directions = [Direction::Forward, Direction::Backward].into_iter().filter(|one| ways.has(*one));
        Ok(directions.filter_map(|direction| self.follow(&points, frame, direction)).collect())
    }

    /// Lets the points of a run be followed backwards, too, from where they were placed. Returns the run that does it.
    pub fn follow_back(&mut self, run: RunId) -> Option<WantedRun> {
        let queries = Arc::clone(self.run(run)?.queries());
        let back = self.new_run(Arc::clone(&queries), Direction::Backward);
        for track in self.tracks_mut() {
            let slot = track.slots().find(|(source, _)| *source == run).map(|(_, slot)| slot);
            if let Some(slot) = slot {
                // With the frame of the query: perhaps nobody goes forwards.
                track.set_back(FrameIndex(0), queries[slot].frame.after(1), Some((back, slot)));
            }
        }
        Some(WantedRun { run: back, until: None })
    }

    /// Lets points be followed from a frame to the next ones that are fixed by hand; nothing without points, or where
    /// nothing lies that way.
    fn follow(
        &mut self,
        points: &[(TrackId, SourcePoint)],
        frame: FrameIndex,
        direction: Direction,
    ) -> Option<WantedRun> {
        if points.is_empty() || (direction == Direction::Backward && frame == FrameIndex(0)) {
            return None;
        }
        let queries = points.iter().map(|(_, point)| Query { frame, point: *point }).collect();
        let run = self.new_run(queries, direction);
        let mut needed = Some(frame);
        for (slot, (id, _)) in points.iter().enumerate() {
            self.for_each(&[*id], |track| {
                let until = match direction {
                    Direction::Forward => track.next_fixed(frame),
                    Direction::Backward => track.last_fixed(frame),
                };
                match direction {
                    Direction::Forward => track.set_source(frame, until, Some((run, slot))),
                    Direction::Backward => track.set_back(until.unwrap_or_default(), frame, Some((run, slot))),
                }
                needed = needed.zip(until).map(|(needed, until)| match direction {
                    Direction::Forward => needed.max(until),
                    Direction::Backward => needed.min(until),
                });
            });
        }
        Some(WantedRun { run, until: needed })
    }

    /// Lets all tracks that are not locked be followed again as one run for each way in time, from everywhere that they
    /// have been followed from: where they were placed, corrected, and tracked again. What was cleared stays so.
    /// Returns the runs that are to be followed.
    ///
    /// # Errors
    /// If there is no track that may be changed and has something to be followed from.
    pub fn follow_together(&mut self) -> Result<Vec<WantedRun>, EditError> {
        let wanted: Vec<WantedRun> = [Direction::Forward, Direction::Backward]
            .into_iter()
            .filter_map(|direction| self.follow_all(direction))
            .collect();
        if wanted.is_empty() { Err(EditError::NoTrack) } else { Ok(wanted) }
    }

    fn follow_all(&mut self, direction: Direction) -> Option<WantedRun> {
        let (mut queries, mut slots) = (Vec::new(), BTreeMap::new());
        let mut needed: Option<FrameIndex> = None;
        let mut is_open = false;
        for track in self.tracks().filter(|track| !track.locked) {
            for (segment, end) in track.stretches() {
                let is_forward = direction == Direction::Forward;
                let Some(source) = (if is_forward { segment.source } else { segment.back }) else { continue };
                let query = self.run(source.0).and_then(|run| run.queries().get(source.1));
                // A stretch that ends before its point begins shows nothing.
                let reaches = |query: &&Query| {
                    if is_forward { end.is_none_or(|end| end > query.frame) } else { segment.from < query.frame }
                };
                let Some(query) = query.filter(reaches) else { continue };
                slots.entry(source).or_insert_with(|| {
                    queries.push(*query);
                    queries.len() - 1
                });
                let until = if is_forward { end } else { Some(segment.from) };
                is_open |= until.is_none();
                needed = match (needed, until) {
                    (Some(needed), Some(until)) => Some(if is_forward { needed.max(until) } else { needed.min(until) }),
                    (needed, until) => needed.or(until),
                };
            }
        }
        if queries.is_empty() {
            return None;
        }
        let run = self.new_run(queries.into(), direction);
        for track in self.tracks_mut().iter_mut().filter(|track| !track.locked) {
            for segment in &mut track.segments {
                let source = match direction {
                    Direction::Forward => &mut segment.source,
                    Direction::Backward => &mut segment.back,
                };
                *source = source.and_then(|source: Slot| Some((run, *slots.get(&source)?)));
            }
            track.merge_segments();
        }
        Some(WantedRun { run, until: needed.filter(|_| !is_open) })
    }
}
