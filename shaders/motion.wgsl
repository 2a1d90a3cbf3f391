// Motion encoding: offsets to the next and the previous frame, in 10 octaves of sine and cosine.
// Twin: src/kernels/motion.rs
//
// coords   [N, S, 2] (x, y) in feature pixels
// output   [N, S, 84]: the 4 offsets, their sines, their cosines; each offset's octaves stand octave-major
// info     N · S, S, bits of the scale's x, bits of the scale's y
//
// WGSL promises sin() only within ±π and only to 2^-11, while the highest octave reaches hundreds of radians: the range
// is reduced here and the sine is a polynomial.

@group(0) @binding(0) var<storage, read_write> coords: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> info: vec4<u32>;

const WIDTH: u32 = 84u;
const OCTAVES: u32 = 10u;
const HALF_PI: f32 = 1.5707964;

// sin(x): x − k · π/2 in three parts (the first two have few enough bits for exact products), then the Taylor-like
// minimax polynomials of the Cephes library on ±π/4.
fn sine(x: f32) -> f32 {
    let k = round(x * 0.63661975);
    var r = x - k * 1.5703125;
    r = r - k * 4.837512969970703e-4;
    r = r - k * 7.549789954891882e-8;
    let z = r * r;
    let s = r + r * z * (-1.6666654611e-1 + z * (8.3321608736e-3 - z * 1.9515295891e-4));
    let c = 1.0 - 0.5 * z + z * z * (4.166664568298827e-2 + z * (-1.388731625493765e-3 + z * 2.443315711809948e-5));
    let quadrant = u32(i32(k)) & 3u;
    let value = select(s, c, (quadrant & 1u) == 1u);
    return select(value, -value, quadrant >= 2u);
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    if (row >= info[0]) {
        return;
    }
    let frame = row % info[1];
    let scale = vec2<f32>(bitcast<f32>(info[2]), bitcast<f32>(info[3]));
    let here = vec2<f32>(coords[2u * row], coords[2u * row + 1u]);
    var offsets = vec4<f32>(0.0);
    if (frame + 1u < info[1]) {
        let next = vec2<f32>(coords[2u * row + 2u], coords[2u * row + 3u]);
        let forward = (here - next) / scale;
        offsets.x = forward.x;
        offsets.y = forward.y;
    }
    if (frame > 0u) {
        let previous = vec2<f32>(coords[2u * row - 2u], coords[2u * row - 1u]);
        let backward = (here - previous) / scale;
        offsets.z = backward.x;
        offsets.w = backward.y;
    }
    for (var i = 0u; i < 4u; i++) {
        output[row * WIDTH + i] = offsets[i];
        var factor = 1.0;
        for (var octave = 0u; octave < OCTAVES; octave++) {
            let angle = offsets[i] * factor;
            let at = row * WIDTH + 4u + octave * 4u + i;
            output[at] = sine(angle);
            output[at + 4u * OCTAVES] = sine(angle + HALF_PI);
            factor *= 2.0;
        }
    }
}
