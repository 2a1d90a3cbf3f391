// Attention of several heads in one launch: softmax(q · kᵀ / √d) · v, without the table of scores.
// Twin: src/kernels/attention.rs
//
// queries  [B, n, H · d] as vec4
// context  [B, m, 2 · H · d] as vec4: keys of all heads, then values
// output   [B, n, H · d] as vec4
// info     n, m, tiles of queries
//
// One invocation per query and head; it goes through the keys once and keeps the largest score, the sum of the weights
// and the weighted values up to there. All invocations of a workgroup read the same key at the same time.

@group(0) @binding(0) var<storage, read_write> queries: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> context: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> info: vec4<u32>;

const HEADS: u32 = {{ heads }}u;
const D4: u32 = {{ d4 }}u; // vec4s of a head

@compute @workgroup_size({{ threads }}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let num_queries = info[0];
    let num_keys = info[1];
    let tiles = info[2];
    let head = group.x / tiles;
    let query = (group.x % tiles) * {{ threads }}u + local;
    if (query >= num_queries) {
        return;
    }
    let batch = group.y;
    let at = ((batch * num_queries + query) * HEADS + head) * D4;
    let scale = inverseSqrt(f32(4u * D4));
    var asked: array<vec4<f32>, D4>;
    var mixed: array<vec4<f32>, D4>;
    for (var c = 0u; c < D4; c++) {
        asked[c] = queries[at + c] * scale;
        mixed[c] = vec4<f32>(0.0);
    }
    var largest = -1e30;
    var sum = 0.0;
    for (var key = 0u; key < num_keys; key++) {
        let k = ((batch * num_keys + key) * 2u * HEADS + head) * D4;
        var score = 0.0;
        for (var c = 0u; c < D4; c++) {
            score += dot(asked[c], context[k + c]);
        }
        let before = largest;
        largest = max(largest, score);
        let rest = exp(before - largest);
        let weight = exp(score - largest);
        sum = sum * rest + weight;
        let v = k + HEADS * D4;
        for (var c = 0u; c < D4; c++) {
            mixed[c] = mixed[c] * rest + weight * context[v + c];
        }
    }
    for (var c = 0u; c < D4; c++) {
        output[at + c] = mixed[c] / sum;
    }
}
