//! The view of a camera, with one that exists in the test alone.

use super::Window;
use cotrail::app::Cameras;
use cotrail::geometry::{FrameIndex, Size};
use cotrail::media::{
    CameraChoice, CameraError, CameraFormat, CameraId, CameraListing, CameraRequest, CameraStream, FrameRate,
    FrameSource, PixelFormat, Shot, SyntheticSource,
};
use cotrail::tracks::LiveLine;
use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use std::net::UdpSocket;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const SIZE: Size = Size::new(96, 72);
const FORMAT: CameraFormat = CameraFormat { size: SIZE, frame_rate: FrameRate::whole(30), pixels: PixelFormat::Yuyv };
const NUM_PICTURES: usize = 24;

/// A camera on the desk. It can be unplugged.
struct Desk {
    source: SyntheticSource,
    num_taken: usize,
    id: CameraId,
    is_there: Arc<AtomicBool>,
}

fn id() -> CameraId {
    CameraId { name: "Desk camera".into(), place: "port 1".into() }
}

impl CameraStream for Desk {
    fn id(&self) -> &CameraId {
        &self.id
    }

    fn format(&self) -> CameraFormat {
        FORMAT
    }

    fn grab(&mut self) -> Result<Shot, CameraError> {
        std::thread::sleep(Duration::from_millis(5)); // as a camera makes one wait
        if !self.is_there.load(Ordering::Relaxed) {
            return Err(CameraError::Unplugged(self.id.name.clone()));
        }
        let frame = self.source.read(FrameIndex::new(self.num_taken % NUM_PICTURES)).unwrap();
        self.num_taken += 1;
        Ok(Shot { rgb: frame.rgb().to_vec(), taken_at: Instant::now() })
    }
}

/// The cameras of a test, with a switch to unplug the only one and what was asked of it.
pub(super) fn cameras(recordings: &Path) -> (Cameras, Arc<AtomicBool>, Arc<Mutex<Vec<CameraRequest>>>) {
    let is_there = Arc::new(AtomicBool::new(true));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (listed, opened, log) = (Arc::clone(&is_there), Arc::clone(&is_there), Arc::clone(&asked));
    let cameras = Cameras {
        list: Arc::new(move || {
            if !listed.load(Ordering::Relaxed) {
                return Err(CameraError::NoCameras);
            }
            let small = CameraFormat { size: Size::new(48, 36), ..FORMAT };
            Ok(vec![CameraListing { index: 0, id: id(), formats: Ok(vec![FORMAT, small]) }])
        }),
        open: Arc::new(move |request| {
            log.lock().unwrap().push(request.clone());
            if !opened.load(Ordering::Relaxed) {
                return Err(CameraError::Unplugged(id().name));
            }
            if matches!(request.camera, CameraChoice::Index(number) if number != 0) {
                return Err(CameraError::Busy("7".into()));
            }
            let source = SyntheticSource::new(SIZE, NUM_PICTURES, 30.0);
            Ok(Box::new(Desk { source, num_taken: 0, id: id(), is_there: Arc::clone(&opened) }))
        }),
        recordings: recordings.to_owned(),
        streams: None,
    };
    (cameras, is_there, asked)
}

/// What the canvas says of the selected point: x and y.
fn place(window: &Window) -> Option<(f32, f32)> {
    let label = window.harness.query_by_label_contains(" selected at ")?.accesskit_node().label()?;
    let (x, y) = label.split_once(" selected at ")?.1.split_once(", ")?;
    Some((x.parse().ok()?, y.parse().ok()?))
}

/// The number of the frame on the screen.
pub(super) fn frame(window: &Window) -> Option<u32> {
    let label = window.harness.query_by_label_contains("Camera, frame ")?.accesskit_node().label()?;
    label.strip_prefix("Camera, frame ")?.split_once(',')?.0.parse().ok()
}

impl Window {
    pub(super) fn live_canvas(&self) -> egui::Rect {
        self.harness.query_by_label_contains("Camera, frame ").unwrap().rect()
    }

    /// Screen points per pixel of the picture, which touches the margins of the canvas.
    fn live_zoom(&self) -> f32 {
        let room = self.live_canvas().size() - vec2(16.0, 16.0);
        (room.x / SIZE.width as f32).min(room.y / SIZE.height as f32)
    }

    pub(super) fn wait_until_followed(&mut self) {
        self.wait_for_part("Camera, frame ");
        self.wait_for_part("tiny weights");
        self.wait_for_frames();
    }

    /// Waits until the camera has shown some frames more.
    pub(super) fn wait_for_frames(&mut self) {
        let before = frame(self).unwrap();
        self.wait("frames go on", |harness| {
            let label = harness.query_by_label_contains("Camera, frame ").and_then(|n| n.accesskit_node().label());
            let number = label.and_then(|label| label.strip_prefix("Camera, frame ")?.split_once(',')?.0.parse().ok());
            number.is_some_and(|number: u32| number > before + 3)
        });
    }

    pub(super) fn click_at(&mut self, at: egui::Pos2) {
        self.move_to(at);
        self.button(at, true);
        self.button(at, false);
    }
}

#[test]
fn points_are_sent_to_another_program_while_the_camera_runs() {
    let (cameras, ..) = cameras(Path::new(""));
    let mut window = Window::start_with_cameras(Some(Path::new("camera:0")), cameras);
    window.wait_until_followed();
    let at = window.live_canvas().center();
    window.click_at(at);
    window.wait_for_part("points: 1, point 1 selected at ");

    let reader = UdpSocket::bind("127.0.0.1:0").unwrap();
    window.press("Send");
    window.wait_for_label("Start");
    let type_address = |window: &mut Window, text: &str| {
        window.harness.get_by_role_and_label(Role::TextInput, "To (host:port)").focus();
        window.harness.step();
        window.key_with(Modifiers::COMMAND, Key::A);
        window.type_text(text);
    };
    type_address(&mut window, "127.0.0.1");
    window.wait_for_part("the port is missing");
    let address = reader.local_addr().unwrap().to_string();
    type_address(&mut window, &address);
    window.wait("it is understood", |harness| harness.query_by_label_contains("the port is missing").is_none());
    window.press("Start");
    window.wait_for_part(&format!(" lines to udp:{address}"));
    let mut bytes = [0; 4096];
    let length = reader.recv(&mut bytes).unwrap();
    let line: LiveLine = serde_json::from_slice(&bytes[..length]).unwrap();
    assert_eq!(line.points.len(), 1);
    window.press("Stop");
    window.wait_for_part("with the names that you gave");
    assert!(!window.has_part(" lines to "));
}

#[test]
fn from_a_click_on_the_camera_to_a_recording() {
    let folder = tempfile::tempdir().unwrap();
    let (cameras, ..) = cameras(folder.path());
    let mut window = Window::start_with_cameras(Some(Path::new("camera:0")), cameras);
    window.wait_until_followed();
    // Recording goes on while everything else happens.
    window.key_with(Modifiers::COMMAND, Key::Enter);
    window.wait_for_part("REC 0:");
    let (centre, zoom) = (window.live_canvas().center(), window.live_zoom());
    window.click_at(centre + vec2(-80.0, 20.0));
    window.wait_for_part("points: 1, point 1 selected at ");
    window.click_at(centre + vec2(120.0, -60.0));
    window.wait_for_part("points: 2, point 2 selected at ");
    window.wait_for_frames();

    // Frozen, the picture and its points stand still; they can be moved and deleted.
    window.key(Key::Space);
    window.wait_for_part(", frozen, points: 2");
    let settled = |window: &mut Window| {
        for _ in 0..20 {
            window.harness.step();
            std::thread::sleep(Duration::from_millis(10));
        }
        (frame(window), place(window).expect("the second point is selected"))
    };
    let before = settled(&mut window);
    assert_eq!(settled(&mut window), before);
    let (x, y) = before.1;
    let at = centre + vec2(x + 0.5 - SIZE.width as f32 / 2.0, y + 0.5 - SIZE.height as f32 / 2.0) * zoom;
    window.drag(at, at + vec2(6.0 * zoom, 3.0 * zoom));
    let wanted = (x + 6.0, y + 3.0);
    window.wait("it is moved", |harness| {
        let node = harness.query_by_label_contains(" selected at ").and_then(|node| node.accesskit_node().label());
        let place = node.and_then(|label| {
            let (x, y) = label.split_once(" selected at ")?.1.split_once(", ")?;
            Some((x.parse::<f32>().ok()?, y.parse::<f32>().ok()?))
        });
        place.is_some_and(|(x, y)| (x - wanted.0).abs() < 0.6 && (y - wanted.1).abs() < 0.6)
    });
    assert_eq!(frame(&window), before.0, "still frozen");
    window.key(Key::Delete);
    window.wait_for_part(", frozen, points: 1");
    window.key(Key::Space);
    window.wait("it goes on", |harness| harness.query_all_by_label_contains(", frozen").next().is_none());
    window.wait_for_frames();
    assert!(window.has_part("points: 1"), "the other one is still followed");

    window.key_with(Modifiers::COMMAND, Key::Enter);
    window.wait_for_part("Recorded ");
    let part = format!("camera 1.mp4 and camera 1.tracks.jsonl in {}", folder.path().display());
    assert!(window.has_part(&part), "the message names the files");
    let lines = std::fs::read_to_string(folder.path().join("camera 1.tracks.jsonl")).unwrap();
    let counts: Vec<usize> = lines.lines().map(|line| line.matches("\"id\":").count()).collect();
    assert!(counts.contains(&2) && counts.last() == Some(&1), "{counts:?}");
    let clip = cotrail::media::open(&folder.path().join("camera 1.mp4"), &cotrail::media::OpenOptions::default());
    assert_eq!(clip.unwrap().info().size, SIZE);
}

#[test]
fn the_mirror_changes_the_view_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::start_with_cameras(Some(Path::new("camera:0")), cameras(folder.path()).0);
    window.wait_until_followed();
    window.freeze();
    window.key_with(Modifiers::SHIFT, Key::M);
    let (centre, zoom) = (window.live_canvas().center(), window.live_zoom());
    window.click_at(centre + vec2(20.0 * zoom, 0.0));
    window.wait_for_part("points: 1, point 1 selected at ");
    let (x, _) = place(&window).unwrap();
    assert!((x - (47.5 - 20.0)).abs() < 0.6, "a click at the right is on the left of the picture: {x}");
    window.key(Key::Escape);
    window.wait("nothing is selected", |harness| harness.query_by_label_contains(" selected at ").is_none());
    window.press("Delete all points");
    window.wait_for_part(", frozen, points: 0");
}

#[test]
fn a_camera_is_chosen_from_the_list_and_closed_again() {
    let folder = tempfile::tempdir().unwrap();
    let (cameras, is_there, _) = cameras(folder.path());
    is_there.store(false, Ordering::Relaxed);
    let mut window = Window::start_with_cameras(None, cameras);
    window.wait_for_label("Follow any point through a video");
    window.press("Camera…");
    window.wait_for_label("There is no camera. Plug one in, then look again.");
    is_there.store(true, Ordering::Relaxed);
    window.press("Look again");
    window.wait_for_label("Desk camera (camera:0)");
    window.press("Desk camera (camera:0)");
    window.wait_for_part("Camera, frame ");
    window.wait_for_part("camera · 96×72 · in ");
    assert!(window.has_part("Format, 96×72 · 30 fps · YUYV"));
    window.press("Close camera");
    window.wait_for_label("Follow any point through a video");
}

#[test]
fn the_clip_behind_the_camera_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::start_with_cameras(Some(Path::new("clip.mp4")), cameras(folder.path()).0);
    window.wait_for_part("Video, frame 0 of");
    window.key(Key::End);
    window.wait_for_part("Video, frame 23 of");
    window.open_palette();
    window.type_text("camera");
    window.key(Key::Enter);
    window.wait_for_label("Desk camera (camera:0)");
    window.press("Desk camera (camera:0)");
    window.wait_for_part("Camera, frame ");
    window.key_with(Modifiers::COMMAND, Key::W);
    window.wait_for_part("Video, frame 23 of");
}

#[test]
fn what_keeps_a_camera_from_showing_is_said_and_it_comes_back_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (cameras, is_there, asked) = cameras(folder.path());
    let mut window = Window::start_with_cameras(Some(Path::new("camera:7")), cameras);
    window.wait_for_label("The camera is in use");
    window.press("Choose a camera…");
    window.wait_for_label("Desk camera (camera:0)");
    window.press("Desk camera (camera:0)");
    window.wait_for_part("Camera, frame ");
    is_there.store(false, Ordering::Relaxed);
    window.wait_for_label("The camera was unplugged");
    is_there.store(true, Ordering::Relaxed);
    window.wait("it is back", |harness| harness.query_by_label("The camera was unplugged").is_none());
    let again = asked.lock().unwrap().last().cloned();
    assert_eq!(again, Some(CameraRequest::again(&id(), FORMAT)), "known by its name");
}

#[test]
fn keys_alone_place_a_point_on_the_camera_and_the_right_button_opens_its_menu() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::start_with_cameras(Some(Path::new("camera:0")), cameras(folder.path()).0);
    window.wait_until_followed();
    window.freeze();
    window.key(Key::A);
    window.key_with(Modifiers::SHIFT, Key::ArrowLeft);
    window.key(Key::ArrowDown);
    window.key(Key::Enter);
    window.wait_for_part("points: 1, point 1 selected at ");
    let (x, y) = place(&window).unwrap();
    assert!((x - 37.5).abs() < 0.3 && (y - 36.5).abs() < 0.3, "{x} {y}");
    let at = window.live_canvas().center() + vec2(-10.0, 1.0) * window.live_zoom();
    window.move_to(at);
    for pressed in [true, false] {
        let (button, modifiers) = (egui::PointerButton::Secondary, Modifiers::NONE);
        window.harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        window.harness.step();
    }
    window.wait_for_part("Look for it in the whole picture");
}
