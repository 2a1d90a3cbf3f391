//! Which labels count.

use super::teachers::{SAME_PX, Said, Teacher, Tracks, both_ways, ends, raster_distance};
use crate::geometry::{FrameIndex, Size, SourcePoint};
use crate::tracks::Query;
use std::ops::AddAssign;

/// What one teacher says of the points of a stretch, and what of it counts.
#[derive(Clone, Debug)]
pub struct Labels {
    /// Where the points are, `[N][T]`.
    pub tracks: Tracks,
    /// `[N][T]` whether the label counts.
    pub counts: Vec<Vec<bool>>,
    /// What was counted.
    pub tally: Tally,
}

impl Labels {
    /// The place that a label gives, where it counts.
    #[must_use]
    pub fn counted(&self, point: usize, frame: usize) -> Option<SourcePoint> {
        self.tracks[point][frame].filter(|_| self.counts[point][frame]).map(|(place, _)| place)
    }
}

/// How many labels passed what: each line of those that passed the one before. The frames of queries do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Points on frames after their queries.
    pub asked: usize,
    /// Said to be visible.
    pub visible: usize,
    /// There and back again, and near the way back.
    pub returned: usize,
    /// Where another teacher says the same, or where there is no other: those that count.
    pub counted: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.asked += other.asked;
        self.visible += other.visible;
        self.returned += other.returned;
        self.counted += other.counted;
    }
}

/// On how many frames two teachers both see a point, and on how many of these in the same place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Seen by both.
    pub both: usize,
    /// Of these, within [`SAME_PX`] of each other.
    pub same: usize,
}

impl AddAssign for Agreement {
    fn add_assign(&mut self, other: Self) {
        self.both += other.both;
        self.same += other.same;
    }
}

/// The labels of all teachers for the points of a stretch, and how far each two agree, `[A][B]`.
///
/// A label counts where its teacher says that the point is visible; where the point, followed back from the last frame
/// on which it is visible, comes back to its query, and passes near the label on its way; and where another teacher
/// sees it in the same place, if there is another: `window` and `both-ways` are one.
#[must_use]
pub fn judge(
    teachers: &[Teacher],
    said: &[&Said],
    queries: &[Query],
    size: Size,
) -> (Vec<Labels>, Vec<Vec<Agreement>>) {
    let tracks: Vec<Tracks> =
        teachers.iter().zip(said).map(|(teacher, said)| tracks(teacher, said, queries, size)).collect();
    let same = |a: SourcePoint, b: SourcePoint| raster_distance(size, a, b) <= SAME_PX;
    let seen =
        |teacher: usize, n: usize, t: usize| tracks[teacher][n][t].filter(|(_, visible)| *visible).map(|(p, _)| p);
    // Both ways are made from the way there: that they agree says nothing.
    let is_other = |a: usize, b: usize| teachers[a].kept_as().name() != teachers[b].kept_as().name();
    let mut agreements = vec![vec![Agreement::default(); teachers.len()]; teachers.len()];
    let mut all = Vec::with_capacity(teachers.len());
    for (teacher, said) in said.iter().enumerate() {
        let returned = returned(said, queries, size);
        let (mut tally, mut counts) = (Tally::default(), Vec::with_capacity(queries.len()));
        for (n, query) in queries.iter().enumerate() {
            let start = query.frame.get();
            let mut row = vec![false; tracks[teacher][n].len()];
            for (t, counts) in row.iter_mut().enumerate().skip(start + 1) {
                tally.asked += 1;
                let Some(place) = seen(teacher, n, t) else { continue };
                tally.visible += 1;
                let mut agrees = !(0..teachers.len()).any(|other| is_other(teacher, other));
                for other in (0..teachers.len()).filter(|other| *other != teacher) {
                    let Some(there) = seen(other, n, t) else { continue };
                    let is_same = same(place, there);
                    agreements[teacher][other] += Agreement { both: 1, same: usize::from(is_same) };
                    agrees |= is_same && is_other(teacher, other);
                }
                tally.returned += usize::from(returned[n][t]);
                *counts = returned[n][t] && agrees;
                tally.counted += usize::from(*counts);
            }
            // The place of the query is what was asked for.
            row[start] = row.iter().any(|counts| *counts);
            counts.push(row);
        }
        all.push((counts, tally));
    }
    let labels = tracks.into_iter().zip(all).map(|(tracks, (counts, tally))| Labels { tracks, counts, tally });
    (labels.collect(), agreements)
}

/// Where a teacher says that points are.
fn tracks(teacher: &Teacher, said: &Said, queries: &[Query], size: Size) -> Tracks {
    match teacher {
        Teacher::BothWays => both_ways(said, queries, size),
        _ => said.there.clone(),
    }
}

/// On which frames points are on the way there where they are on the way back, `[N][T]`: nowhere, where they do not
/// come back to their queries.
fn returned(said: &Said, queries: &[Query], size: Size) -> Vec<Vec<bool>> {
    let is_near = |n: usize, t: usize| {
        let both = said.there[n][t].zip(said.back[n][t]);
        both.is_some_and(|((there, _), (back, _))| raster_distance(size, there, back) <= SAME_PX)
    };
    let ends = ends(&said.there, queries);
    let row = |n: usize| {
        let start = queries[n].frame.get();
        let end = ends[n].map_or(FrameIndex(0), |end| end.frame).get();
        let comes_back = is_near(n, start);
        (0..said.there[n].len()).map(|t| comes_back && (start..=end).contains(&t) && is_near(n, t)).collect()
    };
    (0..queries.len()).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size::new(512, 256);

    fn row(places: &[(f32, bool)]) -> Vec<Option<(SourcePoint, bool)>> {
        places.iter().map(|(x, visible)| Some((SourcePoint::new(*x, 50.0), *visible))).collect()
    }

    fn query(frame: u32, x: f32) -> Query {
        Query { frame: FrameIndex(frame), point: SourcePoint::new(x, 50.0) }
    }

    /// A point that goes 10 pixels a frame, seen on all but the fourth; half as far in the raster.
    fn way(off: f32) -> Vec<Option<(SourcePoint, bool)>> {
        row(&[(10.0, true), (20.0 + off, true), (30.0 + off, true), (40.0 + off, false), (50.0 + off, true)])
    }

    #[test]
    fn a_label_counts_where_it_is_visible_comes_back_and_is_agreed_with() {
        let queries = [query(0, 10.0)];
        let still = Said { there: vec![way(0.0)], back: vec![way(0.0)] };
        let near = Said { there: vec![way(5.0)], back: vec![way(5.0)] };
        let far = Said { there: vec![way(7.0)], back: vec![way(7.0)] };
        let teachers = [Teacher::Window, Teacher::LucasKanade];
        let (alone, _) = judge(&teachers[..1], &[&still], &queries, SIZE);
        assert_eq!(alone[0].counts, [[true, true, true, false, true]]);
        assert_eq!(alone[0].tally, Tally { asked: 4, visible: 3, returned: 3, counted: 3 });
        let (labels, agreements) = judge(&teachers, &[&still, &near], &queries, SIZE);
        assert_eq!(labels[1].tally.counted, 3, "5 pixels of 512 are 2.5 of 256");
        assert_eq!(agreements[0][1], Agreement { both: 3, same: 3 });
        let (labels, agreements) = judge(&teachers, &[&still, &far], &queries, SIZE);
        assert_eq!((labels[0].tally.returned, labels[0].tally.counted), (3, 0));
        assert_eq!((agreements[1][0], labels[0].counts[0][0]), (Agreement { both: 3, same: 0 }, false));
        assert_eq!(labels[0].counted(0, 1), None);
        let both = [Teacher::Window, Teacher::BothWays, Teacher::LucasKanade];
        let counted = |teachers: &[Teacher], said: &[&Said]| judge(teachers, said, &queries, SIZE).0[0].tally.counted;
        assert_eq!((counted(&both[..2], &[&still, &still]), counted(&both, &[&still, &still, &far])), (3, 0));
        assert_eq!(counted(&both, &[&still, &still, &near]), 3);
        let (alone, _) = judge(&teachers[..1], &[&still], &queries, SIZE);
        assert_eq!(alone[0].counted(0, 1), Some(SourcePoint::new(20.0, 50.0)));
    }

    #[test]
    fn a_point_that_does_not_come_back_has_no_labels_and_one_that_strays_has_gaps() {
        let queries = [query(0, 10.0)];
        let back = |places: &[(f32, bool)]| {
            let said = Said { there: vec![way(0.0)], back: vec![row(places)] };
            judge(&[Teacher::Window], &[&said], &queries, SIZE).0[0].counts[0].clone()
        };
        let lost = [(60.0, true), (20.0, true), (30.0, true), (40.0, true), (50.0, true)];
        assert_eq!(back(&lost), [false; 5], "it ends well, and is elsewhere at its query");
        let strays = [(10.0, true), (20.0, true), (44.0, true), (40.0, true), (50.0, true)];
        assert_eq!(back(&strays), [true, true, false, false, true]);
    }

    #[test]
    fn points_that_are_never_seen_again_have_no_labels() {
        let there = vec![row(&[(10.0, true), (12.0, false), (14.0, false)])];
        let said = Said { back: vec![vec![None; 3]], there };
        let (labels, _) = judge(&[Teacher::BothWays], &[&said], &[query(0, 10.0)], SIZE);
        assert_eq!((labels[0].counts[0].clone(), labels[0].tally.visible), (vec![false; 3], 0));
    }
}
