// How well each query patch fits every place of a picture: the patch's products with what lies there.
// Twin: src/kernels/search.rs
//
// fmap     [H, W, C] as vec4
// patches  [N, 49, C] as vec4, cells x-major
// output   [N, H, W]
// info     H, W, tiles in a row
//
// One workgroup per tile of 8 × 8 places and patch. Chunks of CHUNK · 4 channels of the patch and of what lies below and
// around the tile go through workgroup memory; one invocation per place. Outside the picture there is nothing: 0.

@group(0) @binding(0) var<storage, read_write> fmap: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> patches: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@group(0) @binding(3) var<uniform> info: vec4<u32>;

const C4: u32 = {{ c4 }}u;
const CHUNK: u32 = 4u; // vec4s; (196 + 49) × 4 × 16 bytes = 15.3 KiB of the 16 KiB that WebGPU promises
const CELLS: u32 = 49u;
const AROUND: u32 = 14u; // cells along a side of what lies around a tile

var<workgroup> around: array<vec4<f32>, 784>;
var<workgroup> asked: array<vec4<f32>, 196>;

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let height = info[0];
    let width = info[1];
    let tiles = info[2];
    let n = group.y;
    let left = 8u * (group.x % tiles);
    let top = 8u * (group.x / tiles);
    let place_x = local % 8u;
    let place_y = local / 8u;
    var sum = 0.0;
    for (var first = 0u; first < C4; first += CHUNK) {
        for (var k = local; k < AROUND * AROUND * CHUNK; k += 64u) {
            let cell = k / CHUNK;
            let c = first + k % CHUNK;
            let x = i32(left + cell % AROUND) - 3;
            let y = i32(top + cell / AROUND) - 3;
            var value = vec4<f32>(0.0);
            if (c < C4 && x >= 0 && y >= 0 && x < i32(width) && y < i32(height)) {
                value = fmap[(u32(y) * width + u32(x)) * C4 + c];
            }
            around[k] = value;
        }
        for (var k = local; k < CELLS * CHUNK; k += 64u) {
            let c = first + k % CHUNK;
            var value = vec4<f32>(0.0);
            if (c < C4) {
                value = patches[(n * CELLS + k / CHUNK) * C4 + c];
            }
            asked[k] = value;
        }
        workgroupBarrier();
        for (var cell = 0u; cell < CELLS; cell++) {
            let at = (place_y + cell % 7u) * AROUND + place_x + cell / 7u;
            for (var k = 0u; k < CHUNK; k++) {
                sum += dot(around[at * CHUNK + k], asked[cell * CHUNK + k]);
            }
        }
        workgroupBarrier();
    }
    let x = left + place_x;
    let y = top + place_y;
    if (x < width && y < height) {
        output[(n * height + y) * width + x] = sum;
    }
}
