//! What the keys that were pressed do.

use crate::app::actions::{Action, Actions};
use crate::app::kit::commands::{Binding, Note, TABLE};
use egui::{Key, Modifiers};

/// What the keys that were pressed do, in order. `mode` says what a key means while a point is held or the like.
pub(crate) fn pressed(ctx: &egui::Context, actions: &mut Actions, mode: impl Fn(Key, Modifiers) -> Option<Action>) {
    if ctx.text_edit_focused() || ctx.memory(|memory| memory.top_modal_layer().is_some()) {
        return;
    }
    let is_popup_open = egui::Popup::is_any_open(ctx);
    let is_widget_focused = ctx.memory(|memory| memory.focused().is_some());
    ctx.input(|input| {
        let presses = input.events.iter().filter_map(|event| match event {
            egui::Event::Key { key, pressed: true, modifiers, .. } => Some((*key, *modifiers)),
            _ => None,
        });
        // A focused button takes these for itself, an open menu closes on Esc.
        let is_free = |key: Key| match key {
            Key::Space | Key::Enter => !is_widget_focused,
            Key::Escape => !is_popup_open,
            _ => true,
        };
        for (key, modifiers) in presses.filter(|(key, _)| is_free(*key)) {
            let hit = |binding: &&Binding| binding.keys.iter().any(|chord| chord.matches(key, modifiers));
            let command = || TABLE.iter().find(hit).map(|binding| Action::Run(binding.command));
            let action = mode(key, modifiers).or_else(command);
            let takes_text = matches!(&action, Some(Action::Run(command)) if command.has(Note::Text));
            actions.extend(action);
            if takes_text {
                break; // what was typed within the same frame is meant for what opens now
            }
        }
    });
}
