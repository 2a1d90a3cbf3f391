// Where the cells of a 7 × 7 patch lie in a map whose border is replicated. Appended to the shaders that read patches.

// Far-away points read the replicated border, whatever their distance; clamped first, so that i32() is defined.
fn near(value: f32, extent: u32) -> f32 {
    return clamp(value, -8.0, f32(extent) + 8.0);
}

fn inside(value: i32, extent: u32) -> u32 {
    return u32(clamp(value, 0, i32(extent) - 1));
}
