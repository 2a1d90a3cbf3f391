//! What the user is told when an export is over.

use crate::app::state::State;
use crate::app::toasts::{Level, Topic};
use crate::session::{ExportEnd, ExportId, ItemEnd, ItemOutcome};
use std::path::Path;

/// Whether everything is written.
pub(super) fn is_complete(end: &ExportEnd) -> bool {
    end.items.iter().all(|item| matches!(item.outcome, ItemOutcome::Written(_)))
}

impl State {
    /// Takes in how an export ended.
    pub(in crate::app) fn export_ended(&mut self, id: ExportId, end: &ExportEnd, now_secs: f64) {
        if !self.export.ended(id, end) {
            return;
        }
        let those = |is_meant: fn(&ItemOutcome) -> bool| -> Vec<&ItemEnd> {
            end.items.iter().filter(|item| is_meant(&item.outcome)).collect()
        };
        let written = those(|outcome| matches!(outcome, ItemOutcome::Written(_)));
        let stopped = those(|outcome| matches!(outcome, ItemOutcome::Cancelled));
        let paths =
            |items: &[&ItemEnd]| items.iter().map(|i| i.path.display().to_string()).collect::<Vec<_>>().join("\n");
        let names = |items: &[&ItemEnd]| items.iter().map(|i| name_of(&i.path)).collect::<Vec<_>>().join(", ");
        if let Some(first) = written.first() {
            let text = format!("exported {}", names(&written));
            self.toasts.add_file(Topic::Export, Level::Done, text, paths(&written), &first.path, now_secs);
        }
        for item in &written {
            let ItemOutcome::Written(notes) = &item.outcome else { continue };
            for note in notes {
                self.toasts.add(Level::Warning, note.as_str(), item.path.display().to_string(), now_secs);
            }
        }
        if !stopped.is_empty() {
            let text = match written.len() {
                0 => "the export was stopped, nothing is left of it".to_owned(),
                _ => format!("the export was stopped, without {}", names(&stopped)),
            };
            self.toasts.add_on(Topic::Export, Level::Done, text, paths(&stopped), now_secs);
        }
        for item in &end.items {
            if let ItemOutcome::Failed(message) = &item.outcome {
                let cause = message.strip_suffix(&format!(": {}", item.path.display())).unwrap_or(message);
                let text = format!("cannot export {}: {cause}", name_of(&item.path));
                let others = if written.is_empty() { String::new() } else { format!("\nWritten: {}", names(&written)) };
                self.toasts.add_on(
                    Topic::Export,
                    Level::Error,
                    text,
                    format!("{}{others}", item.path.display()),
                    now_secs,
                );
            }
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
