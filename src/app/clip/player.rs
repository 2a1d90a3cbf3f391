//! The playhead: where it is, and how it moves while the clip plays.

use super::timeline::scale::Range;
use crate::geometry::FrameIndex;
use crate::session::Playback;

/// Speeds to choose from; 1 is real time.
pub(crate) const SPEEDS: [f64; 6] = [0.1, 0.25, 0.5, 1.0, 2.0, 4.0];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Player {
    pub(crate) playhead: FrameIndex,
    pub(crate) loops: bool,
    pub(crate) speed: f64,
    playback: Option<Playback>,
}

impl Default for Player {
    fn default() -> Self {
        Self { playhead: FrameIndex(0), loops: false, speed: 1.0, playback: None }
    }
}

impl Player {
    pub(crate) fn is_playing(&self) -> bool {
        self.playback.is_some()
    }

    /// Plays from the playhead on; from the start when it stands at the end. A loop keeps to the range.
    pub(crate) fn play(&mut self, times_secs: &[f64], range: Option<Range>, now_secs: f64) {
        let (first, last) = self.stretch(times_secs, range);
        if self.playhead < first || self.playhead.get() >= last {
            self.playhead = first;
        }
        self.playback = Some(Playback::start(times_secs, self.playhead, now_secs, self.speed));
    }

    /// Stops at the first frame: another clip. Speed and loop stay.
    pub(crate) fn rewind(&mut self) {
        (self.playhead, self.playback) = (FrameIndex(0), None);
    }

    /// Stops at the playhead.
    pub(crate) fn pause(&mut self) {
        self.playback = None;
    }

    /// Puts the playhead somewhere; a clip that plays goes on from there.
    pub(crate) fn seek(&mut self, frame: FrameIndex, times_secs: &[f64], now_secs: f64) {
        self.playhead = FrameIndex::new(frame.get().min(times_secs.len().saturating_sub(1)));
        if self.is_playing() {
            self.playback = Some(Playback::start(times_secs, self.playhead, now_secs, self.speed));
        }
    }

    /// Changes the speed; a clip that plays goes on from the playhead.
    pub(crate) fn set_speed(&mut self, speed: f64, times_secs: &[f64], now_secs: f64) {
        self.speed = speed;
        self.seek(self.playhead, times_secs, now_secs);
    }

    /// The next speed in the list, `by` places on.
    pub(crate) fn neighbour_speed(&self, by: isize) -> f64 {
        let here = SPEEDS.iter().position(|speed| (speed - self.speed).abs() < 1e-9).unwrap_or(3);
        SPEEDS[here.saturating_add_signed(by).min(SPEEDS.len() - 1)]
    }

    /// What is played: the range where a loop has one, else the whole clip. The last frame as an index.
    fn stretch(&self, times_secs: &[f64], range: Option<Range>) -> (FrameIndex, usize) {
        let end = times_secs.len().saturating_sub(1);
        let range = range.filter(|(_, last)| self.loops && last.get() <= end);
        range.map_or((FrameIndex(0), end), |(first, last)| (first, last.get()))
    }

    /// Moves the playhead while the clip plays. Returns when to look again, in seconds; `None` when it does not play.
    pub(crate) fn advance(&mut self, times_secs: &[f64], range: Option<Range>, now_secs: f64) -> Option<f64> {
        let playback = self.playback?;
        let (first, last) = self.stretch(times_secs, range);
        let times_secs = times_secs.get(..=last).unwrap_or(times_secs);
        let due = playback.due(times_secs, now_secs);
        if !due.over {
            self.playhead = due.frame;
            return Some(due.next_in_secs.unwrap_or_else(|| playback.ends_in_secs(times_secs, now_secs)));
        }
        self.playhead = due.frame;
        if !self.loops || times_secs.len() < 2 {
            self.playback = None;
            return None;
        }
        self.playhead = first;
        self.playback = Some(Playback::start(times_secs, self.playhead, now_secs, self.speed));
        Some(0.0)
    }
}

/// A time as `m:ss.mmm`.
pub(crate) fn time_text(secs: f64) -> String {
    let millis = (secs * 1e3).round().max(0.0) as u64;
    format!("{}:{:02}.{:03}", millis / 60_000, millis / 1000 % 60, millis % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: [f64; 3] = [0.0, 0.04, 0.08];

    #[test]
    fn it_stops_at_the_end_and_begins_again_from_there() {
        let mut player = Player::default();
        player.play(&TIMES, None, 0.0);
        assert!((player.advance(&TIMES, None, 0.05).unwrap() - 0.03).abs() < 1e-9);
        assert_eq!(player.playhead, FrameIndex(1));
        assert_eq!(player.advance(&TIMES, None, 0.2), None);
        assert_eq!((player.playhead, player.is_playing()), (FrameIndex(2), false));
        player.play(&TIMES, None, 1.0);
        assert_eq!(player.playhead, FrameIndex(0));
    }

    #[test]
    fn a_loop_goes_on_at_the_start() {
        let mut player = Player { loops: true, ..Player::default() };
        player.play(&TIMES, None, 0.0);
        assert!(player.advance(&TIMES, None, 0.13).is_some() && player.is_playing());
        assert_eq!(player.playhead, FrameIndex(0));
    }

    #[test]
    fn a_loop_keeps_to_the_range() {
        let times: Vec<f64> = (0..10).map(f64::from).collect();
        let range = Some((FrameIndex(3), FrameIndex(5)));
        let mut player = Player { loops: true, playhead: FrameIndex(8), ..Player::default() };
        player.play(&times, range, 0.0);
        assert_eq!(player.playhead, FrameIndex(3), "from outside it goes in");
        player.advance(&times, range, 2.5);
        assert_eq!(player.playhead, FrameIndex(5));
        player.advance(&times, range, 3.1);
        assert_eq!((player.playhead, player.is_playing()), (FrameIndex(3), true));
        player.loops = false;
        player.advance(&times, range, 3.1 + 4.0);
        assert_eq!(player.playhead, FrameIndex(7), "without a loop the clip plays on");
    }

    #[test]
    fn speeds_end_at_the_slowest_and_the_fastest() {
        let mut player = Player::default();
        assert_eq!((player.neighbour_speed(1), player.neighbour_speed(-1)), (2.0, 0.5));
        player.set_speed(4.0, &TIMES, 0.0);
        assert_eq!((player.neighbour_speed(1), player.neighbour_speed(-9)), (4.0, 0.1));
    }

    #[test]
    fn times_show_milliseconds() {
        assert_eq!((time_text(0.04), time_text(83.5)), ("0:00.040".into(), "1:23.500".into()));
    }
}
