// Normalises each row to mean 0 and variance 1, in one launch.
// Twin: src/kernels/layer_norm.rs
//
// input   [R, C]
// output  [R, C]
// info    R, bits of what is added to the variance
//
// One workgroup per row.

@group(0) @binding(0) var<storage, read_write> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> info: vec4<u32>;

const C: u32 = {{ c }}u;
const THREADS: u32 = 64u;
const ROWS_IN_A_LINE: u32 = 32768u; // of the grid

var<workgroup> parts: array<f32, THREADS>;

// The sum of what all invocations bring.
fn total(part: f32, local: u32) -> f32 {
    workgroupBarrier();
    parts[local] = part;
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if (local < half) {
            parts[local] += parts[local + half];
        }
    }
    workgroupBarrier();
    return parts[0];
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let row = group.y * ROWS_IN_A_LINE + group.x;
    let is_there = row < info[0];
    let first = select(0u, row, is_there) * C; // those past the end compute the first row again, and drop it
    var sum = 0.0;
    for (var c = local; c < C; c += THREADS) {
        sum += input[first + c];
    }
    let mean = total(sum, local) / f32(C);
    var squares = 0.0;
    for (var c = local; c < C; c += THREADS) {
        let offset = input[first + c] - mean;
        squares += offset * offset;
    }
    let variance = total(squares, local) / f32(C);
    let scale = 1.0 / sqrt(variance + bitcast<f32>(info[1]));
    if (is_there) {
        for (var c = local; c < C; c += THREADS) {
            output[first + c] = (input[first + c] - mean) * scale;
        }
    }
}
