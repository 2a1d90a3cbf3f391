//! The command palette: every command by a few letters of its name, a frame by its number, a point by its name.

use crate::app::actions::{Actions, ClipAction, PointsAction};
use crate::app::kit::commands::{Command, TABLE};
use crate::app::kit::controls::{Availability, scroll_area};
use crate::app::kit::fuzzy;
use crate::app::kit::style::{self, GAP};
use crate::geometry::FrameIndex;
use crate::session::Movement;
use crate::tracks::{TrackId, TrackStore};
use egui::text::{LayoutJob, TextFormat};
use egui::{Align2, Context, Id, Key, Modal, Modifiers, Rect, Role, Sense, TextEdit, TextStyle};
use egui::{Ui, WidgetInfo, pos2, vec2};

/// Used commands that stand first.
const MAX_RECENT: usize = 6;
/// Points that are offered at most; more letters narrow the choice down.
const MAX_POINTS: usize = 30;
const ENTRY_HEIGHT: f32 = 28.0;
/// How far the palette is below the window's top.
const TOP: f32 = 56.0;

#[derive(Clone, Debug, Default)]
pub(crate) struct Palette {
    pub(crate) is_open: bool,
    text: String,
    chosen: usize,
    /// The commands used last, the newest first.
    pub(crate) recent: Vec<Command>,
}

impl Palette {
    /// Opens it with nothing typed.
    pub(crate) fn open(&mut self) {
        (self.is_open, self.chosen) = (true, 0);
        self.text.clear();
    }

    /// Puts back what was used before the window was closed.
    pub(crate) fn recall(&mut self, commands: &[Command]) {
        commands.iter().rev().for_each(|command| self.remember(*command));
    }

    fn remember(&mut self, command: Command) {
        self.recent.retain(|other| *other != command);
        self.recent.insert(0, command);
        self.recent.truncate(MAX_RECENT);
    }
}

/// What can be found.
pub(crate) struct Offer<'a> {
    pub(crate) availability: &'a dyn Fn(Command) -> Availability,
    /// What the first and the last frame of the clip that is open are called.
    pub(crate) numbers: Option<(u32, u32)>,
    /// The points that are shown.
    pub(crate) tracks: Option<&'a TrackStore>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Run(Command),
    GoTo(FrameIndex),
    Select(TrackId),
}

#[derive(Clone, Debug)]
struct Entry {
    target: Target,
    text: String,
    /// Letters that were typed, as positions in the text.
    letters: Vec<usize>,
    keys: String,
    /// Why it cannot be used now.
    reason: Option<String>,
}

pub(crate) fn palette_ui(ctx: &Context, palette: &mut Palette, offer: &Offer<'_>, actions: &mut Actions) {
    if !palette.is_open {
        return;
    }
    let room = ctx.content_rect().size();
    let id = Id::unique("palette");
    let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, TOP.min(room.y * 0.1)));
    let frame = style::dialog_frame(ctx).inner_margin(egui::Margin::same(10));
    let modal = Modal::new(id).area(area).frame(frame).show(ctx, |ui| {
        ui.set_width(520.0f32.min(room.x - 48.0));
        contents_ui(ui, palette, offer, (room.y - 2.0 * TOP - 60.0).clamp(ENTRY_HEIGHT, 12.0 * ENTRY_HEIGHT), actions);
    });
    if modal.should_close() {
        palette.is_open = false;
    }
}

fn contents_ui(ui: &mut Ui, palette: &mut Palette, offer: &Offer<'_>, max_height: f32, actions: &mut Actions) {
    let (mut by, mut is_entered) = (0isize, false);
    ui.input_mut(|input| {
        by += input.count_and_consume_key(Modifiers::NONE, Key::ArrowDown) as isize;
        by -= input.count_and_consume_key(Modifiers::NONE, Key::ArrowUp) as isize;
        is_entered = input.consume_key(Modifiers::NONE, Key::Enter);
        if input.consume_key(Modifiers::COMMAND, Key::P) {
            palette.is_open = false;
        }
    });
    let field = TextEdit::singleline(&mut palette.text).desired_width(f32::INFINITY).margin(egui::vec2(8.0, 6.0));
    let response = ui.add(field.hint_text("Command, frame number or point"));
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Command, frame number or point"));
    response.request_focus();
    if response.changed() {
        palette.chosen = 0;
    }
    ui.add_space(GAP);
    let entries = entries(palette, offer);
    let last = entries.len().saturating_sub(1);
    let chosen = palette.chosen.saturating_add_signed(by).min(last);
    palette.chosen = chosen;
    if entries.is_empty() {
        ui.weak("Nothing has such a name.");
    }
    let mut used = entries.get(chosen).filter(|_| is_entered).cloned();
    ui.spacing_mut().item_spacing.y = 0.0;
    scroll_area(max_height).animated(false).show(ui, |ui| {
        for (i, entry) in entries.iter().enumerate() {
            let response = entry_ui(ui, entry, i == chosen);
            if i == chosen && (by != 0 || is_entered) {
                response.scroll_to_me(None);
            }
            if response.clicked() {
                used = Some(entry.clone());
            }
        }
    });
    if let Some(entry) = used.filter(|entry| entry.reason.is_none()) {
        palette.is_open = false;
        match entry.target {
            Target::Run(command) => {
                palette.remember(command);
                actions.push(command);
            }
            Target::GoTo(frame) => actions.push(ClipAction::Seek(frame, Movement::Forward)),
            Target::Select(track) => actions.push(PointsAction::Select(vec![track])),
        }
    }
}

/// What answers the typed text, the best first.
fn entries(palette: &Palette, offer: &Offer<'_>) -> Vec<Entry> {
    let text = palette.text.trim();
    let recent = &palette.recent;
    let mut found: Vec<(i32, usize, Entry)> = Vec::new();
    for binding in TABLE.iter().filter(|binding| binding.command != Command::Palette) {
        let Some(hit) = fuzzy::find(text, binding.name) else { continue };
        let reason = (offer.availability)(binding.command).err();
        let age = recent.iter().position(|command| *command == binding.command).unwrap_or(MAX_RECENT);
        // While nothing is typed, the order is that of use, then that of the menus.
        let score = if text.is_empty() { 0 } else { hit.score - i32::from(reason.is_some()) };
        let entry = Entry {
            target: Target::Run(binding.command),
            text: binding.name.to_owned(),
            letters: hit.letters,
            keys: binding.key_text(),
            reason: reason.map(str::to_owned),
        };
        found.push((score, age, entry));
    }
    found.extend(points(offer, text).into_iter().map(|(score, entry)| (score, MAX_RECENT, entry)));
    found.sort_by_key(|(score, age, _)| (std::cmp::Reverse(*score), *age)); // stable: the order of the table else
    let frame = frame(offer, text);
    frame.into_iter().chain(found.into_iter().map(|(.., entry)| entry)).collect()
}

fn frame(offer: &Offer<'_>, text: &str) -> Option<Entry> {
    let number: u32 = text.parse().ok()?;
    let reason = match offer.numbers {
        None => Some("needs a clip".to_owned()),
        Some((first, _)) if number < first => Some(format!("the first frame is {first}")),
        Some((_, last)) => (number > last).then(|| format!("the last frame is {last}")),
    };
    let frame = FrameIndex(number.saturating_sub(offer.numbers.map_or(0, |(first, _)| first)));
    let text = format!("Go to frame {number}");
    Some(Entry { target: Target::GoTo(frame), text, letters: Vec::new(), keys: String::new(), reason })
}

fn points(offer: &Offer<'_>, text: &str) -> Vec<(i32, Entry)> {
    let Some(tracks) = offer.tracks.filter(|_| !text.is_empty()) else { return Vec::new() };
    let hits = tracks.tracks().filter_map(|track| {
        let before = "Select ";
        let whole = format!("{before}{}", track.name);
        // By its name, or by what the entry says.
        let (score, letters) = match fuzzy::find(text, &track.name) {
            Some(hit) => (hit.score, hit.letters.iter().map(|at| at + before.len()).collect()),
            None => fuzzy::find(text, &whole).map(|hit| (hit.score, hit.letters))?,
        };
        let entry =
            Entry { target: Target::Select(track.id), text: whole, letters, keys: "point".to_owned(), reason: None };
        Some((score, entry))
    });
    let mut hits: Vec<_> = hits.collect();
    hits.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    hits.truncate(MAX_POINTS);
    hits
}

fn entry_ui(ui: &mut Ui, entry: &Entry, is_chosen: bool) -> egui::Response {
    let tokens = style::tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ENTRY_HEIGHT), Sense::click());
    let note = entry.reason.as_deref().unwrap_or(&entry.keys);
    let is_enabled = entry.reason.is_none();
    response.widget_info(|| {
        let name = if note.is_empty() { entry.text.clone() } else { format!("{}, {note}", entry.text) };
        WidgetInfo::selected(Role::ListBoxOption, is_enabled, is_chosen, name)
    });
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let fill = if is_chosen { Some(tokens.selection) } else { response.hovered().then_some(tokens.raised) };
    if let Some(fill) = fill {
        ui.painter().rect_filled(rect, style::CORNER, fill);
    }
    let (text, weak) = if is_chosen { (tokens.text, tokens.text) } else { (tokens.text, tokens.weak) };
    let note = ui.painter().text(
        pos2(rect.right() - 4.0 * GAP, rect.center().y), // beside the scroll bar
        Align2::RIGHT_CENTER,
        note,
        TextStyle::Small.resolve(ui.style()),
        weak,
    );
    let room = Rect::from_min_max(rect.min + vec2(2.0 * GAP, 0.0), pos2(note.left() - 2.0 * GAP, rect.bottom()));
    let job = name_job(ui, entry, if is_enabled { text } else { weak }, tokens.accent, room.width());
    let galley = ui.painter().layout_job(job);
    let at = pos2(room.left(), room.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, text);
    response
}

/// The name with the typed letters in the accent's colour and underlined.
fn name_job(ui: &Ui, entry: &Entry, colour: egui::Color32, accent: egui::Color32, width: f32) -> LayoutJob {
    let font = TextStyle::Body.resolve(ui.style());
    let mut job = LayoutJob::default();
    for (i, letter) in entry.text.chars().enumerate() {
        let mut format = TextFormat::simple(font.clone(), colour);
        if entry.letters.contains(&i) {
            format.underline = egui::Stroke::new(1.5, accent);
        }
        job.append(letter.encode_utf8(&mut [0; 4]), 0.0, format);
    }
    job.wrap = egui::text::TextWrapping::truncate_at_width(width);
    job
}
