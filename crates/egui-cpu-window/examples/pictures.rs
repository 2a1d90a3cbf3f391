//! A picture that moves and is scaled, and pixels that are computed, under egui's own shapes.

use egui::{CentralPanel, Color32, ColorImage, Rect, Slider, Ui, ViewportBuilder, vec2};
use egui_cpu_window::{App, Error, PaintPixels, Part, Picture, run, shape};
use std::sync::Arc;

/// Rings around the middle of the shape, so many points apart.
struct Rings {
    apart: f32,
}

impl PaintPixels for Rings {
    fn digest(&self) -> u64 {
        u64::from(self.apart.to_bits())
    }

    fn paint(&self, part: &mut Part<'_>) {
        let (area, scale, centre) = (part.area(), part.pixels_per_point(), part.rect().center());
        for y in area.top..area.bottom {
            for (pixel, x) in part.row(y).iter_mut().zip(area.left..) {
                let far = centre.distance(egui::pos2(x as f32, y as f32) / scale);
                let level = (127.5 + 127.5 * (far * std::f32::consts::TAU / self.apart).cos()) as u32;
                *pixel = level << 16 | level << 8 | 0x40;
            }
        }
    }
}

struct Pictures {
    image: Arc<ColorImage>,
    apart: f32,
}

impl App for Pictures {
    fn ui(&mut self, ui: &mut Ui, last_secs: Option<f32>) {
        CentralPanel::default().show(ui, |ui| {
            ui.add(Slider::new(&mut self.apart, 4.0..=60.0).text("rings"));
            ui.label(format!("the last frame took {:.1} ms", 1e3 * last_secs.unwrap_or_default()));
            let (left, right) = ui.available_rect_before_wrap().split_left_right_at_fraction(0.5);
            let swing = ui.input(|input| input.time).sin() as f32;
            let picture = Picture {
                image: Arc::clone(&self.image),
                rect: Rect::from_center_size(left.center(), vec2(160.0, 120.0) * (1.5 + swing)),
                is_mirrored: false,
                is_nearest: false,
                tint: Color32::WHITE,
                surround: Color32::from_gray(20),
            };
            ui.painter().add(shape(left, picture));
            ui.painter().add(shape(right, Rings { apart: self.apart }));
            ui.painter().circle_filled(right.center(), 20.0, Color32::LIGHT_RED);
            ui.ctx().request_repaint();
        });
    }
}

fn main() -> Result<(), Error> {
    let colour = |i: usize| Color32::from_rgb((i % 16 * 16) as u8, (i / 16 * 20) as u8, 128);
    let image = Arc::new(ColorImage::new([16, 12], (0..16 * 12).map(colour).collect()));
    let viewport = ViewportBuilder::default().with_title("Pictures").with_inner_size([640.0, 400.0]);
    run(viewport, |_ctx| Pictures { image, apart: 20.0 })
}
