//! The tracks of a live stream as the network refines them: a window of `S` frames that moves on by one.

use super::PointId;
use crate::model::{Features, Memory, Network, NetworkError, QueryPatches, WindowState};
use crate::sync::CancelToken;
use crate::tracker::look_alikes::LookAlike;
use crate::tracker::window::sigmoid;

/// Whose track it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// A point of the user.
    User(PointId),
    /// A support point, never shown; its place in the grid.
    Helper(usize),
}

impl Owner {
    pub(super) fn id(self) -> Option<PointId> {
        match self {
            Self::User(id) => Some(id),
            Self::Helper(_) => None,
        }
    }
}

/// Tracks on the newest frame: place in level-0 feature pixels, logits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Newest {
    pub(super) xy: [f32; 2],
    pub(super) visibility: f32,
    pub(super) confidence: f32,
    /// How well the query patch fits there: a cosine.
    pub(super) fit: f32,
    /// How well it usually fits while the track is seen.
    pub(super) usual_fit: f32,
    /// What it may be mistaken for.
    pub(super) look_alike: Option<LookAlike>,
}

impl Newest {
    /// How sure the network is of its place, unless it may have been mistaken for another.
    pub(super) fn confidence(&self) -> f32 {
        let confidence = sigmoid(self.confidence);
        self.look_alike.map_or(confidence, |look_alike| look_alike.confidence(confidence))
    }
}

/// What is known of a track besides its places.
#[derive(Clone, Copy, Debug)]
struct Standing {
    /// Smoothed, in level-0 feature pixels a frame.
    velocity: [f32; 2],
    /// For how many frames it has not been seen.
    unseen: usize,
    /// How well its query patch fits where it is on the newest frame.
    fit: f32,
    /// The same while it was seen, smoothed.
    usual_fit: f32,
    /// On how many more frames it is looked for, to learn how fast it moves.
    looks_left: usize,
    /// What it may be mistaken for, and whether that is known.
    look_alike: Option<LookAlike>,
    is_examined: bool,
}

/// The tracks' places over the window and what the network remembers of them.
#[derive(Debug)]
pub(super) struct LiveTracks {
    owners: Vec<Owner>,
    /// `None` where there is no track.
    memory: Option<Memory>,
    state: WindowState,
    standing: Vec<Standing>,
}

impl LiveTracks {
    /// No tracks.
    pub(super) fn new(window_len: usize) -> Self {
        let state = WindowState::still(window_len, &[]);
        Self { owners: Vec::new(), memory: None, state, standing: Vec::new() }
    }

    /// New tracks, at least one, at points of a frame, with room for `room` of them; their query patches are from there
    /// unless `patches` has those of another frame.
    pub(super) fn start(
        network: &Network,
        features: &Features,
        patches: Option<QueryPatches>,
        owners: &[Owner],
        feature_xys: &[[f32; 2]],
        room: usize,
    ) -> Result<Self, NetworkError> {
        let (memory, state, fits) = network.begin(features, patches, feature_xys, room)?;
        let standing = |&fit: &f32| Standing {
            velocity: [0.0; 2],
            unseen: 0,
            fit,
            usual_fit: fit,
            looks_left: 0,
            look_alike: None,
            is_examined: false,
        };
        let standing = fits.iter().map(standing).collect();
        Ok(Self { owners: owners.to_vec(), memory: Some(memory), state, standing })
    }

    /// These tracks, which were found by a search: it goes on for so many frames, to learn how fast they move.
    pub(super) fn found(mut self, num_looks: usize) -> Self {
        self.standing.iter_mut().for_each(|standing| standing.looks_left = num_looks);
        self
    }

    pub(super) fn len(&self) -> usize {
        self.owners.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    pub(super) fn num_helpers(&self) -> usize {
        self.owners.iter().filter(|owner| owner.id().is_none()).count()
    }

    pub(super) fn place_of(&self, id: PointId) -> Option<usize> {
        self.owners.iter().position(|owner| owner.id() == Some(id))
    }

    /// So many more are to come.
    pub(super) fn reserve(&mut self, num_more: usize) {
        self.memory.iter_mut().for_each(|memory| memory.reserve(num_more));
    }

    /// Adds other tracks behind these.
    pub(super) fn join(&mut self, other: Self) {
        match (&mut self.memory, other.memory) {
            (Some(mine), Some(theirs)) => mine.append(&theirs),
            (mine @ None, theirs) => *mine = theirs,
            (Some(_), None) => {}
        }
        self.state = self.state.join(&other.state);
        self.owners.extend(other.owners);
        self.standing.extend(other.standing);
    }

    /// Keeps the tracks of which `keeps(place, owner)` is true.
    pub(super) fn retain(&mut self, keeps: impl Fn(usize, Owner) -> bool) {
        let kept: Vec<usize> = (0..self.len()).filter(|&place| keeps(place, self.owners[place])).collect();
        if kept.len() == self.len() {
            return;
        }
        self.memory = self.memory.take().filter(|_| !kept.is_empty());
        self.memory.iter_mut().for_each(|memory| memory.keep(&kept));
        self.state = self.state.select(&kept);
        self.owners = kept.iter().map(|&place| self.owners[place]).collect();
        self.standing = kept.iter().map(|&place| self.standing[place]).collect();
    }

    /// Moves the window on by a frame and refines where the tracks are on it; `false` if cancelled.
    pub(super) fn advance(
        &mut self,
        network: &Network,
        newest: &Features,
        num_iters: usize,
        smoothing: f32,
        cancel: &CancelToken,
    ) -> Result<bool, NetworkError> {
        let Some(memory) = &mut self.memory else { return Ok(true) };
        memory.advance();
        let n = self.owners.len();
        let mut state = self.state.clone();
        state.advance();
        let first = (state.num_frames - 1) * n;
        for (xy, Standing { velocity, .. }) in state.coords[first..].iter_mut().zip(&self.standing) {
            *xy = [xy[0] + velocity[0], xy[1] + velocity[1]];
        }
        let Some(fits) = network.refine_newest(newest, memory, &mut state, num_iters, cancel)? else {
            return Ok(false);
        };
        self.state = state;
        self.standing.iter_mut().zip(fits).for_each(|(standing, fit)| standing.fit = fit);
        self.smooth_velocities(smoothing);
        Ok(true)
    }

    fn smooth_velocities(&mut self, smoothing: f32) {
        let n = self.owners.len();
        let (before, now) = self.state.coords[(self.state.num_frames - 2) * n..].split_at(n);
        for ((Standing { velocity, look_alike, .. }, before), now) in self.standing.iter_mut().zip(before).zip(now) {
            if let Some(look_alike) = look_alike {
                look_alike.step(*before, *now);
            }
            for axis in 0..2 {
                velocity[axis] = smoothing * velocity[axis] + (1.0 - smoothing) * (now[axis] - before[axis]);
            }
        }
    }

    /// Steps from frame to frame are longer or shorter from now on.
    pub(super) fn scale_velocities(&mut self, factor: f32) {
        let velocities = self.standing.iter_mut().flat_map(|standing| &mut standing.velocity);
        velocities.for_each(|velocity| *velocity *= factor);
    }

    /// Notes which tracks are seen: for how long the others have not been, and how well the patches of these fit.
    /// `smoothing` is the share of the old fits.
    pub(super) fn note_seen(&mut self, is_seen: &[bool], smoothing: f32) {
        for (standing, is_seen) in self.standing.iter_mut().zip(is_seen) {
            if *is_seen {
                standing.unseen = 0;
                standing.usual_fit = smoothing * standing.usual_fit + (1.0 - smoothing) * standing.fit;
            } else {
                standing.unseen += 1;
            }
        }
    }

    /// The next tracks, `max_count` at most, that are to be looked for though they are followed, with their query
    /// patches.
    pub(super) fn looked_for(&mut self, max_count: usize) -> Option<(Vec<usize>, QueryPatches)> {
        let places: Vec<usize> =
            (0..self.len()).filter(|&place| self.standing[place].looks_left > 0).take(max_count).collect();
        for &place in &places {
            self.standing[place].looks_left -= 1;
        }
        let memory = self.memory.as_ref().filter(|_| !places.is_empty())?;
        let patches = memory.patches_of(&places);
        Some((places, patches))
    }

    /// The next of the user's tracks, `max_count` at most, of which nobody knows yet what they may be mistaken for,
    /// with their query patches.
    pub(super) fn unexamined(&self, max_count: usize) -> Option<(Vec<usize>, QueryPatches)> {
        let is_new = |place: &usize| !self.standing[*place].is_examined && self.owners[*place].id().is_some();
        let places: Vec<usize> = (0..self.len()).filter(is_new).take(max_count).collect();
        let memory = self.memory.as_ref().filter(|_| !places.is_empty())?;
        let patches = memory.patches_of(&places);
        Some((places, patches))
    }

    /// Notes what a track may be mistaken for.
    pub(super) fn note_look_alike(&mut self, place: usize, look_alike: Option<LookAlike>) {
        let standing = &mut self.standing[place];
        (standing.look_alike, standing.is_examined) = (look_alike, true);
    }

    /// Lets a track be extended to a place on the next frame.
    pub(super) fn head_for(&mut self, place: usize, [x, y]: [f32; 2]) {
        let [was_x, was_y] = self.state.coords[(self.state.num_frames - 1) * self.owners.len() + place];
        self.standing[place].velocity = [x - was_x, y - was_y];
    }

    /// The user's points that have not been visible for so many frames: their places among the tracks.
    pub(super) fn unseen_for(&self, num_frames: usize) -> Vec<usize> {
        let is_unseen =
            |place: &usize| self.standing[*place].unseen >= num_frames && self.owners[*place].id().is_some();
        (0..self.len()).filter(is_unseen).collect()
    }

    /// The support points that have not been visible for so many frames.
    pub(super) fn unseen_helpers(&self, num_frames: usize) -> Vec<usize> {
        let unseen = self.owners.iter().zip(&self.standing).filter(|(_, standing)| standing.unseen >= num_frames);
        let helper = |(owner, _): (&Owner, _)| if let Owner::Helper(i) = *owner { Some(i) } else { None };
        unseen.filter_map(helper).collect()
    }

    /// Takes tracks out: their query patches and where they are.
    pub(super) fn take(&mut self, places: &[usize]) -> Vec<(Owner, QueryPatches, Newest)> {
        let Some(memory) = &self.memory else { return Vec::new() };
        let newest: Vec<(Owner, Newest)> = self.newest().collect();
        let taken = |&place: &usize| (newest[place].0, memory.patches_of(&[place]), newest[place].1);
        let taken = places.iter().map(taken).collect();
        self.retain(|place, _| !places.contains(&place));
        taken
    }

    /// A track's query patch and where it is.
    pub(super) fn patch_at(&self, place: usize) -> Option<(QueryPatches, Newest)> {
        let patches = self.memory.as_ref()?.patches_of(&[place]);
        let (_, newest) = self.newest().nth(place)?;
        Some((patches, newest))
    }

    /// Looks at a whole window anew, as the windowed protocol does; `false` if cancelled.
    pub(super) fn correct(
        &mut self,
        network: &Network,
        window: &[&Features],
        num_iters: usize,
        cancel: &CancelToken,
    ) -> Result<bool, NetworkError> {
        let Some(memory) = &self.memory else { return Ok(true) };
        let mut state = self.state.clone();
        let done = network.refine(window, &memory.patches(), &mut state, num_iters, cancel)?;
        if done {
            self.state = state;
        }
        Ok(done)
    }

    /// Every track on the newest frame.
    pub(super) fn newest(&self) -> impl Iterator<Item = (Owner, Newest)> + '_ {
        let first = (self.state.num_frames - 1) * self.len();
        self.owners.iter().enumerate().map(move |(place, &owner)| {
            let at = first + place;
            let newest = Newest {
                xy: self.state.coords[at],
                visibility: self.state.visibility[at],
                confidence: self.state.confidence[at],
                fit: self.standing[place].fit,
                usual_fit: self.standing[place].usual_fit,
                look_alike: self.standing[place].look_alike,
            };
            (owner, newest)
        })
    }
}
