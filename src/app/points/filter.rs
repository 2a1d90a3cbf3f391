//! Which points are listed, and in what order.

use super::point_state::PointState;
use super::sparkline::Digest;
use crate::tracks::TrackId;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// What the list is in the order of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Sort {
    /// As they were added.
    #[default]
    Added,
    Name,
    Start,
    Length,
    Confidence,
    Problems,
}

impl Sort {
    /// With what the menu calls them, in its order.
    pub(super) const ALL: [(Self, &'static str); 6] = [
        (Self::Added, "Order added"),
        (Self::Name, "Name"),
        (Self::Start, "First frame"),
        (Self::Length, "Longest first"),
        (Self::Confidence, "Least certain first"),
        (Self::Problems, "Most problems first"),
    ];

    /// Whether it needs a look at all results.
    pub(super) fn needs_digests(self) -> bool {
        !matches!(self, Self::Added | Self::Name)
    }
}

/// Which points are listed by their state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Show {
    #[default]
    All,
    Visible,
    Hidden,
    Doubtful,
    Locked,
    NotShown,
}

impl Show {
    /// With what the menu calls them, in its order.
    pub(super) const ALL: [(Self, &'static str); 6] = [
        (Self::All, "All points"),
        (Self::Visible, "Visible on this frame"),
        (Self::Hidden, "Hidden on this frame"),
        (Self::Doubtful, "Doubtful on this frame"),
        (Self::Locked, "Locked"),
        (Self::NotShown, "Not shown in the view"),
    ];
}

/// The order of the list, as it is kept from one start to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Order {
    pub(super) sort: Sort,
    pub(super) is_reversed: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) order: Order,
    pub(super) show: Show,
    pub(super) text: String,
    /// Groups of which only the head is listed.
    pub(super) folded: BTreeSet<String>,
}

impl Choice {
    /// Whether points may be left out.
    pub(super) fn is_filtering(&self) -> bool {
        self.show != Show::All || !self.text.trim().is_empty()
    }

    /// Lists everything again; the order stays.
    pub(super) fn clear_filter(&mut self) {
        self.show = Show::All;
        self.text.clear();
    }
}

/// What listing needs to know of a point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    pub(super) id: TrackId,
    pub(super) name: &'a str,
    pub(super) group: Option<&'a str>,
    pub(super) state: PointState,
    pub(super) is_doubtful: bool,
    pub(super) is_hidden: bool,
    pub(super) is_locked: bool,
    pub(super) digest: Option<&'a Digest>,
}

/// The head of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(super) name: String,
    /// All of its points, listed or not.
    pub(super) tracks: Vec<TrackId>,
    pub(super) is_folded: bool,
    pub(super) is_hidden: bool,
    pub(super) is_locked: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Group(Group),
    Point { id: TrackId, is_in_group: bool },
}

/// The rows, top to bottom: groups by name, then the points that are in none.
pub(super) fn listed(facts: &[Facts], choice: &Choice) -> Vec<Item> {
    let text = choice.text.trim().to_lowercase();
    let mut found: Vec<&Facts> = facts.iter().filter(|facts| is_wanted(facts, choice.show, &text)).collect();
    found.sort_by(|a, b| compare(a, b, choice.order.sort)); // stable: the order in which they were added else
    if choice.order.is_reversed {
        found.reverse();
    }
    let mut groups: BTreeMap<&str, Vec<TrackId>> = BTreeMap::new();
    for facts in &found {
        if let Some(group) = facts.group {
            groups.entry(group).or_default().push(facts.id);
        }
    }
    let mut names: Vec<&str> = groups.keys().copied().collect();
    names.sort_by(|a, b| natural(a, b));
    let mut items = Vec::new();
    for name in names {
        let members = || facts.iter().filter(|facts| facts.group == Some(name));
        let is_folded = choice.folded.contains(name);
        items.push(Item::Group(Group {
            name: name.to_owned(),
            tracks: members().map(|facts| facts.id).collect(),
            is_folded,
            is_hidden: members().all(|facts| facts.is_hidden),
            is_locked: members().all(|facts| facts.is_locked),
        }));
        if !is_folded {
            items.extend(groups[name].iter().map(|id| Item::Point { id: *id, is_in_group: true }));
        }
    }
    let alone = found.iter().filter(|facts| facts.group.is_none());
    items.extend(alone.map(|facts| Item::Point { id: facts.id, is_in_group: false }));
    items
}

fn is_wanted(facts: &Facts, show: Show, text: &str) -> bool {
    let is_shown = match show {
        Show::All => true,
        Show::Visible => facts.state == PointState::Visible,
        Show::Hidden => facts.state == PointState::Hidden,
        Show::Doubtful => facts.is_doubtful,
        Show::Locked => facts.is_locked,
        Show::NotShown => facts.is_hidden,
    };
    let has = |name: &str| name.to_lowercase().contains(text);
    is_shown && (text.is_empty() || has(facts.name) || facts.group.is_some_and(has))
}

fn compare(a: &Facts, b: &Facts, sort: Sort) -> Ordering {
    let of = |facts: &Facts, value: fn(&Digest) -> Option<f32>| facts.digest.and_then(value).unwrap_or(f32::MAX);
    let by = |value: fn(&Digest) -> Option<f32>| of(a, value).total_cmp(&of(b, value));
    match sort {
        Sort::Added => Ordering::Equal,
        Sort::Name => natural(a.name, b.name),
        Sort::Start => by(|digest| digest.covered.map(|(first, _)| first.get() as f32)),
        Sort::Length => by(|digest| Some(-(digest.num_frames as f32))),
        Sort::Confidence => by(|digest| digest.mean_certainty),
        Sort::Problems => by(|digest| Some(-(digest.num_problems as f32))),
    }
}

/// Compares as people do: case does not count, and "point 2" stands before "point 10".
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.chars().peekable(), b.chars().peekable());
    loop {
        let (Some(x), Some(y)) = (a.peek().copied(), b.peek().copied()) else {
            return a.peek().is_some().cmp(&b.peek().is_some());
        };
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            number(&mut a).cmp(&number(&mut b))
        } else {
            a.next();
            b.next();
            x.to_lowercase().cmp(y.to_lowercase())
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Takes the digits at the front; what is longer is larger, however long.
fn number(text: &mut std::iter::Peekable<std::str::Chars>) -> (usize, String) {
    let mut digits = String::new();
    while let Some(digit) = text.next_if(char::is_ascii_digit) {
        if !(digits.is_empty() && digit == '0') {
            digits.push(digit);
        }
    }
    (digits.len(), digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::FrameIndex;

    fn digest(first: u32, num_frames: usize, confidence: f32, num_problems: usize) -> Digest {
        let covered = Some((FrameIndex(first), FrameIndex(first + num_frames as u32)));
        Digest { covered, num_frames, mean_certainty: Some(confidence), num_problems, ..Digest::default() }
    }

    fn facts<'a>(id: u32, name: &'a str, group: Option<&'a str>, digest: Option<&'a Digest>) -> Facts<'a> {
        let state = if id.is_multiple_of(2) { PointState::Visible } else { PointState::Hidden };
        let id = TrackId(id);
        Facts { id, name, group, state, is_doubtful: false, is_hidden: id.0 == 1, is_locked: id.0 == 2, digest }
    }

    fn ids(facts: &[Facts], choice: &Choice) -> Vec<u32> {
        let points = listed(facts, choice).into_iter().filter_map(|item| match item {
            Item::Point { id, .. } => Some(id.0),
            Item::Group(_) => None,
        });
        points.collect()
    }

    #[test]
    fn every_order_and_its_reverse() {
        let digests = [digest(5, 10, 0.9, 0), digest(0, 30, 0.4, 3), digest(9, 20, 0.7, 1)];
        let names = ["point 10", "Point 2", "apple"];
        let points: Vec<Facts> = (0..3)
            .map(|i| facts(i as u32, names[i], None, Some(&digests[i])))
            .chain([facts(3, "zoo", None, None)])
            .collect();
        for (sort, expected) in [
            (Sort::Added, [0, 1, 2, 3]),
            (Sort::Name, [2, 1, 0, 3]),
            (Sort::Start, [1, 0, 2, 3]),
            (Sort::Length, [1, 2, 0, 3]),
            (Sort::Confidence, [1, 2, 0, 3]),
            (Sort::Problems, [1, 2, 0, 3]),
        ] {
            let order = Order { sort, is_reversed: false };
            let choice = Choice { order, ..Choice::default() };
            assert_eq!(ids(&points, &choice), expected, "{sort:?}");
            let mut reversed = expected.to_vec();
            reversed.reverse();
            assert_eq!(
                ids(&points, &Choice { order: Order { is_reversed: true, ..order }, ..choice }),
                reversed,
                "{sort:?}"
            );
        }
    }

    #[test]
    fn text_and_state_leave_points_out() {
        let points =
            [facts(0, "Nose", None, None), facts(1, "left knee", Some("Legs"), None), facts(2, "tail", None, None)];
        let with = |show, text: &str| ids(&points, &Choice { show, text: text.to_owned(), ..Choice::default() });
        assert_eq!(with(Show::All, " NOSE "), [0]);
        assert_eq!(with(Show::All, "legs"), [1], "a group's name finds its points");
        assert_eq!((with(Show::Visible, ""), with(Show::Hidden, "")), (vec![0, 2], vec![1]));
        assert_eq!((with(Show::Locked, ""), with(Show::NotShown, "")), (vec![2], vec![1]));
        assert_eq!(with(Show::Visible, "knee"), [0; 0]);
    }

    #[test]
    fn groups_stand_first_and_fold() {
        let points = [
            facts(0, "a", None, None),
            facts(1, "b", Some("arm 10"), None),
            facts(2, "c", Some("arm 2"), None),
            facts(3, "d", Some("arm 10"), None),
        ];
        let mut choice = Choice::default();
        assert_eq!(ids(&points, &choice), [2, 1, 3, 0]);
        choice.folded.insert("arm 10".to_owned());
        let items = listed(&points, &choice);
        assert_eq!(ids(&points, &choice), [2, 0]);
        let Item::Group(group) = &items[2] else { panic!("{items:?}") };
        assert_eq!((group.name.as_str(), group.is_folded, group.is_hidden), ("arm 10", true, false));
        choice.text = "b".to_owned();
        let items = listed(&points, &choice);
        let Item::Group(group) = &items[0] else { panic!("{items:?}") };
        assert_eq!(group.tracks, [TrackId(1), TrackId(3)], "the whole group is meant, also while some is left out");
    }

    #[test]
    fn names_are_compared_as_people_do() {
        for (a, b) in [("point 2", "point 10"), ("a", "B"), ("a", "ab"), ("x9", "x99999999999999999999999"), ("é", "ü")]
        {
            assert_eq!((natural(a, b), natural(b, a)), (Ordering::Less, Ordering::Greater), "{a} {b}");
        }
        assert_eq!(natural("P 07", "p 7"), Ordering::Equal);
    }
}
