//! The patch arithmetic that the twins share: 7 × 7 bilinear samples, borders replicated.

/// The shader functions that go with these.
pub(super) const PATCH_WGSL: &str = include_str!("../../shaders/shared/patch.wgsl");

/// Cells of a patch, x-major.
pub(super) const CELLS: usize = 49;

/// One channel of `[H, W, C]` data at a cell of the patch around a point, in `f64`.
pub(super) fn cell_value(map: &Map, point: [f32; 2], cell: usize, channel: usize) -> f64 {
    let near = |value: f32, extent: usize| value.clamp(-8.0, extent as f32 + 8.0);
    let (x, y) = (near(point[0], map.width), near(point[1], map.height));
    let (left, top) = (x.floor() as i64 + (cell / 7) as i64 - 3, y.floor() as i64 + (cell % 7) as i64 - 3);
    let (part_x, part_y) = (f64::from(x - x.floor()), f64::from(y - y.floor()));
    let at = |x: i64, y: i64| {
        let x = x.clamp(0, map.width as i64 - 1) as usize;
        let y = y.clamp(0, map.height as i64 - 1) as usize;
        f64::from(map.data[(y * map.width + x) * map.channels + channel])
    };
    let mix = |a: f64, b: f64, part: f64| a + (b - a) * part;
    let upper = mix(at(left, top), at(left + 1, top), part_x);
    let lower = mix(at(left, top + 1), at(left + 1, top + 1), part_x);
    mix(upper, lower, part_y)
}

/// One feature map, `[H, W, C]`.
pub(super) struct Map<'a> {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    pub(super) data: &'a [f32],
}
