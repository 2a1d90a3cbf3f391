//! The tracks of a live stream as the network refines them: a window of `S` frames that moves on by one.

use super::PointId;
use crate::model::{Features, Memory, Network, NetworkError, Support, WindowState};
use crate::sync::CancelToken;

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
}

/// The tracks' places over the window and what the network remembers of them.
#[derive(Debug)]
pub(super) struct LiveTracks {
    owners: Vec<Owner>,
    /// `None` where there is no track.
    memory: Option<Memory>,
    state: WindowState,
    /// Smoothed, in level-0 feature pixels a frame.
    velocities: Vec<[f32; 2]>,
    /// For how many frames a track has not been visible.
    unseen: Vec<usize>,
}

impl LiveTracks {
    /// No tracks.
    pub(super) fn new(window_len: usize) -> Self {
        let state = WindowState::still(window_len, &[]);
        Self { owners: Vec::new(), memory: None, state, velocities: Vec::new(), unseen: Vec::new() }
    }

    /// New tracks, at least one, at points of the newest frame.
    pub(super) fn start(
        network: &Network,
        newest: &Features,
        owners: &[Owner],
        feature_xys: &[[f32; 2]],
    ) -> Result<Self, NetworkError> {
        let support = network.support(newest, feature_xys)?;
        Self::start_from(network, newest, support, owners, feature_xys)
    }

    /// The same with query patches of another frame.
    pub(super) fn start_from(
        network: &Network,
        newest: &Features,
        support: Support,
        owners: &[Owner],
        feature_xys: &[[f32; 2]],
    ) -> Result<Self, NetworkError> {
        let mut memory = network.remember(newest, support, feature_xys)?;
        let mut state = WindowState::still(network.config().window_len, feature_xys);
        // What the network says of a point on its own frame is where its visibility and confidence start from.
        network.refine_newest(newest, &mut memory, &mut state, 1, &CancelToken::new())?;
        let first = state.coords.len() - feature_xys.len();
        state.coords[first..].copy_from_slice(feature_xys);
        let velocities = vec![[0.0; 2]; owners.len()];
        let unseen = vec![0; owners.len()];
        Ok(Self { owners: owners.to_vec(), memory: Some(memory), state, velocities, unseen })
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

    /// Adds other tracks behind these.
    pub(super) fn join(&mut self, other: Self) {
        self.memory = match (self.memory.take(), other.memory) {
            (Some(mine), Some(theirs)) => Some(mine.join(&theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        self.state = self.state.join(&other.state);
        self.owners.extend(other.owners);
        self.velocities.extend(other.velocities);
        self.unseen.extend(other.unseen);
    }

    /// Keeps the tracks of which `keeps(place, owner)` is true.
    pub(super) fn retain(&mut self, keeps: impl Fn(usize, Owner) -> bool) {
        let kept: Vec<usize> = (0..self.len()).filter(|&place| keeps(place, self.owners[place])).collect();
        if kept.len() == self.len() {
            return;
        }
        self.memory = self.memory.take().filter(|_| !kept.is_empty()).map(|memory| memory.select(&kept));
        self.state = self.state.select(&kept);
        self.owners = kept.iter().map(|&place| self.owners[place]).collect();
        self.velocities = kept.iter().map(|&place| self.velocities[place]).collect();
        self.unseen = kept.iter().map(|&place| self.unseen[place]).collect();
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
        for (xy, velocity) in state.coords[first..].iter_mut().zip(&self.velocities) {
            *xy = [xy[0] + velocity[0], xy[1] + velocity[1]];
        }
        let done = network.refine_newest(newest, memory, &mut state, num_iters, cancel)?;
        if done {
            self.state = state;
            self.smooth_velocities(smoothing);
        }
        Ok(done)
    }

    fn smooth_velocities(&mut self, smoothing: f32) {
        let n = self.owners.len();
        let (before, now) = self.state.coords[(self.state.num_frames - 2) * n..].split_at(n);
        for ((velocity, before), now) in self.velocities.iter_mut().zip(before).zip(now) {
            for axis in 0..2 {
                velocity[axis] = smoothing * velocity[axis] + (1.0 - smoothing) * (now[axis] - before[axis]);
            }
        }
    }

    /// Steps from frame to frame are longer or shorter from now on.
    pub(super) fn scale_velocities(&mut self, factor: f32) {
        self.velocities.iter_mut().flatten().for_each(|velocity| *velocity *= factor);
    }

    /// Counts for how long each track has not been seen.
    pub(super) fn count_unseen(&mut self, is_seen: &[bool]) {
        for (unseen, is_seen) in self.unseen.iter_mut().zip(is_seen) {
            *unseen = if *is_seen { 0 } else { *unseen + 1 };
        }
    }

    /// The points that have not been visible for so many frames.
    pub(super) fn unseen_for(&self, num_frames: usize) -> Vec<PointId> {
        let unseen = self.owners.iter().zip(&self.unseen).filter(|(_, unseen)| **unseen >= num_frames);
        unseen.filter_map(|(owner, _)| owner.id()).collect()
    }

    /// The support points that have not been visible for so many frames.
    pub(super) fn unseen_helpers(&self, num_frames: usize) -> Vec<usize> {
        let unseen = self.owners.iter().zip(&self.unseen).filter(|(_, unseen)| **unseen >= num_frames);
        let helper = |(owner, _): (&Owner, _)| if let Owner::Helper(i) = *owner { Some(i) } else { None };
        unseen.filter_map(helper).collect()
    }

    /// Takes a track out: its query patch and where it is.
    pub(super) fn take(&mut self, place: usize) -> Option<(Support, Newest)> {
        let taken = self.look_at(place)?;
        self.retain(|other, _| other != place);
        Some(taken)
    }

    /// A track's query patch and where it is.
    pub(super) fn look_at(&self, place: usize) -> Option<(Support, Newest)> {
        let support = self.memory.as_ref()?.select(&[place]).support();
        let (_, newest) = self.newest().nth(place)?;
        Some((support, newest))
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
        let done = network.refine(window, &memory.support(), &mut state, num_iters, cancel)?;
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
            };
            (owner, newest)
        })
    }
}
