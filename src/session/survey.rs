//! A survey of a clip: where shots begin and which frames do not decode. One pass over every frame, beside the other
//! work and without hurry.

use super::Opener;
use super::messages::Repaint;
use super::spawn::{Worker, spawn};
use crate::geometry::FrameIndex;
use crate::media::{BridgedSource, ClipSource, CutFinder, FrameSummary, MediaError};
use crate::sync::{CancelToken, LatestSlot};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::time::{Duration, Instant};

/// Frames from one report to the next.
const REPORT_EVERY: usize = 100;
/// After each frame the thread rests as long as that took, but no longer than this: tracking needs the cores, too.
const MAX_REST: Duration = Duration::from_millis(100);

/// What is known so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Frames with which a shot begins, in order; not the first one of the clip.
    pub cuts: Vec<FrameIndex>,
    /// Frames that do not decode, in order.
    pub missing: Vec<FrameIndex>,
    /// What was found that the source did not know when it was opened, one sentence each.
    pub warnings: Vec<String>,
    /// Frames looked at.
    pub num_seen: usize,
    /// Whether that is all.
    pub is_complete: bool,
}

/// A survey under way; dropping it ends it.
#[derive(Debug)]
pub struct Survey {
    findings: LatestSlot<Findings>,
    cancel: CancelToken,
    stop: Option<Sender<()>>,
    worker: Option<Worker>,
}

impl Survey {
    /// Starts on a thread of its own.
    #[must_use]
    pub fn start(source: ClipSource, open: Opener, repaint: Repaint) -> Self {
        let (stop, stopped) = bounded(0);
        let (findings, cancel) = (LatestSlot::new(), CancelToken::new());
        let surveying = Surveying { findings: findings.clone(), cancel: cancel.clone(), stopped, repaint };
        let body = move || {
            // The view says what is wrong with a clip; without a survey it has no marks, that is all.
            if let Err(error) = surveying.run(&source, &open) {
                tracing::info!("the survey ended early: {error}");
            }
        };
        let on_panic = |message| tracing::error!("the survey broke off: {message}");
        let worker = spawn("survey", body, on_panic);
        Self { findings, cancel, stop: Some(stop), worker: Some(worker) }
    }

    /// What is new since the last call.
    #[must_use]
    pub fn take(&self) -> Option<Findings> {
        self.findings.take()
    }
}

impl Drop for Survey {
    fn drop(&mut self) {
        self.cancel.cancel();
        self.stop.take();
        // Not waited for: the thread ends after the frame that it is reading.
        if let Some(worker) = self.worker.take() {
            worker.detach();
        }
    }
}

struct Surveying {
    findings: LatestSlot<Findings>,
    cancel: CancelToken,
    stopped: Receiver<()>,
    repaint: Repaint,
}

impl Surveying {
    fn run(&self, source: &ClipSource, open: &Opener) -> Result<(), MediaError> {
        let mut source = BridgedSource::new(open(source)?);
        let (mut finder, mut findings) = (CutFinder::default(), Findings::default());
        let num_told = source.info().warnings.len();
        for index in 0..source.info().num_frames() {
            let started = Instant::now();
            let Some(frame) = source.read(FrameIndex::new(index))? else { break };
            findings.cuts.extend(finder.push(FrameSummary::of(&frame)));
            drop(frame);
            findings.num_seen = index + 1;
            if findings.num_seen.is_multiple_of(REPORT_EVERY) {
                findings.missing = source.missing().iter().copied().collect();
                self.report(findings.clone());
            }
            let rest = self.stopped.recv_timeout(started.elapsed().min(MAX_REST));
            if self.cancel.is_cancelled() || rest == Err(RecvTimeoutError::Disconnected) {
                return Ok(());
            }
        }
        findings.cuts.extend(finder.finish());
        findings.missing = source.missing().iter().copied().collect();
        findings.warnings = source.info().warnings[num_told..].to_vec();
        findings.is_complete = true;
        self.report(findings);
        Ok(())
    }

    fn report(&self, findings: Findings) {
        self.findings.put(findings);
        (self.repaint)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Frame;
    use crate::geometry::Size;
    use crate::media::{FrameSource, SourceInfo, SyntheticSource};
    use std::sync::Arc;

    /// Two shots, and one frame that does not decode.
    struct Edited(SyntheticSource);

    impl FrameSource for Edited {
        fn info(&self) -> &SourceInfo {
            self.0.info()
        }

        fn read(&mut self, frame: FrameIndex) -> Result<Frame, MediaError> {
            let plain = self.0.read(frame)?;
            match frame.0 {
                7 => Err(MediaError::MissingFrame(frame)),
                0..12 => Ok(plain),
                _ => {
                    let mixed = plain.rgb().chunks(3).rev().flat_map(|p| [255 - p[2] / 2, 255 - p[0], p[1] / 3]);
                    Ok(Frame::new(frame, plain.time_secs, plain.size(), mixed.collect()))
                }
            }
        }
    }

    #[test]
    fn a_survey_finds_cuts_and_missing_frames() {
        let open: Opener = Arc::new(|_| Ok(Box::new(Edited(SyntheticSource::new(Size::new(96, 72), 24, 25.0)))));
        let (wake, woken) = bounded(100);
        let repaint: Repaint = Arc::new(move || {
            wake.try_send(()).ok();
        });
        let survey = Survey::start(ClipSource::default(), open, repaint);
        woken.recv().unwrap();
        let findings = survey.take().unwrap();
        assert_eq!((findings.cuts, findings.missing), (vec![FrameIndex(12)], vec![FrameIndex(7)]));
        assert!(findings.is_complete && findings.num_seen == 24);
    }
}
