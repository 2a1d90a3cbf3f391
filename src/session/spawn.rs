//! Threads: the one place that starts them.

use super::messages::{Event, Repaint};
use crossbeam_channel::Sender;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

/// Where a worker leaves what must arrive.
#[derive(Clone)]
pub(super) struct Outbox {
    pub(super) events: Sender<Event>,
    pub(super) repaint: Repaint,
}

impl Outbox {
    /// Waits while the app is behind. Does nothing once the session is gone.
    pub(super) fn send(&self, event: Event) {
        if self.events.send(event).is_ok() {
            (self.repaint)();
        }
    }
}

/// A thread that is joined when dropped. Its owner first takes away what the thread waits for.
#[derive(Debug)]
pub(super) struct Worker(Option<JoinHandle<()>>);

impl Worker {
    pub(super) fn is_finished(&self) -> bool {
        self.0.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Lets the thread run on by itself: for dialogs, which nothing can close from here.
    pub(super) fn detach(mut self) {
        self.0.take();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(handle) = self.0.take() {
            handle.join().ok(); // a panic has been reported by the thread itself
        }
    }
}

/// Starts a named thread. `on_panic` is called there, with the panic's message, should `body` panic; also here, with
/// the reason, when no thread can be had.
pub(super) fn spawn(
    name: &str,
    body: impl FnOnce() + Send + 'static,
    on_panic: impl Fn(String) + Clone + Send + 'static,
) -> Worker {
    let report = on_panic.clone();
    let guarded = move || {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(body)) {
            report(panic_message(panic.as_ref()));
        }
    };
    match std::thread::Builder::new().name(name.to_owned()).spawn(guarded) {
        Ok(handle) => Worker(Some(handle)),
        Err(error) => {
            on_panic(format!("no thread could be started: {error}"));
            Worker(None)
        }
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "unknown cause".to_owned())
}
