//! What the user does to tracks: new points, corrections, edits, undo and redo.

use super::clip::Clip;
use super::messages::{RunEnd, RunState};
use super::tracking::Command;
use super::{Session, SessionError};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::tracks::{Edit, EditError, ImportedTrack, Query, RunId, TrackId, TrackStore, WantedRun, Ways};

impl Session {
    /// Adds the points of one action as a run and queues it.
    ///
    /// # Errors
    /// When there is no clip, or too many runs are waiting.
    pub fn add_points(&mut self, queries: Vec<Query>) -> Result<(RunId, Vec<TrackId>), SessionError> {
        self.add_named_points(queries.into_iter().map(|query| (None, query)).collect())
    }

    /// As [`Session::add_points`], with names for some of the points.
    ///
    /// # Errors
    /// When there is no clip, or too many runs are waiting.
    pub fn add_named_points(
        &mut self,
        queries: Vec<(Option<String>, Query)>,
    ) -> Result<(RunId, Vec<TrackId>), SessionError> {
        let label = if queries.len() == 1 { "add point" } else { "add points" };
        let both_ways = self.follows_both_ways;
        let clip = self.clip_with_room()?;
        let last = clip.info().num_frames().saturating_sub(1);
        let goes_back = both_ways || queries.iter().any(|(_, query)| query.frame.get() == last);
        let (run, tracks, back) = clip.change(label, false, |store| {
            let (run, tracks) = store.add_run(queries);
            let back = if goes_back { store.follow_back(run) } else { None };
            Ok((run, tracks, back))
        })?;
        self.follow(WantedRun { run, until: None });
        if let Some(back) = back {
            self.follow(back);
        }
        Ok((run, tracks))
    }

    /// Adds tracks of a table as they are there; nothing is followed. Returns their ids, in order.
    ///
    /// # Errors
    /// When there is no clip.
    pub fn import_tracks(&mut self, tracks: &[ImportedTrack]) -> Result<Vec<TrackId>, SessionError> {
        let clip = self.clip.as_mut().ok_or(SessionError::NoClip)?;
        let (run, ids) = clip.change("import tracks", false, |store| Ok(store.add_tracks(tracks)))?;
        clip.end_run(run);
        Ok(ids)
    }

    /// Puts a track where the user's hand moved it on a frame. That is passed through exactly, and the track is
    /// followed again from there, on and back, to the next frames that are fixed by hand. Nothing is encoded again, and
    /// no other track changes.
    ///
    /// # Errors
    /// When there is no clip, no such track, the track is locked, or too many runs are waiting.
    pub fn correct(&mut self, track: TrackId, frame: FrameIndex, point: SourcePoint) -> Result<RunId, SessionError> {
        self.follow_from("move", |store| store.correct(&[(track, point)], frame))
    }

    /// Lets tracks be followed again from where they are on a frame, as one run for each way in time, each to its next
    /// frame that is fixed by hand.
    ///
    /// # Errors
    /// When there is no clip, no such track, one is locked or has no position on the frame, or too many runs are
    /// waiting.
    pub fn retrack(&mut self, tracks: &[TrackId], frame: FrameIndex, ways: Ways) -> Result<RunId, SessionError> {
        self.follow_from("track again", |store| store.follow_again(tracks, frame, ways))
    }

    /// Whether points that are added from now on are followed both ways in time. Those on the last frame always are.
    pub fn set_both_ways(&mut self, both_ways: bool) {
        self.follows_both_ways = both_ways;
    }

    /// Lets all points that are not locked be followed again as one run, with the present settings, from everywhere
    /// that they have been followed from.
    ///
    /// # Errors
    /// When there is no clip, no point that may be changed, or too many runs are waiting.
    pub fn track_together(&mut self) -> Result<RunId, SessionError> {
        self.follow_from("track together", TrackStore::follow_together)
    }

    fn follow_from(
        &mut self,
        label: &'static str,
        change: impl FnOnce(&mut TrackStore) -> Result<Vec<WantedRun>, EditError>,
    ) -> Result<RunId, SessionError> {
        let wanted = self.clip_with_room()?.change(label, false, |store| match change(store) {
            Ok(wanted) if wanted.is_empty() => Err(EditError::NothingThatWay),
            other => other,
        })?;
        for wanted in &wanted {
            self.follow(*wanted);
        }
        self.settle();
        Ok(wanted[0].run)
    }

    /// Applies an edit; it can be undone.
    ///
    /// # Errors
    /// When there is no clip, or the edit makes no sense.
    pub fn edit(&mut self, edit: &Edit) -> Result<(), SessionError> {
        let joins = matches!(edit, Edit::Treat(_));
        let clip = self.clip.as_mut().ok_or(SessionError::NoClip)?;
        clip.change(edit.label(), joins, |store| store.apply(edit))?;
        self.settle();
        Ok(())
    }

    /// Undoes the last step; returns what it was. Points whose tracking was broken off by the step are followed anew.
    pub fn undo(&mut self) -> Option<&'static str> {
        let label = self.clip.as_mut()?.undo();
        self.settle();
        label
    }

    /// Does again what was undone last; returns what it was.
    pub fn redo(&mut self) -> Option<&'static str> {
        let label = self.clip.as_mut()?.redo();
        self.settle();
        label
    }

    /// What would be undone, in words.
    #[must_use]
    pub fn can_undo(&self) -> Option<&'static str> {
        self.clip.as_ref()?.history().can_undo()
    }

    /// What would be done again, in words.
    #[must_use]
    pub fn can_redo(&self) -> Option<&'static str> {
        self.clip.as_ref()?.history().can_redo()
    }

    /// Tells where shots of the clip begin: tracks stop there, unless the user wants them to go on.
    pub fn set_cuts(&mut self, cuts: &[FrameIndex]) {
        if let Some(clip) = self.clip.as_mut().filter(|clip| clip.tracks().cuts() != cuts) {
            clip.set_cuts(cuts.into());
        }
    }

    fn clip_with_room(&mut self) -> Result<&mut Clip, SessionError> {
        let has_room = self.tracking.as_ref().is_none_or(|tracking| !self.unsent_clip && tracking.has_room());
        let clip = self.clip.as_mut().ok_or(SessionError::NoClip)?;
        if has_room { Ok(clip) } else { Err(SessionError::Busy) }
    }

    fn settle(&mut self) {
        let renewed = self.clip.as_mut().map(Clip::settle_runs).unwrap_or_default();
        for run in renewed {
            self.follow(WantedRun { run, until: None });
        }
        if let (Some(clip), Some(tracking)) = (&self.clip, &self.tracking)
            && !clip.tracks().treatment().closer_look().is_none()
        {
            tracking.send(Command::Wishes); // a worker that has no room is at work, and looks afterwards
        }
    }

    /// Queues a run.
    fn follow(&mut self, WantedRun { run, until }: WantedRun) {
        let Some(clip) = &mut self.clip else { return };
        let Some(job) = clip.run_job(run, until) else { return };
        let refused = match &self.tracking {
            None => "there is no network to follow points with",
            Some(tracking) if self.unsent_clip || !tracking.send(Command::Run(job)) => {
                "too many points were waiting to be tracked; track it again"
            }
            Some(_) => return,
        };
        clip.set_run(run, RunState::Ended(RunEnd::Failed(refused.to_owned())));
    }
}
