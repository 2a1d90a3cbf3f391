//! The second reading of a clip that makes its tracks exact (`--polish`), or follows them as planes (`--plane`).

use super::progress::Progress;
use crate::export::ExportError;
use crate::geometry::FrameIndex;
use crate::media::{BridgedSource, FrameSource};
use crate::polish::PolishPass;
use crate::sync::CancelToken;
use crate::tracks::{Direction, TrackStore};
use std::ops::RangeInclusive;
use std::time::Instant;

/// Polishes all tracks up to the last of `frames`, those that go backwards in a reading from the end; gives the source
/// back.
///
/// # Errors
/// [`ExportError::Cancelled`], or that the source cannot be read any more.
pub(super) fn run(
    store: &mut TrackStore,
    source: Box<dyn FrameSource>,
    clip: &RangeInclusive<FrameIndex>,
    progress: &Progress,
    cancel: &CancelToken,
) -> anyhow::Result<Box<dyn FrameSource>> {
    let passes = [Direction::Forward, Direction::Backward].map(|way| (way, PolishPass::new(store, way, *clip.end())));
    let began = Instant::now();
    let mut frames = BridgedSource::new(source).up_to(*clip.end());
    let num_frames: usize = passes.iter().map(|(_, pass)| pass.num_left()).sum();
    let (doing, done) = match store.treatment().plane {
        Some(_) => ("following planes", "followed planes"),
        None => ("polishing", "polished"),
    };
    let bar = progress.frames(doing, num_frames);
    for (direction, mut pass) in passes {
        while let Some(next) = pass.next_frame() {
            if cancel.is_cancelled() {
                bar.finish_and_clear();
                return Err(ExportError::Cancelled.into());
            }
            let frame = match direction {
                Direction::Forward => frames.read(next)?,
                Direction::Backward => frames.read_back(next)?,
            };
            let Some(frame) = frame else { break };
            pass.push(&frame);
            bar.inc(1);
        }
        pass.finish(store);
    }
    bar.finish_and_clear();
    progress.note(format_args!("{done} in {:.1} s", began.elapsed().as_secs_f64()));
    Ok(frames.into_source())
}
