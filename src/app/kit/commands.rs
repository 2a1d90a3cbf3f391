//! The one table of commands: it feeds the keys, the menus, the tooltips and the sheet of keys.

use egui::{Key, Modifiers};

/// Frames of the long step.
pub(crate) const JUMP: isize = 10;

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
    notes: &'static [Note],
}

impl Binding {
    /// The key that is shown, or nothing.
    pub(crate) fn key_text(&self) -> String {
        self.keys.first().map(|chord| chord.text()).unwrap_or_default()
    }
}

/// What else is known of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// The menu has a line before it.
    Line,
    /// It needs a clip and no more.
    Clip,
    /// It is done to points of the clip.
    Points,
    /// Of a camera it needs a picture and no more.
    Picture,
    /// It goes with a camera, whatever that does.
    Camera,
    /// It opens something that is typed into.
    Text,
}

impl Command {
    pub(crate) fn has(self, note: Note) -> bool {
        binding(self).notes.contains(&note)
    }

    pub(crate) fn menu(self) -> Menu {
        binding(self).menu
    }
}

/// Makes the commands and the menus that list them from one table.
macro_rules! commands {
    ($($menu:ident $title:literal {
        $($command:ident $name:literal [$($key:expr),*] $($note:ident)*;)*
    })*) => {
        /// What a key or a menu entry does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Command {
            $($($command,)*)*
        }

        /// The menu that lists a command.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Menu {
            $($menu,)*
        }

        /// The menus with what the menu bar calls them, in its order.
        pub(crate) const MENUS: &[(Menu, &str)] = &[$((Menu::$menu, $title),)*];

        /// Every command, in the order of the menus.
        pub(crate) const TABLE: &[Binding] = &[$($(Binding {
            command: Command::$command,
            name: $name,
            menu: Menu::$menu,
            keys: &[$($key),*],
            notes: &[$(Note::$note),*],
        },)*)*];
    };
}

commands! {
    File "File" {
        OpenFile "Open…" [ctrl(Key::O)] Camera;
        OpenFolder "Open image folder…" [ctrl_shift(Key::O)] Camera;
        OpenProject "Open project…" [] Camera;
        OpenPath "Open path…" [] Camera Text;
        OpenDemo "Open the demo clip" [];
        Camera "Camera…" [] Camera;
        New "New project with this clip" [ctrl(Key::N)] Line Clip;
        Save "Save project" [ctrl(Key::S)] Clip;
        SaveAs "Save project as…" [ctrl_shift(Key::S)] Clip;
        Properties "Clip properties…" [] Clip Text;
        CloseClip "Close" [ctrl(Key::W)] Clip Camera;
        Export "Export…" [ctrl(Key::E)] Line;
        ExportLast "Export the last camera's tracks…" [];
        ManyClips "Many clips…" [];
        Model "Model…" [ctrl_shift(Key::M)] Camera;
        Learn "Learn from this clip…" [] Clip;
        Quit "Quit" [ctrl(Key::Q)] Line Camera;
    }
    Edit "Edit" {
        Undo "Undo" [ctrl(Key::Z)];
        Redo "Redo" [ctrl_shift(Key::Z), ctrl(Key::Y)];
        SelectAll "Select all points" [ctrl(Key::A)] Line;
        Escape "Deselect, then stop tracking" [plain(Key::Escape)] Camera;
        PreviousPoint "Select previous point" [plain(Key::ArrowUp)];
        NextPoint "Select next point" [plain(Key::ArrowDown)];
        FilterPoints "Find points" [ctrl(Key::F)] Line Points Text;
        Delete "Delete points" [plain(Key::Delete), plain(Key::Backspace)] Line;
        ClearFrame "Clear this frame" [shift(Key::Delete)] Points;
        ClearAfter "Clear after this frame" [ctrl(Key::Delete)] Points;
        ClearBefore "Clear before this frame" [ctrl_shift(Key::Delete)] Points;
    }
    Points "Points" {
        PlacePoint "Add a point by keys" [plain(Key::A)] Clip Picture;
        SeedGrid "Add a grid of points…" [plain(Key::G)] Clip Picture;
        SeedRectangle "Add points in a rectangle…" [plain(Key::R)] Clip Picture;
        SeedLasso "Add points in a lasso…" [plain(Key::Z)] Clip Picture;
        Import "Import points or tracks…" [] Clip;
        TrackAgain "Track again from here" [plain(Key::T)] Line;
        TrackBack "Track backwards from here" [shift(Key::T)];
        TrackBothWays "Track both ways from here" [plain(Key::B)];
        BothWays "Follow new points both ways" [];
        TrackTogether "Track all together" [];
        StopTracking "Stop tracking" [];
        Results "Threshold, smoothing, gaps…" [] Clip;
        EditPoint "Move point by keys" [plain(Key::Enter)] Line;
        Rename "Rename point" [plain(Key::F2)] Text;
        HidePoints "Hide points" [plain(Key::H)] Line Points;
        LockPoints "Lock points" [ctrl(Key::L)] Points;
        Solo "Solo points" [shift(Key::H)] Points;
        GroupPoints "Group points…" [ctrl(Key::G)] Points Text;
        MergePoints "Merge two points" [] Line Points;
        SplitPoint "Split point here" [] Points;
        SwapPoints "Swap two points from here on" [] Points;
    }
    View "View" {
        ZoomIn "Zoom in" [plain(Key::Plus), plain(Key::Equals)] Clip Picture;
        ZoomOut "Zoom out" [plain(Key::Minus)] Clip Picture;
        Fit "Fit picture" [plain(Key::F)] Clip Picture;
        ActualSize "Actual size" [ctrl(Key::Num1)] Clip Picture;
        ZoomSelection "Zoom to the selection" [shift(Key::F)];
        Follow "Follow the selected point" [plain(Key::C)] Picture;
        PanLeft "Pan left" [alt_shift(Key::ArrowLeft)] Clip Picture;
        PanRight "Pan right" [alt_shift(Key::ArrowRight)] Clip Picture;
        PanUp "Pan up" [alt_shift(Key::ArrowUp)] Clip Picture;
        PanDown "Pan down" [alt_shift(Key::ArrowDown)] Clip Picture;
        Magnifier "Magnifier while placing" [plain(Key::M)] Line Camera;
        DockMagnifier "Magnified selected point" [ctrl(Key::M)] Camera;
        Overlay "Overlay…" [shift(Key::Y)] Line Camera;
        NextColouring "Next colouring" [shift(Key::C)] Camera;
        Dim "Darker picture" [plain(Key::D)] Camera;
        Greyscale "Greyscale picture" [shift(Key::D)] Camera;
        Plain "Picture only, while held" [plain(Key::P)];
        Trails "Trails" [plain(Key::Y)] Line Camera;
        LargerUi "Larger interface" [ctrl(Key::Plus), ctrl(Key::Equals)] Line Camera;
        SmallerUi "Smaller interface" [ctrl(Key::Minus)] Camera;
        NormalUi "Normal interface size" [ctrl(Key::Num0)] Camera;
        Fullscreen "Full screen" [plain(Key::F11)] Camera;
        Log "Log" [shift(Key::F12)] Camera;
        SystemTheme "Theme of the system" [] Line Camera;
        DarkTheme "Dark theme" [] Camera;
        LightTheme "Light theme" [] Camera;
    }
    Play "Playback" {
        PlayPause "Play or pause" [plain(Key::Space)] Clip Picture;
        StepBack "One frame back" [plain(Key::ArrowLeft), plain(Key::Comma)] Clip Picture;
        StepForward "One frame on" [plain(Key::ArrowRight), plain(Key::Period)] Clip Picture;
        JumpBack "Ten frames back" [shift(Key::ArrowLeft)] Clip Picture;
        JumpForward "Ten frames on" [shift(Key::ArrowRight)] Clip Picture;
        FirstFrame "First frame" [plain(Key::Home)] Clip Picture;
        LastFrame "Last frame" [plain(Key::End)] Clip Picture;
        Loop "Loop" [shift(Key::L)] Line;
        Slower "Slower" [plain(Key::OpenBracket)];
        Faster "Faster" [plain(Key::CloseBracket)];
        NormalSpeed "Normal speed" [plain(Key::Backslash)];
    }
    Timeline "Timeline" {
        RangeStart "Range starts here" [plain(Key::I)];
        RangeEnd "Range ends here" [plain(Key::O)];
        ClearRange "Clear range" [alt(Key::X)];
        TimelineIn "Zoom timeline in" [alt(Key::Plus), alt(Key::Equals)] Line;
        TimelineOut "Zoom timeline out" [alt(Key::Minus)];
        TimelineAll "Show the whole clip" [shift(Key::Z)];
        Units "Frames, seconds, timecode" [plain(Key::U)] Line;
        Lanes "Lanes" [plain(Key::L)];
        Problems "Problems…" [ctrl_shift(Key::N)] Line;
        NextProblem "Next problem" [plain(Key::N)];
        PreviousProblem "Previous problem" [shift(Key::N)];
        NextByHand "Next frame placed by hand" [ctrl(Key::ArrowRight)] Line;
        PreviousByHand "Previous frame placed by hand" [ctrl(Key::ArrowLeft)];
        NextCut "Next cut" [ctrl_shift(Key::ArrowRight)];
        PreviousCut "Previous cut" [ctrl_shift(Key::ArrowLeft)];
        QueryFrame "Frame where the point was placed" [shift(Key::Home)];
    }
    Measure "Measure" {
        Measure "Measure…" [shift(Key::R)];
        MeasureLine "Draw a line of known length" [] Line;
        MeasurePlane "Mark a plane of known size" [];
        MeasureOrigin "Set the origin and the x axis" [];
        MeasureDistance "Distance of two points" [] Line;
        MeasureAngle "Angle of three points" [];
        MeasureSpeed "Speed" [];
        MeasureAcceleration "Acceleration" [];
        JoinPoints "Join points by lines" [plain(Key::J)] Line;
        Charts "Charts" [shift(Key::G)] Line;
    }
    Camera "Camera" {
        Record "Record" [ctrl(Key::Enter)] Picture;
        Snapshot "Snapshot" [shift(Key::Enter)] Picture;
        SaveLast "Save the last seconds" [] Picture;
        RecordingsFolder "Recordings go to…" [];
        GoLive "Back to the live picture" [alt(Key::ArrowRight)] Line Picture;
        Mirror "Mirror" [shift(Key::M)] Camera;
        Park "Park points, or go on following" [plain(Key::Q)];
        ClearCamera "Delete all points" [] Line;
    }
    Help "Help" {
        Palette "Command palette…" [ctrl(Key::P)] Camera Text;
        Keys "Keys" [plain(Key::F1), plain(Key::Questionmark)] Camera;
        Statistics "Statistics" [plain(Key::F12)] Camera;
    }
}

pub(crate) fn binding(command: Command) -> &'static Binding {
    &TABLE[command as usize]
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
        assert_eq!(binding(Command::Export).key_text(), if cfg!(target_os = "macos") { "Cmd+E" } else { "Ctrl+E" });
    }
}
