//! The student: a network whose correlation MLP and transformer learn from lessons (`CoTracker3`, arXiv 2410.11831,
//! section 3.3), on burn's autodiff.
//!
//! ```text
//! features (frozen) ─► volumes [N·S·L, 49·49] ─► correlation MLP ─┐ [N, S, L·E]
//! coordinates [N, S, 2] ──────────────────────► motion [N, S, 84] ┼─► transformer ─► dx, dy, visibility, confidence
//! visibility, confidence [N, S, 2] ───────────────────────────────┘        [N, S, 4], added up, M iterations
//! ```
//! The encoder stays as it is, and each iteration begins at coordinates without gradient, as in the paper; so volumes
//! and motion are constants, which the network's own kernels compute. Windows follow each other as in the tracker; what
//! one hands on to the next has no gradient either, so each goes backwards on its own, and a step holds no more than
//! one window of points.
//!
//! Visibility is kept as it was: it has no loss, and the row of `vis_conf_head` that makes it does not change. What it
//! is made *from*, the transformer's tokens, does change with all else, so visibilities can still move a little.
//!
//! With a seed, options and lessons, the same steps follow, bit for bit on the same machine; also across
//! [`Student::save`] and [`Student::resume`]. Nothing here starts a thread; burn's products use rayon's.

mod kept;
mod loss;
mod optimiser;
mod parameters;
#[cfg(test)]
mod parity;
mod passes;
mod windows;

use super::{Chance, LearnError, Lesson};
use crate::model::{Checkpoint, Features, HostTensor, Network, NetworkError, QueryPatches, Trunk, WindowState};
use crate::model::{guarded, retrained};
use burn::tensor::{Tensor, TensorData};
use half::f16;
use loss::{Labels, counts, counts_of_all};
use optimiser::{Optimiser, rate_at};
use parameters::Parameters;
use passes::{One, Passes};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use windows::windows;

pub(super) use kept::write_whole;

/// Through which iterations of its windows a step goes backwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backwards {
    /// All of them, as in the paper.
    All,
    /// One, drawn anew for each step; the network's own kernels do the others. Iterations begin at coordinates without
    /// gradient, so on average the gradient of the places is that of all. That of the confidence is less: its logits
    /// add up, and what an iteration adds does not hear of the losses of those after it.
    One,
}

/// How a student learns.
#[derive(Clone, Debug, PartialEq)]
pub struct StudentOptions {
    /// The most points of a lesson that a step looks at, drawn anew each time: what bounds memory and time.
    pub num_points: usize,
    /// Iterations `M` per window.
    pub num_iters: usize,
    /// Through which of them a step goes backwards.
    pub backwards: Backwards,
    /// The highest learning rate.
    pub rate: f64,
    /// `AdamW`'s weight decay.
    pub weight_decay: f32,
    /// Gradients longer than that are shortened to it.
    pub longest_gradient: f32,
    /// The share that the running mean of the values, which is the result, keeps of itself at each step.
    pub mean_keeps: f32,
    /// What the position and the confidence loss count.
    pub loss_weights: [f32; 2],
    /// What all chance follows from.
    pub seed: u64,
}

impl Default for StudentOptions {
    fn default() -> Self {
        Self {
            num_points: 64,
            num_iters: 4,
            backwards: Backwards::One,
            rate: 2e-5,
            weight_decay: 1e-4,
            longest_gradient: 1.0,
            mean_keeps: 0.99,
            loss_weights: [0.2, 0.5],
            seed: 0,
        }
    }
}

/// What a step found before it changed anything.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Losses {
    /// Huber, in model pixels.
    pub position: f32,
    /// Cross entropy.
    pub confidence: f32,
    /// The length of the gradient; where that is no number, the step changed nothing. 0 where none was asked for.
    pub gradient: f32,
}

/// A network that learns.
pub struct Student {
    network: Arc<Network>,
    base: Checkpoint,
    options: StudentOptions,
    parameters: Parameters,
    optimiser: Optimiser,
    chance: Chance,
}

impl Student {
    /// A student of `base`'s weights. `network` is the same on its device: it gives features and correlations.
    ///
    /// # Errors
    /// When the device fails, `network` has other weights, or a step would have no points or iterations.
    pub fn new(network: Arc<Network>, base: Checkpoint, options: StudentOptions) -> Result<Self, LearnError> {
        if network.weights_sha256() != base.sha256 {
            return Err(LearnError::Lesson("the network has other weights than the student".to_owned()));
        }
        if options.num_points == 0 || options.num_iters == 0 {
            return Err(LearnError::Lesson("a step needs a point and an iteration".to_owned()));
        }
        let parameters = Parameters::new(&base);
        let device = network.tensor_device();
        let row = guarded(|| Tensor::from_data(TensorData::new(parameters.row(&base), [parameters.len()]), &device))?;
        let optimiser = Optimiser::new(row, &options);
        let chance = Chance::new(options.seed, &[]);
        Ok(Self { network, base, options, parameters, optimiser, chance })
    }

    /// Steps taken, those of earlier runs included.
    #[must_use]
    pub fn num_steps(&self) -> usize {
        self.optimiser.num_steps
    }

    /// Learns from one lesson. `progress`, 0 to 1, is the share of the run that lies behind: it says how large the step
    /// is.
    ///
    /// # Errors
    /// When the lesson is not usable or the device failed.
    ///
    /// # Panics
    /// If the lesson's features come from a network on another device.
    pub fn step(&mut self, lesson: &Lesson, progress: f64) -> Result<Losses, LearnError> {
        lesson.check()?;
        let mut points = self.chance.some(self.options.num_points, lesson.queries.len());
        points.sort_by_key(|&point| lesson.queries[point].0);
        let one = match self.options.backwards {
            Backwards::All => None,
            Backwards::One => Some(self.one()?),
        };
        let (losses, gradient) = self.gradient(lesson, &points, one.as_ref())?;
        let rate = self.options.rate * rate_at(progress);
        guarded(|| self.optimiser.step(gradient, losses.gradient, rate))?;
        Ok(losses)
    }

    /// What the result as it is now makes of all points of a lesson; nothing is learned.
    ///
    /// # Errors
    /// As [`Student::step`].
    ///
    /// # Panics
    /// As [`Student::step`].
    pub fn measure(&self, lesson: &Lesson) -> Result<Losses, LearnError> {
        lesson.check()?;
        let mut points: Vec<usize> = (0..lesson.queries.len()).collect();
        points.sort_by_key(|&point| lesson.queries[point].0);
        let leaves = guarded(|| self.parameters.leaves(&self.optimiser.mean))?;
        self.run(lesson, &points, (&leaves, None), |_| Ok(()))
    }

    /// The iteration that the next step goes backwards through: the more it counts, the likelier.
    fn one(&mut self) -> Result<One, LearnError> {
        let mut left = self.chance.share() * counts_of_all(self.options.num_iters);
        let mut num_later = 0;
        while num_later + 1 < self.options.num_iters && left >= counts(num_later) {
            left -= counts(num_later);
            num_later += 1;
        }
        let mut now = self.base.clone();
        now.tensors.extend(self.parameters.tensors(&values(self.optimiser.values.clone())?));
        Ok(One { num_later, others: self.network.with_weights(&now)? })
    }

    /// The losses of some points, in the order of their queries' frames, and their gradient.
    fn gradient(
        &self,
        lesson: &Lesson,
        points: &[usize],
        one: Option<&One>,
    ) -> Result<(Losses, Tensor<1>), LearnError> {
        let leaves = guarded(|| self.parameters.leaves(&self.optimiser.values))?;
        let leaves: Vec<_> = leaves.into_iter().map(|leaf| leaf.autodiff().require_grad()).collect();
        let mut sum: Option<Tensor<1>> = None;
        let mut losses = self.run(lesson, points, (&leaves, one), |losses| {
            guarded(|| {
                let [position, confidence] = self.options.loss_weights;
                let loss = losses.clone().narrow(0, 0, 1) * position + losses.narrow(0, 1, 1) * confidence;
                let gradient = Parameters::gradient(&leaves, &mut loss.backward());
                sum = Some(match sum.take() {
                    None => gradient,
                    Some(sum) => sum + gradient,
                });
            })
        })?;
        let sum = sum.expect("a lesson has a window");
        losses.gradient = values(guarded(|| sum.clone().square().sum().sqrt())?)?[0];
        Ok((losses, sum))
    }

    /// Follows some points, in the order of their queries' frames, through a lesson, and gives the losses of each
    /// window, `[2]`, to `backwards` before the next one begins.
    fn run(
        &self,
        lesson: &Lesson,
        points: &[usize],
        (leaves, one): (&[Tensor<1>], Option<&One>),
        mut backwards: impl FnMut(Tensor<1>) -> Result<(), NetworkError>,
    ) -> Result<Losses, LearnError> {
        let config = self.network.config();
        let (stride, device) = (config.stride as f32, self.network.tensor_device());
        let first_query = points.first().map_or(0, |&point| lesson.queries[point].0);
        let windows = windows(lesson.num_frames(), config.window_len, first_query);
        let num_iters = windows.len() * self.options.num_iters;
        let mut all = Losses::default();
        let (mut patches, mut state): (Option<QueryPatches>, Option<WindowState>) = (None, None);
        for window in windows {
            let joined = state.as_ref().map_or(0, |state| state.num_tracks);
            let here = points.partition_point(|&point| lesson.queries[point].0 < window.start + window.len);
            for points in points[joined..here].chunk_by(|&a, &b| lesson.queries[a].0 == lesson.queries[b].0) {
                let more = self.patches(lesson, points, stride)?;
                patches = Some(patches.map_or_else(|| more.clone(), |patches| patches.join(&more)));
            }
            let patches = patches.as_ref().expect("a window has points");
            let points = &points[..here];
            let begun = window.begin(lesson, points, state.as_ref(), stride);
            let named = guarded(|| self.parameters.named(leaves, &device))?;
            let trunk = guarded(|| Trunk::new(&self.base, &device, &named))?;
            let labels = guarded(|| Labels::new(lesson, points, window, num_iters, &device))?;
            let frames: Vec<&Features> =
                window.frames(lesson.num_frames()).map(|frame| &*lesson.features[frame]).collect();
            let passes = Passes { network: &self.network, frames: &frames, patches, trunk: &trunk, labels: &labels };
            let (losses, refined) = match one {
                None => passes.all(begun, self.options.num_iters)?,
                Some(one) => passes.one(begun, self.options.num_iters, one)?,
            };
            let found = values(losses.clone())?;
            all.position += found[0];
            all.confidence += found[1];
            backwards(losses)?;
            state = Some(refined);
        }
        Ok(all)
    }

    /// The query patches of points on one frame.
    fn patches(&self, lesson: &Lesson, points: &[usize], stride: f32) -> Result<QueryPatches, NetworkError> {
        let places: Vec<[f32; 2]> = points.iter().map(|&point| lesson.queries[point].1.map(|v| v / stride)).collect();
        self.network.patches(&lesson.features[lesson.queries[points[0]].0], &places)
    }

    /// The tensors that were learned, by the checkpoint's names: the running mean.
    ///
    /// # Errors
    /// When the device failed.
    pub fn weights(&self) -> Result<BTreeMap<String, HostTensor>, LearnError> {
        Ok(self.parameters.tensors(&values(self.optimiser.mean.clone())?))
    }

    /// The network that [`Student::write`] would write, rounded as there.
    ///
    /// # Errors
    /// When the device failed.
    pub fn checkpoint(&self) -> Result<Checkpoint, LearnError> {
        let mut learned = self.weights()?;
        for tensor in learned.values_mut() {
            tensor.data.iter_mut().for_each(|value| *value = f16::from_f32(*value).to_f32());
        }
        let mut checkpoint = self.base.clone();
        checkpoint.tensors.extend(learned);
        Ok(checkpoint)
    }

    /// Writes weights like those at `base`, with which the student began, and what was learned in place of the old.
    /// `learned` says in their metadata from what, such as "learned from 3 clips in 30 minutes".
    ///
    /// # Errors
    /// When `base` is no longer what it was, or the file cannot be written; and when the device failed.
    pub fn write(&self, base: &Path, out: &Path, learned: &str) -> Result<(), LearnError> {
        if Checkpoint::read(base)?.sha256 != self.base.sha256 {
            let problem = "the weights have changed since learning began".to_owned();
            return Err(LearnError::Unreadable { path: base.to_owned(), problem });
        }
        kept::write_whole(out, &retrained(base, &self.weights()?, learned)?)
    }
}

/// Waits for a tensor's values.
fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, LearnError> {
    let read = guarded(|| {
        let data = tensor.without_autodiff().try_into_data().map_err(|error| error.to_string())?;
        data.try_to_vec().map_err(|error| error.to_string())
    });
    Ok(read?.map_err(NetworkError::DeviceFailed)?)
}
