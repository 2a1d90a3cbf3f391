//! The sizes of a network.

use crate::geometry::Size;
use serde::{Deserialize, Serialize};

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
    /// Hidden width of the transformer's MLPs over `hidden_size`.
    pub mlp_ratio: f32,
    /// Iterations `M` per window.
    pub iters: usize,
    /// A point is shown as visible where visibility · confidence is above this.
    #[serde(default = "ModelConfig::default_visible_above")]
    pub visible_above: f32,
}

impl ModelConfig {
    /// Width of the motion encoding: 4 offsets × (1 + 2 × 10 octaves).
    pub const MOTION_DIM: usize = 84;

    // The online predictor's threshold, for weights that name none.
    fn default_visible_above() -> f32 {
        0.6
    }

    /// Width of a token before the transformer.
    #[must_use]
    pub fn input_dim(&self) -> usize {
        2 + self.corr_levels * self.corr_out + Self::MOTION_DIM
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
}
