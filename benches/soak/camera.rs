//! A camera that does not exist, and loses nothing: it gives a picture when it is told to.

use cotrail::geometry::FrameIndex;
use cotrail::media::{
    CameraError, CameraFormat, CameraId, CameraStream, FrameRate, FrameSource as _, PixelFormat, Shot, SyntheticSource,
};
use crossbeam_channel::Receiver;
use std::time::Instant;

pub(super) struct Lossless {
    id: CameraId,
    source: SyntheticSource,
    steps: Receiver<()>,
    next: usize,
}

impl Lossless {
    pub(super) fn boxed(source: SyntheticSource, steps: Receiver<()>) -> Box<dyn CameraStream> {
        let id = CameraId { name: "synthetic".to_owned(), place: String::new() };
        Box::new(Self { id, source, steps, next: 0 })
    }
}

impl CameraStream for Lossless {
    fn id(&self) -> &CameraId {
        &self.id
    }

    fn format(&self) -> CameraFormat {
        let info = self.source.info();
        CameraFormat { size: info.size, frame_rate: FrameRate::whole(info.frame_rate as u32), pixels: PixelFormat::Rgb }
    }

    fn is_paced(&self) -> bool {
        false
    }

    fn grab(&mut self) -> Result<Shot, CameraError> {
        let failed = |problem: String| CameraError::Failed { name: "synthetic".to_owned(), problem };
        self.steps.recv().map_err(|_| CameraError::Unplugged("synthetic".to_owned()))?;
        let frame = FrameIndex::new(self.next % self.source.info().num_frames().max(1));
        self.next += 1;
        let frame = self.source.read(frame).map_err(|error| failed(error.to_string()))?;
        Ok(Shot { rgb: frame.rgb().to_vec(), taken_at: Instant::now() })
    }
}
