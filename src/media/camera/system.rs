//! What all systems share: which nodes are meant, what may be offered, and the words for what goes wrong.

use super::backend::{Native, is_permitted, nodes_found};
use super::pick::meant;
use super::{
    CameraChoice, CameraError, CameraFormat, CameraId, CameraListing, CameraRequest, CameraStream, PixelFormat,
};
use std::time::{Duration, Instant};

pub(super) fn list() -> Result<Vec<CameraListing>, CameraError> {
    let probe = |(index, id): (u32, CameraId)| {
        let formats = Native::open(index, &id).and_then(|mut camera| camera.formats());
        CameraListing { index, id, formats }
    };
    let all = nodes()?.into_iter().map(probe);
    // A camera may have nodes beside the one with the pictures (for its metadata); they have no formats.
    Ok(all.filter(|listing| !matches!(listing.formats, Err(CameraError::NoFormat(_)))).collect())
}

pub(super) fn open(request: &CameraRequest) -> Result<Box<dyn CameraStream>, CameraError> {
    let nodes = nodes()?;
    let mut problem = None;
    for (index, id) in meant(&request.camera, &nodes) {
        match Native::open(*index, id).and_then(|camera| camera.start(request)) {
            Ok(stream) => return Ok(Box::new(stream)),
            Err(error) => problem = problem.filter(|first| !matches!(first, CameraError::NoFormat(_))).or(Some(error)),
        }
    }
    Err(problem.unwrap_or_else(|| missing(&request.camera, &nodes)))
}

fn missing(wanted: &CameraChoice, nodes: &[(u32, CameraId)]) -> CameraError {
    if nodes.is_empty() {
        return CameraError::NoCameras;
    }
    let there: Vec<String> = nodes.iter().map(|(index, id)| format!("camera:{index} ({})", id.name)).collect();
    CameraError::NoSuchCamera { wanted: wanted.to_string(), there: there.join(", ") }
}

/// Every node that may be a camera, by its number.
fn nodes() -> Result<Vec<(u32, CameraId)>, CameraError> {
    if !is_permitted() {
        return Err(CameraError::NoPermission("access".to_owned()));
    }
    let mut nodes = nodes_found()?;
    nodes.sort_by_key(|(index, _)| *index);
    Ok(nodes)
}

/// Pictures older than this by their own stamp carry a wrong stamp.
const MAX_AGE: Duration = Duration::from_secs(2);

/// When a picture was taken that is so old by its stamp, on whatever clock; now, where that makes no sense.
pub(super) fn taken_at(age: Option<Duration>) -> Instant {
    let now = Instant::now();
    age.filter(|age| *age < MAX_AGE).and_then(|age| now.checked_sub(age)).unwrap_or(now)
}

pub(super) fn label(index: u32, id: &CameraId) -> String {
    format!("{index} ({})", id.name)
}

/// Whether such pictures can be decoded here.
pub(super) fn is_usable(format: CameraFormat) -> bool {
    let CameraFormat { size, pixels, .. } = format;
    let shares_colours = matches!(pixels, PixelFormat::Yuyv | PixelFormat::Nv12);
    let is_whole =
        size.area() > 0 && (!shares_colours || (size.width.is_multiple_of(2) && size.height.is_multiple_of(2)));
    is_whole && !crate::media::is_absurd_size(size.width, size.height)
}

/// In the order in which formats are listed.
pub(super) fn sorted(mut formats: Vec<CameraFormat>) -> Vec<CameraFormat> {
    formats.sort_by_key(|format| (format.pixels, format.size.area(), format.size.width, format.frame_rate));
    formats.dedup();
    formats
}

/// What an error of the system means, by its number.
#[cfg(unix)]
pub(super) fn explain(name: String, errno: i32, problem: String) -> CameraError {
    match errno {
        16 => CameraError::Busy(name),              // EBUSY
        1 | 13 => CameraError::NoPermission(name),  // EPERM, EACCES
        2 | 6 | 19 => CameraError::Unplugged(name), // ENOENT, ENXIO, ENODEV
        _ => CameraError::Failed { name, problem },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::media::FrameRate;

    #[test]
    fn pictures_that_do_not_decode_are_not_offered() {
        let format = |width, height| CameraFormat {
            size: Size::new(width, height),
            frame_rate: FrameRate::whole(30),
            pixels: PixelFormat::Yuyv,
        };
        assert!(is_usable(format(640, 480)));
        assert!(
            ![(0, 480), (641, 480), (40_000, 480)].into_iter().any(|(width, height)| is_usable(format(width, height)))
        );
    }

    #[cfg(unix)]
    #[test]
    fn the_systems_errors_are_told_apart() {
        let error = |errno| explain("0".into(), errno, "said".into());
        assert_eq!(error(16), CameraError::Busy("0".into()));
        assert_eq!(error(13), CameraError::NoPermission("0".into()));
        assert_eq!(error(19), CameraError::Unplugged("0".into()));
        assert!(matches!(error(12), CameraError::Failed { .. }));
    }
}
