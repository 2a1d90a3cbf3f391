//! The first lines of the table, as it would be written.

use super::plan::Facts;
use crate::geometry::FrameIndex;
use crate::session::{Repaint, aside};
use crate::sync::LatestSlot;
use crate::tracks::{Table, TableFormat, TableOptions, TrackStore, TrackTable};
use egui::{Label, RichText, Role, Ui, WidgetInfo};
use std::io::{Error, Write};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Lines that are shown, the heading among them.
const NUM_LINES: usize = 4;

/// What the lines depend on.
type From = (Arc<TrackStore>, TableFormat, TableOptions, RangeInclusive<FrameIndex>);

/// The lines, made beside the window whenever something changes that they depend on.
#[derive(Debug, Default)]
pub(super) struct Preview {
    made_from: Option<From>,
    making: Option<LatestSlot<Result<String, String>>>,
    lines: String,
}

impl Preview {
    /// Sees that the lines are those of the choices.
    pub(super) fn update(
        &mut self,
        format: TableFormat,
        options: TableOptions,
        frames: RangeInclusive<FrameIndex>,
        facts: &Facts,
        repaint: &Repaint,
    ) {
        if let Some(made) = self.making.as_ref().and_then(LatestSlot::take) {
            (self.lines, self.making) = (made.unwrap_or_default(), None);
        }
        let from = (Arc::clone(&facts.tracks), format, options, frames);
        let is_same =
            |made: &From| Arc::ptr_eq(&made.0, &from.0) && (made.1, &made.2, &made.3) == (from.1, &from.2, &from.3);
        if self.making.is_some() || self.made_from.as_ref().is_some_and(is_same) {
            return; // lines on their way are shown first, then made anew
        }
        self.made_from = Some(from.clone());
        let (times_secs, about) = (Arc::clone(&facts.times_secs), facts.about.clone());
        self.making = Some(aside("preview", repaint.clone(), move || {
            let (store, format, options, frames) = from;
            let table = TrackTable { store: &store, frames, times_secs: &times_secs, about: &about, options: &options };
            let mut lines = FirstLines::default();
            table.write_text(format, &mut lines).ok(); // it ends early, on purpose
            String::from_utf8_lossy(&lines.bytes).into_owned()
        }));
    }

    pub(super) fn show(&self, ui: &mut Ui, format: TableFormat) {
        ui.label(RichText::new(format!("The .{} begins", format.extension())).strong());
        let response = ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for line in self.lines.lines() {
                ui.add(Label::new(RichText::new(line).monospace().size(10.0).weak()).truncate());
            }
            if format == TableFormat::Csv && self.lines.lines().count() == 1 {
                ui.label(RichText::new("and has no rows yet.").small().weak());
            }
        });
        let response = response.response;
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("First lines: {}", self.lines.trim())));
    }
}

/// Takes the first lines and refuses the rest.
#[derive(Default)]
struct FirstLines {
    bytes: Vec<u8>,
    num_lines: usize,
}

impl Write for FirstLines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for byte in bytes {
            if self.num_lines == NUM_LINES {
                return Err(Error::other("that is enough"));
            }
            self.bytes.push(*byte);
            self.num_lines += usize::from(*byte == b'\n');
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_lines_are_taken_and_the_rest_is_refused() {
        let mut lines = FirstLines::default();
        assert!(lines.write_all(b"a\nb\nc").is_ok());
        assert!(lines.write_all(b"c\nd\ne\nf\n").is_err());
        assert_eq!(lines.bytes, b"a\nb\ncc\nd\n");
    }
}
