//! How exactly a live stream is followed: as exactly as the machine can at the camera's rate.

use crate::frame::Frame;
use crate::geometry::{FrameIndex, Size, SourcePoint, grid};
use crate::model::{ModelConfig, Network};
use crate::sync::CancelToken;
use crate::tracker::{LiveOptions, LiveTracker, TrackerError};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// Shares of the network's own picture size, most exact first.
const SIZES: [f64; 4] = [1.0, 5.0 / 6.0, 2.0 / 3.0, 0.5];
/// Iterations per frame, most exact first. More than two gain nothing (`benches/RESULTS.md`).
const ITERS: [usize; 2] = [2, 1];
/// The share of a frame's time that following may take: the rest goes to the camera, the picture and the window.
const ROOM: f64 = 0.6;
/// What the fastest setting may take of it before every second frame has to do.
const MOST: f64 = 0.9;
/// Points per side of the grid with which the time is taken: 6 × 6, about as many as people follow at a time.
const POINTS_PER_SIDE: usize = 6;
/// Frames that are not counted (a device warms up), and those that are.
const WARM_UP: usize = 2;
const MEASURED: usize = 8;
/// Frames that are thinned out before less is done for each of them.
const BEHIND_FOR: u32 = 30;
/// Frames that do not count at first: the trial itself has held the stream up.
const GRACE: u32 = 30;
/// What a frame that is passed over counts against one that is not.
const PASSED_OVER: u32 = 2;
/// A camera that does not tell its rate.
const USUAL_RATE: f64 = 30.0;

/// How exactly points are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveSetting {
    /// The picture that the network sees.
    pub model_size: Size,
    /// Iterations per frame.
    pub iters: usize,
}

impl LiveSetting {
    /// A stream followed so, otherwise as `options` say.
    #[must_use]
    pub fn options(self, options: &LiveOptions) -> LiveOptions {
        LiveOptions { model_size: Some(self.model_size), iters: self.iters, ..options.clone() }
    }
}

impl fmt::Display for LiveSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model_size: Size { width, height }, iters } = self;
        write!(f, "{width}×{height}, {iters} iteration{}", if *iters == 1 { "" } else { "s" })
    }
}

/// What the user wants of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LiveSpeed {
    /// The most exact setting that keeps up with the camera.
    #[default]
    Auto,
    /// This one, however long it takes.
    Fixed(LiveSetting),
}

/// The settings to choose among for a network that sees pictures of `own_size`, from the most exact to the fastest.
/// `size` and `iters` are what is fixed already.
#[must_use]
pub fn live_settings(own_size: Size, size: Option<Size>, iters: Option<usize>) -> Vec<LiveSetting> {
    let scaled = |extent: u32, share: f64| ((f64::from(extent) * share / 8.0).ceil() * 8.0) as u32;
    let sizes = match size {
        Some(size) => vec![size],
        None => SIZES.map(|share| Size::new(scaled(own_size.width, share), scaled(own_size.height, share))).to_vec(),
    };
    let iters = iters.map_or(ITERS.to_vec(), |iters| vec![iters]);
    let is_possible = |size: &Size| ModelConfig::is_model_size(*size) || *size == own_size;
    let each = |model_size| iters.iter().map(move |&iters| LiveSetting { model_size, iters });
    sizes.into_iter().filter(is_possible).flat_map(each).collect()
}

/// How one stream is followed, and what becomes of that where it falls behind.
#[derive(Clone, Debug)]
pub struct Pace {
    /// From the most exact to the fastest.
    settings: Vec<LiveSetting>,
    setting: LiveSetting,
    lag: Lag,
}

impl Pace {
    /// This setting, however long it takes.
    #[must_use]
    pub fn fixed(setting: LiveSetting) -> Self {
        Self { settings: vec![setting], setting, lag: Lag::new(1) }
    }

    /// The most exact of `settings` that follows `frame`'s stream at `frames_per_sec` (`None` where the camera does not
    /// tell), found by trying; the first where there is only one. Where none keeps up, every second (third, …) frame
    /// has to do. Takes some tenths of a second.
    ///
    /// # Errors
    /// When the network fails, or `cancel` was raised.
    ///
    /// # Panics
    /// If there is no setting.
    pub fn find(
        network: &Arc<Network>,
        frame: &Frame,
        frames_per_sec: Option<f64>,
        settings: Vec<LiveSetting>,
        options: &LiveOptions,
        cancel: &CancelToken,
    ) -> Result<Self, TrackerError> {
        if let [only] = settings[..] {
            return Ok(Self::fixed(only));
        }
        let rate = frames_per_sec.filter(|rate| rate.is_finite() && *rate > 0.0).unwrap_or(USUAL_RATE);
        let trial = |setting: LiveSetting| {
            // Points are examined once, when they are new: that says nothing of the frames after.
            let options = LiveOptions { second_look: false, ..setting.options(options) };
            let secs = frame_secs(network, frame, &options, ROOM / rate, cancel)?;
            tracing::debug!(%setting, millis = secs * 1e3, rate, "tried");
            Ok::<f64, TrackerError>(secs)
        };
        let (place, stride) = fitting(settings.len(), ROOM / rate, MOST / rate, |place| trial(settings[place]))?;
        Ok(Self { setting: settings[place], settings, lag: Lag::new(stride) })
    }

    /// How the stream is followed.
    #[must_use]
    pub fn setting(&self) -> LiveSetting {
        self.setting
    }

    /// A frame was followed while every `stride`-th one is. Where the stream has been behind for long, each frame costs
    /// less from now on: fewer iterations; then a smaller picture, of which this tells, since it takes another tracker.
    pub fn keep_up(&mut self, stride: u32, tracker: &mut LiveTracker) -> Option<Self> {
        let faster =
            if self.lag.observe(stride) { faster_setting(&self.settings, self.setting)? } else { return None };
        tracing::debug!(setting = %faster, "behind");
        if faster.model_size != self.setting.model_size {
            return Some(Self { settings: self.settings.clone(), setting: faster, lag: Lag::new(1) });
        }
        self.setting = faster;
        tracker.set_iters(faster.iters);
        None
    }
}

/// The first of `count` places, each faster than the one before, that takes at most `secs`; else the last one if it
/// takes at most `most`; else the first that takes twice, three times as long, which is said beside the place. Tries as
/// few as it can.
fn fitting<E>(
    count: usize,
    secs: f64,
    most: f64,
    mut trial: impl FnMut(usize) -> Result<f64, E>,
) -> Result<(usize, u32), E> {
    let mut tried: Vec<Option<f64>> = vec![None; count];
    let mut secs_of = |place: usize| -> Result<f64, E> {
        let known = match tried[place] {
            Some(known) => known,
            None => trial(place)?,
        };
        tried[place] = Some(known);
        Ok(known)
    };
    if secs_of(0)? <= secs {
        return Ok((0, 1));
    }
    let fastest = secs_of(count - 1)?;
    let stride = (fastest / most).ceil().max(1.0);
    let budget = fastest.max(secs * stride);
    let stride = stride as u32;
    // Too slow and fast enough; what lies between is not known.
    let (mut slow, mut fit) = if secs_of(0)? <= budget { return Ok((0, stride)) } else { (0, count - 1) };
    while fit - slow > 1 {
        let middle = slow.midpoint(fit);
        if secs_of(middle)? <= budget {
            fit = middle;
        } else {
            slow = middle;
        }
    }
    Ok((fit, stride))
}

/// What to do where `setting` does not keep up: fewer iterations, then a smaller picture; `None` where nothing is
/// faster.
fn faster_setting(settings: &[LiveSetting], setting: LiveSetting) -> Option<LiveSetting> {
    let place = settings.iter().position(|other| *other == setting)?;
    let fewest = settings.iter().map(|other| other.iters).min()?;
    settings[place + 1..].iter().find(|other| other.iters == fewest).copied()
}

/// How long one frame of a stream takes in seconds: the lower quartile of some, since what else the machine does
/// passes; or the first where that is far above `enough`.
fn frame_secs(
    network: &Arc<Network>,
    frame: &Frame,
    options: &LiveOptions,
    enough: f64,
    cancel: &CancelToken,
) -> Result<f64, TrackerError> {
    let mut tracker = LiveTracker::new(Arc::clone(network), frame.size(), options)?;
    let mut index = 0;
    let mut push = |tracker: &mut LiveTracker| {
        let started = Instant::now();
        tracker.push(&frame.held_at(FrameIndex::new(index), 0.0), cancel)?;
        index += 1;
        Ok::<f64, TrackerError>(started.elapsed().as_secs_f64())
    };
    push(&mut tracker)?;
    tracker.add(&spread(frame.size()))?;
    for _ in 0..WARM_UP {
        push(&mut tracker)?;
    }
    let mut secs = vec![push(&mut tracker)?];
    if secs[0] > 3.0 * enough {
        return Ok(secs[0]);
    }
    for _ in 1..MEASURED {
        secs.push(push(&mut tracker)?);
    }
    secs.sort_by(f64::total_cmp);
    Ok(secs[MEASURED / 4])
}

/// Notices that a stream falls behind its camera for good: more points than were tried, or a machine with more to do.
#[derive(Clone, Copy, Debug)]
struct Lag {
    behind: u32,
    /// What was meant to be followed.
    stride: u32,
    grace: u32,
}

impl Lag {
    /// A stream begins, of which every `stride`-th frame is to be followed.
    fn new(stride: u32) -> Self {
        Self { behind: 0, stride: stride.max(1), grace: GRACE }
    }

    /// A frame was followed while every `stride`-th one is. True where the stream has been behind for a second's time,
    /// or for half of some more, and again after that time once more.
    fn observe(&mut self, stride: u32) -> bool {
        if self.grace > 0 {
            self.grace -= 1;
            return false;
        }
        self.behind = if stride > self.stride { self.behind + PASSED_OVER } else { self.behind.saturating_sub(1) };
        let is_behind = self.behind >= PASSED_OVER * BEHIND_FOR;
        if is_behind {
            self.behind = 0;
        }
        is_behind
    }
}

/// A grid of points over a picture.
fn spread(size: Size) -> Vec<SourcePoint> {
    let places = grid(POINTS_PER_SIDE, size.width as f32, size.height as f32);
    let points = places.into_iter().map(|(x, y)| SourcePoint::new(x, y));
    points.filter(|point| size.contains(*point)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Size = Size::new(384, 256);

    #[test]
    fn settings_go_from_exact_to_fast() {
        let all = live_settings(OWN, None, None);
        let text: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(
            text[..4],
            ["384×256, 2 iterations", "384×256, 1 iteration", "320×216, 2 iterations", "320×216, 1 iteration"]
        );
        assert_eq!(
            text[4..],
            ["256×176, 2 iterations", "256×176, 1 iteration", "192×128, 2 iterations", "192×128, 1 iteration"]
        );
        let fixed = live_settings(OWN, Some(Size::new(128, 96)), Some(4));
        assert_eq!(fixed, [LiveSetting { model_size: Size::new(128, 96), iters: 4 }]);
        assert_eq!(live_settings(OWN, Some(OWN), None).len(), 2);
        let small = live_settings(Size::new(64, 64), None, None);
        assert_eq!(small.len(), 2, "no picture is smaller than the network can look at: {small:?}");
    }

    /// The place that is picked where each takes so many milliseconds, and how many were tried.
    fn picked(millis: &[f64], budget: f64) -> (usize, usize) {
        let mut tries = 0;
        let place = fitting::<()>(millis.len(), budget, 1.5 * budget, |place| {
            tries += 1;
            Ok(millis[place])
        });
        (place.unwrap().0, tries)
    }

    #[test]
    fn the_most_exact_one_that_fits_is_picked() {
        let millis = [40.0, 34.0, 30.0, 26.0, 22.0, 18.0, 14.0, 10.0];
        assert_eq!(picked(&millis, 50.0), (0, 1));
        assert_eq!(picked(&millis, 40.0), (0, 1));
        assert_eq!(picked(&millis, 25.0), (4, 5));
        assert_eq!(picked(&millis, 10.0).0, 7);
        for budget in 10..40 {
            let (place, tries) = picked(&millis, f64::from(budget));
            assert_eq!(Some(place), millis.iter().position(|m| *m <= f64::from(budget)), "{budget}");
            assert!(tries <= 5, "{budget}: {tries}");
        }
    }

    #[test]
    fn where_none_keeps_up_every_second_frame_has_to_do() {
        let millis = [80.0, 60.0, 50.0, 40.0, 30.0];
        assert_eq!(picked(&millis, 25.0).0, 4, "the fastest one just about does");
        assert_eq!(picked(&millis, 19.0).0, 4, "30 ms for two frames");
        assert_eq!(picked(&[80.0, 60.0, 58.0, 40.0, 39.0], 25.0).0, 3, "50 ms for two frames");
        assert_eq!(picked(&millis, 10.0).0, 4, "two frames in 30 ms");
        assert_eq!(picked(&[9.0], 1.0), (0, 1));
        let stride = |millis: [f64; 2], secs| fitting::<()>(2, secs, 1.5 * secs, |place| Ok(millis[place])).unwrap().1;
        assert_eq!((stride([80.0, 30.0], 25.0), stride([80.0, 30.0], 19.0), stride([80.0, 70.0], 20.0)), (1, 2, 3));
    }

    #[test]
    fn a_failed_trial_is_told() {
        assert_eq!(fitting(3, 1.0, 1.5, |place| if place == 2 { Err("broken") } else { Ok(5.0) }), Err("broken"));
    }

    #[test]
    fn a_passing_lag_changes_nothing() {
        let mut lag = Lag { grace: 0, ..Lag::new(1) };
        let strides = [1, 2, 2, 3, 1].into_iter().chain([1; 5]).chain([2; 29]).chain([1; 60]);
        assert!(strides.into_iter().all(|stride| !lag.observe(stride)));
        let told: Vec<usize> = (0..70).filter(|_| lag.observe(2)).collect();
        assert_eq!(told, [29, 59]);
        let mut lag = Lag { grace: 0, ..Lag::new(1) };
        let in_turn = (0..200).find(|n| lag.observe(1 + n % 2));
        assert_eq!(in_turn, Some(117), "every other frame passed over is behind, too");
        let (mut begun, mut thinned) = (Lag::new(1), Lag::new(2));
        assert_eq!((0..200).find(|_| begun.observe(2)), Some(59), "the first frames do not count");
        assert!((0..200).all(|_| !thinned.observe(2)), "as it was meant");
        assert!((0..200).any(|_| thinned.observe(3)));
        assert!((0..999).all(|n| !lag.observe(1 + u32::from(n % 5 == 0))), "one in five is not");
    }

    #[test]
    fn what_is_too_slow_becomes_faster_step_by_step() {
        let all = live_settings(OWN, None, None);
        let steps = std::iter::successors(Some(all[0]), |setting| faster_setting(&all, *setting));
        let text: Vec<String> = steps.map(|setting| setting.to_string()).collect();
        let sizes = ["384×256, 1 iteration", "320×216, 1 iteration", "256×176, 1 iteration", "192×128, 1 iteration"];
        assert_eq!(text, [&["384×256, 2 iterations"][..], &sizes].concat());
        assert_eq!(faster_setting(&all, LiveSetting { model_size: OWN, iters: 7 }), None, "none of them");
    }

    #[test]
    fn points_of_a_trial_are_inside_the_picture() {
        assert_eq!(spread(Size::new(640, 480)).len(), POINTS_PER_SIDE * POINTS_PER_SIDE);
        assert!(spread(Size::new(1, 1)).len() <= POINTS_PER_SIDE * POINTS_PER_SIDE);
    }
}
