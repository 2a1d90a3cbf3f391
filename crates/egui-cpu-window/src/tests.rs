//! The CPU's picture beside the one that egui's shaders make of the same shapes, and beside itself.

use crate::{Area, CpuPainter, GROUND, PaintPixels, Part, Picture, shape};
use egui::{
    Color32, ColorImage, Context, CornerRadius, FontId, Pos2, RawInput, Rect, Shape, Stroke, TextureHandle,
    TextureOptions, Ui, pos2, vec2,
};
use egui_kittest::Harness;
use std::sync::{Arc, Mutex};

const WIDTH: usize = 300;
const HEIGHT: usize = 200;

/// A window that the CPU paints.
struct Painted {
    ctx: Context,
    painter: CpuPainter,
}

impl Painted {
    fn new() -> Self {
        Self { ctx: Context::default(), painter: CpuPainter::default() }
    }

    /// Lays out and paints; how many pixels were painted, and all of them.
    fn frame(&mut self, scale: f32, ui: impl FnMut(&mut Ui)) -> (i32, Vec<u32>) {
        let size = vec2(WIDTH as f32, HEIGHT as f32) / scale;
        let mut input = RawInput { screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)), ..RawInput::default() };
        input.viewports.entry(egui::ViewportId::ROOT).or_default().native_pixels_per_point = Some(scale);
        let mut output = self.ctx.run_ui(input, ui);
        let primitives = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let changed = self.painter.paint([WIDTH, HEIGHT], scale, &primitives, &output.textures_delta);
        output.textures_delta.clear();
        (changed.iter().map(|area| area.num_pixels()).sum(), self.painter.pixels().to_vec())
    }
}

/// Everything that the interface draws with; `moved` moves some of it.
fn scene(ui: &mut Ui, texture: &mut Option<TextureHandle>, moved: f32) {
    let painter = ui.painter().clone();
    let all = ui.ctx().content_rect();
    painter.rect_filled(all, 0.0, Color32::from_rgb(30, 40, 50));
    painter.rect_filled(Rect::from_min_size(pos2(10.3, 12.7), vec2(60.0, 30.0)), 6.0, Color32::from_rgb(200, 90, 10));
    painter.rect(
        Rect::from_min_size(pos2(40.0, 30.0), vec2(50.0, 40.0)),
        CornerRadius::same(9),
        Color32::from_rgba_unmultiplied(20, 200, 90, 120),
        Stroke::new(1.5, Color32::WHITE),
        egui::StrokeKind::Middle,
    );
    for (i, radius) in [1.0_f32, 2.5, 4.0, 7.0, 15.0].into_iter().enumerate() {
        let centre = pos2(20.0 + 22.0 * i as f32 + moved, 100.4);
        painter.circle(centre, radius, Color32::from_rgb(90, 20, 220), Stroke::new(1.0, Color32::BLACK));
    }
    painter.line_segment([pos2(5.0, 130.0), pos2(120.0 + moved, 90.0)], Stroke::new(3.0, Color32::LIGHT_RED));
    painter.line_segment([pos2(5.0, 140.0), pos2(125.0, 140.0)], Stroke::new(1.0, Color32::from_white_alpha(90)));
    painter.add(Shape::convex_polygon(
        vec![pos2(100.0, 20.0), pos2(130.0 + moved, 25.0), pos2(118.0, 60.0)],
        Color32::from_rgba_unmultiplied(250, 250, 0, 128),
        Stroke::NONE,
    ));
    painter.circle_filled(pos2(30.0, 60.0), 12.0, Color32::from_rgb_additive(120, 10, 200));
    let text = format!("Points {moved:.1} äß 0123");
    painter.text(pos2(10.5, 145.0), egui::Align2::LEFT_TOP, text, FontId::proportional(14.0), Color32::WHITE);
    let small = FontId::monospace(11.0);
    painter.text(pos2(5.0, 3.0), egui::Align2::LEFT_TOP, "384×256, 2 iterations", small, Color32::from_gray(160));
    let texture = texture.get_or_insert_with(|| {
        let pixels = (0..12).map(|i: u8| Color32::from_rgba_unmultiplied(20 * i, 255 - 20 * i, 128, 100 + 12 * i));
        ui.ctx().load_texture("made", ColorImage::new([4, 3], pixels.collect()), TextureOptions::LINEAR)
    });
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    let tint = Color32::from_rgb(255, 200, 255);
    painter.image(texture.id(), Rect::from_min_size(pos2(70.2, 60.0), vec2(50.0, 31.0)), uv, tint);
    let clipped = painter.with_clip_rect(Rect::from_min_max(pos2(60.0, 5.0), pos2(75.0, 25.0)));
    clipped.circle_filled(pos2(70.0, 15.0), 14.0, Color32::from_rgb(0, 180, 255));
}

/// The largest difference of a channel, and how many pixels differ by more than `most`.
fn difference(a: &[u32], b: &[u32], most: u32) -> (u32, usize) {
    let of = |(a, b): (&u32, &u32)| {
        let (a, b) = (a.to_be_bytes(), b.to_be_bytes());
        (1..4).map(|i| u32::from(a[i].abs_diff(b[i]))).max().unwrap_or(0)
    };
    let all: Vec<u32> = a.iter().zip(b).map(of).collect();
    (all.iter().copied().max().unwrap_or(0), all.iter().filter(|difference| **difference > most).count())
}

#[test]
fn the_cpu_paints_what_the_shaders_paint() {
    for scale in [1.0, 1.5, 2.0] {
        let mut texture = None;
        let mut harness = Harness::builder()
            .with_size(vec2(WIDTH as f32, HEIGHT as f32) / scale)
            .with_pixels_per_point(scale)
            .wgpu()
            .build_ui(move |ui| scene(ui, &mut texture, 0.3));
        let expected = harness.render().unwrap();
        assert_eq!((expected.width() as usize, expected.height() as usize), (WIDTH, HEIGHT));
        let expected: Vec<u32> =
            expected.pixels().map(|pixel| u32::from_be_bytes([0, pixel[0], pixel[1], pixel[2]])).collect();
        let mut painted = Painted::new();
        let mut texture = None;
        let mut pixels = Vec::new();
        for _ in 0..3 {
            pixels = painted.frame(scale, |ui| scene(ui, &mut texture, 0.3)).1;
        }
        let (largest, num_far) = difference(&pixels, &expected, 3);
        // A pixel whose centre lies on an edge may belong to either side.
        assert!(num_far <= 12 && largest < 160, "at {scale}: {num_far} pixels differ, by up to {largest}");
    }
}

#[test]
fn what_changes_is_painted_and_nothing_else() {
    let mut painted = Painted::new();
    let mut texture = None;
    painted.frame(1.0, |ui| scene(ui, &mut texture, 0.0));
    for step in 1..12 {
        let moved = 1.7 * (step / 2) as f32;
        let (num_pixels, pixels) = painted.frame(1.0, |ui| scene(ui, &mut texture, moved));
        if step % 2 == 1 && step > 2 {
            assert_eq!(num_pixels, 0, "the same again");
        }
        let (mut afresh, mut own) = (Painted::new(), None);
        let mut all = Vec::new();
        for _ in 0..2 {
            all = afresh.frame(1.0, |ui| scene(ui, &mut own, moved)).1;
        }
        assert_eq!(difference(&pixels, &all, 0), (0, 0), "step {step}");
    }
    let (num_pixels, _) = painted.frame(1.0, |ui| {
        scene(ui, &mut texture, 1.7 * 5.0);
        ui.painter().circle_filled(pos2(200.0, 150.0), 3.0, Color32::GREEN);
    });
    assert_eq!(num_pixels, 64 * 64, "a spot is one tile");
}

/// A picture whose colours say where a pixel is.
fn picture(width: usize, height: usize) -> Arc<ColorImage> {
    let colour = |i: usize| Color32::from_rgb((i % width * 3) as u8, (i / width * 5) as u8, ((i * 7) % 256) as u8);
    Arc::new(ColorImage::new([width, height], (0..width * height).map(colour).collect()))
}

/// What pictures fill.
const CANVAS: Rect = Rect::from_min_max(pos2(20.0, 10.0), pos2(280.0, 190.0));
const SURROUND: Color32 = Color32::from_rgb(14, 15, 17);

fn shown(image: &Arc<ColorImage>, rect: Rect) -> Picture {
    Picture {
        image: Arc::clone(image),
        rect,
        is_mirrored: false,
        is_nearest: false,
        tint: Color32::WHITE,
        surround: SURROUND,
    }
}

/// A texel between four, in floating point.
fn smooth(image: &ColorImage, x: f64, y: f64) -> [f64; 3] {
    let (x, y) = (x - 0.5, y - 0.5);
    let texel = |dx: f64, dy: f64| {
        let column = (x.floor() + dx).clamp(0.0, image.size[0] as f64 - 1.0) as usize;
        let row = (y.floor() + dy).clamp(0.0, image.size[1] as f64 - 1.0) as usize;
        image.pixels[row * image.size[0] + column].to_array().map(f64::from)
    };
    let (along, down) = (x - x.floor(), y - y.floor());
    std::array::from_fn(|i| {
        let row = |dy| texel(0.0, dy)[i] * (1.0 - along) + texel(1.0, dy)[i] * along;
        row(0.0) * (1.0 - down) + row(1.0) * down
    })
}

#[test]
fn a_picture_is_scaled_smoothly_into_its_place() {
    let image = picture(48, 36);
    for (rect, is_mirrored) in [
        (Rect::from_min_size(pos2(40.0, 30.0), vec2(200.0, 150.0)), false),
        (Rect::from_min_size(pos2(40.3, 29.6), vec2(96.7, 72.1)), true),
        (Rect::from_min_size(pos2(-60.0, -45.0), vec2(480.0, 360.0)), false), // beyond the canvas
        (Rect::from_min_size(pos2(100.0, 90.0), vec2(24.0, 18.0)), false),
    ] {
        let mut painted = Painted::new();
        let (_, pixels) = painted.frame(1.0, |ui| {
            ui.painter().add(shape(CANVAS, Picture { is_mirrored, ..shown(&image, rect) }));
        });
        for (i, pixel) in pixels.iter().enumerate() {
            let at = pos2((i % WIDTH) as f32 + 0.5, (i / WIDTH) as f32 + 0.5);
            let [_, r, g, b] = pixel.to_be_bytes();
            let expected = if !CANVAS.contains(at) {
                GROUND.to_array().map(f64::from)[..3].try_into().unwrap()
            } else if !rect.contains(at) {
                SURROUND.to_array().map(f64::from)[..3].try_into().unwrap()
            } else {
                let u = f64::from((at.x - rect.left()) / rect.width());
                let u = if is_mirrored { 1.0 - u } else { u };
                smooth(&image, 48.0 * u, 36.0 * f64::from((at.y - rect.top()) / rect.height()))
            };
            let far = [r, g, b].iter().zip(expected).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
            assert!(far < 3.0, "{rect:?} at {at:?}: {r} {g} {b}, not {expected:?}");
        }
    }
}

#[test]
fn a_picture_can_show_its_pixels_and_be_dimmed() {
    let image = picture(4, 3);
    let rect = Rect::from_min_size(pos2(50.0, 40.0), vec2(80.0, 60.0));
    let mut painted = Painted::new();
    let (_, pixels) = painted.frame(1.0, |ui| {
        let tint = Color32::from_gray(128);
        ui.painter().add(shape(CANVAS, Picture { is_nearest: true, tint, ..shown(&image, rect) }));
    });
    for (i, pixel) in image.pixels.iter().enumerate() {
        let [_, r, g, b] = pixels[(40 + 20 * (i / 4) + 19) * WIDTH + 50 + 20 * (i % 4)].to_be_bytes();
        let half = pixel.to_array().map(|channel| (f32::from(channel) * 128.0 / 255.0).round() as u8);
        assert_eq!([r, g, b], half[..3], "pixel {i}");
    }
}

#[test]
fn another_picture_is_painted_and_the_same_one_is_not() {
    let mut painted = Painted::new();
    let rect = Rect::from_min_size(pos2(40.0, 30.0), vec2(200.0, 150.0));
    let mut last = Vec::new();
    for step in 0..20_usize {
        let image = picture(48, 36 + step % 3);
        for again in [false, true] {
            let (num_pixels, pixels) =
                painted.frame(1.0, |ui| ui.painter().extend([shape(CANVAS, shown(&image, rect))]));
            assert_eq!(num_pixels == 0, again, "step {step}");
            assert_eq!(pixels == last, again, "step {step}");
            last = pixels;
        }
    }
}

#[test]
fn a_picture_without_pixels_is_all_surround() {
    let nothing = Arc::new(ColorImage::new([0, 0], Vec::new()));
    let (_, pixels) = Painted::new().frame(1.0, |ui| {
        ui.painter().add(shape(CANVAS, shown(&nothing, CANVAS)));
    });
    assert_eq!((pixels[0], pixels[100 * WIDTH + 100]), (0x000C_0C0C, 0x000E_0F11));
}

/// Stripes that tell how often they were painted, and where.
struct Stripes {
    digest: u64,
    areas: Arc<Mutex<Vec<Area>>>,
}

impl PaintPixels for Stripes {
    fn digest(&self) -> u64 {
        self.digest
    }

    fn paint(&self, part: &mut Part<'_>) {
        let area = part.area();
        assert_eq!((part.rect(), part.pixels_per_point()), (CANVAS, 1.0));
        self.areas.lock().unwrap().push(area);
        for y in area.top..area.bottom {
            part.row(y).fill(y as u32);
        }
    }
}

#[test]
fn pixels_of_ones_own_are_asked_for_where_something_changes() {
    let (mut painted, areas) = (Painted::new(), Arc::new(Mutex::new(Vec::new())));
    let mut frame = |digest, spot: Color32| {
        let (_, pixels) = painted.frame(1.0, |ui| {
            ui.painter().add(shape(CANVAS, Stripes { digest, areas: Arc::clone(&areas) }));
            ui.painter().rect_filled(Rect::from_min_size(pos2(70.0, 70.0), vec2(4.0, 4.0)), 0.0, spot);
        });
        (pixels, std::mem::take(&mut *areas.lock().unwrap()))
    };
    let (pixels, all) = frame(1, Color32::GREEN);
    assert_eq!(all.iter().map(|area| area.num_pixels()).sum::<i32>(), 260 * 180);
    for (x, y, expected) in [(20, 10, 10), (279, 189, 189), (72, 72, 0x0000_FF00), (19, 50, 0x000C_0C0C)] {
        assert_eq!(pixels[y * WIDTH + x], expected, "at {x}, {y}");
    }
    assert_eq!(frame(1, Color32::GREEN), (pixels, Vec::new()), "the same again");
    assert_eq!(frame(1, Color32::RED).1, [Area::new(64, 64, 128, 128)], "what lies over it has changed");
    assert_eq!(frame(2, Color32::RED).1, all, "it looks different");
}
