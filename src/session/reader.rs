//! The reader: owns a clip's source and shows the wanted frame, the newest wish only.

use super::cache::FrameCache;
use super::messages::{Event, ReaderStatus, Screen, Shown, WorkerKind};
use super::spawn::{Outbox, Worker, spawn};
use super::{Opener, SessionOptions};
use crate::frame::Frame;
use crate::geometry::FrameIndex;
use crate::media::{BridgedSource, ClipSource, MediaError};
use crate::sync::{Generation, LatestSlot};
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use std::path::Path;
use std::sync::Arc;

/// Frames read ahead of the playhead, as the budget allows.
const MAX_PREFETCH: usize = 240;
/// Frames read at once when moving backwards: in order is fast, one by one backwards is a seek each.
const BACKWARD_CHUNK: usize = 24;
/// The status is published after this many frames read ahead; each one would be a needless repaint.
const STATUS_EVERY: usize = 6;

/// How the user got to the wanted frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// The clip plays: frames come in order, and a stand-in would jump back and forth.
    Play,
    /// Steps and scrubbing towards the end.
    Forward,
    /// Steps and scrubbing towards the start.
    Backward,
}

impl Movement {
    /// That of a step or of scrubbing from one frame to another.
    #[must_use]
    pub fn between(from: FrameIndex, to: FrameIndex) -> Self {
        if to < from { Self::Backward } else { Self::Forward }
    }
}

#[derive(Clone, Copy, Debug)]
struct Wish {
    frame: FrameIndex,
    movement: Movement,
}

/// The handle of a clip's reader thread.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) generation: Generation,
    pub(super) status: LatestSlot<ReaderStatus>,
    wish: LatestSlot<Wish>,
    wake: Option<Sender<()>>,
    worker: Option<Worker>,
}

impl Reader {
    /// Opens a clip on a thread of its own; [`Event::Opened`] or [`Event::OpenFailed`] follows.
    pub(super) fn start(source: ClipSource, generation: Generation, options: &SessionOptions, outbox: Outbox) -> Self {
        let (wake, woken) = bounded(1);
        let (wish, status) = (LatestSlot::new(), LatestSlot::new());
        let failed = outbox.clone();
        let reading = Reading {
            generation,
            screen: Arc::clone(&options.screen),
            cache: FrameCache::new(options.cache_budget_bytes),
            wish: wish.clone(),
            woken,
            status: status.clone(),
            outbox,
        };
        let open = Arc::clone(&options.open);
        let worker = spawn(
            "reader",
            move || reading.run(&source, &open),
            move |message| failed.send(Event::Panicked { worker: WorkerKind::Reader, generation, message }),
        );
        Self { generation, status, wish, wake: Some(wake), worker: Some(worker) }
    }

    /// Sets the wanted frame; an older wish that was not read yet is forgotten.
    pub(super) fn want(&self, frame: FrameIndex, movement: Movement) {
        self.wish.put(Wish { frame, movement });
        if let Some(wake) = &self.wake {
            wake.try_send(()).ok(); // full: the thread is going to look anyway
        }
    }

    /// Asks the thread to end after the frame that it is reading, without waiting for that.
    pub(super) fn retire(mut self) -> Option<Worker> {
        self.wake.take();
        self.worker.take()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.wake.take(); // first, or the thread would wait for ever
        self.worker.take();
    }
}

struct Reading {
    generation: Generation,
    screen: Screen,
    cache: FrameCache,
    wish: LatestSlot<Wish>,
    woken: Receiver<()>,
    status: LatestSlot<ReaderStatus>,
    outbox: Outbox,
}

impl Reading {
    fn run(mut self, source: &ClipSource, open: &Opener) {
        let path = source.path.as_path();
        let generation = self.generation;
        let source = match open(source) {
            Ok(source) if source.info().num_frames() > 0 => source,
            Ok(_) => return self.refuse(path, format!("there are no frames in {}", path.display())),
            Err(error) => return self.refuse(path, error.to_string()),
        };
        let info = Arc::new(source.info().clone());
        self.outbox.send(Event::Opened { generation, info });
        let mut source = BridgedSource::new(source);
        if let Err(error) = self.serve(&mut source) {
            self.outbox.send(Event::ClipFailed { generation, message: error.to_string() });
        }
    }

    fn refuse(&self, path: &Path, message: String) {
        self.outbox.send(Event::OpenFailed { generation: self.generation, path: path.to_owned(), message });
    }

    /// Serves wishes until the handle is gone.
    fn serve(&mut self, source: &mut BridgedSource) -> Result<(), MediaError> {
        let mut wish = Wish { frame: FrameIndex(0), movement: Movement::Forward };
        let mut is_answered = false;
        let mut unpublished = 0;
        loop {
            if self.woken.try_recv() == Err(TryRecvError::Disconnected) {
                return Ok(());
            }
            if let Some(newer) = self.wish.take() {
                wish = newer;
                is_answered = false;
            }
            if !is_answered {
                self.answer(source, wish)?;
                is_answered = true;
                unpublished += STATUS_EVERY;
            } else if let Some(next) = self.next_ahead(source, wish) {
                self.fetch(source, next, wish.frame)?;
                unpublished += 1;
            } else {
                self.publish(source, &mut unpublished);
                if self.woken.recv().is_err() {
                    return Ok(());
                }
            }
            if unpublished >= STATUS_EVERY {
                self.publish(source, &mut unpublished);
            }
        }
    }

    /// Shows the wanted frame, and while it is not at hand, the nearest one.
    fn answer(&mut self, source: &mut BridgedSource, wish: Wish) -> Result<(), MediaError> {
        let last = FrameIndex::new(source.info().num_frames() - 1);
        let wanted = wish.frame.min(last);
        if let Some(frame) = self.cache.get(wanted) {
            self.show(frame.clone(), true);
            return Ok(());
        }
        if wish.movement != Movement::Play
            && let Some(nearest) = self.cache.nearest(wanted)
        {
            self.show(nearest.clone(), false);
        }
        let frame = self.fetch(source, wanted, wanted)?;
        self.show(frame, true);
        Ok(())
    }

    /// Reads a frame into the cache. Where the index promised more than there is, the nearest frame at hand stands in.
    fn fetch(
        &mut self,
        source: &mut BridgedSource,
        frame: FrameIndex,
        playhead: FrameIndex,
    ) -> Result<Frame, MediaError> {
        let read = source.read(frame)?.or_else(|| {
            let nearest = self.cache.nearest(frame)?;
            Some(nearest.held_at(frame, source.info().time_secs(frame)))
        });
        let read = read.ok_or(MediaError::MissingFrame(frame))?;
        self.cache.insert(read.clone(), playhead);
        Ok(read)
    }

    fn show(&self, frame: Frame, exact: bool) {
        (self.screen)(Shown { generation: self.generation, frame, exact });
        (self.outbox.repaint)();
    }

    /// The next frame worth reading before anybody asks, in the direction of movement.
    fn next_ahead(&self, source: &BridgedSource, wish: Wish) -> Option<FrameIndex> {
        let info = source.info();
        let reach = self.cache.reach(3 * info.size.area()).min(MAX_PREFETCH);
        let here = wish.frame.get();
        let not_here = |index: &usize| !self.cache.contains(FrameIndex::new(*index));
        let ahead = here + 1..info.num_frames().min(here + 1 + reach);
        if wish.movement != Movement::Backward {
            return ahead.into_iter().find(not_here).map(FrameIndex::new);
        }
        let behind = here.saturating_sub(reach)..here;
        let nearest = behind.rev().find(not_here)?;
        // Begin some frames earlier and come towards it in order.
        let first = nearest.saturating_sub(BACKWARD_CHUNK - 1).max(here.saturating_sub(reach));
        (first..=nearest).find(not_here).map(FrameIndex::new)
    }

    fn publish(&self, source: &BridgedSource, unpublished: &mut usize) {
        if std::mem::take(unpublished) > 0 {
            let (generation, cached) = (self.generation, self.cache.spans());
            self.status.put(ReaderStatus { generation, cached, num_missing: source.missing().len() });
            (self.outbox.repaint)();
        }
    }
}
