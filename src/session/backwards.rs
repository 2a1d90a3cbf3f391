//! Reading a clip from its end to its start: decoders only go forwards, so frames are read in blocks.

use super::bridging::BridgedSource;
use crate::frame::Frame;
use crate::geometry::FrameIndex;
use crate::media::MediaError;

/// Frames of a block.
const BLOCK: usize = 32;
/// And at most so many bytes of pictures.
const MAX_BYTES: usize = 256 << 20;

/// The block that was read last.
#[derive(Default)]
pub(super) struct Backwards {
    block: Vec<Frame>,
}

impl Backwards {
    /// Reads a frame; where it is not in the block, with those before it.
    ///
    /// # Errors
    /// As the source.
    pub(super) fn read(&mut self, source: &mut BridgedSource, frame: FrameIndex) -> Result<Frame, MediaError> {
        if let Some(known) = self.block.iter().find(|known| known.index == frame) {
            return Ok(known.clone());
        }
        self.block.clear();
        let num_bytes = 3 * source.info().size.area();
        let length = (MAX_BYTES / num_bytes.max(1)).clamp(1, BLOCK);
        for index in (frame.get() + 1).saturating_sub(length)..frame.get() {
            // One that cannot be read is told of when its turn comes.
            self.block.extend(source.read(FrameIndex::new(index)).ok());
        }
        let wanted = source.read(frame)?;
        self.block.push(wanted.clone());
        Ok(wanted)
    }
}
