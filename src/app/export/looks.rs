//! The dialog's part on clips and pictures: size, codec, ground, and how tracks are drawn.

use super::choices::{ClipGround, Pictures, PngGround, Quality, Size, Style};
use super::panel::ExportPanel;
use super::pinned::pinned_ui;
use super::plan::Facts;
use crate::app::actions::Actions;
use crate::app::kit::controls::{choice_ui, list_width, number_ui};
use crate::app::kit::style::{self, GAP};
use crate::geometry::Freedom;
use crate::media::{ClipCodec, ClipRate};
use crate::overlay::OverlayStyle;
use egui::{DragValue, Grid, RichText, Slider, TextEdit, Ui, WidgetInfo};

const SLOWDOWNS: [u8; 5] = [1, 2, 4, 8, 16];
/// Heights that are offered, those of the source and below.
const HEIGHTS: [u32; 5] = [2160, 1440, 1080, 720, 480];

pub(super) fn looks_ui(ui: &mut Ui, panel: &mut ExportPanel, facts: &Facts, actions: &mut Actions) {
    let formats = panel.choices.formats;
    if !formats.has_pictures() {
        ui.label(RichText::new("Clip and pictures").strong());
        ui.label(RichText::new("Nothing is drawn into tables.").weak());
        return;
    }
    ui.label(RichText::new(if formats.clip { "Clip and pictures" } else { "Pictures" }).strong());
    let pictures = &mut panel.choices.pictures;
    Grid::new("looks").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| {
        let name = |quality| quality_name(quality, facts);
        let all = [Quality::Preview, Quality::Draft, Quality::Final, Quality::Custom];
        choice_ui(ui, "Quality", &mut pictures.quality, &all, name);
        if pictures.quality == Quality::Custom {
            size_ui(ui, pictures, facts);
        }
        if formats.clip {
            codec_ui(ui, pictures, &panel.codecs);
            slowdown_ui(ui, pictures);
            if pictures.quality == Quality::Custom {
                rate_ui(ui, pictures);
            }
            ground_ui(ui, pictures, "Background");
        }
        if formats.png {
            let name = |ground| match ground {
                PngGround::Clear => "Transparent",
                PngGround::AsClip if formats.clip => "As in the clip",
                PngGround::AsClip => "Opaque",
            };
            let both = [PngGround::Clear, PngGround::AsClip];
            let caption = if formats.clip { "PNG background" } else { "Background" };
            choice_ui(ui, caption, &mut pictures.png_ground, &both, |ground| name(ground).to_owned());
            if !formats.clip && pictures.png_ground == PngGround::AsClip {
                ground_ui(ui, pictures, "Opaque with");
            }
        }
        steady_ui(ui, pictures);
        ui.label(RichText::new("Title").color(style::tokens(ui).weak));
        let width = list_width(ui);
        let response = ui.add(TextEdit::singleline(&mut panel.title).hint_text("None").desired_width(width));
        response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Title"));
        ui.end_row();
    });
    ui.horizontal_wrapped(|ui| {
        ui.checkbox(&mut pictures.names, "Names").on_hover_text("Each point's name beside it");
        ui.checkbox(&mut pictures.legend, "Legend").on_hover_text("All names in their colours, bottom left");
        ui.checkbox(&mut pictures.burns_number, "Frame number").on_hover_text("Top left");
    });
    let has_sound = pictures.slowdown <= 1 && pictures.clip_codec(&panel.codecs).is_none_or(ClipCodec::has_sound);
    if formats.clip && facts.has_audio && has_sound {
        ui.checkbox(&mut pictures.audio, "Copy the sound");
    }
    pinned_ui(ui, panel, facts, actions);
    ui.add_space(GAP);
    style_ui(ui, &mut panel.choices.style, &facts.view);
}

fn quality_name(quality: Quality, facts: &Facts) -> String {
    let sized = |name: &str, quality| {
        let size = Pictures { quality, ..Pictures::default() }.output_size().of(facts.size);
        format!("{name} ({} × {})", size.width, size.height)
    };
    match quality {
        Quality::Preview => sized("Preview ¼", quality),
        Quality::Draft => sized("Draft ½", quality),
        Quality::Final => sized("Final", quality),
        Quality::Custom => "Custom".to_owned(),
    }
}

fn size_ui(ui: &mut Ui, pictures: &mut Pictures, facts: &Facts) {
    let mut sizes = vec![Size::Source];
    sizes.extend(HEIGHTS.into_iter().filter(|height| *height < facts.size.height).map(Size::Height));
    if !matches!(pictures.size, Size::Source) && !sizes.contains(&pictures.size) {
        sizes.push(pictures.size);
    }
    if sizes.len() == 1 {
        sizes.push(Size::Height((facts.size.height / 2).max(16)));
    }
    let name = |size: Size| {
        let pixels = Pictures { quality: Quality::Custom, size, ..Pictures::default() }.output_size().of(facts.size);
        format!("{} × {}", pixels.width, pixels.height)
    };
    choice_ui(ui, "Size", &mut pictures.size, &sizes, name);
    if let Size::Height(height) = &mut pictures.size {
        ui.label(RichText::new("Height").color(style::tokens(ui).weak));
        number_ui(ui, "Height in pixels", height, 16..=4320);
        ui.end_row();
    }
}

fn codec_ui(ui: &mut Ui, pictures: &mut Pictures, available: &[ClipCodec]) {
    let mut codecs = vec![None];
    codecs.extend(available.iter().copied().map(Some));
    let mut codec = pictures.clip_codec(available);
    let name = |codec: Option<ClipCodec>| match codec {
        None => "Automatic".to_owned(),
        Some(ClipCodec::Vp9) => "VP9 (web)".to_owned(),
        Some(ClipCodec::ProRes) => "ProRes (editing)".to_owned(),
        Some(codec @ (ClipCodec::Gif | ClipCodec::WebP)) => format!("{} (moving picture)", codec.name()),
        Some(codec) => codec.name().to_owned(),
    };
    let before = codec;
    choice_ui(ui, "Codec", &mut codec, &codecs, name);
    if codec != before {
        pictures.codec = codec;
    }
}

fn slowdown_ui(ui: &mut Ui, pictures: &mut Pictures) {
    let name = |factor: u8| if factor <= 1 { "As filmed".to_owned() } else { format!("{factor} × slower, no sound") };
    choice_ui(ui, "Speed", &mut pictures.slowdown, &SLOWDOWNS, name);
}

fn steady_ui(ui: &mut Ui, pictures: &mut Pictures) {
    let name = |freedom: Option<Freedom>| match freedom {
        None => "No",
        Some(Freedom::Translation) => "Moves",
        Some(Freedom::Similarity) => "Moves, turns, zoom",
        Some(Freedom::Perspective) => "Perspective, too",
    };
    let all = [None, Some(Freedom::Translation), Some(Freedom::Similarity), Some(Freedom::Perspective)];
    choice_ui(ui, "Held still", &mut pictures.steady, &all, |freedom| name(freedom).to_owned());
    if pictures.steady.is_some() {
        ui.label("");
        ui.label(RichText::new("by the selected points, or by all").small().weak());
        ui.end_row();
    }
}

fn rate_ui(ui: &mut Ui, pictures: &mut Pictures) {
    let is_quality = matches!(pictures.rate, ClipRate::Quality(_));
    let takes_bits = pictures.codec.is_none_or(ClipCodec::takes_bit_rate);
    let mut wants_quality = is_quality || !takes_bits;
    let kinds: &[bool] = if takes_bits { &[true, false] } else { &[true] };
    let name = |quality: bool| if quality { "Constant quality" } else { "Bits per second" }.to_owned();
    choice_ui(ui, "Rate", &mut wants_quality, kinds, name);
    if wants_quality != is_quality {
        pictures.rate = if wants_quality { ClipRate::Quality(18) } else { ClipRate::BitsPerSec(8_000_000) };
    }
    ui.label("");
    match &mut pictures.rate {
        ClipRate::Quality(crf) => {
            let response = ui.add(DragValue::new(crf).range(0..=51).speed(0.1).prefix("CRF "));
            response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Quality, CRF"));
            response.on_hover_text("0 loses nothing, 18 nothing that is seen, 28 is small, 51 the worst");
        }
        ClipRate::BitsPerSec(bits) => {
            let mut mega = f64::from(*bits) / 1e6;
            let response = ui.add(DragValue::new(&mut mega).range(0.1..=400.0).speed(0.1).suffix(" Mbit/s"));
            response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Megabits per second"));
            if response.changed() {
                *bits = (mega * 1e6).round() as u32;
            }
        }
    }
    ui.end_row();
}

fn ground_ui(ui: &mut Ui, pictures: &mut Pictures, caption: &str) {
    let name = |ground| match ground {
        ClipGround::Video => "The video",
        ClipGround::Black => "Black",
        ClipGround::Colour => "A colour",
    };
    let all = [ClipGround::Video, ClipGround::Black, ClipGround::Colour];
    choice_ui(ui, caption, &mut pictures.ground, &all, |ground| name(ground).to_owned());
    if pictures.ground == ClipGround::Colour {
        ui.label("");
        let response = ui.color_edit_button_srgb(&mut pictures.colour);
        response.ctx.accesskit_node_builder(response.id, |node| node.set_label("Colour of the background"));
        ui.end_row();
    }
}

fn style_ui(ui: &mut Ui, style: &mut Style, view: &OverlayStyle) {
    if ui.checkbox(&mut style.follows_view, "Drawn as in the view").changed() && !style.follows_view {
        // What can be seen is where changes begin.
        style.trails = view.trail_frames > 0;
        style.whole_trail = view.trail_frames == usize::MAX;
        if style.trails && !style.whole_trail {
            style.trail_frames = u32::try_from(view.trail_frames).unwrap_or(u32::MAX);
        }
        (style.fade, style.hidden) = (view.fade, view.show_hidden);
        (style.line_width, style.point_radius) = (view.line_width, view.point_radius);
    }
    if style.follows_view {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.checkbox(&mut style.points, "Points");
        ui.checkbox(&mut style.trails, "Trails");
        ui.checkbox(&mut style.hidden, "Hidden ones").on_hover_text("Hollow points and dotted trails");
    });
    Grid::new("style").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| {
        if style.points {
            slider_ui(ui, "Point size", Slider::new(&mut style.point_radius, 1.0..=16.0).fixed_decimals(1));
        }
        if !style.trails {
            return;
        }
        slider_ui(ui, "Trail width", Slider::new(&mut style.line_width, 0.5..=8.0).fixed_decimals(1));
        if !style.whole_trail {
            slider_ui(ui, "Trail length", Slider::new(&mut style.trail_frames, 1..=200).logarithmic(true));
        }
    });
    if style.trails {
        ui.horizontal_wrapped(|ui| {
            ui.checkbox(&mut style.whole_trail, "Whole past");
            ui.checkbox(&mut style.fade, "Fading trails");
        });
    }
}

fn slider_ui(ui: &mut Ui, name: &str, slider: Slider<'_>) {
    ui.label(RichText::new(name).color(style::tokens(ui).weak));
    let response = ui.add(slider);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Slider, true, name));
    ui.end_row();
}
