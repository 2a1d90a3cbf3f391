//! What the user is told when an export, or a job beside one, is over.

use super::panel::ExportPanel;
use crate::app::desk::Desk;
use crate::app::desk::toasts::{Level, Topic};
use crate::app::kit::words::name_of;
use crate::session::{ExportEnd, ExportId, ItemEnd, ItemOutcome};
use crate::sync::LatestSlot;

impl ExportPanel {
    pub(crate) fn finished(&mut self, desk: &mut Desk, id: ExportId, end: &ExportEnd) {
        if !self.ended(id, end) {
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
            desk.say_file(Topic::Export, Level::Done, &text, paths(&written), &first.path);
        }
        for item in &written {
            let ItemOutcome::Written(notes) = &item.outcome else { continue };
            for note in notes {
                desk.tell(Level::Warning, note.as_str(), item.path.display().to_string());
            }
        }
        if !stopped.is_empty() {
            let text = match written.len() {
                0 => "the export was stopped, nothing is left of it".to_owned(),
                _ => format!("the export was stopped, without {}", names(&stopped)),
            };
            desk.say(Topic::Export, Level::Done, text, paths(&stopped));
        }
        for item in &end.items {
            if let ItemOutcome::Failed(message) = &item.outcome {
                let cause = message.strip_suffix(&format!(": {}", item.path.display())).unwrap_or(message);
                let text = format!("cannot export {}: {cause}", name_of(&item.path));
                let others = if written.is_empty() { String::new() } else { format!("\nWritten: {}", names(&written)) };
                desk.say(Topic::Export, Level::Error, text, format!("{}{others}", item.path.display()));
            }
        }
    }

    /// Takes in what the jobs beside the window found out.
    pub(crate) fn update(&mut self, desk: &mut Desk) {
        if let Some(codecs) = self.asked_codecs.as_ref().and_then(LatestSlot::take) {
            self.codecs = codecs.unwrap_or_default();
            self.asked_codecs = None;
        }
        self.places.update();
        if let Some(copied) = self.copying.as_ref().and_then(LatestSlot::take) {
            self.copying = None;
            match copied.and_then(|copied| copied) {
                Ok(text) => {
                    let num_rows = text.lines().count().saturating_sub(1);
                    desk.ctx.copy_text(text);
                    desk.say(Topic::Export, Level::Done, format!("copied the table, {num_rows} rows"), "");
                }
                Err(message) => {
                    desk.say(Topic::Export, Level::Error, "cannot copy the table", message);
                }
            }
        }
    }
}
