//! The transformer: attention along time, and between tracks through virtual tracks.

use super::layers::{Linear, Mlp, Weights, layer_norm, softmax_last};
use crate::kernels::ops;
use crate::model::ModelConfig;
use burn::tensor::Tensor;

/// Scores of an attention that are held at once, 256 MB: no window of 16 frames has as many. Tests have small windows.
const MOST_SCORES: usize = if cfg!(test) { 1 << 14 } else { 1 << 26 };

/// Tracks that are looked at along time at once: a grid of a GPU has 65,535 lines at most.
const MOST_TRACKS: usize = 1 << 15;

/// The transformer's blocks.
#[derive(Debug)]
pub(super) struct UpdateFormer {
    pub(super) input_transform: Linear,
    pub(super) head: Linear,              // dx, dy, then visibility and confidence
    pub(super) virtual_tracks: Tensor<3>, // [V, 1, D]
    pub(super) time_blocks: Vec<SelfBlock>,
    pub(super) space_blocks: Vec<SpaceBlock>,
    pub(super) time_blocks_per_space_block: usize,
}

/// What tracks tell each other: tracks → virtual tracks, among virtual tracks, virtual tracks → tracks.
#[derive(Debug)]
pub(super) struct SpaceBlock {
    point_to_virtual: CrossBlock, // named space_virtual2point in checkpoints: virtual tracks ask, points answer
    among_virtual: SelfBlock,
    virtual_to_point: CrossBlock,
}

impl UpdateFormer {
    pub(super) fn new(weights: &Weights, config: &ModelConfig) -> Self {
        let heads = config.num_heads;
        let name = |rest: &str| format!("updateformer.{rest}");
        let virtual_tracks: Tensor<4> = weights.get(&name("virual_tracks")); // [1, V, 1, D]
        Self {
            input_transform: weights.linear(&name("input_transform")),
            head: weights.beside(&[&name("flow_head"), &name("vis_conf_head")]),
            virtual_tracks: virtual_tracks.squeeze_dim(0),
            time_blocks: (0..config.time_depth)
                .map(|i| SelfBlock::new(weights, &name(&format!("time_blocks.{i}")), heads))
                .collect(),
            space_blocks: (0..config.space_depth)
                .map(|i| SpaceBlock {
                    point_to_virtual: CrossBlock::new(
                        weights,
                        &name(&format!("space_virtual2point_blocks.{i}")),
                        heads,
                    ),
                    among_virtual: SelfBlock::new(weights, &name(&format!("space_virtual_blocks.{i}")), heads),
                    virtual_to_point: CrossBlock::new(
                        weights,
                        &name(&format!("space_point2virtual_blocks.{i}")),
                        heads,
                    ),
                })
                .collect(),
            time_blocks_per_space_block: config.time_depth / config.space_depth,
        }
    }

    /// Tokens `[N, S, input_dim]` → updates `[N, S, 4]`: dx, dy in feature pixels, visibility and confidence logits.
    pub(super) fn forward(&self, tokens: Tensor<3>) -> Tensor<3> {
        let [tracks, frames, _] = tokens.dims();
        let points = self.input_transform.forward(tokens);
        let [num_virtual, _, width] = self.virtual_tracks.dims();
        let virtual_tracks = self.virtual_tracks.clone().expand([num_virtual, frames, width]);
        let mut x = Tensor::cat(vec![points, virtual_tracks], 0); // [N + V, S, D]
        let mut space_blocks = self.space_blocks.iter();
        for (i, block) in self.time_blocks.iter().enumerate() {
            x = block.along_time(x);
            if i % self.time_blocks_per_space_block == 0
                && let Some(block) = space_blocks.next()
            {
                x = block.forward(x.swap_dims(0, 1), tracks).swap_dims(0, 1);
            }
        }
        self.head.forward(x.narrow(0, 0, tracks))
    }
}

impl SpaceBlock {
    /// `[S, N + V, D]` → the same.
    pub(super) fn forward(&self, x: Tensor<3>, tracks: usize) -> Tensor<3> {
        let num_virtual = x.dims()[1] - tracks;
        let points = x.clone().narrow(1, 0, tracks);
        let virtual_tracks = x.narrow(1, tracks, num_virtual);
        let virtual_tracks = self.point_to_virtual.forward(virtual_tracks, points.clone());
        let virtual_tracks = self.among_virtual.forward(virtual_tracks);
        let points = self.virtual_to_point.forward(points, virtual_tracks.clone());
        Tensor::cat(vec![points, virtual_tracks], 1)
    }
}

#[derive(Debug)]
pub(super) struct SelfBlock {
    attention: Attention,
    mlp: Mlp,
}

impl SelfBlock {
    fn new(weights: &Weights, name: &str, heads: usize) -> Self {
        let attention = Attention::new(weights, &format!("{name}.attn"), heads);
        Self { attention, mlp: Mlp::new(weights, &format!("{name}.mlp"), true) }
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let normal = layer_norm(x.clone(), 1e-6);
        self.apply(x, normal.clone(), normal)
    }

    /// The same, some tracks after others where all have too many frames for one product.
    fn along_time(&self, x: Tensor<3>) -> Tensor<3> {
        let [tracks, frames, _] = x.dims();
        let most = (MOST_SCORES / (self.attention.heads * frames * frames)).clamp(1, MOST_TRACKS);
        if tracks <= most {
            return self.forward(x);
        }
        let some = |first: usize| self.forward(x.clone().narrow(0, first, most.min(tracks - first)));
        Tensor::cat((0..tracks).step_by(most).map(some).collect(), 0)
    }

    /// Tokens `x` `[B, n, D]` that attend to others, `[B, m, D]`.
    pub(super) fn forward_to(&self, x: Tensor<3>, context: Tensor<3>) -> Tensor<3> {
        let (normal, context) = (layer_norm(x.clone(), 1e-6), layer_norm(context, 1e-6));
        self.apply(x, normal, context)
    }

    /// The same, given both normalised.
    fn apply(&self, x: Tensor<3>, normal: Tensor<3>, context: Tensor<3>) -> Tensor<3> {
        let x = self.attention.added_to(x, normal, context);
        self.mlp.added_to(x.clone(), layer_norm(x, 1e-6))
    }
}

#[derive(Debug)]
struct CrossBlock {
    norm_weight: Tensor<3>, // [1, 1, D]
    norm_bias: Tensor<3>,
    attention: Attention,
    mlp: Mlp,
}

impl CrossBlock {
    fn new(weights: &Weights, name: &str, heads: usize) -> Self {
        Self {
            norm_weight: weights.get::<1>(&format!("{name}.norm_context.weight")).unsqueeze(),
            norm_bias: weights.get::<1>(&format!("{name}.norm_context.bias")).unsqueeze(),
            attention: Attention::new(weights, &format!("{name}.cross_attn"), heads),
            mlp: Mlp::new(weights, &format!("{name}.mlp"), true),
        }
    }

    fn forward(&self, x: Tensor<3>, context: Tensor<3>) -> Tensor<3> {
        let context = layer_norm(context, 1e-5) * self.norm_weight.clone() + self.norm_bias.clone();
        let normal = layer_norm(x.clone(), 1e-6);
        let x = self.attention.added_to(x, normal, context);
        self.mlp.added_to(x.clone(), layer_norm(x, 1e-6))
    }
}

#[derive(Debug)]
struct Attention {
    heads: usize,
    to_q: Linear,
    to_kv: Linear,
    to_out: Linear,
}

impl Attention {
    fn new(weights: &Weights, name: &str, heads: usize) -> Self {
        let [to_q, to_kv, to_out] = ["to_q", "to_kv", "to_out"].map(|layer| weights.linear(&format!("{name}.{layer}")));
        Self { heads, to_q, to_kv, to_out }
    }

    /// `x` `[B, n, D]` asks `context` `[B, m, D]`; the answer is added to `to`.
    fn added_to(&self, to: Tensor<3>, x: Tensor<3>, context: Tensor<3>) -> Tensor<3> {
        let (queries, context) = (self.to_q.forward(x), self.to_kv.forward(context));
        let in_fours = queries.dims()[2].is_multiple_of(4 * self.heads);
        let mixed = if in_fours && ops::has_layers(&queries) {
            ops::attention(queries, context, self.heads)
        } else {
            self.mix(queries, context)
        };
        self.to_out.added_to(to, mixed)
    }

    /// Queries `[B, n, D]`, keys and values `[B, m, 2 · D]` → `[B, n, D]`.
    fn mix(&self, queries: Tensor<3>, context: Tensor<3>) -> Tensor<3> {
        let [batch, n, width] = queries.dims();
        let m = context.dims()[1];
        let head_width = width / self.heads;
        let split = |t: Tensor<3>, len: usize| t.reshape([batch, len, self.heads, head_width]).swap_dims(1, 2);
        let q = split(queries, n);
        let k = split(context.clone().narrow(2, 0, width), m);
        let v = split(context.narrow(2, width, width), m);
        let weights = softmax_last(q.matmul(k.swap_dims(2, 3)) / (head_width as f32).sqrt());
        weights.matmul(v).swap_dims(1, 2).reshape([batch, n, width])
    }
}
