//! The bar at the top: menus, the clip's name, and the two ends of the work.

use crate::app::actions::Actions;
use crate::app::kit::commands::{Command, MENUS, Menu, Note, TABLE};
use crate::app::kit::controls::{command_button_ui, command_menu_ui};
use crate::app::kit::style::GAP;
use crate::app::shell::recent::recent_menu_ui;
use crate::app::state::State;
use egui::{Align, Label, Layout, MenuBar, RichText, ScrollArea, ThemePreference, Ui};

pub(crate) fn top_bar_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.add_space(GAP);
        command_button_ui(ui, Command::Export, state.availability(Command::Export), actions);
        command_button_ui(ui, Command::OpenFile, Ok(()), actions);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add_space(GAP);
            MenuBar::new().ui(ui, |ui| {
                for (menu, name) in MENUS {
                    ui.menu_button(*name, |ui| menu_ui(ui, *menu, state, actions));
                }
                clip_name_ui(ui, state);
            });
        });
    });
}

fn clip_name_ui(ui: &mut Ui, state: &State) {
    if state.camera.is_open() {
        return;
    }
    let (Some(clip), Some(name)) = (state.clip.session.clip(), state.clip.work_name()) else { return };
    ui.add_space(2.0 * GAP);
    let place = state.clip.projects.path.as_deref().unwrap_or(clip.path()).display();
    let unsaved = if state.clip.is_unsaved() { "\nNot saved yet" } else { "" };
    ui.add(Label::new(RichText::new(name).weak()).truncate()).on_hover_text(format!("{place}{unsaved}"));
}

fn menu_ui(ui: &mut Ui, menu: Menu, state: &State, actions: &mut Actions) {
    ui.set_min_width(210.0);
    // In a low window a long menu scrolls.
    let max_height = ui.ctx().content_rect().bottom() - ui.cursor().top() - 4.0 * GAP;
    ScrollArea::vertical().max_height(max_height).min_scrolled_height(max_height).show(ui, |ui| {
        entries_ui(ui, menu, state, actions);
    });
}

fn entries_ui(ui: &mut Ui, menu: Menu, state: &State, actions: &mut Actions) {
    let theme = ui.ctx().options(|options| options.theme_preference);
    for (i, binding) in TABLE.iter().filter(|binding| binding.menu == menu).enumerate() {
        let command = binding.command;
        if i > 0 && command.has(Note::Line) {
            ui.separator();
        }
        let is_on = match command {
            Command::Follow => state.shown_canvas().follows,
            Command::Overlay => state.look.is_open,
            Command::Dim => state.look.backdrop.dim > 0.0,
            Command::Greyscale => state.look.backdrop.is_grey,
            Command::Plain => state.look.is_plain,
            Command::Magnifier => state.look.shows_loupe,
            Command::DockMagnifier => state.look.docks_loupe,
            Command::Problems => state.clip.timeline.shows_problems,
            Command::Trails => state.look.shows_trails,
            Command::Loop => state.clip.player.loops,
            Command::Mirror => state.camera.is_mirrored,
            Command::BothWays => state.clip.goes_both_ways,
            Command::Lanes => state.clip.timeline.shows_lanes,
            Command::Statistics => state.shows_statistics,
            Command::Log => state.log.is_open,
            Command::SystemTheme => theme == ThemePreference::System,
            Command::DarkTheme => theme == ThemePreference::Dark,
            Command::LightTheme => theme == ThemePreference::Light,
            other if menu == Menu::Measure => state.clip.is_measured(other),
            other => state.clip.is_on_for_selected(other),
        };
        command_menu_ui(ui, command, is_on, state.availability(command), actions);
        if command == Command::OpenDemo {
            recent_menu_ui(ui, &state.missing.entries(&state.desk.memory.settings.recent), actions);
        }
    }
}
