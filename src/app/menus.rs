//! The bar at the top: menus, the clip's name, and the two ends of the work.

use super::actions::{Action, Actions};
use super::controls::{command_button_ui, command_menu_ui};
use super::keys::{Command, Menu, TABLE};
use super::state::State;
use super::style::GAP;
use egui::{Align, Label, Layout, MenuBar, RichText, ThemePreference, Ui};

/// Where a menu has a line between groups: before these.
const GROUPS: [Command; 7] = [
    Command::Export,
    Command::Quit,
    Command::Escape,
    Command::Trails,
    Command::LargerUi,
    Command::Loop,
    Command::Rename,
];

/// The bar.
pub(super) fn top_bar_ui(ui: &mut Ui, state: &State, actions: &mut Actions) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.add_space(GAP);
        command_button_ui(ui, Command::Export, state.availability(Command::Export), actions);
        command_button_ui(ui, Command::OpenFile, Ok(()), actions);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add_space(GAP);
            MenuBar::new().ui(ui, |ui| {
                for menu in Menu::ALL {
                    ui.menu_button(menu.name(), |ui| menu_ui(ui, menu, state, actions));
                }
                clip_name_ui(ui, state);
            });
        });
    });
}

fn clip_name_ui(ui: &mut Ui, state: &State) {
    let Some(clip) = state.session.clip() else { return };
    let name = clip.path().file_name().unwrap_or(clip.path().as_os_str()).to_string_lossy().into_owned();
    ui.add_space(2.0 * GAP);
    ui.add(Label::new(RichText::new(name).weak()).truncate()).on_hover_text(clip.path().display().to_string());
}

fn menu_ui(ui: &mut Ui, menu: Menu, state: &State, actions: &mut Actions) {
    ui.set_min_width(210.0);
    for (i, binding) in TABLE.iter().filter(|binding| binding.menu == menu).enumerate() {
        let command = binding.command;
        if i > 0 && GROUPS.contains(&command) {
            ui.separator();
        }
        let is_on = match command {
            Command::Follow => state.aids.follows,
            Command::Overlay => state.look.is_open,
            Command::Dim => state.look.backdrop.dim > 0.0,
            Command::Greyscale => state.look.backdrop.is_grey,
            Command::Plain => state.look.is_plain,
            Command::Magnifier => state.aids.shows_loupe,
            Command::Trails => state.shows_trails,
            Command::Loop => state.player.loops,
            Command::Statistics => state.shows_statistics,
            other => state.is_on_for_selected(other),
        };
        command_menu_ui(ui, command, is_on, state.availability(command), actions);
    }
    if menu == Menu::View {
        ui.separator();
        theme_ui(ui, actions);
    }
}

fn theme_ui(ui: &mut Ui, actions: &mut Actions) {
    let chosen = ui.ctx().options(|options| options.theme_preference);
    for (theme, name) in [
        (ThemePreference::System, "Theme of the system"),
        (ThemePreference::Dark, "Dark theme"),
        (ThemePreference::Light, "Light theme"),
    ] {
        if ui.radio(chosen == theme, name).clicked() {
            actions.push(Action::SetTheme(theme));
            ui.close();
        }
    }
}
