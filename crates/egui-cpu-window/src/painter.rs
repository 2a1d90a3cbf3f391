//! Egui's shapes, painted on the CPU: only the tiles that show something else than in the frame before.

use crate::callback::{Callback, Part};
use crate::canvas::{Area, Canvas, packed};
use crate::texture::{Texture, Textures};
use crate::tiles::{Item, Tiles, folded, pair};
use crate::triangle::{self, Corner};
use egui::epaint::{ClippedPrimitive, PaintCallback, Primitive};
use egui::{Color32, Mesh, Rect, TexturesDelta};
use std::sync::Arc;

/// What there is to be seen where nothing is painted.
pub const GROUND: Color32 = Color32::from_rgb(12, 12, 12);

/// Three corners, and the mesh that they are of.
struct Triangle {
    corners: [u32; 3],
    mesh: u32,
}

/// Where triangles are from.
struct MeshOnCanvas {
    texture: egui::TextureId,
    clip: Area,
}

/// One of [`shape`](crate::shape)'s in its place.
struct Placed {
    callback: Arc<Callback>,
    /// In points.
    rect: Rect,
    /// What of it is seen, in pixels.
    area: Area,
}

/// Paints egui's shapes into memory. [`run`](crate::run) has one for its window; use it where there is none.
#[derive(Default)]
pub struct CpuPainter {
    canvas: Canvas,
    textures: Textures,
    tiles: Tiles,
    meshes: Vec<MeshOnCanvas>,
    corners: Vec<Corner>,
    /// Of each corner.
    digests: Vec<u64>,
    triangles: Vec<Triangle>,
    /// Kept until the next frame is painted: nothing else can come to lie in the same memory meanwhile.
    callbacks: Vec<Placed>,
}

impl CpuPainter {
    /// Paints a frame of `width` by `height` pixels. Returns where it differs from the one before, as areas that do not
    /// overlap.
    ///
    /// `primitives` and `delta` are what egui made of the frame, `pixels_per_point` its scale. Every `delta` has to
    /// come here, in order. Callbacks that are not of [`shape`](crate::shape) are left out.
    pub fn paint(
        &mut self,
        [width, height]: [usize; 2],
        pixels_per_point: f32,
        primitives: &[ClippedPrimitive],
        delta: &TexturesDelta,
    ) -> Vec<Area> {
        self.textures.set(delta);
        if (self.canvas.width, self.canvas.height) != (width, height) {
            self.canvas = Canvas::new(width, height);
        }
        self.meshes.clear();
        self.corners.clear();
        self.digests.clear();
        self.triangles.clear();
        let before = std::mem::take(&mut self.callbacks);
        let whole = self.canvas.area();
        self.tiles.begin(whole);
        for ClippedPrimitive { clip_rect, primitive } in primitives {
            let clip = rounded(*clip_rect, pixels_per_point).intersect(whole);
            match primitive {
                _ if clip.is_empty() => {}
                Primitive::Mesh(mesh) => self.place_mesh(mesh, clip, pixels_per_point),
                Primitive::Callback(callback) => self.place_callback(callback, clip, pixels_per_point),
            }
        }
        let changed = self.paint_tiles(pixels_per_point);
        drop(before);
        self.textures.free(delta);
        changed
    }

    /// The frame, row by row, each pixel `0x00RRGGBB`.
    #[must_use]
    pub fn pixels(&self) -> &[u32] {
        &self.canvas.pixels
    }

    fn place_callback(&mut self, callback: &PaintCallback, clip: Area, pixels_per_point: f32) {
        let rect = callback.rect;
        let area = rounded(rect, pixels_per_point).intersect(clip);
        let Ok(callback) = Arc::clone(&callback.callback).downcast::<Callback>() else { return };
        if area.is_empty() {
            return;
        }
        let place = [pair(rect.left(), rect.top()), pair(rect.right(), rect.bottom()), digest(area)];
        let digest = place.into_iter().fold(folded(callback.0.digest(), pair(pixels_per_point, 0.0)), folded);
        self.tiles.cover(area, Item::Callback(self.callbacks.len() as u32), digest);
        self.callbacks.push(Placed { callback, rect, area });
    }

    fn place_mesh(&mut self, mesh: &Mesh, clip: Area, pixels_per_point: f32) {
        let Some(texture) = self.textures.get(mesh.texture_id) else { return };
        let common = folded(texture.version, digest(clip));
        let first = self.corners.len();
        for vertex in &mesh.vertices {
            let colour = packed(vertex.color);
            let (x, y) = (vertex.pos.x * pixels_per_point, vertex.pos.y * pixels_per_point);
            self.corners.push(Corner { x, y, u: vertex.uv.x, v: vertex.uv.y, colour });
            self.digests.push(folded(pair(x, y) ^ u64::from(colour).rotate_left(13), pair(vertex.uv.x, vertex.uv.y)));
        }
        let (corners, digests) = (&self.corners[first..], &self.digests[first..]);
        let index = self.meshes.len() as u32;
        self.meshes.push(MeshOnCanvas { texture: mesh.texture_id, clip });
        for indices in mesh.indices.chunks_exact(3) {
            let [i, j, k] = [indices[0] as usize, indices[1] as usize, indices[2] as usize];
            let (Some(a), Some(b), Some(c)) = (corners.get(i), corners.get(j), corners.get(k)) else { continue };
            if (a.colour | b.colour | c.colour) == 0 {
                continue; // nothing to be seen of it
            }
            let area = bounds([a, b, c]).intersect(clip);
            if area.is_empty() {
                continue;
            }
            let digest = folded(folded(digests[i], digests[j].rotate_left(17)), digests[k] ^ common);
            let item = Item::Triangle(self.triangles.len() as u32);
            self.triangles.push(Triangle { corners: [i, j, k].map(|corner| (first + corner) as u32), mesh: index });
            self.tiles.add(area, item, digest);
        }
    }

    fn paint_tiles(&mut self, pixels_per_point: f32) -> Vec<Area> {
        let Self { canvas, textures, tiles, meshes, corners, triangles, callbacks, .. } = self;
        let meshes: Vec<(Area, Option<&Texture>)> =
            meshes.iter().map(|mesh| (mesh.clip, textures.get(mesh.texture))).collect();
        tiles.changed(|area, items| {
            if !matches!(items.first(), Some(Item::Callback(place)) if callbacks[*place as usize].area.covers(area)) {
                canvas.fill(area, packed(GROUND));
            }
            for item in items {
                match item {
                    Item::Callback(place) => {
                        let Placed { callback, rect, area: own } = &callbacks[*place as usize];
                        let area = own.intersect(area);
                        callback.0.paint(&mut Part { canvas: &mut *canvas, area, rect: *rect, pixels_per_point });
                    }
                    Item::Triangle(triangle) => {
                        let Triangle { corners: indices, mesh } = &triangles[*triangle as usize];
                        if let (clip, Some(texture)) = meshes[*mesh as usize] {
                            let corners = indices.map(|corner| &corners[corner as usize]);
                            triangle::paint(canvas, area.intersect(clip), corners, texture);
                        }
                    }
                }
            }
        })
    }
}

/// The pixels that a rectangle in points covers, as egui's other painters round it.
fn rounded(rect: egui::Rect, pixels_per_point: f32) -> Area {
    let [left, top, right, bottom] =
        [rect.left(), rect.top(), rect.right(), rect.bottom()].map(|at| (at * pixels_per_point).round() as i32);
    Area::new(left, top, right, bottom)
}

/// The pixels that a triangle can touch.
fn bounds(corners: [&Corner; 3]) -> Area {
    let [a, b, c] = corners;
    // A pixel too many at the ends does no harm.
    let low = |a: f32, b: f32, c: f32| (a.min(b).min(c) - 1.0) as i32;
    let high = |a: f32, b: f32, c: f32| (a.max(b).max(c) + 1.0) as i32;
    Area::new(low(a.x, b.x, c.x), low(a.y, b.y, c.y), high(a.x, b.x, c.x), high(a.y, b.y, c.y))
}

fn digest(area: Area) -> u64 {
    folded(pair(area.left as f32, area.top as f32), pair(area.right as f32, area.bottom as f32))
}
