//! The window, driven by what a screen reader hears.

mod export;
mod importing;
mod learn;
mod leaving;
mod live;
mod live_export;
mod live_points;
mod look;
mod many;
mod measure;
mod model;
mod palette;
mod placing;
mod points;
mod projects;
mod ring;
mod seeding;
mod small;
mod snapshots;
mod timeline;

use cotrail::app::{AppOptions, Cameras, Cotrail, FileDialogs, Memory, Question};
use cotrail::geometry::Size;
use cotrail::media::{CameraError, ClipSource, FrameSource, MediaError, SyntheticSource};
use cotrail::model::{CpuOptions, DeviceChoice};
use cotrail::session::ModelOptions;
use cotrail::tracker::TrackerOptions;
use cotrail::weights::Settings;
use crossbeam_channel::{Receiver, bounded};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, HarnessBuilder};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Far more than anything here takes, even on a machine with much else to do.
const PATIENCE: Duration = Duration::from_mins(2);
const NUM_FRAMES: usize = 24;

/// Answers dialogs from a list; after that, there is no dialog to be had.
#[derive(Default)]
struct ScriptedDialogs(Mutex<Vec<PathBuf>>);

impl FileDialogs for ScriptedDialogs {
    fn pick(&self, question: &Question, _: Option<&Path>) -> Vec<PathBuf> {
        let next = || self.0.lock().unwrap().pop();
        if *question == Question::Weights { Vec::new() } else { next().into_iter().collect() }
    }

    fn show_in_folder(&self, path: &Path) -> Result<(), String> {
        Err(format!("tests have no file manager for {}", path.display()))
    }
}

/// The window with a way to wait for its workers.
struct Window {
    harness: Harness<'static, Cotrail>,
    woken: Receiver<()>,
}

fn open(source: &ClipSource) -> Result<Box<dyn FrameSource>, MediaError> {
    let path = source.path.as_path();
    if path.ends_with("broken.mp4") {
        return Err(MediaError::Unreadable { problem: "this is not a video".into(), path: path.to_owned() });
    }
    if path.extension().is_some_and(|ending| ending == "png") {
        return source.open();
    }
    let frame_rate = source.options.frame_rate.unwrap_or(25.0);
    let source = SyntheticSource::new(Size::new(96, 72), NUM_FRAMES, frame_rate);
    if path.ends_with("cut.mp4") {
        return Ok(Box::new(timeline::Edited(source)));
    }
    Ok(Box::new(source))
}

/// A system without cameras.
fn no_cameras() -> Cameras {
    Cameras {
        list: Arc::new(|| Err(CameraError::NoCameras)),
        open: Arc::new(|_| Err(CameraError::NoCameras)),
        recordings: PathBuf::new(),
        streams: None,
    }
}

/// No place for fetched weights.
fn nowhere() -> Settings {
    Settings { folder: None, is_offline: true, ..Settings::from_env() }
}

/// What a window of the tests starts with.
fn options(
    input: Option<&Path>,
    dialogs: Vec<PathBuf>,
    weights: Settings,
    memory: Memory,
    cameras: Cameras,
) -> AppOptions {
    AppOptions {
        input: input.map(Path::to_owned),
        demo: None,
        model: Ok(ModelOptions {
            weights: Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny.safetensors"),
            device: DeviceChoice::Cpu,
            cpu: CpuOptions::precise(Some(1)),
            tracker: TrackerOptions { support_grid: 2, pin_queries: true, ..TrackerOptions::default() },
            feature_budget_bytes: 1 << 28,
        }),
        open: Arc::new(open),
        dialogs: Arc::new(ScriptedDialogs(Mutex::new(dialogs))),
        cameras,
        weights,
        memory,
        program: env!("CARGO_BIN_EXE_cotrail").into(),
    }
}

impl Window {
    fn start(input: Option<&Path>, dialogs: Vec<PathBuf>) -> Self {
        Self::start_with(input, dialogs, nowhere(), Memory::default())
    }

    /// Starts the window with weights of its own and what was remembered from the last time.
    fn start_with(input: Option<&Path>, dialogs: Vec<PathBuf>, weights: Settings, memory: Memory) -> Self {
        Self::start_all(input, dialogs, weights, memory, no_cameras())
    }

    /// Starts the window with these cameras.
    fn start_with_cameras(input: Option<&Path>, cameras: Cameras) -> Self {
        Self::start_all(input, Vec::new(), nowhere(), Memory::default(), cameras)
    }

    /// Starts a window that can be [rendered](Harness::render): the renderer is there from the beginning.
    fn start_drawn(input: &Path) -> Self {
        let options = options(Some(input), Vec::new(), nowhere(), Memory::default(), no_cameras());
        Self::run(options, Harness::builder().wgpu())
    }

    fn start_all(
        input: Option<&Path>,
        dialogs: Vec<PathBuf>,
        weights: Settings,
        memory: Memory,
        cameras: Cameras,
    ) -> Self {
        Self::run(options(input, dialogs, weights, memory, cameras), Harness::builder())
    }

    fn run(options: AppOptions, builder: HarnessBuilder<Cotrail>) -> Self {
        let (wake, woken) = bounded(1);
        let harness = builder.with_size([1000.0, 700.0]).build_eframe(|cc| {
            cc.egui_ctx.set_request_repaint_callback(move |_| {
                wake.try_send(()).ok(); // full: awake already
            });
            Cotrail::new(cc, options)
        });
        Self { harness, woken }
    }

    /// Draws frames until the condition holds.
    fn wait(&mut self, what: &str, is_met: impl Fn(&Harness<'static, Cotrail>) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.harness.step();
            if is_met(&self.harness) {
                return;
            }
            assert!(Instant::now() < deadline, "waited in vain: {what}");
            self.woken.recv_timeout(Duration::from_millis(100)).ok(); // a playing clip asks for a later frame only
        }
    }

    fn wait_for_label(&mut self, label: &str) {
        self.wait(label, |harness| harness.query_by_label(label).is_some());
    }

    fn wait_for_part(&mut self, part: &str) {
        self.wait(part, |harness| harness.query_all_by_label_contains(part).next().is_some());
    }

    fn has_part(&self, part: &str) -> bool {
        self.harness.query_all_by_label_contains(part).next().is_some()
    }

    fn press(&mut self, label: &str) {
        self.harness.step(); // a dialog that has just opened finds its place
        self.harness.step();
        let buttons = self.harness.query_all_by_label(label);
        let button = buttons.into_iter().find(|node| node.accesskit_node().role() != egui::accesskit::Role::Label);
        button.unwrap_or_else(|| panic!("no button {label}")).click();
        self.harness.step();
    }

    /// Ends the program as the user does.
    fn end(mut self) {
        eframe::App::on_exit(self.harness.state_mut());
    }

    fn key(&mut self, key: egui::Key) {
        self.harness.key_press(key);
        self.harness.step();
    }

    fn key_with(&mut self, modifiers: egui::Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.step();
    }

    /// Clicks on the picture, `offset` points from the middle of the canvas.
    fn click_picture(&mut self, offset: egui::Vec2) {
        let canvas = self.harness.query_all_by_label_contains("Video, frame").next().unwrap().rect();
        self.click_in_one_frame(canvas.center() + offset);
    }

    fn click_in_one_frame(&mut self, at: egui::Pos2) {
        self.harness.event(egui::Event::PointerMoved(at));
        for pressed in [true, false] {
            let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
            self.harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        }
        self.harness.step();
        self.harness.step();
    }

    fn timeline_value(&self) -> Option<String> {
        self.harness.get_by_label("Playhead").accesskit_node().value()
    }
}

#[test]
fn from_click_to_exported_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::start(Some(Path::new("clip.mp4")), vec![folder.path().join("out.csv")]);
    window.wait_for_part("Video, frame 0 of 0 to 23");
    window.wait_for_part("No points yet.");
    window.click_picture(egui::vec2(-40.0, 10.0));
    window.wait_for_part("point 1, ");
    // A random network has its own idea of what can be seen.
    let verdicts = ["point 1, visible", "point 1, hidden"];
    window.wait("it is tracked", |harness| verdicts.iter().any(|label| harness.query_by_label(label).is_some()));
    window.wait("tracking is over", |harness| harness.query_by_label("Stop").is_none());
    // A press on the point selects it; elsewhere another one is added.
    window.click_picture(egui::vec2(-36.0, 12.0));
    assert!(!window.has_part("point 2"));
    window.click_picture(egui::vec2(60.0, -40.0));
    window.wait_for_part("point 2, ");
    window.key(egui::Key::End);
    window.wait_for_part("Video, frame 23 of 0 to 23");
    window.wait("both are tracked to the end", |harness| harness.query_by_label("Stop").is_none());
    window.click_row("point 1", egui::Modifiers::NONE);
    window.press("Delete point 1");
    window.wait("it is gone", |harness| harness.query_all_by_label_contains("point 1").next().is_none());

    window.key_with(egui::Modifiers::COMMAND, egui::Key::E);
    window.wait_for_label("Annotated clip (.mp4)");
    window.press("Annotated clip (.mp4)");
    window.press("Browse…");
    let out = folder.path().join("out").display().to_string();
    window.wait("the name is taken", |harness| {
        let fields = harness.query_all_by_role(egui::accesskit::Role::TextInput);
        fields.into_iter().any(|field| field.value().is_some_and(|value| value == out))
    });
    window.press("Export");
    window.wait_for_part("Exported out.csv");
    let table = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert_eq!(table.lines().count(), 1 + NUM_FRAMES);
    assert!(table.contains("point 2") && !table.contains("point 1"));
}

#[test]
fn keys_step_and_scrub_exactly() {
    let mut window = Window::start(Some(Path::new("clip.mp4")), Vec::new());
    window.wait_for_part("Video, frame 0 of");
    for (key, shift, frame) in [
        (egui::Key::ArrowRight, false, 1),
        (egui::Key::ArrowRight, true, 11),
        (egui::Key::ArrowLeft, false, 10),
        (egui::Key::End, false, 23),
        (egui::Key::ArrowLeft, true, 13),
        (egui::Key::Home, false, 0),
        (egui::Key::Period, false, 1),
        (egui::Key::Comma, false, 0),
    ] {
        let modifiers = if shift { egui::Modifiers::SHIFT } else { egui::Modifiers::NONE };
        window.key_with(modifiers, key);
        window.wait_for_part(&format!("Video, frame {frame} of"));
        assert_eq!(window.timeline_value(), Some(format!("frame {frame} of 0 to 23")));
    }
    window.harness.get_by_label("Playhead").set_value_accesskit(17.0);
    window.wait_for_part("Video, frame 17 of");
}

#[test]
fn playing_goes_through_the_clip_and_stops_at_its_end() {
    let mut window = Window::start(Some(Path::new("clip.mp4")), Vec::new());
    window.wait_for_part("Video, frame 0 of");
    window.key(egui::Key::Space);
    window.wait_for_part("Video, frame 23 of");
    window.key(egui::Key::ArrowLeft);
    window.wait_for_part("Video, frame 22 of");
}

#[test]
fn points_are_selected_renamed_and_deleted_by_keys() {
    let mut window = Window::start(Some(Path::new("clip.mp4")), Vec::new());
    window.wait_for_part("Video, frame 0 of");
    window.click_picture(egui::vec2(-60.0, 0.0));
    window.click_picture(egui::vec2(60.0, 0.0));
    window.wait_for_part("point 2, ");
    window.key(egui::Key::ArrowUp);
    window.key(egui::Key::F2);
    window.harness.step();
    // The old name is selected, Tab goes on to the next point, and no letter is a command.
    window.harness.event(egui::Event::Text("nose".into()));
    window.key(egui::Key::Tab);
    (0..2).for_each(|_| window.harness.step());
    window.harness.event(egui::Event::Text("tail".into()));
    window.key(egui::Key::Enter);
    window.wait_for_part("nose, ");
    window.wait_for_part("tail, ");
    window.key(egui::Key::ArrowUp);
    window.key(egui::Key::Delete);
    window.wait("it is gone", |harness| harness.query_all_by_label_contains("nose").next().is_none());
    assert!(window.has_part("tail, "), "the next one is selected now");
    window.key(egui::Key::Delete);
    window.wait_for_part("No points yet.");
}

#[test]
fn without_a_system_dialog_the_path_is_typed() {
    let mut window = Window::start(None, Vec::new());
    window.wait_for_label("Follow any point through a video");
    window.key_with(egui::Modifiers::COMMAND, egui::Key::O);
    window.wait_for_label("The system offers no file dialog here.");
    window.harness.step();
    window.harness.event(egui::Event::Text("some/clip.mp4".into()));
    window.harness.step();
    window.key(egui::Key::Enter);
    window.wait_for_part("Video, frame 0 of");
    window.wait_for_label("clip.mp4");
}

#[test]
fn a_clip_that_cannot_be_opened_is_explained_and_the_current_one_stays() {
    let dialogs = ["other.mp4", "some/broken.mp4", "some/broken.mp4"].map(PathBuf::from).to_vec();
    let mut window = Window::start(Some(Path::new("clip.mp4")), dialogs);
    window.wait_for_part("Video, frame 0 of");
    window.key_with(egui::Modifiers::COMMAND, egui::Key::O);
    window.wait_for_label("Cannot open broken.mp4: this is not a video.");
    assert!(window.has_part("Video, frame 0 of"));
    window.press("Dismiss message");
    window.harness.step();
    assert!(!window.has_part("Cannot open"));
    window.key_with(egui::Modifiers::COMMAND, egui::Key::O);
    window.wait_for_label("Cannot open broken.mp4: this is not a video.");
    window.key_with(egui::Modifiers::COMMAND, egui::Key::O);
    window.wait_for_label("other.mp4");
    window.harness.step();
    assert!(!window.has_part("Cannot open"), "that is over");
}

#[test]
fn another_clip_takes_the_place_of_points_only_after_a_question() {
    let dialogs = vec![PathBuf::from("other.mp4"), PathBuf::from("other.mp4")];
    let mut window = Window::start(Some(Path::new("clip.mp4")), dialogs);
    window.wait_for_part("Video, frame 0 of");
    window.click_picture(egui::vec2(0.0, 0.0));
    window.wait_for_part("point 1, ");
    window.key_with(egui::Modifiers::COMMAND, egui::Key::O);
    window.wait_for_label("Save your work first?");
    window.press("Cancel");
    window.harness.step();
    assert!(window.has_part("point 1, ") && !window.has_part("Save your work first?"));
    window.key_with(egui::Modifiers::COMMAND, egui::Key::O);
    window.wait_for_label("Save your work first?");
    window.press("Don't save");
    window.wait_for_part("No points yet.");
    window.wait_for_label("other.mp4");
}

#[test]
fn the_sheet_of_keys_lists_commands_and_says_what_keeps_them_from_working() {
    let mut window = Window::start(None, Vec::new());
    window.wait_for_label("Follow any point through a video");
    window.key(egui::Key::F1);
    window.wait_for_label("Mouse");
    assert!(window.has_part("needs a clip") && (window.has_part("Ctrl+E") || window.has_part("Cmd+E")));
    window.press("Close");
    window.wait("it is closed", |harness| harness.query_by_label("Mouse").is_none());
}
