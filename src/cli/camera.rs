//! `camera:N` in place of a file name.

use super::failure::BadUsage;
use std::path::Path;

/// The number of the camera that an input names; `None` for files, also those that happen to be called so.
pub(super) fn number(input: &Path) -> Result<Option<u32>, BadUsage> {
    let Some(number) = input.to_str().and_then(|name| name.strip_prefix("camera:")).filter(|_| !input.exists()) else {
        return Ok(None);
    };
    let wrong =
        || BadUsage(format!("'{number}' is no camera's number; `cotrail devices` lists them, such as camera:0"));
    number.parse().map(Some).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_is_named_by_its_number() {
        let named = |name: &str| number(Path::new(name)).map_err(|error| error.0);
        assert_eq!(named("camera:0"), Ok(Some(0)));
        assert_eq!(named("camera:12"), Ok(Some(12)));
        for file in ["clip.mp4", "camera", "./camera:0", "folder/camera:0", ""] {
            assert_eq!(named(file), Ok(None), "{file}");
        }
        for wrong in ["camera:", "camera:x", "camera:-1", "camera:1.5", "camera:99999999999"] {
            assert!(named(wrong).is_err(), "{wrong}");
        }
    }
}
