//! The values of what is measured, frame by frame. Only frames on which the points are visible have some.

use super::Quantity;
use crate::geometry::FrameIndex;
use crate::measure::{Footage, Motion, Place, Setup, World, angle_degrees, distance, motion};
use crate::tracks::store::TrackStore;
use crate::tracks::track::{Sample, TrackId};
use std::ops::RangeInclusive;

/// Tracks in units of the scene.
#[derive(Clone, Debug)]
pub struct Measured<'a> {
    store: &'a TrackStore,
    setup: &'a Setup,
    footage: &'a Footage,
    world: World,
}

impl<'a> Measured<'a> {
    pub(super) fn new(store: &'a TrackStore, footage: &'a Footage) -> Option<Self> {
        let setup = &store.measures().setup;
        let world = World::new(setup, footage).ok()?;
        Some(Self { store, setup, footage, world })
    }

    /// How it is measured.
    #[must_use]
    pub fn setup(&self) -> &'a Setup {
        self.setup
    }

    /// Whether nobody has asked for anything: then all is in pixels.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.store.measures().is_empty()
    }

    /// The map from the picture to the scene.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// All frames of the clip.
    #[must_use]
    pub fn frames(&self) -> RangeInclusive<FrameIndex> {
        FrameIndex(0)..=FrameIndex::new(self.footage.times_secs.len().saturating_sub(1))
    }

    /// When a frame was taken, in seconds of the scene.
    #[must_use]
    pub fn secs(&self, frame: FrameIndex) -> Option<f64> {
        self.footage.scene_secs(frame, self.setup.capture_rate)
    }

    /// What is measured of points that are there, in order.
    pub fn quantities(&self) -> impl Iterator<Item = Quantity> + use<'a> {
        let store = self.store;
        let is_known = move |quantity: &&Quantity| quantity.points().iter().all(|point| store.track(*point).is_some());
        store.measures().quantities.iter().filter(is_known).copied()
    }

    /// Where the points of a quantity are called what: "angle hip, knee, ankle".
    #[must_use]
    pub fn name(&self, quantity: Quantity) -> String {
        let names = quantity.points().iter().filter_map(|point| Some(self.store.track(*point)?.name.as_str()));
        format!("{} {}", quantity.kind(), names.collect::<Vec<_>>().join(", "))
    }

    /// The unit of a quantity.
    #[must_use]
    pub fn unit(&self, quantity: Quantity) -> String {
        quantity.unit(self.setup.unit())
    }

    /// A value as it is shown, with its unit.
    #[must_use]
    pub fn text(&self, quantity: Quantity, value: f64) -> String {
        let gap = if matches!(quantity, Quantity::Angle(_)) { "" } else { " " };
        format!("{}{gap}{}", rounded(value), self.unit(quantity))
    }

    /// Where a point is in the scene on each of some frames.
    #[must_use]
    pub fn places(&self, track: TrackId, frames: RangeInclusive<FrameIndex>) -> Vec<Option<Place>> {
        let place = |(_, sample): (FrameIndex, Option<Sample>)| self.place(sample);
        self.store.samples_of(track, frames).map(place).collect()
    }

    fn place(&self, sample: Option<Sample>) -> Option<Place> {
        sample.filter(|sample| sample.visible).and_then(|sample| self.world.place(sample.point))
    }

    /// How a point moves on each of some frames. The frames around them count, too, whether they are asked for or not.
    #[must_use]
    pub fn motions(&self, track: TrackId, frames: RangeInclusive<FrameIndex>) -> Vec<Option<Motion>> {
        let (window, last) = (self.setup.smoothing.window, self.frames().end().get());
        let (first, end) = (frames.start().get(), frames.end().get());
        let from = first.saturating_sub(window);
        let to = (end + window).min(last);
        let times: Vec<f64> = (from..=to).filter_map(|frame| self.secs(FrameIndex::new(frame))).collect();
        let places = self.places(track, FrameIndex::new(from)..=FrameIndex::new(to));
        let motions = motion(&times, &places, self.setup.smoothing);
        (first..=end).map(|frame| motions.get(frame - from).copied().flatten()).collect()
    }

    /// The values of a quantity on each of some frames.
    #[must_use]
    pub fn values(&self, quantity: Quantity, frames: RangeInclusive<FrameIndex>) -> Vec<Option<f64>> {
        let places = |point| self.places(point, frames.clone());
        match quantity {
            Quantity::Speed(point) => {
                self.motions(point, frames).iter().map(|motion| Some(motion.as_ref()?.speed())).collect()
            }
            Quantity::Acceleration(point) => {
                self.motions(point, frames).iter().map(|motion| Some(motion.as_ref()?.acceleration_size())).collect()
            }
            Quantity::Distance(points) => {
                let [a, b] = points.map(places);
                a.iter().zip(b).map(|(a, b)| Some(distance((*a)?, b?))).collect()
            }
            Quantity::Angle(points) => {
                let [a, middle, b] = points.map(places);
                let angle = |i: usize| angle_degrees(a[i]?, middle[i]?, b[i]?);
                (0..a.len()).map(angle).collect()
            }
        }
    }

    /// The value of a quantity on a frame.
    #[must_use]
    pub fn value(&self, quantity: Quantity, frame: FrameIndex) -> Option<f64> {
        self.values(quantity, frame..=frame)[0]
    }
}

/// With three or four digits that count.
fn rounded(value: f64) -> String {
    let whole_digits = value.abs().max(1e-9).log10().floor() as i32 + 1;
    let decimals = (3 - whole_digits).clamp(0, 4) as usize;
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Size, SourcePoint};
    use crate::measure::Scale;
    use crate::tracks::{Chunk, Measures, Query, SampleSource};

    const FRAMES: usize = 40;

    /// Three points of a clip of 20 frames a second: one stands at (100, 50), one moves down by 2 pixels a frame, one
    /// stands to the right; the second is hidden on frame 20.
    fn store(setup: Setup) -> (TrackStore, [TrackId; 3]) {
        let mut store = TrackStore::new();
        let place = |frame: usize, slot: usize| match slot {
            0 => SourcePoint::new(100.0, 50.0),
            1 => SourcePoint::new(100.0, 60.0 + 2.0 * frame as f32),
            _ => SourcePoint::new(130.0, 50.0),
        };
        let query = |slot| Query { frame: FrameIndex(0), point: place(0, slot) };
        let (run, ids) = store.add_run((0..3).map(|slot| (None, query(slot))));
        let sample = |i: usize| {
            let (frame, slot) = (i / 3, i % 3);
            Some(Sample {
                point: place(frame, slot),
                visibility: 1.0,
                confidence: 1.0,
                probability: None,
                visible: (frame, slot) != (20, 1),
                source: SampleSource::Tracked,
            })
        };
        let samples = (0..3 * FRAMES).map(sample).collect();
        store.advance(run, Some(Chunk { first: FrameIndex(0), num_tracks: 3, samples }), None);
        let times_secs = (0..FRAMES).map(|frame| frame as f64 / 20.0).collect();
        let (size, pixel_aspect, frame_rate) = (Size::new(200, 200), 1.0, 20.0);
        store.set_footage(Footage { size, pixel_aspect, frame_rate, times_secs });
        store.set_measures(Measures { setup, ..Measures::default() }).unwrap();
        (store, [ids[0], ids[1], ids[2]])
    }

    fn metres() -> Setup {
        let ends = [SourcePoint::new(0.0, 0.0), SourcePoint::new(0.0, 100.0)];
        Setup { scale: Scale::Line { ends, length: 1.0 }, ..Setup::default() }
    }

    #[test]
    fn values_are_in_units_and_seconds_of_the_scene() {
        let (store, [still, falling, right]) = store(metres());
        let measured = store.measured().unwrap();
        let value = |quantity, frame| measured.value(quantity, FrameIndex(frame)).unwrap();
        let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
        assert!(close(value(Quantity::Distance([still, falling]), 5), 0.2));
        assert!(close(value(Quantity::Speed(falling), 5), 0.02 * 20.0));
        assert!(close(value(Quantity::Acceleration(falling), 5), 0.0));
        assert!(close(value(Quantity::Angle([right, still, falling]), 5), 90.0));
        assert_eq!(measured.text(Quantity::Speed(falling), 0.4), "0.400 m/s");
        assert_eq!(measured.text(Quantity::Angle([right, still, falling]), 90.0), "90.0°");
        assert_eq!(measured.name(Quantity::Distance([still, falling])), "distance point 1, point 2");
        // Slow motion: filmed at 240, shown at 20.
        let (store, [_, falling, _]) = self::store(Setup { capture_rate: Some(240.0), ..metres() });
        let measured = store.measured().unwrap();
        assert!(close(measured.value(Quantity::Speed(falling), FrameIndex(5)).unwrap(), 0.02 * 240.0));
        assert!(close(measured.secs(FrameIndex(39)).unwrap(), 39.0 / 240.0));
    }

    #[test]
    fn a_hidden_frame_has_no_value_and_is_not_bridged() {
        let (store, [still, falling, right]) = store(metres());
        let measured = store.measured().unwrap();
        for quantity in [
            Quantity::Distance([still, falling]),
            Quantity::Angle([still, falling, right]),
            Quantity::Speed(falling),
            Quantity::Acceleration(falling),
        ] {
            let values = measured.values(quantity, measured.frames());
            let missing: Vec<usize> = (0..FRAMES).filter(|i| values[*i].is_none()).collect();
            assert_eq!(missing, [20], "{quantity:?}");
        }
        let all = measured.motions(falling, measured.frames());
        for (frame, motion) in all.into_iter().enumerate() {
            let at = FrameIndex::new(frame);
            assert_eq!(measured.motions(falling, at..=at)[0], motion, "as much alone, on frame {frame}");
        }
    }

    #[test]
    fn what_is_about_a_deleted_point_is_left_out_and_comes_back() {
        let (mut store, [still, falling, _]) = store(Setup::default());
        let quantities = vec![Quantity::Speed(still), Quantity::Distance([still, falling])];
        store.set_measures(Measures { quantities, ..Measures::default() }).unwrap();
        let before = store.edits().clone();
        assert!(store.remove(falling));
        let count = |store: &TrackStore| store.measured().unwrap().quantities().count();
        assert_eq!(count(&store), 1);
        store.restore(before);
        assert_eq!(count(&store), 2);
    }
}
