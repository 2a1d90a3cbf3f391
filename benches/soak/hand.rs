//! A user who never rests: adds, moves, parks, takes back and deletes points, the same ones in every run.

use cotrail::geometry::{Size, SourcePoint};
use cotrail::session::LiveCommand;
use cotrail::tracks::TrackId;

/// On one frame in so many something is done, beside what it takes to have enough points.
const ONE_IN: u32 = 3;

#[derive(Debug)]
pub(super) struct Hand {
    size: Size,
    num_points: usize,
    state: u64,
}

impl Hand {
    pub(super) fn new(size: Size, num_points: usize) -> Self {
        Self { size, num_points, state: 1 }
    }

    /// What the user does after a frame with these points.
    pub(super) fn next(&mut self, points: impl Iterator<Item = TrackId>) -> Vec<LiveCommand> {
        let points: Vec<TrackId> = points.collect();
        let mut commands = Vec::new();
        let missing = self.num_points.saturating_sub(points.len());
        // At first, one after the other; later, those that were deleted are replaced at once.
        commands.extend((0..missing.min(4)).map(|_| LiveCommand::Add(None, vec![self.place()])));
        if missing > 0 || points.is_empty() || !self.below(ONE_IN).eq(&0) {
            return commands;
        }
        match self.below(12) {
            0..=2 => commands.push(LiveCommand::Delete(vec![self.pick(&points)])),
            3 => commands.push(LiveCommand::Delete((0..5).map(|_| self.pick(&points)).collect())),
            4 if self.below(200) == 0 => commands.push(LiveCommand::Clear),
            8 => commands.push(LiveCommand::Park((0..3).map(|_| self.pick(&points)).collect())),
            9 => commands.push(LiveCommand::Unpark(points.clone())),
            10 => commands.push(LiveCommand::Undo),
            11 => commands.push(LiveCommand::Rename(self.pick(&points), format!("name {}", self.below(1000)))),
            4 | 5 => commands.push(LiveCommand::Add(None, vec![self.place()])),
            _ => {
                let (point, place) = (self.pick(&points), self.place());
                commands.push(LiveCommand::Move(point, None, place));
            }
        }
        commands
    }

    /// A linear congruential generator (Knuth's MMIX constants), of which the high bits count.
    fn below(&mut self, bound: u32) -> u32 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.state >> 33) % u64::from(bound.max(1))) as u32
    }

    fn place(&mut self) -> SourcePoint {
        let Size { width, height } = self.size;
        SourcePoint::new(self.below(width) as f32, self.below(height) as f32)
    }

    fn pick(&mut self, points: &[TrackId]) -> TrackId {
        points[self.below(points.len() as u32) as usize]
    }
}
