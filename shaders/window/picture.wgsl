// The picture on its canvas, and what it leaves of it: one texture read per pixel, nothing else. See
// src/app/canvas/picture_pass.rs.

struct Placement {
    // Left, top, right and bottom of the canvas in clip coordinates (-1 to 1, y up).
    corners: vec4<f32>,
    // The same corners in the texture, in which the picture goes from 0 to 1, y down.
    texture: vec4<f32>,
    // What the picture's colours are multiplied with.
    tint: vec4<f32>,
    // What is around it.
    surround: vec4<f32>,
}

@group(0) @binding(0) var<uniform> placement: Placement;
@group(0) @binding(1) var picture: texture_2d<f32>;
@group(0) @binding(2) var filtering: sampler;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) at: vec2<f32>,
}

// A strip of two triangles: left top, right top, left bottom, right bottom.
@vertex
fn place(@builtin(vertex_index) index: u32) -> Corner {
    let is_right = (index & 1u) == 1u;
    let is_bottom = (index & 2u) == 2u;
    let x = select(placement.corners.x, placement.corners.z, is_right);
    let y = select(placement.corners.y, placement.corners.w, is_bottom);
    let u = select(placement.texture.x, placement.texture.z, is_right);
    let v = select(placement.texture.y, placement.texture.w, is_bottom);
    return Corner(vec4<f32>(x, y, 0.0, 1.0), vec2<f32>(u, v));
}

@fragment
fn paint(corner: Corner) -> @location(0) vec4<f32> {
    let colour = textureSampleLevel(picture, filtering, corner.at, 0.0).rgb;
    let is_inside = all(corner.at >= vec2<f32>(0.0)) && all(corner.at <= vec2<f32>(1.0));
    return vec4<f32>(select(placement.surround.rgb, colour * placement.tint.rgb, is_inside), 1.0);
}
