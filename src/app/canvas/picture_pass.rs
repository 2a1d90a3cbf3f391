//! The picture's own way to the screen, beside egui's: one texture read per pixel, no blending. Egui's shader does far
//! more for each pixel, which nobody notices on a GPU; where a software driver draws, it takes most of a frame's time.
//! Where the CPU paints the window, its [shell](crate::app::shell::painting) has its own way.

use super::painter::{PictureSlot, ShownPicture};
use crate::app::kit::style;
use eframe::egui_wgpu::{CallbackResources, CallbackTrait, RenderState, ScreenDescriptor, wgpu};
use egui::{Color32, ColorImage, PaintCallbackInfo, Rgba};
use std::sync::Arc;

impl ShownPicture {
    /// What the shader asks for: corners of the canvas on the screen and in the texture, tint, surround. `is_encoded`
    /// where the target takes linear colours.
    fn placement(&self, screen: &ScreenDescriptor, is_encoded: bool) -> [[f32; 4]; 4] {
        let [width, height] = screen.size_in_pixels.map(|pixels| pixels as f32 / screen.pixels_per_point);
        let (x, y) = (|x: f32| 2.0 * x / width - 1.0, |y: f32| 1.0 - 2.0 * y / height);
        let (canvas, rect) = (self.canvas, self.rect);
        let u = |x: f32| (x - rect.left()) / rect.width();
        let v = |y: f32| (y - rect.top()) / rect.height();
        let mirrored = |u: f32| if self.is_mirrored { 1.0 - u } else { u };
        let colour = |colour: Color32| {
            if is_encoded { Rgba::from(colour).to_array() } else { colour.to_normalized_gamma_f32() }
        };
        [
            [x(canvas.left()), y(canvas.top()), x(canvas.right()), y(canvas.bottom())],
            [mirrored(u(canvas.left())), v(canvas.top()), mirrored(u(canvas.right())), v(canvas.bottom())],
            colour(self.tint),
            colour(style::SURROUND),
        ]
    }
}

impl CallbackTrait for ShownPicture {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(pass) = resources.get_mut::<PicturePass>() {
            pass.upload(device, queue, self.slot, &self.image);
            if let Some(uploaded) = pass.uploaded(self.slot) {
                let placement = self.placement(screen, pass.format.is_srgb());
                let bytes: Vec<u8> = placement.iter().flatten().flat_map(|value| value.to_ne_bytes()).collect();
                queue.write_buffer(&uploaded.placement, 0, &bytes);
            }
        }
        Vec::new()
    }

    fn paint(&self, info: PaintCallbackInfo, pass: &mut wgpu::RenderPass<'static>, resources: &CallbackResources) {
        let Some(own) = resources.get::<PicturePass>() else { return };
        let Some(uploaded) = own.uploaded(self.slot) else { return };
        let [width, height] = info.screen_size_px.map(|pixels| pixels as f32);
        pass.set_viewport(0.0, 0.0, width, height, 0.0, 1.0); // the canvas's own is rounded to pixels
        pass.set_pipeline(&own.pipeline);
        pass.set_bind_group(0, &uploaded.groups[usize::from(self.is_nearest)], &[]);
        pass.draw(0..4, 0..1);
    }
}

/// A picture on the renderer's device.
struct Uploaded {
    /// What it was made from: the same one is not uploaded again.
    image: Arc<ColorImage>,
    texture: wgpu::Texture,
    placement: wgpu::Buffer,
    /// Smoothly, and in squares.
    groups: [wgpu::BindGroup; 2],
}

pub(crate) struct PicturePass {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    format: wgpu::TextureFormat,
    /// Smoothly, and in squares.
    samplers: [wgpu::Sampler; 2],
    /// Of the clip, and of the camera.
    uploaded: [Option<Uploaded>; 2],
}

impl PicturePass {
    /// Makes the renderer ready for pictures.
    pub(crate) fn install(render: &RenderState) {
        let pass = Self::new(&render.device, render.target_format);
        render.renderer.write().callback_resources.insert(pass);
    }

    fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let layout = layout(device);
        let sampler = |mag_filter| {
            device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some("picture"),
                mag_filter,
                min_filter: wgpu::FilterMode::Linear,
                ..wgpu::SamplerDescriptor::default()
            })
        };
        // Bytes pass as they are: a target that encodes sRGB gets a texture that decodes it.
        let format =
            if target.is_srgb() { wgpu::TextureFormat::Rgba8UnormSrgb } else { wgpu::TextureFormat::Rgba8Unorm };
        Self {
            pipeline: pipeline(device, &layout, target),
            layout,
            format,
            samplers: [sampler(wgpu::FilterMode::Linear), sampler(wgpu::FilterMode::Nearest)],
            uploaded: [None, None],
        }
    }

    fn uploaded(&self, slot: PictureSlot) -> Option<&Uploaded> {
        self.uploaded[slot as usize].as_ref()
    }

    fn upload(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, slot: PictureSlot, image: &Arc<ColorImage>) {
        let [width, height] = image.size.map(|side| side as u32);
        let before = self.uploaded[slot as usize].take();
        if width == 0 || height == 0 {
            return;
        }
        let fits = |uploaded: &Uploaded| (uploaded.texture.width(), uploaded.texture.height()) == (width, height);
        let is_same = before.as_ref().is_some_and(|uploaded| Arc::ptr_eq(&uploaded.image, image));
        let mut uploaded = match before {
            Some(uploaded) if fits(&uploaded) => uploaded,
            _ => self.create(device, image, width, height),
        };
        if !is_same {
            queue.write_texture(
                uploaded.texture.as_image_copy(),
                image.as_raw(),
                wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(4 * width), rows_per_image: None },
                uploaded.texture.size(),
            );
            uploaded.image = Arc::clone(image);
        }
        self.uploaded[slot as usize] = Some(uploaded);
    }

    fn create(&self, device: &wgpu::Device, image: &Arc<ColorImage>, width: u32, height: u32) -> Uploaded {
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("picture"),
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: self.format,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let placement = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("picture"),
            size: size_of::<[[f32; 4]; 4]>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let groups = self.samplers.each_ref().map(|sampler| {
            device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("picture"),
                layout: &self.layout,
                entries: &[
                    wgpu::BindGroupEntry { binding: 0, resource: placement.as_entire_binding() },
                    wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::TextureView(&view) },
                    wgpu::BindGroupEntry { binding: 2, resource: wgpu::BindingResource::Sampler(sampler) },
                ],
            })
        });
        Uploaded { image: Arc::clone(image), texture, placement, groups }
    }
}

fn layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let entry = |binding, visibility, ty| wgpu::BindGroupLayoutEntry { binding, visibility, ty, count: None };
    let buffer = wgpu::BindingType::Buffer {
        ty: wgpu::BufferBindingType::Uniform,
        has_dynamic_offset: false,
        min_binding_size: None,
    };
    let texture = wgpu::BindingType::Texture {
        sample_type: wgpu::TextureSampleType::Float { filterable: true },
        view_dimension: wgpu::TextureViewDimension::D2,
        multisampled: false,
    };
    let sampler = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering);
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("picture"),
        entries: &[
            entry(0, wgpu::ShaderStages::VERTEX_FRAGMENT, buffer),
            entry(1, wgpu::ShaderStages::FRAGMENT, texture),
            entry(2, wgpu::ShaderStages::FRAGMENT, sampler),
        ],
    })
}

fn pipeline(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    target: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    let source = wgpu::ShaderSource::Wgsl(include_str!("../../../shaders/window/picture.wgsl").into());
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some("picture"), source });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("picture"),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("picture"),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("place"),
            buffers: &[],
            compilation_options: wgpu::PipelineCompilationOptions::default(),
        },
        primitive: wgpu::PrimitiveState {
            topology: wgpu::PrimitiveTopology::TriangleStrip,
            ..wgpu::PrimitiveState::default()
        },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("paint"),
            targets: &[Some(target.into())],
            compilation_options: wgpu::PipelineCompilationOptions::default(),
        }),
        multiview_mask: None,
        cache: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::Rect;
    use egui::{pos2, vec2};

    fn shown(is_mirrored: bool) -> ShownPicture {
        ShownPicture {
            slot: PictureSlot::Clip,
            image: Arc::new(ColorImage::filled([2, 2], Color32::WHITE)),
            canvas: Rect::from_min_size(pos2(0.0, 50.0), vec2(100.0, 50.0)),
            rect: Rect::from_min_size(pos2(50.0, 50.0), vec2(25.0, 50.0)),
            is_mirrored,
            is_nearest: false,
            tint: Color32::from_gray(51),
        }
    }

    #[test]
    fn corners_are_those_of_the_screen_whatever_the_scale() {
        let screen = ScreenDescriptor { size_in_pixels: [400, 200], pixels_per_point: 2.0 };
        let [corners, texture, tint, _] = shown(false).placement(&screen, false);
        assert_eq!((corners, texture), ([-1.0, 0.0, 0.0, -1.0], [-2.0, 0.0, 2.0, 1.0]));
        assert!((tint[0] - 0.2).abs() < 1e-6);
        let [_, texture, tint, _] = shown(true).placement(&screen, true);
        assert_eq!(texture, [3.0, 0.0, -1.0, 1.0]);
        assert!((tint[0] - 0.033).abs() < 1e-3, "{tint:?}");
    }
}
