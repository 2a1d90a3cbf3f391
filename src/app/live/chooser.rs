//! Which cameras there are, and the dialog that lists them. The system is asked on a thread beside the window.

use super::{LiveAction, push};
use crate::app::actions::Actions;
use crate::app::controls::primary_button_ui;
use crate::app::state::State;
use crate::app::style::{self, GAP};
use crate::media::{CameraError, CameraFormat, CameraId, CameraListing, CameraRequest, list_cameras, open_camera};
use crate::project::{Places, recordings_of_the_user};
use crate::session::{CameraOpener, Repaint, aside};
use crate::sync::LatestSlot;
use egui::{Button, Id, Label, Modal, RichText, ScrollArea, Ui, vec2};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Lists the cameras; called on a thread of its own.
type Lister = Arc<dyn Fn() -> Result<Vec<CameraListing>, CameraError> + Send + Sync>;
type Found = Result<Vec<CameraListing>, String>;

/// The cameras that the window can show.
#[derive(Clone)]
pub struct Cameras {
    /// Lists them.
    pub list: Lister,
    /// Opens one.
    pub open: CameraOpener,
    /// Where recordings go.
    pub recordings: PathBuf,
    /// Where the older tracks of a long stream lie while it lasts.
    pub streams: Option<PathBuf>,
}

impl Cameras {
    /// Those of the system, recorded into the user's folder of videos.
    #[must_use]
    pub fn of_the_system() -> Self {
        Self {
            list: Arc::new(list_cameras),
            open: Arc::new(open_camera),
            recordings: recordings_of_the_user(),
            streams: Places::of_the_user().map(|places| places.streams()),
        }
    }
}

/// The list of cameras.
pub(in crate::app) struct Chooser {
    cameras: Cameras,
    pub(in crate::app) is_open: bool,
    looking: Option<LatestSlot<Result<Found, String>>>,
    found: Option<Found>,
    /// Where recordings go, if the user chose a folder.
    chosen: Option<PathBuf>,
}

impl Chooser {
    pub(super) fn new(cameras: Cameras) -> Self {
        Self { cameras, is_open: false, looking: None, found: None, chosen: None }
    }

    pub(super) fn opener(&self) -> CameraOpener {
        Arc::clone(&self.cameras.open)
    }

    /// Where recordings go.
    pub(in crate::app) fn recordings(&self) -> PathBuf {
        self.chosen.as_ref().unwrap_or(&self.cameras.recordings).clone()
    }

    /// The folder that the user chose for recordings.
    pub(in crate::app) fn chosen_recordings(&self) -> Option<&Path> {
        self.chosen.as_deref()
    }

    pub(in crate::app) fn set_recordings(&mut self, folder: Option<PathBuf>) {
        self.chosen = folder;
    }

    pub(super) fn streams(&self) -> Option<PathBuf> {
        self.cameras.streams.clone()
    }

    pub(super) fn open(&mut self, repaint: &Repaint) {
        self.is_open = true;
        self.look(repaint);
    }

    /// Asks the system, unless that is being done.
    pub(super) fn look(&mut self, repaint: &Repaint) {
        if self.looking.is_none() {
            let list = Arc::clone(&self.cameras.list);
            let job = move || match list() {
                Err(CameraError::NoCameras) => Ok(Vec::new()),
                other => other.map_err(|error| error.to_string()),
            };
            self.looking = Some(aside("cameras", Arc::clone(repaint), job));
        }
    }

    pub(super) fn is_looking(&self) -> bool {
        self.looking.is_some()
    }

    pub(super) fn has_looked(&self) -> bool {
        self.found.is_some()
    }

    pub(super) fn update(&mut self) {
        let Some(found) = self.looking.as_ref().and_then(LatestSlot::take) else { return };
        self.looking = None;
        let mut found = found.unwrap_or_else(Err);
        // A camera that is in use here does not tell its formats again.
        for listing in found.iter_mut().flatten().filter(|listing| listing.formats.is_err()) {
            let known = self.formats(&listing.id).to_vec();
            if !known.is_empty() {
                listing.formats = Ok(known);
            }
        }
        self.found = Some(found);
    }

    /// The formats of a camera, as far as they are known.
    pub(super) fn formats(&self, id: &CameraId) -> &[CameraFormat] {
        let mut listings = self.found.iter().flatten().flatten();
        let known = listings.find(|listing| listing.id == *id && listing.formats.is_ok());
        known.and_then(|listing| listing.formats.as_deref().ok()).unwrap_or(&[])
    }
}

/// The dialog, if it is open.
pub(in crate::app) fn chooser_ui(ctx: &egui::Context, state: &State, actions: &mut Actions) {
    let chooser = &state.live.chooser;
    if !chooser.is_open {
        return;
    }
    let room = ctx.content_rect().size();
    let modal = Modal::new(Id::unique("cameras")).frame(style::dialog_frame(ctx)).show(ctx, |ui| {
        ui.set_width(420.0f32.min(room.x - 64.0));
        ui.heading("Cameras");
        ui.add_space(2.0 * GAP);
        ScrollArea::vertical().max_height((room.y - 220.0).max(80.0)).show(ui, |ui| list_ui(ui, chooser, actions));
        ui.add_space(3.0 * GAP);
        ui.horizontal(|ui| {
            if ui.add_enabled(!chooser.is_looking(), Button::new("Look again")).clicked() {
                push(actions, LiveAction::Look);
            }
            if ui.button("Cancel").clicked() {
                push(actions, LiveAction::CloseChooser);
            }
        });
    });
    if modal.should_close() {
        push(actions, LiveAction::CloseChooser);
    }
}

fn list_ui(ui: &mut Ui, chooser: &Chooser, actions: &mut Actions) {
    let text = |ui: &mut Ui, text: &str| {
        ui.add(Label::new(RichText::new(text).color(style::tokens(ui).weak)).wrap());
    };
    match &chooser.found {
        _ if chooser.is_looking() => {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label("Looking for cameras…");
            });
        }
        None => {}
        Some(Err(problem)) => text(ui, &format!("The cameras cannot be listed: {problem}.")),
        Some(Ok(found)) if found.is_empty() => {
            text(ui, "There is no camera. Plug one in, then look again.");
        }
        Some(Ok(found)) => {
            for (place, listing) in found.iter().enumerate() {
                listing_ui(ui, listing, place == 0, actions);
            }
        }
    }
}

fn listing_ui(ui: &mut Ui, listing: &CameraListing, is_first: bool, actions: &mut Actions) {
    let name = format!("{} (camera:{})", listing.id.name, listing.index);
    let response = if is_first {
        primary_button_ui(ui, &name, true)
    } else {
        ui.add(Button::new(&name).min_size(vec2(0.0, 26.0)))
    };
    if response.clicked() {
        push(actions, LiveAction::Open(CameraRequest::index(listing.index)));
    }
    let line = match &listing.formats {
        Ok(formats) => match formats.as_slice() {
            [] => "no format that is known here".to_owned(),
            [only] => only.to_string(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        },
        Err(problem) => problem.to_string(),
    };
    ui.add(Label::new(RichText::new(line).small().color(style::tokens(ui).weak)).wrap());
    ui.add_space(GAP);
}
