//! What the columns of a table of points mean, by the words over them.

/// What is asked of a table, in words for a message.
pub(super) const WANTED: &str = "wanted are the columns t (or frame), x, y and perhaps name";

/// The places of the columns that mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// How many there are.
    pub(super) count: usize,
    pub(super) frame: usize,
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) name: Option<usize>,
    /// Lines that have the same here are one track.
    pub(super) track: Option<usize>,
    pub(super) visibility: Option<usize>,
    pub(super) confidence: Option<usize>,
    pub(super) visible: Option<usize>,
    pub(super) probability: Option<usize>,
    pub(super) time_secs: Option<usize>,
}

impl Columns {
    /// The columns of a table that does not name them: `t,x,y` or `t,x,y,name`.
    pub(super) const UNNAMED: Self = Self {
        count: 4,
        frame: 0,
        x: 1,
        y: 2,
        name: Some(3),
        track: None,
        visibility: None,
        confidence: None,
        visible: None,
        probability: None,
        time_secs: None,
    };

    /// The columns that these words name.
    ///
    /// # Errors
    /// What is missing, or there twice, and what is wanted.
    pub(super) fn named(header: &[&str]) -> Result<Self, String> {
        let words: Vec<String> = header.iter().map(|word| plain(word)).collect();
        let find = |wanted: &str| words.iter().position(|word| word == wanted);
        if find("axis3").is_some() {
            return Err(format!("axis-3 is one dimension more than a clip has; {WANTED}"));
        }
        let one = |what: &str, names: &[&str]| {
            let mut found = (0..words.len()).filter(|&at| names.contains(&words[at].as_str()));
            match (found.next(), found.next()) {
                (Some(at), None) => Ok(at),
                (Some(a), Some(b)) => {
                    Err(format!("'{}' and '{}' may both be the {what}; {WANTED}", header[a], header[b]))
                }
                (None, _) => Err(format!("no column for the {what} among '{}'; {WANTED}", header.join(", "))),
            }
        };
        let first_of = |names: &[&str]| names.iter().find_map(|name| find(name));
        Ok(Self {
            count: header.len(),
            frame: one("frame", &["t", "frame", "frameindex", "framenumber", "axis0"])?,
            x: one("x", &["x", "axis2"])?,
            y: one("y", &["y", "axis1"])?,
            name: first_of(&["name", "label", "id"]).or_else(|| first_of(&TRACK)),
            track: first_of(&TRACK).or_else(|| find("id")),
            visibility: find("visibility"),
            confidence: find("confidence"),
            visible: find("visible"),
            probability: find("probability"),
            time_secs: find("timesecs"),
        })
    }
}

/// What programs call the column that says which rows are one track; else it is `id`.
const TRACK: [&str; 5] = ["track", "trackid", "particle", "objectid", "pointid"];

/// A word without what does not count: case, quotes, spaces; `Track ID`, `TrackID`, `track-id` and `track_id` are one.
fn plain(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().replace([' ', '-', '_'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_in_any_order_and_case() {
        let places = |header: &[&str]| Columns::named(header).map(|c| (c.frame, c.x, c.y, c.name, c.track));
        assert_eq!(places(&["t", "x", "y"]), Ok((0, 1, 2, None, None)));
        assert_eq!(places(&["Y", "Label", " X ", "FRAME"]), Ok((3, 2, 0, Some(1), None)));
        for track in ["Track ID", "TrackID", "track-id", "particle", "object_id"] {
            assert_eq!(places(&[track, "t", "y", "x"]), Ok((1, 3, 2, Some(0), Some(0))), "{track}");
        }
        assert_eq!(places(&["index", "axis-0", "axis-1", "axis-2"]), Ok((1, 3, 2, None, None)));
        assert_eq!(places(&["", "id", "t", "x", "y", "name"]), Ok((2, 3, 4, Some(5), Some(1))));
    }

    #[test]
    fn what_is_missing_or_there_twice_is_refused_with_what_is_wanted() {
        for (header, cause) in [
            (&["x", "y"][..], "no column for the frame among 'x, y'"),
            (&["frame", "col", "row"], "no column for the x"),
            (&["t", "frame", "x", "y"], "'t' and 'frame' may both be the frame"),
            (&["axis-0", "axis-1"], "no column for the x"),
            (&["axis-0", "axis-1", "axis-2", "axis-3"], "one dimension more"),
        ] {
            let problem = Columns::named(header).unwrap_err();
            assert!(problem.contains(cause) && problem.contains(WANTED), "{header:?}: {problem}");
        }
    }
}
