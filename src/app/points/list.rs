//! The rows that are on the screen, and what a click on one does; the same for a clip and for a camera.

use super::filter::{Group, Item};
use super::row::rename_ui;
use super::rows::PointsList;
use crate::app::actions::{Actions, PointsAction};
use crate::app::canvas::point_view::PointView;
use crate::app::kit::style;
use crate::tracks::TrackId;
use egui::{Modifiers, Rect, Response, ScrollArea, Ui, pos2, vec2};
use std::ops::Range;

pub(crate) trait Rows {
    fn point_ui(
        &mut self,
        ui: &mut Ui,
        list: &mut PointsList,
        id: TrackId,
        is_in_group: bool,
        actions: &mut Actions,
    ) -> Option<Response>;

    fn group_ui(&mut self, _ui: &mut Ui, _list: &mut PointsList, _group: &Group, _actions: &mut Actions) {}
}

pub(crate) fn rows_ui(
    ui: &mut Ui,
    view: &impl PointView,
    list: &mut PointsList,
    rows: &mut impl Rows,
    actions: &mut Actions,
) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let num_rows = list.items.len();
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, style::ROW_HEIGHT, num_rows, |ui, shown| {
        scroll_to_selected(ui, view.canvas().selected(), list, &shown);
        let items: Vec<Item> = list.items.get(shown).unwrap_or_default().to_vec();
        for item in items {
            match item {
                Item::Group(group) => rows.group_ui(ui, list, &group, actions),
                Item::Point { id, is_in_group } => {
                    if let Some(renaming) = list.renaming.as_mut().filter(|renaming| renaming.track == id) {
                        rename_ui(ui, renaming, actions);
                    } else if let Some(row) = rows.point_ui(ui, list, id, is_in_group, actions) {
                        clicks(ui, view, list, id, &row, actions);
                    }
                }
            }
        }
    });
}

/// Brings the selected point into view, once each time that another one is meant.
fn scroll_to_selected(ui: &Ui, meant: Option<TrackId>, list: &mut PointsList, rows: &Range<usize>) {
    if list.scrolled_to == meant {
        return;
    }
    list.scrolled_to = meant;
    let is_meant = |item: &Item| matches!(item, Item::Point { id, .. } if Some(*id) == meant);
    let Some(at) = list.items.iter().position(is_meant) else { return };
    let top = ui.max_rect().top() + (at as f32 - rows.start as f32) * style::ROW_HEIGHT;
    let row = Rect::from_min_size(pos2(ui.max_rect().left(), top), vec2(1.0, style::ROW_HEIGHT));
    ui.scroll_to_rect(row, None);
}

fn clicks(ui: &Ui, view: &impl PointView, list: &mut PointsList, id: TrackId, row: &Response, actions: &mut Actions) {
    if row.double_clicked() {
        actions.push(PointsAction::StartRename(id));
    } else if row.clicked() {
        click(ui.input(|input| input.modifiers), view, list, id, actions);
    } else if row.secondary_clicked() && !view.canvas().is_selected(id) {
        actions.push(PointsAction::Select(vec![id]));
    }
}

/// Ctrl adds or takes out, Shift selects a range.
fn click(modifiers: Modifiers, view: &impl PointView, list: &mut PointsList, id: TrackId, actions: &mut Actions) {
    if modifiers.shift {
        return actions.push(PointsAction::Select(list.range_to(id, view.canvas().selected())));
    }
    actions.push(if modifiers.command { PointsAction::Toggle(id) } else { PointsAction::Select(vec![id]) });
    list.anchor = Some(id);
}
