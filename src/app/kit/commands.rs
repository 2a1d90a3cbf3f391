//! The one table of commands: it feeds the keys, the menus, the tooltips and the sheet of keys.

use egui::{Key, Modifiers};

/// Frames of the long step.
pub(crate) const JUMP: isize = 10;

/// What a key or a menu entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Command {
    OpenFile,
    OpenFolder,
    OpenProject,
    OpenPath,
    OpenDemo,
    Camera,
    New,
    Save,
    SaveAs,
    Properties,
    CloseClip,
    Export,
    ExportLast,
    ManyClips,
    Learn,
    Model,
    Quit,
    PlayPause,
    StepBack,
    StepForward,
    JumpBack,
    JumpForward,
    FirstFrame,
    LastFrame,
    Loop,
    Slower,
    Faster,
    NormalSpeed,
    Record,
    Mirror,
    ClearCamera,
    GoLive,
    Snapshot,
    SaveLast,
    RecordingsFolder,
    RangeStart,
    RangeEnd,
    ClearRange,
    TimelineIn,
    TimelineOut,
    TimelineAll,
    Units,
    NextProblem,
    PreviousProblem,
    NextByHand,
    PreviousByHand,
    NextCut,
    PreviousCut,
    QueryFrame,
    Problems,
    Lanes,
    Measure,
    MeasureLine,
    MeasurePlane,
    MeasureOrigin,
    MeasureDistance,
    MeasureAngle,
    MeasureSpeed,
    MeasureAcceleration,
    JoinPoints,
    Charts,
    Undo,
    Redo,
    TrackAgain,
    TrackBack,
    TrackBothWays,
    BothWays,
    TrackTogether,
    PreviousPoint,
    NextPoint,
    SelectAll,
    PlacePoint,
    SeedGrid,
    SeedRectangle,
    SeedLasso,
    Import,
    FilterPoints,
    HidePoints,
    LockPoints,
    Solo,
    GroupPoints,
    MergePoints,
    SplitPoint,
    SwapPoints,
    ClearFrame,
    ClearAfter,
    ClearBefore,
    Results,
    EditPoint,
    Rename,
    Delete,
    Park,
    Escape,
    StopTracking,
    ZoomIn,
    ZoomOut,
    Fit,
    ActualSize,
    ZoomSelection,
    Follow,
    PanLeft,
    PanRight,
    PanUp,
    PanDown,
    Magnifier,
    DockMagnifier,
    Overlay,
    NextColouring,
    Dim,
    Greyscale,
    Plain,
    Trails,
    LargerUi,
    SmallerUi,
    NormalUi,
    Fullscreen,
    Log,
    SystemTheme,
    DarkTheme,
    LightTheme,
    Statistics,
    Palette,
    Keys,
}

impl Command {
    /// Whether it opens something that is typed into.
    pub(crate) fn takes_text(self) -> bool {
        matches!(
            self,
            Self::Palette | Self::OpenPath | Self::Properties | Self::Rename | Self::FilterPoints | Self::GroupPoints
        )
    }
}

/// The menu that lists a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Menu {
    File,
    Edit,
    Points,
    View,
    Play,
    Timeline,
    Measure,
    Camera,
    Help,
}

impl Menu {
    /// In the order of the menu bar.
    pub(crate) const ALL: [Self; 9] = [
        Self::File,
        Self::Edit,
        Self::Points,
        Self::View,
        Self::Play,
        Self::Timeline,
        Self::Measure,
        Self::Camera,
        Self::Help,
    ];

    /// What the menu bar calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::Points => "Points",
            Self::View => "View",
            Self::Play => "Playback",
            Self::Timeline => "Timeline",
            Self::Measure => "Measure",
            Self::Camera => "Camera",
            Self::Help => "Help",
        }
    }
}

/// A key with its modifiers; Ctrl is Cmd on macOS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chord {
    pub(crate) key: Key,
    pub(crate) modifiers: Modifiers,
}

impl Chord {
    /// Whether an event is this chord, exactly: Ctrl+Shift+S is not Ctrl+S.
    pub(crate) fn matches(self, key: Key, modifiers: Modifiers) -> bool {
        // These are written with Shift on one keyboard and without on another.
        let shift_is_free = matches!(self.key, Key::Questionmark | Key::Plus);
        let modifiers = if shift_is_free { Modifiers { shift: false, ..modifiers } } else { modifiers };
        key == self.key && modifiers.matches_exact(self.modifiers)
    }

    /// How the chord is written.
    pub(crate) fn text(self) -> String {
        let mut text = String::new();
        let is_mac = cfg!(target_os = "macos");
        for (held, name) in [
            (self.modifiers.command, command_key()),
            (self.modifiers.alt, if is_mac { "Option" } else { "Alt" }),
            (self.modifiers.shift, "Shift"),
        ] {
            if held {
                text.push_str(name);
                text.push('+');
            }
        }
        text + key_name(self.key)
    }
}

/// What the key of most commands is called.
pub(crate) fn command_key() -> &'static str {
    if cfg!(target_os = "macos") { "Cmd" } else { "Ctrl" }
}

fn key_name(key: Key) -> &'static str {
    match key {
        Key::ArrowLeft => "Left",
        Key::ArrowRight => "Right",
        Key::ArrowUp => "Up",
        Key::ArrowDown => "Down",
        Key::Escape => "Esc",
        Key::Delete => "Del",
        Key::Minus => "-",
        Key::Plus => "+",
        Key::Equals => "=",
        Key::Comma => ",",
        Key::Period => ".",
        Key::Questionmark => "?",
        Key::OpenBracket => "[",
        Key::CloseBracket => "]",
        Key::Backslash => "\\",
        other => other.name(),
    }
}

const fn plain(key: Key) -> Chord {
    Chord { key, modifiers: Modifiers::NONE }
}

const fn shift(key: Key) -> Chord {
    Chord { key, modifiers: Modifiers::SHIFT }
}

const fn alt_shift(key: Key) -> Chord {
    Chord { key, modifiers: Modifiers::ALT.plus(Modifiers::SHIFT) }
}

const fn alt(key: Key) -> Chord {
    Chord { key, modifiers: Modifiers::ALT }
}

const fn ctrl(key: Key) -> Chord {
    Chord { key, modifiers: Modifiers::COMMAND }
}

const fn ctrl_shift(key: Key) -> Chord {
    Chord { key, modifiers: Modifiers::COMMAND.plus(Modifiers::SHIFT) }
}

/// A command with its name, menu and keys; the first key is the one that tooltips show.
#[derive(Debug)]
pub(crate) struct Binding {
    pub(crate) command: Command,
    pub(crate) name: &'static str,
    pub(crate) menu: Menu,
    pub(crate) keys: &'static [Chord],
}

const fn bind(command: Command, name: &'static str, menu: Menu, keys: &'static [Chord]) -> Binding {
    Binding { command, name, menu, keys }
}

/// Every command, in the order of the menus.
pub(crate) const TABLE: &[Binding] = &[
    bind(Command::OpenFile, "Open…", Menu::File, &[ctrl(Key::O)]),
    bind(Command::OpenFolder, "Open image folder…", Menu::File, &[ctrl_shift(Key::O)]),
    bind(Command::OpenProject, "Open project…", Menu::File, &[]),
    bind(Command::OpenPath, "Open path…", Menu::File, &[]),
    bind(Command::OpenDemo, "Open the demo clip", Menu::File, &[]),
    bind(Command::Camera, "Camera…", Menu::File, &[]),
    bind(Command::New, "New project with this clip", Menu::File, &[ctrl(Key::N)]),
    bind(Command::Save, "Save project", Menu::File, &[ctrl(Key::S)]),
    bind(Command::SaveAs, "Save project as…", Menu::File, &[ctrl_shift(Key::S)]),
    bind(Command::Properties, "Clip properties…", Menu::File, &[]),
    bind(Command::CloseClip, "Close", Menu::File, &[ctrl(Key::W)]),
    bind(Command::Export, "Export…", Menu::File, &[ctrl(Key::E)]),
    bind(Command::ExportLast, "Export the last camera's tracks…", Menu::File, &[]),
    bind(Command::ManyClips, "Many clips…", Menu::File, &[]),
    bind(Command::Model, "Model…", Menu::File, &[ctrl_shift(Key::M)]),
    bind(Command::Learn, "Learn from this clip…", Menu::File, &[]),
    bind(Command::Quit, "Quit", Menu::File, &[ctrl(Key::Q)]),
    bind(Command::Undo, "Undo", Menu::Edit, &[ctrl(Key::Z)]),
    bind(Command::Redo, "Redo", Menu::Edit, &[ctrl_shift(Key::Z), ctrl(Key::Y)]),
    bind(Command::SelectAll, "Select all points", Menu::Edit, &[ctrl(Key::A)]),
    bind(Command::Escape, "Deselect, then stop tracking", Menu::Edit, &[plain(Key::Escape)]),
    bind(Command::PreviousPoint, "Select previous point", Menu::Edit, &[plain(Key::ArrowUp)]),
    bind(Command::NextPoint, "Select next point", Menu::Edit, &[plain(Key::ArrowDown)]),
    bind(Command::FilterPoints, "Find points", Menu::Edit, &[ctrl(Key::F)]),
    bind(Command::Delete, "Delete points", Menu::Edit, &[plain(Key::Delete), plain(Key::Backspace)]),
    bind(Command::ClearFrame, "Clear this frame", Menu::Edit, &[shift(Key::Delete)]),
    bind(Command::ClearAfter, "Clear after this frame", Menu::Edit, &[ctrl(Key::Delete)]),
    bind(Command::ClearBefore, "Clear before this frame", Menu::Edit, &[ctrl_shift(Key::Delete)]),
    bind(Command::PlacePoint, "Add a point by keys", Menu::Points, &[plain(Key::A)]),
    bind(Command::SeedGrid, "Add a grid of points…", Menu::Points, &[plain(Key::G)]),
    bind(Command::SeedRectangle, "Add points in a rectangle…", Menu::Points, &[plain(Key::R)]),
    bind(Command::SeedLasso, "Add points in a lasso…", Menu::Points, &[plain(Key::Z)]),
    bind(Command::Import, "Import points or tracks…", Menu::Points, &[]),
    bind(Command::TrackAgain, "Track again from here", Menu::Points, &[plain(Key::T)]),
    bind(Command::TrackBack, "Track backwards from here", Menu::Points, &[shift(Key::T)]),
    bind(Command::TrackBothWays, "Track both ways from here", Menu::Points, &[plain(Key::B)]),
    bind(Command::BothWays, "Follow new points both ways", Menu::Points, &[]),
    bind(Command::TrackTogether, "Track all together", Menu::Points, &[]),
    bind(Command::StopTracking, "Stop tracking", Menu::Points, &[]),
    bind(Command::Results, "Threshold, smoothing, gaps…", Menu::Points, &[]),
    bind(Command::EditPoint, "Move point by keys", Menu::Points, &[plain(Key::Enter)]),
    bind(Command::Rename, "Rename point", Menu::Points, &[plain(Key::F2)]),
    bind(Command::HidePoints, "Hide points", Menu::Points, &[plain(Key::H)]),
    bind(Command::LockPoints, "Lock points", Menu::Points, &[ctrl(Key::L)]),
    bind(Command::Solo, "Solo points", Menu::Points, &[shift(Key::H)]),
    bind(Command::GroupPoints, "Group points…", Menu::Points, &[ctrl(Key::G)]),
    bind(Command::MergePoints, "Merge two points", Menu::Points, &[]),
    bind(Command::SplitPoint, "Split point here", Menu::Points, &[]),
    bind(Command::SwapPoints, "Swap two points from here on", Menu::Points, &[]),
    bind(Command::ZoomIn, "Zoom in", Menu::View, &[plain(Key::Plus), plain(Key::Equals)]),
    bind(Command::ZoomOut, "Zoom out", Menu::View, &[plain(Key::Minus)]),
    bind(Command::Fit, "Fit picture", Menu::View, &[plain(Key::F)]),
    bind(Command::ActualSize, "Actual size", Menu::View, &[ctrl(Key::Num1)]),
    bind(Command::ZoomSelection, "Zoom to the selection", Menu::View, &[shift(Key::F)]),
    bind(Command::Follow, "Follow the selected point", Menu::View, &[plain(Key::C)]),
    bind(Command::PanLeft, "Pan left", Menu::View, &[alt_shift(Key::ArrowLeft)]),
    bind(Command::PanRight, "Pan right", Menu::View, &[alt_shift(Key::ArrowRight)]),
    bind(Command::PanUp, "Pan up", Menu::View, &[alt_shift(Key::ArrowUp)]),
    bind(Command::PanDown, "Pan down", Menu::View, &[alt_shift(Key::ArrowDown)]),
    bind(Command::Magnifier, "Magnifier while placing", Menu::View, &[plain(Key::M)]),
    bind(Command::DockMagnifier, "Magnified selected point", Menu::View, &[ctrl(Key::M)]),
    bind(Command::Overlay, "Overlay…", Menu::View, &[shift(Key::Y)]),
    bind(Command::NextColouring, "Next colouring", Menu::View, &[shift(Key::C)]),
    bind(Command::Dim, "Darker picture", Menu::View, &[plain(Key::D)]),
    bind(Command::Greyscale, "Greyscale picture", Menu::View, &[shift(Key::D)]),
    bind(Command::Plain, "Picture only, while held", Menu::View, &[plain(Key::P)]),
    bind(Command::Trails, "Trails", Menu::View, &[plain(Key::Y)]),
    bind(Command::LargerUi, "Larger interface", Menu::View, &[ctrl(Key::Plus), ctrl(Key::Equals)]),
    bind(Command::SmallerUi, "Smaller interface", Menu::View, &[ctrl(Key::Minus)]),
    bind(Command::NormalUi, "Normal interface size", Menu::View, &[ctrl(Key::Num0)]),
    bind(Command::Fullscreen, "Full screen", Menu::View, &[plain(Key::F11)]),
    bind(Command::Log, "Log", Menu::View, &[shift(Key::F12)]),
    bind(Command::SystemTheme, "Theme of the system", Menu::View, &[]),
    bind(Command::DarkTheme, "Dark theme", Menu::View, &[]),
    bind(Command::LightTheme, "Light theme", Menu::View, &[]),
    bind(Command::PlayPause, "Play or pause", Menu::Play, &[plain(Key::Space)]),
    bind(Command::StepBack, "One frame back", Menu::Play, &[plain(Key::ArrowLeft), plain(Key::Comma)]),
    bind(Command::StepForward, "One frame on", Menu::Play, &[plain(Key::ArrowRight), plain(Key::Period)]),
    bind(Command::JumpBack, "Ten frames back", Menu::Play, &[shift(Key::ArrowLeft)]),
    bind(Command::JumpForward, "Ten frames on", Menu::Play, &[shift(Key::ArrowRight)]),
    bind(Command::FirstFrame, "First frame", Menu::Play, &[plain(Key::Home)]),
    bind(Command::LastFrame, "Last frame", Menu::Play, &[plain(Key::End)]),
    bind(Command::Loop, "Loop", Menu::Play, &[shift(Key::L)]),
    bind(Command::Slower, "Slower", Menu::Play, &[plain(Key::OpenBracket)]),
    bind(Command::Faster, "Faster", Menu::Play, &[plain(Key::CloseBracket)]),
    bind(Command::NormalSpeed, "Normal speed", Menu::Play, &[plain(Key::Backslash)]),
    bind(Command::RangeStart, "Range starts here", Menu::Timeline, &[plain(Key::I)]),
    bind(Command::RangeEnd, "Range ends here", Menu::Timeline, &[plain(Key::O)]),
    bind(Command::ClearRange, "Clear range", Menu::Timeline, &[alt(Key::X)]),
    bind(Command::TimelineIn, "Zoom timeline in", Menu::Timeline, &[alt(Key::Plus), alt(Key::Equals)]),
    bind(Command::TimelineOut, "Zoom timeline out", Menu::Timeline, &[alt(Key::Minus)]),
    bind(Command::TimelineAll, "Show the whole clip", Menu::Timeline, &[shift(Key::Z)]),
    bind(Command::Units, "Frames, seconds, timecode", Menu::Timeline, &[plain(Key::U)]),
    bind(Command::Lanes, "Lanes", Menu::Timeline, &[plain(Key::L)]),
    bind(Command::Problems, "Problems…", Menu::Timeline, &[ctrl_shift(Key::N)]),
    bind(Command::NextProblem, "Next problem", Menu::Timeline, &[plain(Key::N)]),
    bind(Command::PreviousProblem, "Previous problem", Menu::Timeline, &[shift(Key::N)]),
    bind(Command::NextByHand, "Next frame placed by hand", Menu::Timeline, &[ctrl(Key::ArrowRight)]),
    bind(Command::PreviousByHand, "Previous frame placed by hand", Menu::Timeline, &[ctrl(Key::ArrowLeft)]),
    bind(Command::NextCut, "Next cut", Menu::Timeline, &[ctrl_shift(Key::ArrowRight)]),
    bind(Command::PreviousCut, "Previous cut", Menu::Timeline, &[ctrl_shift(Key::ArrowLeft)]),
    bind(Command::QueryFrame, "Frame where the point was placed", Menu::Timeline, &[shift(Key::Home)]),
    bind(Command::Measure, "Measure…", Menu::Measure, &[shift(Key::R)]),
    bind(Command::MeasureLine, "Draw a line of known length", Menu::Measure, &[]),
    bind(Command::MeasurePlane, "Mark a plane of known size", Menu::Measure, &[]),
    bind(Command::MeasureOrigin, "Set the origin and the x axis", Menu::Measure, &[]),
    bind(Command::MeasureDistance, "Distance of two points", Menu::Measure, &[]),
    bind(Command::MeasureAngle, "Angle of three points", Menu::Measure, &[]),
    bind(Command::MeasureSpeed, "Speed", Menu::Measure, &[]),
    bind(Command::MeasureAcceleration, "Acceleration", Menu::Measure, &[]),
    bind(Command::JoinPoints, "Join points by lines", Menu::Measure, &[plain(Key::J)]),
    bind(Command::Charts, "Charts", Menu::Measure, &[shift(Key::G)]),
    bind(Command::Record, "Record", Menu::Camera, &[ctrl(Key::Enter)]),
    bind(Command::Snapshot, "Snapshot", Menu::Camera, &[shift(Key::Enter)]),
    bind(Command::SaveLast, "Save the last seconds", Menu::Camera, &[]),
    bind(Command::RecordingsFolder, "Recordings go to…", Menu::Camera, &[]),
    bind(Command::GoLive, "Back to the live picture", Menu::Camera, &[alt(Key::ArrowRight)]),
    bind(Command::Mirror, "Mirror", Menu::Camera, &[shift(Key::M)]),
    bind(Command::Park, "Park points, or go on following", Menu::Camera, &[plain(Key::Q)]),
    bind(Command::ClearCamera, "Delete all points", Menu::Camera, &[]),
    bind(Command::Palette, "Command palette…", Menu::Help, &[ctrl(Key::P)]),
    bind(Command::Keys, "Keys", Menu::Help, &[plain(Key::F1), plain(Key::Questionmark)]),
    bind(Command::Statistics, "Statistics", Menu::Help, &[plain(Key::F12)]),
];

/// The entry of a command.
pub(crate) fn binding(command: Command) -> &'static Binding {
    TABLE.iter().find(|binding| binding.command == command).expect("a test looks for every command in the table")
}

/// A command's name with its key, for tooltips.
pub(crate) fn tooltip(command: Command) -> String {
    let binding = binding(command);
    match binding.keys.first() {
        Some(chord) => format!("{} ({})", binding.name, chord.text()),
        None => binding.name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_belongs_to_two_commands() {
        let chords: Vec<(Command, Chord)> =
            TABLE.iter().flat_map(|binding| binding.keys.iter().map(|chord| (binding.command, *chord))).collect();
        for (i, (command, chord)) in chords.iter().enumerate() {
            for (other, same) in &chords[i + 1..] {
                assert!(!same.matches(chord.key, chord.modifiers), "{chord:?} means {command:?} and {other:?}");
            }
        }
    }

    #[test]
    fn a_chord_with_shift_is_not_the_chord_without() {
        let open = ctrl(Key::O);
        let command_shift = Modifiers { ctrl: true, command: true, shift: true, ..Modifiers::NONE };
        let command = Modifiers { shift: false, ..command_shift };
        assert!(open.matches(Key::O, command) && !open.matches(Key::O, command_shift));
        assert!(ctrl_shift(Key::O).matches(Key::O, command_shift));
        assert!(plain(Key::Questionmark).matches(Key::Questionmark, Modifiers::SHIFT));
    }

    #[test]
    fn every_command_stands_in_the_table_once() {
        for (i, binding) in TABLE.iter().enumerate() {
            assert!(TABLE[i + 1..].iter().all(|other| other.command != binding.command), "{:?}", binding.command);
        }
        assert_eq!(TABLE.len(), Command::Keys as usize + 1, "Keys is the last variant");
        assert_eq!(binding(Command::Export).keys[0].text(), if cfg!(target_os = "macos") { "Cmd+E" } else { "Ctrl+E" });
    }
}
