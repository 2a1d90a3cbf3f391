//! What the picture and what is drawn over it look like, as the user has chosen it.

use super::painter::Backdrop;
use crate::app::actions::LookAction;
use crate::app::kit::commands::Command;
use crate::geometry::FrameIndex;
use crate::overlay::{Colouring, OverlayStyle};
use crate::tracks::TrackStore;
use egui::{Color32, Context, Key};

/// How dark the key makes the picture.
const DIMMED: f32 = 0.6;
/// Points and frames that are looked at to find the fastest movement.
const SURVEYED: (usize, usize) = (32, 200);

#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// How tracks are drawn; the length of the trails follows from the fields below.
    pub(crate) style: OverlayStyle,
    pub(crate) shows_trails: bool,
    /// Length of the trails where they are not whole.
    pub(crate) trail_frames: u32,
    /// Whether trails reach back to where the track begins.
    pub(crate) has_whole_trails: bool,
    pub(crate) backdrop: Backdrop,
    /// Whether the user has set where the scale of speeds ends; else it follows from the tracks.
    pub(crate) has_own_fastest: bool,
    /// Whether the picture is seen alone for a moment.
    pub(crate) is_plain: bool,
    /// Whether the window "Overlay" is open.
    pub(crate) is_open: bool,
    /// Whether the magnifier shows where a held point is.
    pub(crate) shows_loupe: bool,
    /// Whether the panel of points shows the selected one magnified.
    pub(crate) docks_loupe: bool,
}

impl Default for Look {
    fn default() -> Self {
        let style = OverlayStyle::default();
        Self {
            shows_trails: true,
            trail_frames: style.trail_frames as u32,
            style,
            has_whole_trails: false,
            backdrop: Backdrop::default(),
            has_own_fastest: false,
            is_plain: false,
            is_open: false,
            shows_loupe: true,
            docks_loupe: false,
        }
    }
}

impl Look {
    /// What the picture's colours are multiplied by.
    pub(crate) fn tint(&self) -> Color32 {
        if self.is_plain { Color32::WHITE } else { self.backdrop.tint() }
    }

    /// How tracks are drawn, of which none is selected.
    pub(crate) fn overlay(&self) -> OverlayStyle {
        let trail_frames = OverlayStyle::trail_length(self.shows_trails, self.has_whole_trails, self.trail_frames);
        OverlayStyle { trail_frames, ..self.style.clone() }
    }

    pub(crate) fn apply(&mut self, action: LookAction) {
        match action {
            LookAction::SetTrail(frames) => self.trail_frames = frames,
            LookAction::SetWholeTrails(is_whole) => self.has_whole_trails = is_whole,
            LookAction::SetStyle(style) => {
                self.has_own_fastest |= style.fastest_px.to_bits() != self.style.fastest_px.to_bits();
                self.style = *style;
            }
            LookAction::SetBackdrop(backdrop) => self.backdrop = backdrop,
            LookAction::Close => self.is_open = false,
        }
    }

    /// Runs a command about the look. Returns whether it was one.
    pub(crate) fn run(&mut self, ctx: &Context, command: Command) -> bool {
        match command {
            Command::Overlay => self.is_open ^= true,
            Command::Dim => self.backdrop.dim = if self.backdrop.dim > 0.0 { 0.0 } else { DIMMED },
            Command::Greyscale => self.backdrop.is_grey ^= true,
            Command::NextColouring => {
                let at = Colouring::ALL.iter().position(|one| *one == self.style.colouring).unwrap_or(0);
                self.style.colouring = Colouring::ALL[(at + 1) % Colouring::ALL.len()];
            }
            // A held key repeats, and one that is let go in the same frame was held; from a menu there is nothing to let go
            // of.
            Command::Plain => {
                let [is_down, is_let_go] = ctx.input(|input| [input.key_down(Key::P), input.key_released(Key::P)]);
                self.is_plain = is_down || (!is_let_go && !self.is_plain);
            }
            Command::Magnifier => self.shows_loupe ^= true,
            Command::DockMagnifier => self.docks_loupe ^= true,
            Command::Trails => self.shows_trails ^= true,
            _ => return false,
        }
        true
    }

    /// Ends the look at the plain picture when its key is let go.
    pub(crate) fn check_plain(&mut self, ctx: &Context) {
        let is_over = ctx.input(|input| input.key_released(Key::P) || !input.focused);
        self.is_plain &= !is_over;
    }

    /// Lets the scale of speeds end where those of these tracks do, unless the user has set its end.
    pub(crate) fn fit_speeds(&mut self, tracks: Option<&TrackStore>) {
        if self.style.colouring == Colouring::Speed && !self.has_own_fastest {
            let found = tracks.and_then(fastest);
            self.style.fastest_px = found.unwrap_or(OverlayStyle::default().fastest_px);
        }
    }
}

/// The speed that nearly all movements stay under, in source pixels per frame; `None` where nothing moves.
fn fastest(tracks: &TrackStore) -> Option<f32> {
    let (max_tracks, max_frames) = SURVEYED;
    let mut speeds = Vec::new();
    for track in tracks.tracks().step_by(tracks.len().div_ceil(max_tracks).max(1)) {
        let Some((first, last)) = tracks.covered(track.id) else { continue };
        let step = (last.get() - first.get()).div_ceil(max_frames).max(1);
        for frame in (first.get()..last.get()).step_by(step) {
            let at = |frame| tracks.sample(track.id, FrameIndex::new(frame));
            speeds.extend(at(frame).zip(at(frame + 1)).map(|(from, to)| from.point.distance(to.point)));
        }
    }
    speeds.sort_by(f32::total_cmp);
    let nearly_all = speeds.get((speeds.len() * 95 / 100).min(speeds.len().checked_sub(1)?))?;
    // Two digits are enough for a scale.
    (*nearly_all >= 0.05)
        .then(|| if *nearly_all < 10.0 { (nearly_all * 10.0).ceil() / 10.0 } else { nearly_all.ceil() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::SourcePoint;
    use crate::tracks::{Chunk, Query, Sample, SampleSource};

    #[test]
    fn the_scale_of_speeds_ends_where_nearly_all_movements_do() {
        let mut store = TrackStore::new();
        let query = Query { frame: FrameIndex(0), point: SourcePoint::new(0.0, 0.0) };
        assert_eq!(fastest(&store), None);
        let (run, _) = store.add_run([(None, query)]);
        let sample = |frame: u16| {
            // Two pixels a frame, and one leap.
            let x = 2.0 * f32::from(frame) + if frame > 20 { 500.0 } else { 0.0 };
            let point = SourcePoint::new(x, 0.0);
            Some(Sample { source: SampleSource::Tracked, ..Sample::by_hand(point) })
        };
        let samples = (0..40).map(sample).collect();
        store.advance(run, Some(Chunk { first: FrameIndex(0), num_tracks: 1, samples }), None);
        assert_eq!(fastest(&store), Some(2.0));
    }

    #[test]
    fn dimming_darkens_the_picture_and_the_plain_look_does_not() {
        let backdrop = Backdrop { dim: 0.6, is_grey: false };
        let dimmed = Look { backdrop, ..Look::default() };
        assert_eq!(dimmed.tint(), Color32::from_gray(102));
        assert_eq!(Look { is_plain: true, ..dimmed }.tint(), Color32::WHITE);
    }
}
