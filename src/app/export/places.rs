//! What stands where an export should go. The disk is asked on a thread beside the window.

use super::plan::Target;
use crate::app::kit::words::{counted, name_of};
use crate::export::{Standing, standing};
use crate::session::{Repaint, aside};
use crate::sync::LatestSlot;

/// Something to know about the places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlaceNote {
    pub(super) text: String,
    /// The export could not be written.
    pub(super) is_blocking: bool,
}

/// The places that were asked about, and what was found there.
#[derive(Debug, Default)]
pub(super) struct Places {
    asked: Vec<Target>,
    looking: Option<LatestSlot<Result<Vec<PlaceNote>, String>>>,
    notes: Vec<PlaceNote>,
}

impl Places {
    /// Looks at these places, unless that was done or is being done.
    pub(super) fn look_at(&mut self, targets: Vec<Target>, repaint: &Repaint) {
        if self.asked == targets {
            return;
        }
        self.asked.clone_from(&targets);
        self.looking = Some(aside("places", repaint.clone(), move || notes(&targets)));
    }

    pub(super) fn update(&mut self) {
        if let Some(found) = self.looking.as_ref().and_then(LatestSlot::take) {
            self.notes = found.unwrap_or_default();
            self.looking = None;
        }
    }

    pub(super) fn notes(&self) -> &[PlaceNote] {
        &self.notes
    }
}

fn notes(targets: &[Target]) -> Vec<PlaceNote> {
    let (mut notes, mut replaced) = (Vec::new(), Vec::new());
    let folder = targets.first().and_then(|target| target.path().parent());
    if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        notes.push(PlaceNote { text: format!("There is no folder {}.", folder.display()), is_blocking: true });
    }
    for target in targets {
        let name = name_of(target.path());
        match target {
            Target::File(path) if path.is_dir() => {
                notes.push(PlaceNote { text: format!("{name} is a folder."), is_blocking: true });
            }
            Target::File(path) if path.exists() => replaced.push(name),
            Target::File(_) => {}
            Target::Folder(path, pictures) => match standing(path, pictures) {
                Standing::Nothing => {}
                Standing::Pictures(count) => {
                    replaced.push(format!("{name} ({})", counted(count, "picture")));
                }
                Standing::Other => {
                    let text = format!("{name} holds other files, which are never replaced; choose another name.");
                    notes.push(PlaceNote { text, is_blocking: true });
                }
            },
        }
    }
    if !replaced.is_empty() {
        let text = format!("Will be replaced: {}", replaced.join(", "));
        notes.push(PlaceNote { text, is_blocking: false });
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_there_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a.csv"), "old").unwrap();
        std::fs::create_dir(at("a.mp4")).unwrap();
        std::fs::create_dir(at("a_png")).unwrap();
        std::fs::write(at("a_png/a_000001.png"), "").unwrap();
        let look = |targets: &[Target]| notes(targets).into_iter().map(|n| (n.text, n.is_blocking)).collect::<Vec<_>>();
        let file = |name: &str| Target::File(at(name));
        let pictures = Target::Folder(at("a_png"), "a".into());
        assert_eq!(look(&[file("b.csv"), Target::Folder(at("b_png"), "b".into())]), []);
        let replaced = ("Will be replaced: a.csv, a_png (1 picture)".to_owned(), false);
        assert_eq!(look(&[file("a.csv"), pictures.clone()]), [replaced]);
        assert_eq!(look(&[file("a.mp4")]), [("a.mp4 is a folder.".to_owned(), true)]);
        std::fs::write(at("a_png/notes.txt"), "").unwrap();
        assert!(look(&[pictures])[0].0.starts_with("a_png holds other files"));
        let nowhere = format!("There is no folder {}.", at("no").display());
        assert_eq!(look(&[file("no/a.csv")]), [(nowhere, true)]);
    }
}
