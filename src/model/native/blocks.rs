//! The transformer's blocks: attention and MLP, each on a normalised residual stream.

use super::parameters::{NativeError, Parameters, side_by_side};
use crate::kernels::cpu::{
    AttentionScratch, Buffer, Isa, Packed, Pixels, Rows, Start, attend_once, attention, gelu_tanh, layer_norm,
    multiply, scale_and_shift,
};
use crate::model::ModelConfig;

/// Of the norms without weights.
const EPSILON: f32 = 1e-6;
/// Of the context's norm, `PyTorch`'s default.
const CONTEXT_EPSILON: f32 = 1e-5;
/// Rows that go through an MLP together: their hidden values (four times as wide) stay in the second-level cache.
const MLP_ROWS: usize = 192;

/// Memory of a task, used again.
#[derive(Debug, Default)]
pub(super) struct BlockScratch {
    normed: Buffer,
    context: Buffer,
    pub(super) queries: Buffer,
    pub(super) keys_values: Buffer,
    attended: Buffer,
    hidden: Buffer,
    attention: AttentionScratch,
    scores: Vec<f32>,
}

/// `fc2(gelu(fc1(norm(x))))`, added to x.
#[derive(Debug)]
struct FeedForward {
    fc1: Packed,
    fc2: Packed,
}

impl FeedForward {
    fn new(config: &ModelConfig, parameters: &Parameters) -> Result<Self, NativeError> {
        let dim = config.hidden_size;
        let inner = (dim as f32 * config.mlp_ratio) as usize;
        let fc1 = parameters.part("fc1").linear(dim, inner)?;
        Ok(Self { fc1, fc2: parameters.part("fc2").linear(inner, dim)? })
    }

    fn run(&self, isa: Isa, x: &mut [f32], scratch: &mut BlockScratch) {
        let (dim, inner) = (self.fc1.run(), self.fc1.outputs());
        for x in x.chunks_mut(MLP_ROWS * dim) {
            let rows = x.len() / dim;
            let normed = scratch.normed.sized(x.len());
            layer_norm(isa, x, dim, EPSILON, normed);
            let hidden = scratch.hidden.sized(rows * inner);
            multiply(isa, &Pixels::rows(normed, rows, dim), &self.fc1, Start::Bias, hidden, inner);
            gelu_tanh(isa, hidden);
            multiply(isa, &Pixels::rows(hidden, rows, inner), &self.fc2, Start::Residual, x, dim);
        }
    }
}

/// Attention of tokens to themselves, then the MLP.
#[derive(Debug)]
pub(super) struct SelfBlock {
    /// Queries, keys and values in one product.
    to_qkv: Packed,
    /// Of these the keys and values alone.
    to_kv: Packed,
    to_out: Packed,
    mlp: FeedForward,
    heads: usize,
}

impl SelfBlock {
    pub(super) fn new(config: &ModelConfig, parameters: &Parameters) -> Result<Self, NativeError> {
        let (dim, attn) = (config.hidden_size, parameters.part("attn"));
        Ok(Self {
            to_qkv: side_by_side(&[(attn.part("to_q"), dim), (attn.part("to_kv"), 2 * dim)], dim)?.in_bf16(attn.isa()),
            to_kv: attn.part("to_kv").linear(dim, 2 * dim)?,
            to_out: attn.part("to_out").linear(dim, dim)?,
            mlp: FeedForward::new(config, &parameters.part("mlp"))?,
            heads: config.num_heads,
        })
    }

    /// The keys and values of tokens `x`: a row of both for each.
    pub(super) fn keys_values(&self, isa: Isa, x: &[f32], keys_values: &mut [f32], scratch: &mut BlockScratch) {
        let dim = self.to_out.outputs();
        let normed = scratch.normed.sized(x.len());
        layer_norm(isa, x, dim, EPSILON, normed);
        multiply(isa, &Pixels::rows(normed, x.len() / dim, dim), &self.to_kv, Start::Bias, keys_values, 2 * dim);
    }

    /// Updates single tokens `x`, each of which attends to the keys and values of its own group, `[tokens, group,
    /// 2 · hidden]`. Its own ones are put there first: in all places where the token is `new`, else in place `slot`.
    pub(super) fn run_single(
        &self,
        isa: Isa,
        x: &mut [f32],
        keys_values: &mut [f32],
        (slot, is_new): (usize, &[bool]),
        scratch: &mut BlockScratch,
    ) {
        let dim = self.to_out.outputs();
        let rows = x.len() / dim;
        let normed = scratch.normed.sized(x.len());
        layer_norm(isa, x, dim, EPSILON, normed);
        let qkv = scratch.queries.sized(3 * x.len());
        multiply(isa, &Pixels::rows(normed, rows, dim), &self.to_qkv, Start::Bias, qkv, 3 * dim);
        let attended = scratch.attended.sized(x.len());
        let groups = keys_values.chunks_exact_mut(keys_values.len() / rows);
        for (i, (group, attended)) in groups.zip(attended.chunks_exact_mut(dim)).enumerate() {
            let (query, own) = qkv[3 * i * dim..3 * (i + 1) * dim].split_at(dim);
            for (place, keys_values) in group.chunks_exact_mut(2 * dim).enumerate() {
                if is_new[i] || place == slot {
                    keys_values.copy_from_slice(own);
                }
            }
            attend_once(isa, query, group, self.heads, attended, &mut scratch.scores);
        }
        multiply(isa, &Pixels::rows(attended, rows, dim), &self.to_out, Start::Residual, x, dim);
        self.mlp.run(isa, x, scratch);
    }

    /// Queries, keys and values of tokens `x`, a row of all three for each: what [`Self::attend`] takes.
    pub(super) fn project(&self, isa: Isa, x: &[f32], qkv: &mut [f32], scratch: &mut BlockScratch) {
        let dim = self.to_out.outputs();
        let normed = scratch.normed.sized(x.len());
        layer_norm(isa, x, dim, EPSILON, normed);
        multiply(isa, &Pixels::rows(normed, x.len() / dim, dim), &self.to_qkv, Start::Bias, qkv, 3 * dim);
    }

    /// Updates some of the tokens that attend to each other: `x`, the first of which is number `first` in `qkv`. The
    /// same as [`Self::run`] on all of them.
    pub(super) fn attend(&self, isa: Isa, x: &mut [f32], qkv: &[f32], first: usize, scratch: &mut BlockScratch) {
        let dim = self.to_out.outputs();
        let (rows, count) = (x.len() / dim, qkv.len() / (3 * dim));
        let part = |column: usize, count: usize| Rows { data: &qkv[column * dim..], stride: 3 * dim, count };
        let queries = Rows { data: &qkv[3 * first * dim..], stride: 3 * dim, count: rows };
        let attended = scratch.attended.sized(x.len());
        attention(isa, [queries, part(1, count), part(2, count)], self.heads, attended, &mut scratch.attention);
        multiply(isa, &Pixels::rows(attended, rows, dim), &self.to_out, Start::Residual, x, dim);
        self.mlp.run(isa, x, scratch);
    }

    /// Updates tokens `x` in groups of `group` that attend to each other.
    pub(super) fn run(&self, isa: Isa, x: &mut [f32], group: usize, scratch: &mut BlockScratch) {
        let dim = self.to_out.outputs();
        let rows = x.len() / dim;
        let normed = scratch.normed.sized(x.len());
        layer_norm(isa, x, dim, EPSILON, normed);
        let qkv = scratch.queries.sized(3 * x.len());
        multiply(isa, &Pixels::rows(normed, rows, dim), &self.to_qkv, Start::Bias, qkv, 3 * dim);
        let attended = scratch.attended.sized(x.len());
        for (qkv, attended) in qkv.chunks(3 * group * dim).zip(attended.chunks_mut(group * dim)) {
            let count = attended.len() / dim;
            let part = |column: usize| Rows { data: &qkv[column * dim..], stride: 3 * dim, count };
            attention(isa, [part(0), part(1), part(2)], self.heads, attended, &mut scratch.attention);
        }
        multiply(isa, &Pixels::rows(attended, rows, dim), &self.to_out, Start::Residual, x, dim);
        self.mlp.run(isa, x, scratch);
    }
}

/// Attention of tokens to a context, then the MLP.
#[derive(Debug)]
pub(super) struct CrossBlock {
    context_scale: Vec<f32>,
    context_shift: Vec<f32>,
    to_q: Packed,
    to_kv: Packed,
    to_out: Packed,
    mlp: FeedForward,
    heads: usize,
}

impl CrossBlock {
    pub(super) fn new(config: &ModelConfig, parameters: &Parameters) -> Result<Self, NativeError> {
        let (dim, attn) = (config.hidden_size, parameters.part("cross_attn"));
        let norm = parameters.part("norm_context");
        Ok(Self {
            context_scale: norm.tensor("weight", &[dim])?.to_vec(),
            context_shift: norm.tensor("bias", &[dim])?.to_vec(),
            to_q: attn.part("to_q").linear(dim, dim)?,
            to_kv: attn.part("to_kv").linear(dim, 2 * dim)?,
            to_out: attn.part("to_out").linear(dim, dim)?,
            mlp: FeedForward::new(config, &parameters.part("mlp"))?,
            heads: config.num_heads,
        })
    }

    /// Updates tokens `x`, which all attend to all of `context`.
    pub(super) fn run(&self, isa: Isa, x: &mut [f32], context: &[f32], scratch: &mut BlockScratch) {
        let mut keys_values = std::mem::take(&mut scratch.keys_values);
        self.keys_values(isa, context, keys_values.sized(2 * context.len()), scratch);
        self.attend(isa, x, keys_values.sized(2 * context.len()), scratch);
        scratch.keys_values = keys_values;
    }

    /// The keys and values of a context: a row of both for each of its tokens.
    pub(super) fn keys_values(&self, isa: Isa, context: &[f32], keys_values: &mut [f32], scratch: &mut BlockScratch) {
        let dim = self.to_out.outputs();
        let normed = scratch.context.sized(context.len());
        layer_norm(isa, context, dim, CONTEXT_EPSILON, normed);
        scale_and_shift(isa, normed, &self.context_scale, &self.context_shift);
        let rows = Pixels::rows(normed, context.len() / dim, dim);
        multiply(isa, &rows, &self.to_kv, Start::Bias, keys_values, 2 * dim);
    }

    /// Updates tokens `x`, which all attend to the context with these keys and values.
    pub(super) fn attend(&self, isa: Isa, x: &mut [f32], keys_values: &[f32], scratch: &mut BlockScratch) {
        let dim = self.to_out.outputs();
        let (rows, context_rows) = (x.len() / dim, keys_values.len() / (2 * dim));
        let normed = scratch.normed.sized(x.len());
        layer_norm(isa, x, dim, EPSILON, normed);
        let queries = scratch.queries.sized(x.len());
        multiply(isa, &Pixels::rows(normed, rows, dim), &self.to_q, Start::Bias, queries, dim);
        let attended = scratch.attended.sized(x.len());
        let rows_of = [
            Rows { data: queries, stride: dim, count: rows },
            Rows { data: keys_values, stride: 2 * dim, count: context_rows },
            Rows { data: &keys_values[dim..], stride: 2 * dim, count: context_rows },
        ];
        attention(isa, rows_of, self.heads, attended, &mut scratch.attention);
        multiply(isa, &Pixels::rows(attended, rows, dim), &self.to_out, Start::Residual, x, dim);
        self.mlp.run(isa, x, scratch);
    }
}
