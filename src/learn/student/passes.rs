//! The iterations of one window, and what they lose.

use super::loss::{Labels, counts_of_all};
use super::values;
use crate::learn::LearnError;
use crate::model::{Features, Network, QueryPatches, Trunk, WindowState, guarded};
use crate::sync::CancelToken;
use burn::tensor::{Device, Tensor, TensorData};

/// The one iteration of each window that has a gradient.
pub(super) struct One {
    /// Iterations that follow it.
    pub(super) num_later: usize,
    /// Who does the others: the network as it is now.
    pub(super) others: Network,
}

/// A window, and who refines it.
pub(super) struct Passes<'a> {
    /// Gives the correlations.
    pub(super) network: &'a Network,
    /// `[S]`
    pub(super) frames: &'a [&'a Features],
    pub(super) patches: &'a QueryPatches,
    /// What learns.
    pub(super) trunk: &'a Trunk,
    pub(super) labels: &'a Labels,
}

impl Passes<'_> {
    /// All iterations: the losses, `[2]`, and where the points are after the last one.
    pub(super) fn all(&self, mut state: WindowState, num_iters: usize) -> Result<(Tensor<1>, WindowState), LearnError> {
        let mut logits = self.logits(&state)?;
        let mut losses: Option<Tensor<1>> = None;
        for num_later in (0..num_iters).rev() {
            let (more, refined) = self.pass(&mut state, logits, num_later)?;
            logits = refined;
            losses = Some(guarded(|| match losses.take() {
                None => more,
                Some(losses) => losses + more,
            })?);
        }
        keep(&mut state, logits)?;
        Ok((losses.expect("there is an iteration"), state))
    }

    /// The same with the loss of one iteration, for all that there are.
    pub(super) fn one(
        &self,
        mut state: WindowState,
        num_iters: usize,
        one: &One,
    ) -> Result<(Tensor<1>, WindowState), LearnError> {
        let refine = |state: &mut WindowState, num_iters: usize| {
            one.others.refine(self.frames, self.patches, state, num_iters, &CancelToken::new()).map(drop)
        };
        refine(&mut state, num_iters - 1 - one.num_later)?;
        let logits = self.logits(&state)?;
        let (losses, logits) = self.pass(&mut state, logits, 0)?;
        keep(&mut state, logits)?;
        refine(&mut state, one.num_later)?;
        Ok((guarded(|| losses * counts_of_all(num_iters))?, state))
    }

    /// One iteration, which `num_later` others follow: what it loses, and the logits after it, `[N, S, 2]`.
    fn pass(
        &self,
        state: &mut WindowState,
        logits: Tensor<3>,
        num_later: usize,
    ) -> Result<(Tensor<1>, Tensor<3>), LearnError> {
        let (device, stride) = (self.network.tensor_device(), self.network.config().stride as f32);
        let volumes = self.network.volumes(self.frames, self.patches, state)?;
        let (places, logits) = guarded(|| {
            let coords = upload(state, |at| state.coords[at], &device);
            let update = self.trunk.update(volumes, coords.clone(), logits.clone());
            (coords + update.clone().narrow(2, 0, 2), logits + update.narrow(2, 2, 2))
        })?;
        let found = values(places.clone())?.as_chunks::<2>().0.to_vec(); // [N, S]
        put_back(&mut state.coords, &found, state.num_frames);
        let losses = guarded(|| {
            let found: Vec<[f32; 2]> = found.iter().map(|place| place.map(|v| v * stride)).collect();
            self.labels.losses(places * stride, &found, logits.clone().narrow(2, 1, 1), num_later)
        })?;
        Ok((losses, logits))
    }

    fn logits(&self, state: &WindowState) -> Result<Tensor<3>, LearnError> {
        let device = self.network.tensor_device();
        Ok(guarded(|| upload(state, |at| [state.visibility[at], state.confidence[at]], &device))?)
    }
}

/// The logits, `[N, S, 2]`, into the state.
fn keep(state: &mut WindowState, logits: Tensor<3>) -> Result<(), LearnError> {
    let found = values(logits)?.as_chunks::<2>().0.to_vec();
    let num_frames = state.num_frames;
    put_back(&mut state.visibility, &found.iter().map(|pair| pair[0]).collect::<Vec<_>>(), num_frames);
    put_back(&mut state.confidence, &found.iter().map(|pair| pair[1]).collect::<Vec<_>>(), num_frames);
    Ok(())
}

/// `[N, S, 2]` of a window's `[S, N]` values.
fn upload(state: &WindowState, value: impl Fn(usize) -> [f32; 2], device: &Device) -> Tensor<3> {
    let (s, n) = (state.num_frames, state.num_tracks);
    let values: Vec<f32> = (0..n * s).flat_map(|row| value(row % s * n + row / s)).collect();
    Tensor::from_data(TensorData::new(values, [n, s, 2]), device)
}

/// The other way: `[N, S]` values into `[S, N]`.
fn put_back<T: Copy>(to: &mut [T], values: &[T], num_frames: usize) {
    let num_tracks = values.len() / num_frames;
    for (row, &value) in values.iter().enumerate() {
        to[row % num_frames * num_tracks + row / num_frames] = value;
    }
}
