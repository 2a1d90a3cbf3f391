//! Egui painted on the CPU, for machines without a GPU. A software driver runs egui's shaders for every pixel of the
//! window, in every frame; here only what has changed is painted, the camera's picture is scaled by its own loop, and no
//! driver is needed at all.

mod canvas;
mod picture;
#[cfg(test)]
mod tests;
mod texture;
mod tiles;
mod triangle;

use super::picture_pass::ShownPicture;
use canvas::{Canvas, packed};
use egui::epaint::{ClippedPrimitive, Primitive};
use egui::{Color32, Mesh, TexturesDelta};
use picture::Placed;
use std::sync::Arc;
use texture::{Texture, Textures};
use tiles::{Item, Tiles, folded};
use triangle::Corner;

pub(super) use canvas::Area;

/// Under everything; the interface leaves nothing of it.
const GROUND: Color32 = Color32::from_rgb(12, 12, 12);

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

/// Paints egui's shapes.
#[derive(Default)]
pub(super) struct CpuPainter {
    canvas: Canvas,
    textures: Textures,
    tiles: Tiles,
    meshes: Vec<MeshOnCanvas>,
    corners: Vec<Corner>,
    /// Of each corner.
    digests: Vec<u64>,
    triangles: Vec<Triangle>,
    /// What was painted last, too: another picture cannot come to lie in the same memory meanwhile.
    pictures: Vec<Placed>,
}

impl CpuPainter {
    /// Paints a frame of `width` by `height` pixels; says where it differs from the one before.
    pub(super) fn paint(
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
        let before = std::mem::take(&mut self.pictures);
        let whole = self.canvas.area();
        self.tiles.begin(whole);
        for ClippedPrimitive { clip_rect, primitive } in primitives {
            let clip = rounded(*clip_rect, pixels_per_point).intersect(whole);
            match primitive {
                _ if clip.is_empty() => {}
                Primitive::Mesh(mesh) => self.place_mesh(mesh, clip, pixels_per_point),
                Primitive::Callback(callback) => {
                    if let Ok(shown) = Arc::clone(&callback.callback).downcast::<ShownPicture>() {
                        let area = rounded(callback.rect, pixels_per_point).intersect(clip);
                        self.place_picture(shown, area, pixels_per_point);
                    }
                }
            }
        }
        let changed = self.paint_tiles();
        drop(before);
        self.textures.free(delta);
        changed
    }

    /// `0x00RRGGBB`, row by row.
    pub(super) fn pixels(&self) -> &[u32] {
        &self.canvas.pixels
    }

    fn place_picture(&mut self, shown: Arc<ShownPicture>, area: Area, pixels_per_point: f32) {
        if area.is_empty() || shown.image.pixels.is_empty() {
            return;
        }
        let image = Arc::as_ptr(&shown.image) as usize as u64;
        let rect = shown.rect * pixels_per_point;
        let flags = u64::from(shown.is_mirrored) | u64::from(shown.is_nearest) << 1;
        let digest = [pair(rect.left(), rect.top()), pair(rect.right(), rect.bottom()), flags, digest(area)]
            .into_iter()
            .fold(folded(image, u64::from(packed(shown.tint))), folded);
        let item = Item::Picture(self.pictures.len() as u32);
        self.tiles.cover(area, item, digest);
        self.pictures.push(Placed::new(shown, area, pixels_per_point));
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

    fn paint_tiles(&mut self) -> Vec<Area> {
        let Self { canvas, textures, tiles, meshes, corners, triangles, pictures, .. } = self;
        let meshes: Vec<(Area, Option<&Texture>)> =
            meshes.iter().map(|mesh| (mesh.clip, textures.get(mesh.texture))).collect();
        tiles.changed(|area, items| {
            if !matches!(items.first(), Some(Item::Picture(picture)) if pictures[*picture as usize].area.covers(area)) {
                canvas.fill(area, packed(GROUND));
            }
            for item in items {
                match item {
                    Item::Picture(picture) => {
                        let picture = &mut pictures[*picture as usize];
                        picture.paint(canvas, picture.area.intersect(area));
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

fn pair(a: f32, b: f32) -> u64 {
    u64::from(a.to_bits()) << 32 | u64::from(b.to_bits())
}
