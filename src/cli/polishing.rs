//! The second reading of a clip that makes its tracks exact (`--polish`).

use super::outputs::num_frames;
use super::progress::Progress;
use crate::export::ExportError;
use crate::geometry::FrameIndex;
use crate::media::{BridgedSource, FrameSource};
use crate::polish::PolishPass;
use crate::sync::CancelToken;
use crate::tracks::TrackStore;
use std::time::Instant;

/// Polishes all tracks up to the frame `last`; gives the source back.
///
/// # Errors
/// [`ExportError::Cancelled`], or that the source cannot be read any more.
pub(super) fn run(
    store: &mut TrackStore,
    source: Box<dyn FrameSource>,
    last: FrameIndex,
    progress: Progress,
    cancel: &CancelToken,
) -> anyhow::Result<Box<dyn FrameSource>> {
    let mut pass = PolishPass::new(store, last);
    let (Some(first), Some(last)) = (pass.next_frame(), pass.last_frame()) else { return Ok(source) };
    let (clip, began) = (first..=last, Instant::now());
    let mut frames = BridgedSource::new(source).up_to(last);
    let bar = progress.frames("polishing", num_frames(&clip));
    while let Some(next) = pass.next_frame() {
        if cancel.is_cancelled() {
            bar.finish_and_clear();
            return Err(ExportError::Cancelled.into());
        }
        let Some(frame) = frames.read(next)? else { break };
        pass.push(&frame);
        bar.inc(1);
    }
    bar.finish_and_clear();
    pass.finish(store);
    progress.note(format_args!("polished in {:.1} s", began.elapsed().as_secs_f64()));
    Ok(frames.into_source())
}
