// Query patches: 7 × 7 bilinear samples around each point of one feature map, borders replicated.
// Twin: src/kernels/patches.rs; near() and inside() come from shared/patch.wgsl
//
// fmap     [H, W, C] as vec4
// points   [N, 2] (x, y) in level pixels
// patches  [N, 49, C] as vec4; cells x-major, as published checkpoints expect
// info     H, W, N

@group(0) @binding(0) var<storage, read_write> fmap: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> points: array<f32>;
@group(0) @binding(2) var<storage, read_write> patches: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> info: vec4<u32>;

const C4: u32 = {{ c4 }}u;
const CELLS: u32 = 49u;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let height = info[0];
    let width = info[1];
    let n = group.x;
    if (n >= info[2]) {
        return;
    }
    let x = near(points[2u * n], width);
    let y = near(points[2u * n + 1u], height);
    let part = vec2<f32>(x - floor(x), y - floor(y));
    for (var k = local; k < CELLS * C4; k += 64u) {
        let cell = k / C4;
        let c = k % C4;
        let left = i32(floor(x)) + i32(cell / 7u) - 3;
        let top = i32(floor(y)) + i32(cell % 7u) - 3;
        let x0 = inside(left, width);
        let x1 = inside(left + 1, width);
        let row0 = inside(top, height) * width;
        let row1 = inside(top + 1, height) * width;
        let upper = mix(fmap[(row0 + x0) * C4 + c], fmap[(row0 + x1) * C4 + c], part.x);
        let lower = mix(fmap[(row1 + x0) * C4 + c], fmap[(row1 + x1) * C4 + c], part.x);
        patches[n * CELLS * C4 + k] = mix(upper, lower, part.y);
    }
}
