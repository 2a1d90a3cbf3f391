//! The sizes of a network.

use crate::calibration::{Calibration, Probability};
use crate::geometry::Size;
use serde::{Deserialize, Serialize};

/// Which network makes the features of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EncoderKind {
    /// The paper's, which the official checkpoints hold.
    #[default]
    Residual,
    /// `EfficientNet-Lite0`'s first stages under a light head: a quarter of the arithmetic.
    Lite,
}

/// The sizes of a network and how its results are read, as the weights' metadata name them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// Channels `C` of a feature.
    pub latent_dim: usize,
    /// Width of a token in the transformer.
    pub hidden_size: usize,
    /// Attention heads; each is `hidden_size / num_heads` wide.
    pub num_heads: usize,
    /// Attention blocks between tracks.
    pub space_depth: usize,
    /// Attention blocks along time.
    pub time_depth: usize,
    /// Hidden width of the correlation MLP.
    pub corr_hidden: usize,
    /// Output width of the correlation MLP, per level.
    pub corr_out: usize,
    /// Virtual tracks that carry what tracks tell each other.
    pub num_virtual_tracks: usize,
    /// Cells from the middle of a patch to its border; a patch is `R = 2 · radius + 1` wide.
    pub corr_radius: usize,
    /// Levels `L` of the feature pyramid.
    pub corr_levels: usize,
    /// Model pixels per feature cell.
    pub stride: usize,
    /// Frames `S` in a window.
    pub window_len: usize,
    /// (height, width) of the pictures that the network was trained on; the motion encoding keeps this scale.
    pub model_resolution: (u32, u32),
    /// (height, width) of the pictures that loaded clips are looked at in, where another size than the one above does
    /// better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_resolution: Option<(u32, u32)>,
    /// Hidden width of the transformer's MLPs over `hidden_size`.
    pub mlp_ratio: f32,
    /// Iterations `M` per window.
    pub iters: usize,
    /// Which network makes the features; the paper's where none is named.
    #[serde(default)]
    pub encoder: EncoderKind,
    /// A point is shown as visible where visibility · confidence is above this.
    #[serde(default = "ModelConfig::default_visible_above")]
    pub visible_above: f32,
    /// What visibility · confidence is worth; empty where nobody has found out.
    #[serde(default, skip_serializing_if = "Calibration::is_empty")]
    pub calibration: Calibration,
}

impl ModelConfig {
    /// Width of the motion encoding: 4 offsets × (1 + 2 × 10 octaves).
    pub const MOTION_DIM: usize = 84;

    // The official online checkpoints have windows of 16 frames, the offline ones of 60.
    const LONG_WINDOW: usize = 32;

    // The online predictor's threshold, for weights that name none.
    pub(super) fn default_visible_above() -> f32 {
        0.6
    }

    /// Width of a token before the transformer.
    #[must_use]
    pub fn input_dim(&self) -> usize {
        2 + self.corr_levels * self.corr_out + Self::MOTION_DIM
    }

    /// What visibility and confidence come to, 0 to 1. Outside the picture nothing can be seen.
    #[must_use]
    pub fn score(visibility: f32, confidence: f32, is_inside: bool) -> f32 {
        if is_inside { visibility * confidence } else { 0.0 }
    }

    /// Whether a point with this score is shown as visible, and how probable it is that it is right, where the weights
    /// know.
    #[must_use]
    pub fn verdict(&self, score: f32) -> (bool, Option<Probability>) {
        (score > self.visible_above, self.calibration.probability(score))
    }

    /// Whether the network was trained on whole clips at once: its windows are too long to be anything else.
    #[must_use]
    pub fn is_for_whole_clips(&self) -> bool {
        self.window_len >= Self::LONG_WINDOW
    }

    /// Bytes of the feature pyramid of a picture.
    #[must_use]
    pub fn feature_bytes(&self, model_size: Size) -> usize {
        let cells = model_size.area() / self.stride.pow(2);
        let levels = (0..self.corr_levels).map(|level| (cells >> (2 * level)) * self.latent_dim);
        levels.sum::<usize>() * size_of::<f32>()
    }

    /// Frames that a window advances.
    #[must_use]
    pub fn step(&self) -> usize {
        self.window_len / 2
    }

    /// Cells along one side of a patch, `R`.
    #[must_use]
    pub fn patch_width(&self) -> usize {
        2 * self.corr_radius + 1
    }

    /// The picture size that the network was trained on.
    #[must_use]
    pub fn model_size(&self) -> Size {
        Size::new(self.model_resolution.1, self.model_resolution.0)
    }

    /// The picture size that loaded clips are tracked at where nothing else is asked for: nobody waits for the next
    /// frame there, so it may be larger than [`ModelConfig::model_size`].
    #[must_use]
    pub fn clip_size(&self) -> Size {
        self.clip_resolution.map_or(self.model_size(), |(height, width)| Size::new(width, height))
    }

    /// Whether the sizes make a network that the code can run; `Err` says which does not.
    pub(super) fn check(&self) -> Result<(), String> {
        let positive = [
            ("latent_dim", self.latent_dim),
            ("hidden_size", self.hidden_size),
            ("num_heads", self.num_heads),
            ("time_depth", self.time_depth),
            ("space_depth", self.space_depth),
            ("corr_hidden", self.corr_hidden),
            ("corr_out", self.corr_out),
            ("num_virtual_tracks", self.num_virtual_tracks),
            ("corr_levels", self.corr_levels),
            ("iters", self.iters),
        ];
        if let Some((name, _)) = positive.iter().find(|(_, value)| *value == 0 || *value > 1 << 16) {
            return Err(format!("{name} is out of range"));
        }
        let rules = [
            (self.corr_radius == 3, "corr_radius is not 3"),
            (self.stride == 4, "stride is not 4"),
            (self.corr_levels <= 4, "more than 4 levels"),
            (self.latent_dim.is_multiple_of(4), "latent_dim is not a multiple of 4"),
            (self.hidden_size.is_multiple_of(self.num_heads), "the heads do not divide hidden_size"),
            (self.time_depth.is_multiple_of(self.space_depth), "space_depth does not divide time_depth"),
            (
                self.window_len.is_multiple_of(2) && (2..=256).contains(&self.window_len),
                "window_len is odd or out of range",
            ),
            (self.mlp_ratio > 0.0 && self.mlp_ratio <= 64.0, "mlp_ratio is out of range"),
            ((0.0..=1.0).contains(&self.visible_above), "visible_above is not a probability"),
            (self.calibration.is_sound(), "calibration is not a rising table of shares"),
            (Self::is_model_size(self.model_size()), "model_resolution is not made of multiples of 8 from 64 to 4096"),
            (Self::is_model_size(self.clip_size()), "clip_resolution is not made of multiples of 8 from 64 to 4096"),
        ];
        rules.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, problem)| Err((*problem).to_owned()))
    }

    /// Whether the network can look at pictures of this size: multiples of 8 from 64 to 4096 pixels.
    #[must_use]
    pub fn is_model_size(size: Size) -> bool {
        [size.width, size.height].iter().all(|n| n.is_multiple_of(8) && (64..=4096).contains(n))
    }
}
