//! The canvas in tiles: what each of them shows is counted in a digest, and only those that show something else are
//! painted again.

use crate::canvas::Area;

/// Sides of a tile, in pixels: its rows fit into the nearest cache.
const SIDE: i32 = 64;

/// Something that is painted, by its place in the list of triangles or of callbacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Triangle(u32),
    Callback(u32),
}

/// One tile.
#[derive(Default)]
struct Tile {
    digest: u64,
    /// Of what stands on the canvas.
    painted: Option<u64>,
    items: Vec<Item>,
}

/// All tiles of a canvas.
#[derive(Default)]
pub(super) struct Tiles {
    columns: i32,
    canvas: Option<Area>,
    all: Vec<Tile>,
}

impl Tiles {
    /// Begins a frame.
    pub(super) fn begin(&mut self, canvas: Area) {
        if self.canvas != Some(canvas) {
            self.columns = (canvas.right + SIDE - 1) / SIDE;
            let num_tiles = self.columns * ((canvas.bottom + SIDE - 1) / SIDE);
            *self = Self { all: (0..num_tiles).map(|_| Tile::default()).collect(), canvas: Some(canvas), ..*self };
        }
        for tile in &mut self.all {
            tile.digest = 0;
            tile.items.clear();
        }
    }

    /// Something is painted in `area`, which lies on the canvas; `digest` stands for all that it looks like.
    pub(super) fn add(&mut self, area: Area, item: Item, digest: u64) {
        self.each(area, |tile, _| {
            tile.digest = folded(tile.digest ^ digest, tile.digest.rotate_left(23) ^ 0x9E37_79B9_7F4A_7C15);
            tile.items.push(item);
        });
    }

    /// As [`Self::add`], for something opaque: what lies below it is not painted.
    pub(super) fn cover(&mut self, area: Area, item: Item, digest: u64) {
        self.each(area, |tile, bounds| {
            if area.covers(bounds) {
                tile.items.clear();
                tile.digest = 0;
            }
        });
        self.add(area, item, digest);
    }

    fn each(&mut self, area: Area, mut apply: impl FnMut(&mut Tile, Area)) {
        let Some(canvas) = self.canvas.filter(|_| !area.is_empty()) else { return };
        for row in area.top / SIDE..=(area.bottom - 1) / SIDE {
            for column in area.left / SIDE..=(area.right - 1) / SIDE {
                if let Some(tile) = self.all.get_mut((row * self.columns + column) as usize) {
                    apply(tile, bounds(column, row).intersect(canvas));
                }
            }
        }
    }

    /// Hands every tile that shows something else than before to `paint`, and says where they are: few areas that do
    /// not overlap.
    pub(super) fn changed(&mut self, mut paint: impl FnMut(Area, &[Item])) -> Vec<Area> {
        let (columns, Some(canvas)) = (self.columns, self.canvas) else { return Vec::new() };
        let mut areas: Vec<Area> = Vec::new();
        let mut open = 0; // areas from here on may still grow downwards
        for (row, tiles) in self.all.chunks_mut(columns.max(1) as usize).enumerate() {
            let begun = areas.len();
            for (column, tile) in tiles.iter_mut().enumerate() {
                if tile.painted == Some(tile.digest) {
                    continue;
                }
                tile.painted = Some(tile.digest);
                let bounds = bounds(column as i32, row as i32).intersect(canvas);
                paint(bounds, &tile.items);
                match areas[begun..].last_mut() {
                    Some(last) if last.right == bounds.left => last.right = bounds.right,
                    _ => areas.push(bounds),
                }
            }
            open = merged_down(&mut areas, open, begun);
        }
        areas
    }
}

/// Lets areas of the row above (`from..begun`) grow by those of this row that are as wide; says where those begin that
/// may grow further.
fn merged_down(areas: &mut Vec<Area>, from: usize, begun: usize) -> usize {
    let row = areas.split_off(begun);
    let (mut kept, mut grown) = (Vec::new(), Vec::new());
    let mut above = areas.split_off(from);
    for area in row {
        let fits = |other: &Area| (other.left, other.right, other.bottom) == (area.left, area.right, area.top);
        match above.iter().position(fits) {
            Some(place) => grown.push(Area { bottom: area.bottom, ..above.swap_remove(place) }),
            None => kept.push(area),
        }
    }
    areas.append(&mut above);
    let open = areas.len();
    areas.append(&mut grown);
    areas.append(&mut kept);
    open
}

fn bounds(column: i32, row: i32) -> Area {
    Area::new(column * SIDE, row * SIDE, (column + 1) * SIDE, (row + 1) * SIDE)
}

/// Two numbers as one that differs wherever one of them does (but for one case in 2^64).
#[inline]
pub(super) fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0xA076_1D64_78BD_642F) * u128::from(b ^ 0xE703_7ED1_A0B4_28DB);
    (product as u64) ^ ((product >> 64) as u64)
}

/// Both numbers as one.
pub(super) fn pair(a: f32, b: f32) -> u64 {
    u64::from(a.to_bits()) << 32 | u64::from(b.to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(tiles: &mut Tiles) -> (Vec<Area>, Vec<Vec<Item>>) {
        let mut items = Vec::new();
        let areas = tiles.changed(|_, painted| items.push(painted.to_vec()));
        (areas, items)
    }

    #[test]
    fn only_tiles_that_show_something_else_are_painted_again() {
        let canvas = Area::new(0, 0, 200, 130);
        let mut tiles = Tiles::default();
        tiles.begin(canvas);
        let all = painted(&mut tiles);
        assert_eq!((all.0, all.1.len()), (vec![canvas], 12));
        let spot = Area::new(60, 10, 70, 20);
        let frame = |tiles: &mut Tiles, digest| {
            tiles.begin(canvas);
            tiles.add(canvas, Item::Triangle(0), 7);
            tiles.add(spot, Item::Triangle(1), digest);
        };
        frame(&mut tiles, 1);
        assert_eq!(painted(&mut tiles).0, [canvas]);
        frame(&mut tiles, 1);
        assert_eq!(painted(&mut tiles).0, []);
        frame(&mut tiles, 2);
        let (areas, items) = painted(&mut tiles);
        assert_eq!(areas, [Area::new(0, 0, 128, 64)]);
        assert_eq!(items, vec![vec![Item::Triangle(0), Item::Triangle(1)]; 2]);
        tiles.begin(Area::new(0, 0, 100, 100));
        assert_eq!(painted(&mut tiles).0, [Area::new(0, 0, 100, 100)], "another canvas");
    }

    #[test]
    fn order_counts_and_what_is_covered_does_not() {
        let canvas = Area::new(0, 0, 64, 64);
        let mut tiles = Tiles::default();
        let mut frame = |digests: [u64; 2], cover: bool| {
            tiles.begin(canvas);
            for digest in digests {
                tiles.add(Area::new(1, 1, 9, 9), Item::Triangle(digest as u32), digest);
            }
            if cover {
                tiles.cover(canvas, Item::Callback(0), 5);
            }
            painted(&mut tiles)
        };
        assert_eq!(frame([1, 2], false).0.len(), 1);
        assert_eq!(frame([2, 1], false).0.len(), 1);
        assert_eq!(frame([2, 1], true).1, [[Item::Callback(0)]]);
        assert_eq!(frame([3, 4], true).0, []);
    }

    #[test]
    fn areas_never_overlap() {
        let canvas = Area::new(0, 0, 256, 256);
        let mut tiles = Tiles::default();
        tiles.begin(canvas);
        painted(&mut tiles);
        tiles.begin(canvas);
        for area in [Area::new(0, 0, 10, 200), Area::new(128, 0, 140, 70), Area::new(70, 130, 80, 140)] {
            tiles.add(area, Item::Triangle(0), 1);
        }
        let (areas, _) = painted(&mut tiles);
        let size: i32 = areas.iter().map(|area| (area.right - area.left) * (area.bottom - area.top)).sum();
        assert_eq!(size, 64 * 64 * 7, "{areas:?}");
        for (i, a) in areas.iter().enumerate() {
            assert!(areas[..i].iter().all(|b| a.intersect(*b).is_empty()), "{areas:?}");
        }
    }
}
