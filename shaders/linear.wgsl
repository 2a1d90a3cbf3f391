// A linear layer in one launch: f(x · Wᵀ + b), and where wanted something added to it.
// Twin: src/kernels/linear.rs
//
// input     [M, K]
// weight    [N, K]
// bias      [N]
// addend    [M, N], where there is one
// output    [M, N]
// info      M, N
//
// One workgroup per tile of TILE × TILE results. DEPTH columns of both operands go through workgroup memory at a time;
// each invocation owns 4 × 4 results, SIDE apart, so that 8 loads feed 16 products.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
{{ addend }}
@group(0) @binding({{ output }}) var<storage, read_write> output: array<f32>;
@group(0) @binding({{ info }}) var<uniform> info: vec4<u32>;

const K: u32 = {{ k }}u;
const TILE: u32 = {{ tile }}u;
const SIDE: u32 = TILE / 4u;
const THREADS: u32 = SIDE * SIDE;
const DEPTH: u32 = 16u;
const PITCH: u32 = TILE + 1u; // neighbours in a column lie in different banks

var<workgroup> rows: array<f32, {{ panel }}>; // DEPTH × PITCH
var<workgroup> columns: array<f32, {{ panel }}>;

// The error function, within 1.5e-7 (Abramowitz and Stegun, 7.1.26).
fn erf(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.3275911 * abs(x));
    let sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return sign(x) * (1.0 - sum * exp(-x * x));
}

fn activated(x: f32) -> f32 {
    return {{ activated }};
}

@compute @workgroup_size({{ threads }}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let num_rows = info[0];
    let num_columns = info[1];
    let first_row = group.y * TILE;
    let first_column = group.x * TILE;
    let row = local / SIDE;
    let column = local % SIDE;
    var sums: array<vec4<f32>, 4>;
    for (var i = 0u; i < 4u; i++) {
        sums[i] = vec4<f32>(0.0);
    }
    for (var first = 0u; first < K; first += DEPTH) {
        for (var e = local; e < TILE * DEPTH; e += THREADS) {
            let line = e / DEPTH;
            let k = first + e % DEPTH;
            let at = (e % DEPTH) * PITCH + line;
            var x = 0.0;
            if (k < K && first_row + line < num_rows) {
                x = input[(first_row + line) * K + k];
            }
            rows[at] = x;
            var w = 0.0;
            if (k < K && first_column + line < num_columns) {
                w = weight[(first_column + line) * K + k];
            }
            columns[at] = w;
        }
        workgroupBarrier();
        for (var k = 0u; k < DEPTH; k++) {
            let at = k * PITCH;
            let w = vec4<f32>(
                columns[at + column],
                columns[at + column + SIDE],
                columns[at + column + 2u * SIDE],
                columns[at + column + 3u * SIDE],
            );
            for (var i = 0u; i < 4u; i++) {
                sums[i] += rows[at + row + i * SIDE] * w;
            }
        }
        workgroupBarrier();
    }
    for (var i = 0u; i < 4u; i++) {
        let m = first_row + row + i * SIDE;
        for (var j = 0u; j < 4u; j++) {
            let n = first_column + column + j * SIDE;
            if (m < num_rows && n < num_columns) {
                let at = m * num_columns + n;
                output[at] = activated(sums[i][j] + bias[n]){{ added }};
            }
        }
    }
}
