//! Which tensors a checkpoint must hold, by the official names, and the config that their shapes imply.

use super::lite;
use super::{EncoderKind, HostTensor, ModelConfig};
use crate::calibration::Calibration;
use std::collections::BTreeMap;

/// Every tensor of a network: name and shape. The names are the published checkpoints', `virual_tracks` included.
pub(super) fn expected_tensors(config: &ModelConfig) -> BTreeMap<String, Vec<usize>> {
    let mut table = Table::default();
    match config.encoder {
        EncoderKind::Residual => table.residual_encoder(config),
        EncoderKind::Lite => table.lite_encoder(config),
    }
    let patch = config.patch_width().pow(4);
    table.mlp("corr_mlp", patch, config.corr_hidden, config.corr_out);
    table.update_former(config);
    table.add("time_emb", vec![1, config.window_len, config.input_dim()]);
    table.0
}

#[derive(Default)]
struct Table(BTreeMap<String, Vec<usize>>);

impl Table {
    fn add(&mut self, name: impl Into<String>, shape: Vec<usize>) {
        self.0.insert(name.into(), shape);
    }

    fn weight_and_bias(&mut self, name: &str, weight: Vec<usize>) {
        self.add(format!("{name}.bias"), vec![weight[0]]);
        self.add(format!("{name}.weight"), weight);
    }

    fn conv(&mut self, name: &str, from: usize, to: usize, kernel: usize) {
        self.weight_and_bias(name, vec![to, from, kernel, kernel]);
    }

    fn linear(&mut self, name: &str, from: usize, to: usize) {
        self.weight_and_bias(name, vec![to, from]);
    }

    fn mlp(&mut self, name: &str, from: usize, hidden: usize, to: usize) {
        self.linear(&format!("{name}.fc1"), from, hidden);
        self.linear(&format!("{name}.fc2"), hidden, to);
    }

    fn residual_encoder(&mut self, config: &ModelConfig) {
        let widths = encoder_widths(config.latent_dim);
        self.conv("fnet.conv1", 3, widths[0], 7);
        let mut from = widths[0];
        for (stage, &to) in widths.iter().enumerate() {
            for block in 0..2 {
                let name = format!("fnet.layer{}.{block}", stage + 1);
                let block_from = if block == 0 { from } else { to };
                self.conv(&format!("{name}.conv1"), block_from, to, 3);
                self.conv(&format!("{name}.conv2"), to, to, 3);
                if block == 0 && stage > 0 {
                    self.conv(&format!("{name}.downsample.0"), from, to, 1);
                }
            }
            from = to;
        }
        self.conv("fnet.conv2", widths.iter().sum(), 2 * config.latent_dim, 3);
        self.conv("fnet.conv3", 2 * config.latent_dim, config.latent_dim, 1);
    }

    fn lite_encoder(&mut self, config: &ModelConfig) {
        self.conv("fnet.stem", 3, lite::STEM, 3);
        let blocks = lite::blocks();
        for block in &blocks {
            let name = format!("fnet.{}", block.name());
            if block.has_expand() {
                self.conv(&format!("{name}.expand"), block.inputs, block.hidden, 1);
            }
            self.conv(&format!("{name}.depthwise"), 1, block.hidden, block.kernel);
            self.conv(&format!("{name}.project"), block.hidden, block.outputs, 1);
        }
        self.conv("fnet.detail", blocks[0].outputs, lite::DETAIL, 3);
        self.conv("fnet.conv3", lite::PARTS.iter().sum(), config.latent_dim, 1);
    }

    fn update_former(&mut self, config: &ModelConfig) {
        let width = config.hidden_size;
        let name = |rest: &str| format!("updateformer.{rest}");
        self.linear(&name("input_transform"), config.input_dim(), width);
        self.linear(&name("flow_head"), width, 2);
        self.linear(&name("vis_conf_head"), width, 2);
        self.add(name("virual_tracks"), vec![1, config.num_virtual_tracks, 1, width]);
        for i in 0..config.time_depth {
            self.attention_block(config, &name(&format!("time_blocks.{i}")), "attn");
        }
        for i in 0..config.space_depth {
            self.attention_block(config, &name(&format!("space_virtual_blocks.{i}")), "attn");
            for kind in ["space_point2virtual_blocks", "space_virtual2point_blocks"] {
                let block = name(&format!("{kind}.{i}"));
                self.attention_block(config, &block, "cross_attn");
                self.weight_and_bias(&format!("{block}.norm_context"), vec![width]);
            }
        }
    }

    fn attention_block(&mut self, config: &ModelConfig, block: &str, attention: &str) {
        let width = config.hidden_size;
        self.linear(&format!("{block}.{attention}.to_q"), width, width);
        self.linear(&format!("{block}.{attention}.to_kv"), width, 2 * width);
        self.linear(&format!("{block}.{attention}.to_out"), width, width);
        self.mlp(&format!("{block}.mlp"), width, (width as f32 * config.mlp_ratio) as usize, width);
    }
}

/// Channels of the encoder's four stages.
pub(super) fn encoder_widths(latent_dim: usize) -> [usize; 4] {
    [latent_dim / 2, latent_dim / 4 * 3, latent_dim, latent_dim]
}

/// The config of an official-layout checkpoint, as `oracle.config_from_shapes`: heads are 48 wide; the picture size,
/// the iterations and the threshold, which no shape tells, are the official 384 × 512, 6 and 0.6. `Err` names the
/// tensor that is missing or has an impossible shape.
pub(super) fn config_from_shapes(tensors: &BTreeMap<String, HostTensor>) -> Result<ModelConfig, String> {
    let shape = |name: &str, rank: usize| {
        let found = tensors.get(name).map(|t| t.shape.as_slice());
        found.filter(|s| s.len() == rank && s.iter().all(|&n| n > 0)).ok_or_else(|| name.to_owned())
    };
    let depth = |kind: &str| {
        let prefix = format!("updateformer.{kind}.");
        let numbers: std::collections::BTreeSet<_> =
            tensors.keys().filter_map(|name| name.strip_prefix(&prefix)?.split('.').next()).collect();
        numbers.len()
    };
    let input = shape("updateformer.input_transform.weight", 2)?;
    let (hidden_size, input_dim) = (input[0], input[1]);
    let corr = shape("corr_mlp.fc2.weight", 2)?;
    let (corr_out, corr_hidden) = (corr[0], corr[1]);
    let patch = shape("corr_mlp.fc1.weight", 2)?[1];
    let patch_width = (1..=31).step_by(2).find(|w: &usize| w.pow(4) == patch);
    let mlp = if depth("time_blocks") > 0 { shape("updateformer.time_blocks.0.mlp.fc1.weight", 2)?[0] } else { 0 };
    Ok(ModelConfig {
        latent_dim: shape("fnet.conv3.weight", 4)?[0],
        hidden_size,
        num_heads: (hidden_size / 48).max(1),
        space_depth: depth("space_virtual_blocks"),
        time_depth: depth("time_blocks"),
        corr_hidden,
        corr_out,
        num_virtual_tracks: shape("updateformer.virual_tracks", 4)?[1],
        corr_radius: patch_width.ok_or("corr_mlp.fc1.weight")? / 2,
        corr_levels: input_dim.saturating_sub(2 + ModelConfig::MOTION_DIM) / corr_out,
        stride: 4,
        window_len: shape("time_emb", 3)?[1],
        model_resolution: (384, 512),
        clip_resolution: None,
        mlp_ratio: mlp as f32 / hidden_size as f32,
        iters: 6,
        encoder: EncoderKind::default(),
        visible_above: ModelConfig::default_visible_above(),
        calibration: Calibration::default(),
    })
}
