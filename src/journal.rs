//! The last messages of this run, in memory: fed by a layer of `tracing`, read by the window's log.
//!
//! Bounded in messages and in their length. Nothing is kept, and nothing costs anything, unless [`layer`] is installed;
//! what is below its level is told apart by `tracing` itself, before a message is even written.

use std::collections::VecDeque;
use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Older messages go when there are more.
const MAX_RECORDS: usize = 2000;
/// Longer messages are cut.
const MAX_BYTES: usize = 4096;

static RECORDS: Mutex<VecDeque<Record>> = Mutex::new(VecDeque::new());
static NUM_CHANGES: AtomicU64 = AtomicU64::new(0);

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// When it came.
    pub at: SystemTime,
    /// How much it matters.
    pub level: Level,
    /// Which module it comes from.
    pub target: String,
    /// What it says, with its fields.
    pub text: String,
}

impl Record {
    /// The time of day in UTC, as `hh:mm:ss.fff`.
    #[must_use]
    pub fn time_text(&self) -> String {
        let since = self.at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let (secs, millis) = (since.as_secs() % 86_400, since.subsec_millis());
        format!("{:02}:{:02}:{:02}.{millis:03}", secs / 3600, secs / 60 % 60, secs % 60)
    }
}

fn records() -> MutexGuard<'static, VecDeque<Record>> {
    // A panic between lock and unlock leaves whole records: nothing here can be half written.
    RECORDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often messages came or went: as long as it stays the same, [`messages`] gives the same.
#[must_use]
pub fn num_changes() -> u64 {
    NUM_CHANGES.load(Ordering::Acquire)
}

/// The messages that matter at least so much, oldest first.
#[must_use]
pub fn messages(least: Level) -> Vec<Record> {
    records().iter().filter(|record| record.level <= least).cloned().collect()
}

/// Forgets every message.
pub fn clear() {
    records().clear();
    NUM_CHANGES.fetch_add(1, Ordering::Release);
}

/// The layer that keeps messages: ours from the level "info" on, warnings of everybody else.
#[must_use]
pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    Keep.with_filter(Targets::new().with_target("cotrail", Level::INFO).with_default(Level::WARN))
}

struct Keep;

impl<S: Subscriber> Layer<S> for Keep {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        let metadata = event.metadata();
        let record = Record {
            at: SystemTime::now(),
            level: *metadata.level(),
            target: metadata.target().to_owned(),
            text: line.text(),
        };
        let mut records = records();
        if records.len() >= MAX_RECORDS {
            records.pop_front();
        }
        records.push_back(record);
        drop(records);
        NUM_CHANGES.fetch_add(1, Ordering::Release);
    }
}

/// A message in the making.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Line {
    fn text(self) -> String {
        let mut text = self.message + &self.fields;
        if text.len() > MAX_BYTES {
            let end = (0..=MAX_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(end);
            text.push('…');
        }
        text
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let written = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
        written.ok(); // a value that cannot be shown is left out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::SubscriberExt;

    #[test]
    fn the_newest_messages_are_kept_by_level_and_none_grows_without_end() {
        let subscriber = tracing_subscriber::registry().with(layer());
        let ours = |least| messages(least).into_iter().map(|r| r.text).filter(|t| t.starts_with("journal")).collect();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!("journal of the past");
            for i in 0..MAX_RECORDS {
                tracing::warn!(frame = i, "journal {i}");
            }
            tracing::debug!("journal of details");
            tracing::info!(target: "wgpu_core", "journal of others");
            tracing::error!("journal {}", "é".repeat(MAX_BYTES));
        });
        let kept: Vec<String> = ours(Level::TRACE);
        assert!(kept.len() <= MAX_RECORDS && !kept.contains(&"journal of the past".to_owned()));
        assert!(kept.contains(&format!("journal {0} frame={0}", MAX_RECORDS - 1)), "{:?}", kept.last());
        assert!(!kept.iter().any(|text| text.contains("details") || text.contains("others")));
        let errors: Vec<String> = ours(Level::ERROR);
        assert!(errors.iter().any(|text| text.ends_with("é…") && text.len() <= MAX_BYTES + 3));
        assert!(errors.iter().all(|text| !text.contains("frame=")));
    }

    #[test]
    fn the_time_is_written_to_the_millisecond() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(86_400_000 + 3_723_045);
        let record = Record { at, level: Level::INFO, target: String::new(), text: String::new() };
        assert_eq!(record.time_text(), "01:02:03.045");
    }
}
