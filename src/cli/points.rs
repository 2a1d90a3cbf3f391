//! Which points are followed: typed ones, a table of points, a grid with its mask; in this order.

use super::config::{GridConfig, PointsConfig};
use super::failure::BadUsage;
use crate::geometry::{FrameIndex, Size, SourcePoint, grid};
use crate::tracker::TrackerError;
use crate::tracks::{NamedQuery, Query, QueryFileError, read_queries};
use anyhow::{Context, bail};
use image::GrayImage;
use std::ops::RangeInclusive;
use std::path::Path;

/// Brighter than this is white to a mask.
const MASK_THRESHOLD: u8 = 127;

/// Every point that the command line asks for, each inside the picture and the frames that are tracked.
pub(super) fn collect(
    config: &PointsConfig,
    size: Size,
    clip: &RangeInclusive<FrameIndex>,
) -> anyhow::Result<Vec<NamedQuery>> {
    let mut points: Vec<NamedQuery> = config.typed.iter().map(|query| (None, *query)).collect();
    if let Some(path) = &config.file {
        points.extend(read_queries(path).map_err(|error| match error {
            unreadable @ QueryFileError::Unreadable { .. } => anyhow::Error::new(unreadable),
            wrong => anyhow::Error::new(BadUsage(wrong.to_string())),
        })?);
    }
    if let Some(config) = &config.grid {
        points.extend(grid_points(config, size, *clip.start())?.into_iter().map(|query| (None, query)));
    }
    if points.is_empty() {
        return Err(BadUsage("no points to follow: the table of points or the mask leaves none".into()).into());
    }
    check(&points, size, clip)?;
    Ok(points)
}

fn check(points: &[NamedQuery], size: Size, clip: &RangeInclusive<FrameIndex>) -> Result<(), TrackerError> {
    for (number, (_, Query { frame, point })) in (1..).zip(points) {
        if !size.contains(*point) {
            return Err(TrackerError::OutsidePicture { number, x: point.x, y: point.y, size });
        }
        if !clip.contains(frame) {
            return Err(TrackerError::OutsideClip { number, frame: *frame, first: *clip.start(), last: *clip.end() });
        }
    }
    Ok(())
}

fn grid_points(config: &GridConfig, size: Size, first: FrameIndex) -> anyhow::Result<Vec<Query>> {
    let frame = config.frame.unwrap_or(first);
    let mask = config.mask.as_deref().map(|path| read_mask(path, size)).transpose()?;
    let points = grid(config.per_side, size.width as f32, size.height as f32).into_iter().map(|(x, y)| {
        // The margin is a 64th of the width: on pictures under 32 pixels, or much wider than high, the outermost
        // points would stand beyond the last pixel.
        SourcePoint::new(x.clamp(0.0, last_pixel(size.width)), y.clamp(0.0, last_pixel(size.height)))
    });
    let is_wanted = |point: &SourcePoint| mask.as_ref().is_none_or(|mask| is_white(mask, *point));
    Ok(points.filter(is_wanted).map(|point| Query { frame, point }).collect())
}

fn last_pixel(extent: u32) -> f32 {
    extent.saturating_sub(1) as f32
}

fn read_mask(path: &Path, size: Size) -> anyhow::Result<GrayImage> {
    let mask = image::open(path).with_context(|| format!("reading the mask {}", path.display()))?.into_luma8();
    let mask_size = Size::new(mask.width(), mask.height());
    if mask_size != size {
        bail!("the mask is {mask_size}, the clip {size}: {}", path.display());
    }
    Ok(mask)
}

/// Whether the pixel that holds the point is white.
fn is_white(mask: &GrayImage, point: SourcePoint) -> bool {
    mask.get_pixel(point.x.round() as u32, point.y.round() as u32).0[0] > MASK_THRESHOLD
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(typed: &[(u32, f32, f32)], per_side: usize) -> PointsConfig {
        let query = |&(t, x, y): &(u32, f32, f32)| Query { frame: FrameIndex(t), point: SourcePoint::new(x, y) };
        let grid = GridConfig { per_side, frame: None, mask: None };
        PointsConfig { typed: typed.iter().map(query).collect(), file: None, grid: Some(grid) }
    }

    #[test]
    fn typed_points_come_first_then_table_then_grid() {
        let table = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(table.path(), "t,x,y,name\n7,3,4,nose\n5,5,6,\n").unwrap();
        let mut config = config(&[(9, 1.0, 2.0)], 2);
        config.file = Some(table.path().to_owned());
        let points = collect(&config, Size::new(640, 360), &(FrameIndex(4)..=FrameIndex(9))).unwrap();
        let order: Vec<_> = points.iter().map(|(name, q)| (name.as_deref(), q.frame.0, q.point.x, q.point.y)).collect();
        assert_eq!(
            order,
            [
                (None, 9, 1.0, 2.0),
                (Some("nose"), 7, 3.0, 4.0),
                (None, 5, 5.0, 6.0),
                (None, 4, 10.0, 10.0),
                (None, 4, 630.0, 10.0),
                (None, 4, 10.0, 350.0),
                (None, 4, 630.0, 350.0),
            ]
        );
    }

    #[test]
    fn the_grid_stays_inside_pictures_of_any_shape() {
        for (width, height) in [(1, 1), (2, 2), (16, 9), (31, 64), (6400, 20), (20, 6400)] {
            let size = Size::new(width, height);
            let points = collect(&config(&[], 3), size, &(FrameIndex(0)..=FrameIndex(0))).unwrap();
            assert_eq!(points.len(), 9, "{size}");
        }
    }

    #[test]
    fn the_mask_keeps_the_points_on_white() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mask.png");
        GrayImage::from_fn(64, 32, |x, _| image::Luma([if x < 32 { 255 } else { 0 }])).save(&path).unwrap();
        let mut config = config(&[], 2);
        config.grid.as_mut().unwrap().mask = Some(path);
        let clip = FrameIndex(0)..=FrameIndex(0);
        let points = collect(&config, Size::new(64, 32), &clip).unwrap();
        assert!(points.len() == 2 && points.iter().all(|(_, q)| q.point.x < 32.0), "{points:?}");
        let error = collect(&config, Size::new(65, 32), &clip).unwrap_err().to_string();
        assert!(error.contains("64x32") && error.contains("65x32"), "{error}");
    }

    #[test]
    fn a_point_outside_is_named_by_its_number() {
        let clip = FrameIndex(2)..=FrameIndex(5);
        for (typed, cause) in [
            ([(3, 1.0, 1.0), (3, 70.0, 1.0)], "point 2 (70, 1)"),
            ([(3, 1.0, 1.0), (6, 1.0, 1.0)], "point 2 is on frame 6"),
        ] {
            let error = collect(&config(&typed, 1), Size::new(64, 32), &clip).unwrap_err().to_string();
            assert!(error.contains(cause), "{error}");
        }
    }
}
