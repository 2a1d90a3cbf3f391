//! Asks for the name of a group.

use super::list::PointsList;
use crate::app::actions::{Action, Actions};
use crate::app::controls::{counted, primary_button_ui};
use crate::app::state::State;
use crate::app::style::{self, GAP};
use crate::tracks::{Edit, TrackId};
use egui::{Align, Context, Id, Key, Layout, Modal, Role, TextEdit, WidgetInfo};

/// A group that gets its name.
#[derive(Clone, Debug)]
pub(super) struct Grouping {
    tracks: Vec<TrackId>,
    text: String,
    needs_focus: bool,
}

impl PointsList {
    /// Opens the dialog, with a name to begin with.
    pub(super) fn ask_for_group(&mut self, tracks: Vec<TrackId>, name: &str) {
        self.grouping = Some(Grouping { tracks, text: name.to_owned(), needs_focus: true });
    }
}

/// The dialog, if it is open.
pub(super) fn prompt_ui(ctx: &Context, state: &mut State, actions: &mut Actions) {
    let Some(mut grouping) = state.list.grouping.take() else { return };
    let room = ctx.content_rect().width();
    let mut is_over = false;
    let modal = Modal::new(Id::unique("group_prompt")).frame(style::dialog_frame(ctx)).show(ctx, |ui| {
        ui.set_width(320.0f32.min(room - 48.0));
        let num = grouping.tracks.len();
        ui.heading(format!("Group of {}", counted(num, "point")));
        ui.add_space(GAP);
        let field = TextEdit::singleline(&mut grouping.text).desired_width(f32::INFINITY).margin(egui::vec2(6.0, 5.0));
        let response = ui.add(field.hint_text("Name of the group"));
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Name of the group"));
        if std::mem::take(&mut grouping.needs_focus) {
            response.request_focus();
        }
        let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let name = grouping.text.trim().to_owned();
        ui.add_space(2.0 * GAP);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let is_clicked = primary_button_ui(ui, "Group", !name.is_empty()).clicked();
            if !name.is_empty() && (is_clicked || is_entered) {
                let (tracks, group) = (grouping.tracks.clone(), Some(name));
                actions.push(Action::Edit(Edit::SetGroup { tracks, group }));
                is_over = true;
            }
            is_over |= ui.button("Cancel").clicked();
        });
    });
    if !is_over && !modal.should_close() {
        state.list.grouping = Some(grouping);
    }
}
