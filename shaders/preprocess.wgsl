// Picture to network input: corner-aligned bilinear resize of RGB bytes, then 0..255 → −1..1.
// Twin: src/kernels/preprocess.rs
//
// picture  packed RGB bytes, four to a word, rows tight
// output   [3, H', W'] planes
// info     source width, source height, output width, output height

@group(0) @binding(0) var<storage, read_write> picture: array<u32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> info: vec4<u32>;

fn channel(x: u32, y: u32, c: u32) -> f32 {
    let at = (y * info[0] + x) * 3u + c;
    return f32((picture[at / 4u] >> (8u * (at % 4u))) & 255u);
}

// Corners map to corners; an output one pixel long reads pixel 0.
fn scale(source: u32, size: u32) -> f32 {
    return select(0.0, f32(source - 1u) / f32(max(size, 2u) - 1u), size > 1u);
}

@compute @workgroup_size(16, 16, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let source = vec2<u32>(info[0], info[1]);
    let size = vec2<u32>(info[2], info[3]);
    if (id.x >= size.x || id.y >= size.y) {
        return;
    }
    let at = vec2<f32>(id.xy) * vec2<f32>(scale(source.x, size.x), scale(source.y, size.y));
    let low = min(vec2<u32>(at), source - 1u);
    let high = min(low + 1u, source - 1u);
    let part = at - vec2<f32>(low);
    for (var c = 0u; c < 3u; c++) {
        let top = mix(channel(low.x, low.y, c), channel(high.x, low.y, c), part.x);
        let bottom = mix(channel(low.x, high.y, c), channel(high.x, high.y, c), part.x);
        output[(c * size.y + id.y) * size.x + id.x] = mix(top, bottom, part.y) * (2.0 / 255.0) - 1.0;
    }
}
