//! Live cameras: which ones there are, what they offer, and their pictures one by one.
//!
//! Every call blocks, and a camera that stalls keeps [`CameraStream::grab`] waiting for ever: `session` calls all this
//! on threads that it can give up. A stream is used on the thread that opened it.
//!
//! | file        | holds                                                     |
//! |-------------|-----------------------------------------------------------|
//! | `choice`    | which camera is meant, and in which of its formats        |
//! | `rate`      | pictures per second                                       |
//! | `pick`      | finds both among those that are there                     |
//! | `system`    | the system's cameras (feature `camera`)                   |
//! | `linux`     | … through V4L2                                            |
//! | `elsewhere` | … through nokhwa                                          |
//! | `absent`    | the same calls in a build without that feature            |
//! | `pixels`    | uncompressed pictures to RGB                              |
//! | `mjpeg`     | Motion JPEG to RGB                                        |

#[cfg(not(feature = "camera"))]
mod absent;
mod choice;
#[cfg(all(feature = "camera", any(test, not(target_os = "linux"))))]
mod elsewhere;
#[cfg(all(feature = "camera", target_os = "linux"))]
mod linux;
#[cfg(feature = "camera")]
mod mjpeg;
#[cfg(feature = "camera")]
mod pick;
#[cfg(feature = "camera")]
mod pixels;
mod rate;
#[cfg(feature = "camera")]
mod system;

#[cfg(not(feature = "camera"))]
use absent as system;
pub use choice::{CameraChoice, CameraRequest};
#[cfg(all(feature = "camera", not(target_os = "linux")))]
use elsewhere as backend;
#[cfg(all(feature = "camera", target_os = "linux"))]
use linux as backend;
pub use rate::FrameRate;

use crate::geometry::Size;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// What a camera is known by. Its number changes when it is plugged in again, this does not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CameraId {
    /// What the system calls it.
    pub name: String,
    /// Where it is plugged in, or its serial number, in the system's own words; empty where the system does not tell.
    pub place: String,
}

/// How a camera codes its pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PixelFormat {
    /// Two pixels in four bytes: Y, U, Y, V.
    Yuyv,
    /// A plane of Y, then U and V in turns at half the size.
    Nv12,
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
    /// A JPEG image for each picture.
    Mjpeg,
    /// A byte of brightness for each pixel.
    Gray,
}

impl std::fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Yuyv => "YUYV",
            Self::Nv12 => "NV12",
            Self::Rgb => "RGB",
            Self::Bgr => "BGR",
            Self::Mjpeg => "MJPEG",
            Self::Gray => "gray",
        })
    }
}

/// One way in which a camera can deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CameraFormat {
    /// Size of the pictures.
    pub size: Size,
    /// Pictures per second.
    pub frame_rate: FrameRate,
    /// How they are coded.
    pub pixels: PixelFormat,
}

impl std::fmt::Display for CameraFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {} fps ({})", self.size, self.frame_rate, self.pixels)
    }
}

/// A camera of this system.
#[derive(Clone, Debug)]
pub struct CameraListing {
    /// Its number, as in `camera:0`.
    pub index: u32,
    /// What it is known by.
    pub id: CameraId,
    /// What it offers, best known formats of each coding first; or why it does not tell (in use, no permission).
    pub formats: Result<Vec<CameraFormat>, CameraError>,
}

/// A picture as it came from a camera.
#[derive(Clone, Debug)]
pub struct Shot {
    /// Rows of (red, green, blue) bytes without gaps, of the stream's size.
    pub rgb: Vec<u8>,
    /// When the camera took it, as far as the system tells; else when it came.
    pub taken_at: Instant,
}

/// An open camera.
pub trait CameraStream {
    /// What the camera is known by.
    fn id(&self) -> &CameraId;

    /// How it delivers.
    fn format(&self) -> CameraFormat;

    /// Whether pictures come at their own pace, as from every real camera. One that waits until the picture before was
    /// taken loses none, and none of its pictures are passed over.
    fn is_paced(&self) -> bool {
        true
    }

    /// Waits for the next picture: for ever, if the camera stalls.
    ///
    /// # Errors
    /// [`CameraError::Damaged`] for a picture that does not decode: the next one may. With anything else the stream is
    /// over.
    fn grab(&mut self) -> Result<Shot, CameraError>;
}

/// Why a camera does not deliver.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CameraError {
    /// The program was built without cameras.
    #[error("this build knows no cameras; build it with the feature camera")]
    NotBuiltIn,
    /// No camera is plugged in at all.
    #[error("no camera is there")]
    NoCameras,
    /// There are cameras, but not that one.
    #[error("there is no camera {wanted}; there is {there}")]
    NoSuchCamera {
        /// What was asked for.
        wanted: String,
        /// What there is: "camera:0 (name)", …
        there: String,
    },
    /// Another program, or this one, is using it.
    #[error("camera {0} is in use by another program")]
    Busy(String),
    /// The system does not let this user, or this program, use it.
    #[error("there is no permission to use camera {0}")]
    NoPermission(String),
    /// It has no format that is known here or that was asked for.
    #[error("camera {0} offers no format that fits")]
    NoFormat(String),
    /// It is there, but codes its pictures in no way that is known here.
    #[error("camera {name} delivers {offered} only, which cannot be read here")]
    UnknownFormats {
        /// Which camera.
        name: String,
        /// The system's names for what it offers: "H264, BA81", …
        offered: String,
    },
    /// It was unplugged.
    #[error("camera {0} was unplugged")]
    Unplugged(String),
    /// It is there but gives no pictures.
    #[error("camera {0} gives no pictures")]
    Stalled(String),
    /// One picture does not decode.
    #[error("a picture does not decode ({0})")]
    Damaged(String),
    /// Anything else that the system says.
    #[error("camera {name} failed ({problem})")]
    Failed {
        /// Which camera.
        name: String,
        /// What the system says.
        problem: String,
    },
}

/// The cameras of this system, by their numbers. Opens each for a moment to ask for its formats.
///
/// # Errors
/// If the system cannot be asked at all, or the build knows no cameras.
pub fn list_cameras() -> Result<Vec<CameraListing>, CameraError> {
    system::list()
}

/// Opens a camera and starts it.
///
/// # Errors
/// Whatever keeps it from delivering: not there, in use, no permission, no such format, …
pub fn open_camera(request: &CameraRequest) -> Result<Box<dyn CameraStream>, CameraError> {
    system::open(request)
}
