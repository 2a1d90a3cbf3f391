// 4D correlation: the patch around each track point against that track's query patch, on one level.
// Twin: src/kernels/correlation.rs; near() and inside() come from shared/patch.wgsl
//
// fmap     [S, H, W, C] as vec4
// coords   [N, S, 2] (x, y) in level pixels
// patches  [N, 49, C] as vec4, cells x-major
// output   [N, S, 49, 49], patch cell first, query cell second
// info     S, N, H, W
//
// One workgroup per frame and track. Chunks of CHUNK · 4 channels of both patches go through workgroup memory; each of
// the first 49 invocations owns a 7 × 7 tile of the 49 × 49 products, so that 14 loads feed 49 dot products.

@group(0) @binding(0) var<storage, read_write> fmap: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> coords: array<f32>;
@group(0) @binding(2) var<storage, read_write> patches: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> info: vec4<u32>;

const C4: u32 = {{ c4 }}u;
const CHUNK: u32 = 8u; // vec4s; 2 × 49 × 8 × 16 bytes = 12.25 KiB of the 16 KiB that WebGPU promises
const CELLS: u32 = 49u;

var<workgroup> patch_cells: array<vec4<f32>, 392>;
var<workgroup> query_cells: array<vec4<f32>, 392>;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let frames = info[0];
    let height = info[2];
    let width = info[3];
    let n = group.x;
    let frame = group.y;
    let row = n * frames + frame;
    let x = near(coords[2u * row], width);
    let y = near(coords[2u * row + 1u], height);
    let part = vec2<f32>(x - floor(x), y - floor(y));
    let tile_row = local / 7u;
    let tile_column = local % 7u;
    var sums: array<f32, 49>;
    for (var i = 0u; i < 49u; i++) {
        sums[i] = 0.0;
    }
    for (var first = 0u; first < C4; first += CHUNK) {
        for (var k = local; k < CELLS * CHUNK; k += 64u) {
            let cell = k / CHUNK;
            let c = first + k % CHUNK;
            if (c < C4) {
                let left = i32(floor(x)) + i32(cell / 7u) - 3;
                let top = i32(floor(y)) + i32(cell % 7u) - 3;
                let x0 = inside(left, width);
                let x1 = inside(left + 1, width);
                let row0 = (frame * height + inside(top, height)) * width;
                let row1 = (frame * height + inside(top + 1, height)) * width;
                let upper = mix(fmap[(row0 + x0) * C4 + c], fmap[(row0 + x1) * C4 + c], part.x);
                let lower = mix(fmap[(row1 + x0) * C4 + c], fmap[(row1 + x1) * C4 + c], part.x);
                patch_cells[k] = mix(upper, lower, part.y);
                query_cells[k] = patches[(n * CELLS + cell) * C4 + c];
            } else {
                patch_cells[k] = vec4<f32>(0.0);
                query_cells[k] = vec4<f32>(0.0);
            }
        }
        workgroupBarrier();
        if (local < CELLS) {
            for (var k = 0u; k < CHUNK; k++) {
                var column: array<vec4<f32>, 7>;
                for (var b = 0u; b < 7u; b++) {
                    column[b] = query_cells[(tile_column * 7u + b) * CHUNK + k];
                }
                for (var a = 0u; a < 7u; a++) {
                    let value = patch_cells[(tile_row * 7u + a) * CHUNK + k];
                    for (var b = 0u; b < 7u; b++) {
                        sums[a * 7u + b] += dot(value, column[b]);
                    }
                }
            }
        }
        workgroupBarrier();
    }
    if (local < CELLS) {
        for (var a = 0u; a < 7u; a++) {
            for (var b = 0u; b < 7u; b++) {
                output[(row * CELLS + tile_row * 7u + a) * CELLS + tile_column * 7u + b] = sums[a * 7u + b];
            }
        }
    }
}
