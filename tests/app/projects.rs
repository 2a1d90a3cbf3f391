//! Projects, autosaves, settings and the start page, as a user meets them.

use super::{PATIENCE, Window};
use cotrail::app::Memory;
use cotrail::project::{Places, Project, Settings};
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with a clip, a place for a project, and the user's own data.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        std::fs::write(desk.clip(), b"what the clip is known by").unwrap();
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn clip(&self) -> PathBuf {
        self.at("clip.mp4")
    }

    fn project(&self) -> PathBuf {
        self.at("work.cotrail")
    }

    fn places(&self) -> Places {
        Places::at(&self.at("data"))
    }

    /// Opens the window; `dialogs` are answered in this order.
    fn open(&self, input: Option<&Path>, dialogs: &[PathBuf]) -> Window {
        let answers = dialogs.iter().rev().cloned().collect();
        Window::start_with(input, answers, super::nowhere(), Memory::load(Some(self.places())))
    }

    fn autosaves(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.places().autosaves()) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).filter(|path| Project::is_named(path)).collect()
    }

    /// Ends a window without a goodbye; returns when the system has given its lock back, which a writer may still hold.
    fn crash(&self, window: Window) {
        drop(window);
        for autosave in self.autosaves() {
            std::fs::File::open(autosave.with_extension("lock")).unwrap().lock().unwrap();
        }
    }

    /// The clip with a point that was followed to the end.
    fn tracked(&self, dialogs: &[PathBuf]) -> Window {
        let mut window = self.open(Some(&self.clip()), dialogs);
        window.wait_for_part("Video, frame 0 of");
        window.click_picture(vec2(-20.0, 10.0));
        window.wait_for_part("point 1, ");
        window.wait("tracking is over", |harness| {
            harness.query_by_label("Stop").is_none() && harness.query_all_by_label_contains("waiting").next().is_none()
        });
        window
    }
}

impl Window {
    fn ctrl(&mut self, key: Key) {
        self.key_with(Modifiers::COMMAND, key);
    }

    /// Asks the window to close, as the system does.
    pub(super) fn is_close_refused(&mut self) -> bool {
        let viewport = self.harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default();
        viewport.events.push(egui::ViewportEvent::Close);
        self.harness.step();
        let output = &self.harness.output().viewport_output[&egui::ViewportId::ROOT];
        output.commands.contains(&egui::ViewportCommand::CancelClose)
    }

    fn wait_until_gone(&mut self, part: &str) {
        self.wait(part, |harness| harness.query_all_by_label_contains(part).next().is_none());
    }

    fn wait_for_file(&mut self, is_there: impl Fn() -> bool) {
        let deadline = std::time::Instant::now() + PATIENCE;
        while !is_there() {
            assert!(std::time::Instant::now() < deadline, "the file does not come");
            self.harness.step();
            self.woken.recv_timeout(std::time::Duration::from_millis(20)).ok();
        }
    }
}

fn results(path: &Path) -> serde_json::Value {
    let text = std::fs::read(path).unwrap();
    serde_json::from_slice::<serde_json::Value>(&text).unwrap()["tracks"].clone()
}

#[test]
fn a_project_is_saved_closed_and_opened_again_from_the_start_page() {
    let desk = Desk::new();
    let mut window = desk.tracked(&[desk.project(), desk.at("again.cotrail")]);
    window.wait_for_label("• clip.mp4");
    window.ctrl(Key::S);
    window.wait_for_label("Saved work.cotrail.");
    window.wait_for_label("work.cotrail");
    assert!(!window.has_part("•"));
    window.ctrl(Key::W);
    window.wait_for_label("Follow any point through a video");
    window.wait_for_label("clip.mp4, just now");
    window.press("work.cotrail, just now");
    window.wait_for_part("point 1, ");
    window.wait_for_label("work.cotrail");
    assert!(!window.has_part("•") && window.harness.query_by_label("Stop").is_none(), "nothing is followed anew");
    window.key_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    window.wait_for_label("Saved again.cotrail.");
    assert_eq!(results(&desk.project()), results(&desk.at("again.cotrail")));
    assert!(results(&desk.project())["runs"][0]["settled"]["x"].as_array().unwrap().len() >= 24);
}

#[test]
fn work_that_is_not_saved_is_asked_about_before_the_window_closes() {
    let desk = Desk::new();
    let mut window = desk.tracked(&[desk.project()]);
    assert!(window.is_close_refused());
    window.wait_for_label("Save your work first?");
    window.press("Cancel");
    window.wait_until_gone("Save your work first?");
    assert!(window.is_close_refused());
    window.wait_for_label("Save your work first?");
    window.press("Save…");
    window.wait_for_label("Saved work.cotrail.");
    assert!(desk.project().exists());
    assert!(!window.is_close_refused());
}

#[test]
fn a_clip_that_moved_is_located_and_another_one_is_told_from_it() {
    let desk = Desk::new();
    let mut window = desk.tracked(&[desk.project(), desk.at("other.mp4"), desk.at("moved.mp4")]);
    window.ctrl(Key::S);
    window.wait_for_label("Saved work.cotrail.");
    window.ctrl(Key::W);
    window.wait_for_part("Follow any point");
    std::fs::rename(desk.clip(), desk.at("moved.mp4")).unwrap();
    std::fs::write(desk.at("other.mp4"), b"something else").unwrap();
    window.press("work.cotrail, just now");
    window.wait_for_label("Where is clip.mp4?");
    window.press("Locate…");
    window.wait_for_label("Is this the clip?");
    window.press("Locate…");
    window.wait_for_part("point 1, ");
    window.wait_for_label("work.cotrail");
    assert!(!window.has_part("Is this the clip?"));
}

#[test]
fn after_a_crash_the_work_is_offered_and_restored() {
    let desk = Desk::new();
    let mut window = desk.tracked(&[]);
    window.wait_for_file(|| !desk.autosaves().is_empty());
    let again = desk.open(None, &[]);
    drop(again);
    desk.crash(window);
    let left = desk.autosaves();
    assert_eq!(left.len(), 1);

    let mut window = desk.open(None, &[desk.project()]);
    window.wait_for_part("Unsaved work was left behind: clip.mp4, 1 point");
    window.press("Restore");
    window.wait_for_part("point 1, ");
    window.wait_for_label("• clip.mp4");
    assert!(!window.has_part("Unsaved work was left behind"));
    assert_eq!(desk.autosaves(), left, "kept until it is saved");
    let before = results(&left[0]);
    window.ctrl(Key::S);
    window.wait_for_label("Saved work.cotrail.");
    assert_eq!(results(&desk.project()), before);
    window.wait_for_file(|| desk.autosaves().is_empty());
    window.end();
}

#[test]
fn a_window_that_ends_well_leaves_nothing_to_restore_and_discarding_removes_it() {
    let desk = Desk::new();
    let mut window = desk.tracked(&[]);
    window.wait_for_file(|| !desk.autosaves().is_empty());
    desk.crash(window);
    let mut window = desk.open(None, &[]);
    window.wait_for_part("Unsaved work was left behind");
    window.press("Discard");
    window.wait_until_gone("Unsaved work was left behind");
    window.wait_for_file(|| desk.autosaves().is_empty());
    drop(window);
    let mut window = desk.tracked(&[]);
    window.wait_for_file(|| !desk.autosaves().is_empty());
    window.end();
    assert_eq!(desk.autosaves(), [] as [PathBuf; 0]);
}

#[test]
fn settings_come_back_at_the_next_start() {
    let desk = Desk::new();
    let mut window = desk.open(Some(&desk.clip()), &[]);
    window.wait_for_part("Video, frame 0 of");
    window.key(Key::Y);
    window.key_with(Modifiers::SHIFT, Key::L);
    window.key(Key::CloseBracket);
    window.key(Key::U); // the ruler counts in seconds
    window.key_with(Modifiers::SHIFT, Key::C); // colours tell the speed
    window.ctrl(Key::Plus);
    window.wait_for_file(|| Settings::load(&desk.places().settings()).0.view.loops);
    window.end();
    let (settings, note) = Settings::load(&desk.places().settings());
    assert_eq!((note, settings.view.trails, settings.view.loops, settings.view.speed), (None, false, true, 2.0));
    assert!((settings.ui_scale - 1.1).abs() < 1e-3);
    assert_eq!(settings.recent[0].path.as_path(), desk.clip());
    assert_eq!(
        (&settings.app["timeline"]["units"], &settings.app["look"]["colouring"]),
        (&"seconds".into(), &"speed".into())
    );
    let mut window = desk.open(Some(&desk.clip()), &[]);
    window.wait_for_part("Video, frame 0 of");
    assert!(window.has_part("Playback speed, 2×"));
    assert!(window.has_part("Ruler in seconds"));
    window.end();
    let mut again = Settings::load(&desk.places().settings()).0;
    assert_eq!(again.recent.len(), 1);
    again.recent.clone_from(&settings.recent); // opened again, perhaps in another second
    assert_eq!(again, settings);
}

#[test]
fn broken_settings_and_broken_projects_are_explained() {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.at("data")).unwrap();
    std::fs::write(desk.places().settings(), "{").unwrap();
    std::fs::write(desk.project(), "{\"format\":\"cotrail project\",\"version\":7}").unwrap();
    let mut window = desk.open(Some(&desk.project()), &[]);
    window.wait_for_part("The settings start anew");
    window.wait_for_part("the project was made by a newer Cotrail");
    window.wait_for_label("Follow any point through a video");
    assert!(desk.at("data/settings.broken.json").exists());
}

#[test]
fn the_start_page_works_by_keys_and_marks_what_is_gone() {
    let desk = Desk::new();
    let mut settings = Settings::default();
    settings.remember(&desk.at("gone.mp4"), std::time::SystemTime::now());
    settings.remember(&desk.clip(), std::time::SystemTime::now());
    settings.save(&desk.places().settings()).unwrap();
    let mut window = desk.open(None, &[desk.clip()]);
    window.wait_for_label("gone.mp4, not found");
    window.press("Remove gone.mp4 from this list");
    window.wait_until_gone("gone.mp4, not found");
    window.ctrl(Key::W); // needs a clip: nothing happens
    window.key(Key::Tab);
    window.wait_for_label("clip.mp4, just now");
    window.press("clip.mp4, just now");
    window.wait_for_part("Video, frame 0 of");
}

#[test]
fn without_a_system_dialog_a_name_is_typed_and_nothing_is_replaced_unasked() {
    let desk = Desk::new();
    std::fs::write(desk.at("clip.cotrail"), "old").unwrap();
    let mut window = desk.tracked(&[]);
    window.ctrl(Key::S);
    window.wait_for_label("Save project as");
    window.press("Save");
    window.wait_for_label("Replace clip.cotrail?");
    assert_eq!(std::fs::read_to_string(desk.at("clip.cotrail")).unwrap(), "old");
    window.press("Replace");
    window.wait_for_label("Saved clip.cotrail.");
    assert!(Project::read(&desk.at("clip.cotrail")).is_ok());
    window.end();
}

#[test]
fn a_name_that_cannot_be_saved_under_is_asked_for_again() {
    let desk = Desk::new();
    let mut window = desk.tracked(&[]);
    window.ctrl(Key::S);
    window.wait_for_label("Save project as");
    window.harness.step();
    window.ctrl(Key::A);
    let nowhere = desk.at("no/such/folder/work.cotrail").display().to_string();
    window.harness.event(egui::Event::Text(nowhere.clone()));
    window.harness.step();
    window.press("Save");
    window.wait_for_part("Cannot save: ");
    let mut fields = window.harness.query_all_by_role(egui::accesskit::Role::TextInput);
    assert!(fields.any(|field| field.value().is_some_and(|value| value == nowhere)), "what was typed is still there");
    drop(fields);
    std::fs::create_dir_all(desk.at("no/such/folder")).unwrap();
    window.press("Save");
    window.wait_for_label("Saved work.cotrail.");
    assert!(!window.has_part("Cannot save"));
}

#[test]
fn a_plain_start_shows_the_demo_on_the_first_day_and_the_start_page_later() {
    let desk = Desk::new();
    let start = || {
        let memory = Memory::load(Some(desk.places()));
        let options = super::options(None, Vec::new(), super::nowhere(), memory, super::no_cameras());
        let options = cotrail::app::AppOptions { demo: Some("demo.mp4".into()), ..options };
        Window::run(options, egui_kittest::Harness::builder())
    };
    let mut window = start();
    window.wait_for_part("Video, frame 0 of");
    window.end();
    let mut settings = Settings::default();
    settings.remember(&desk.clip(), std::time::SystemTime::now());
    settings.save(&desk.places().settings()).unwrap();
    let mut window = start();
    window.wait_for_label("clip.mp4, just now");
    assert!(window.harness.query_by_label("Follow any point through a video").is_some());
    window.press("Open the demo clip");
    window.wait_for_part("Video, frame 0 of");
}

#[test]
fn the_rate_of_a_clip_without_times_is_set_and_comes_back_with_the_project() {
    let desk = Desk::new();
    let mut window = desk.tracked(&[desk.project()]);
    window.press("96 × 72 · assumed 25 fps · synthetic");
    window.wait_for_label("Clip properties");
    window.harness.get_by_role_and_label(egui::accesskit::Role::SpinButton, "Frame rate").click();
    window.harness.step();
    window.key_with(Modifiers::COMMAND, Key::A);
    window.harness.event(egui::Event::Text("50".into()));
    window.harness.step();
    window.key(Key::Enter);
    window.wait_for_label("96 × 72 · 50 fps · synthetic");
    assert!(window.has_part("point 1, "), "the track stays");
    window.ctrl(Key::S);
    window.wait_for_part("Saved work.cotrail");
    drop(window);
    assert_eq!(Project::read(&desk.project()).unwrap().clip.frame_rate, Some(50.0));
    let mut window = desk.open(Some(&desk.project()), &[]);
    window.wait_for_part("96 × 72 · 50 fps");
}
