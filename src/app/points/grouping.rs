//! Asks for the name of a group.

use super::rows::PointsList;
use crate::app::actions::{Actions, ClipAction};
use crate::app::kit::controls::primary_button_ui;
use crate::app::kit::style::{self, GAP};
use crate::app::kit::words::counted;
use crate::tracks::Edit;
use egui::{Align, Context, Id, Key, Layout, Modal, Role, TextEdit, WidgetInfo};

pub(super) fn grouping_ui(ctx: &Context, list: &mut PointsList, actions: &mut Actions) {
    let Some(mut grouping) = list.grouping.take() else { return };
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
                actions.push(ClipAction::Edit(Edit::SetGroup { tracks, group }));
                is_over = true;
            }
            is_over |= ui.button("Cancel").clicked();
        });
    });
    if !is_over && !modal.should_close() {
        list.grouping = Some(grouping);
    }
}
