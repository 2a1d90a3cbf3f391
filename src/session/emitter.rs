//! Sends live results to other programs, on a thread of its own: whoever reads slowly loses lines, and tracking never
//! waits.

use super::spawn::{Worker, spawn};
use crate::export::Outlet;
use crate::tracks::LiveLine;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Lines that may wait: some two seconds of a camera. Older ones go when more come.
const MAX_WAITING: usize = 64;
/// How long the last lines may take at the end.
const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// Sends lines somewhere. Dropping it gives what waits a moment to get out.
#[derive(Debug)]
pub struct Emitter {
    lines: Option<Sender<LiveLine>>,
    /// The other end, to take the oldest line back from.
    waiting: Receiver<LiveLine>,
    ended: Receiver<()>,
    counts: Arc<Counts>,
    worker: Option<Worker>,
}

#[derive(Debug, Default)]
struct Counts {
    num_given: AtomicU64,
    num_sent: AtomicU64,
    num_lost: AtomicU64,
    failure: Mutex<Option<io::Error>>,
}

impl Counts {
    fn fail(&self, error: io::Error) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

impl Emitter {
    /// Starts to deliver into what `open` gives; it is called beside, since that may take a while.
    #[must_use]
    pub fn start(open: impl FnOnce() -> io::Result<Box<dyn Outlet>> + Send + 'static) -> Self {
        let (lines, waiting) = bounded::<LiveLine>(MAX_WAITING);
        let (end, ended) = bounded::<()>(0);
        let counts = Arc::new(Counts::default());
        let (counted, panicked, queue) = (Arc::clone(&counts), Arc::clone(&counts), waiting.clone());
        let work = move || {
            let _ends_with_the_thread = end;
            let mut outlet = match open() {
                Ok(outlet) => outlet,
                Err(error) => return counted.fail(error),
            };
            // The owner keeps a receiver, too; the queue ends when its sender is gone.
            for line in queue {
                match outlet.deliver(&line) {
                    Ok(true) => counted.num_sent.fetch_add(1, Ordering::Relaxed),
                    Ok(false) => counted.num_lost.fetch_add(1, Ordering::Relaxed),
                    Err(error) => return counted.fail(error),
                };
            }
        };
        let worker = spawn("emitter", work, move |message| panicked.fail(io::Error::other(message)));
        Self { lines: Some(lines), waiting, ended, counts, worker: Some(worker) }
    }

    /// Sends a line as soon as its turn comes. Never waits: where too many wait already, the oldest one is given up.
    pub fn send(&self, line: LiveLine) {
        let Some(lines) = &self.lines else { return };
        self.counts.num_given.fetch_add(1, Ordering::Relaxed);
        let mut line = line;
        // The thread may take one in between: then there is room at the next try.
        while let Err(TrySendError::Full(back)) = lines.try_send(line) {
            line = back;
            if self.waiting.try_recv().is_ok() {
                self.counts.num_lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// How many lines got out.
    #[must_use]
    pub fn num_sent(&self) -> u64 {
        self.counts.num_sent.load(Ordering::Relaxed)
    }

    /// How many lines were given up because nobody took them in time.
    #[must_use]
    pub fn num_lost(&self) -> u64 {
        self.counts.num_lost.load(Ordering::Relaxed)
    }

    /// Gives what waits a moment to get out; returns how many lines never did.
    #[must_use]
    pub fn finish(mut self) -> u64 {
        self.close();
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        count(&self.counts.num_given) - count(&self.counts.num_sent)
    }

    fn close(&mut self) {
        self.lines.take();
        let is_over = self.ended.recv_timeout(LAST_PATIENCE) == Err(RecvTimeoutError::Disconnected);
        if let Some(worker) = self.worker.take()
            && !is_over
        {
            worker.detach(); // it hangs in a reader that does not read
        }
    }

    /// Why nothing gets out any more, told once.
    #[must_use]
    pub fn take_failure(&self) -> Option<io::Error> {
        self.counts.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Emitter {
    fn drop(&mut self) {
        if self.worker.is_some() {
            self.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::FrameIndex;
    use std::time::Instant;

    const PATIENCE: Duration = Duration::from_mins(2);

    fn line(frame: u32) -> LiveLine {
        LiveLine { frame: FrameIndex(frame), ..LiveLine::default() }
    }

    /// A reader that takes a line only when it is permitted to.
    struct Slow {
        permits: Receiver<()>,
        taken: Sender<u32>,
    }

    impl Outlet for Slow {
        fn deliver(&mut self, line: &LiveLine) -> io::Result<bool> {
            self.permits.recv().map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
            self.taken.send(line.frame.0).map_err(io::Error::other)?;
            Ok(true)
        }
    }

    #[test]
    fn a_slow_reader_loses_old_lines_and_nobody_waits_for_it() {
        let (permit, permits) = bounded(2000);
        let (taken, seen) = bounded(2000);
        let emitter = Emitter::start(|| Ok(Box::new(Slow { permits, taken })));
        for frame in 0..1000 {
            emitter.send(line(frame)); // would never end if it waited
        }
        for _ in 0..=MAX_WAITING {
            permit.send(()).unwrap();
        }
        let mut frames: Vec<u32> = Vec::new();
        while frames.last() != Some(&999) {
            frames.push(seen.recv_timeout(PATIENCE).unwrap());
        }
        let newest: Vec<u32> = (1000 - MAX_WAITING as u32..1000).collect();
        assert!(frames.ends_with(&newest), "{frames:?}");
        assert_eq!(emitter.num_lost(), 1000 - frames.len() as u64);
    }

    #[test]
    fn a_reader_that_hangs_does_not_hold_up_the_end() {
        let (_never, permits) = bounded(0);
        let (taken, _seen) = bounded(1);
        let emitter = Emitter::start(|| Ok(Box::new(Slow { permits, taken })));
        (0..3).for_each(|frame| emitter.send(line(frame)));
        assert_eq!(emitter.finish(), 3, "would hang if it waited");
    }

    #[test]
    fn the_last_lines_get_out_and_a_failure_is_told() {
        let (permit, permits) = bounded(9);
        let (taken, seen) = bounded(9);
        let emitter = Emitter::start(|| Ok(Box::new(Slow { permits, taken })));
        (0..3).for_each(|frame| emitter.send(line(frame)));
        (0..3).for_each(|_| permit.send(()).unwrap());
        drop(permit);
        emitter.send(line(3));
        let start = Instant::now();
        let failure = loop {
            if let Some(failure) = emitter.take_failure() {
                break failure;
            }
            assert!(start.elapsed() < PATIENCE);
            std::thread::yield_now();
        };
        assert_eq!(failure.kind(), io::ErrorKind::BrokenPipe);
        emitter.send(line(4)); // goes nowhere, and that is all
        drop(emitter);
        assert_eq!(seen.try_iter().collect::<Vec<_>>(), [0, 1, 2]);
    }
}
