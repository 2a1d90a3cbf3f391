//! The points on one frame of a live stream, as a line of JSON: what is sent to other programs and what a recording
//! keeps.

use crate::calibration::Probability;
use crate::geometry::{FrameIndex, SourcePoint};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a point is on one frame of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveSample {
    /// Which point: never given again in the same stream.
    pub id: u32,
    /// Its place, in source pixels.
    #[serde(flatten)]
    pub point: SourcePoint,
    /// How probable it is that the point can be seen, 0 to 1.
    pub visibility: f32,
    /// How sure the network is of the place, 0 to 1.
    pub confidence: f32,
    /// What these are worth; left out where the weights do not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<Probability>,
    /// The verdict.
    pub visible: bool,
}

impl LiveSample {
    /// A point where the user placed it.
    #[must_use]
    pub fn placed(id: u32, point: SourcePoint) -> Self {
        Self { id, point, visibility: 1.0, confidence: 1.0, probability: None, visible: true }
    }

    /// The probability that the place is right, and visibility · confidence where that is not known.
    #[must_use]
    pub fn score(&self) -> f32 {
        self.probability.map_or(self.visibility * self.confidence, Probability::share)
    }

    /// The same place, of which nobody knows whether the point can be seen there.
    #[must_use]
    pub fn unseen(self) -> Self {
        Self { visibility: 0.0, confidence: 0.0, probability: None, visible: false, ..self }
    }
}

/// Every point on one frame of a stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LiveLine {
    /// The frame's number in the stream. Numbers rise; frames that were not tracked are left out.
    pub frame: FrameIndex,
    /// When it was taken, in seconds from the first frame of the stream.
    pub time_secs: f64,
    /// When it was taken, in seconds since 1970 (UTC).
    pub unix_secs: f64,
    /// Its number in the recorded clip, if it is in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_frame: Option<u32>,
    /// What the user calls points, by their ids; those that have no name of their own are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<u32, String>,
    /// The points, in the order in which they were placed.
    pub points: Vec<LiveSample>,
}

impl LiveLine {
    /// The line, its end included.
    ///
    /// # Panics
    /// Never: numbers are always JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec(self).expect("numbers are always JSON");
        text.push(b'\n');
        text
    }

    /// The line in pieces of at most so many bytes, each a whole message with some of the points.
    #[must_use]
    pub fn to_messages(&self, max_bytes: usize) -> Vec<Vec<u8>> {
        let whole = self.to_json();
        if whole.len() <= max_bytes || self.points.len() < 2 {
            return vec![whole];
        }
        let (first, second) = self.points.split_at(self.points.len() / 2);
        let part = |points: &[LiveSample]| Self { points: points.to_vec(), ..self.clone() };
        [first, second].into_iter().flat_map(|points| part(points).to_messages(max_bytes)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(num_points: u32) -> LiveLine {
        let sample = |id| LiveSample {
            id,
            point: SourcePoint::new(id as f32 + 0.5, 7.25),
            visibility: 0.75,
            confidence: 0.5,
            probability: None,
            visible: true,
        };
        LiveLine {
            frame: FrameIndex(12),
            time_secs: 0.4,
            unix_secs: 1.5e9,
            clip_frame: None,
            names: BTreeMap::new(),
            points: (0..num_points).map(sample).collect(),
        }
    }

    #[test]
    fn a_line_is_one_json_object() {
        let text = String::from_utf8(line(1).to_json()).unwrap();
        let point = r#"{"id":0,"x":0.5,"y":7.25,"visibility":0.75,"confidence":0.5,"visible":true}"#;
        assert_eq!(
            text,
            format!("{{\"frame\":12,\"time_secs\":0.4,\"unix_secs\":1500000000.0,\"points\":[{point}]}}\n")
        );
        let known = LiveSample { probability: Some(Probability::new(0.4321)), ..line(1).points[0] };
        let known = LiveLine { points: vec![known], ..line(0) };
        assert!(String::from_utf8(known.to_json()).unwrap().contains("\"probability\":0.4321,\"visible\":true"));
        assert_eq!(serde_json::from_slice::<LiveLine>(&known.to_json()).unwrap(), known);
        let named = LiveLine { names: BTreeMap::from([(0, "left \"ear\"".to_owned())]), ..line(1) };
        assert!(String::from_utf8(named.to_json()).unwrap().contains(r#""names":{"0":"left \"ear\""},"points""#));
        assert_eq!(serde_json::from_slice::<LiveLine>(&named.to_json()).unwrap(), named);
        let recorded = LiveLine { clip_frame: Some(3), ..line(0) };
        assert!(String::from_utf8(recorded.to_json()).unwrap().contains("\"clip_frame\":3,\"points\":[]"));
        assert_eq!(serde_json::from_slice::<LiveLine>(&recorded.to_json()).unwrap(), recorded);
    }

    #[test]
    fn a_long_line_is_sent_in_whole_messages() {
        let long = line(1000);
        let messages = long.to_messages(60_000);
        assert!(messages.len() > 1 && messages.iter().all(|message| message.len() <= 60_000));
        let parts = messages.iter().map(|message| serde_json::from_slice::<LiveLine>(message).unwrap());
        let points: Vec<LiveSample> = parts.flat_map(|part| part.points).collect();
        assert_eq!(points, long.points);
        assert_eq!(line(5).to_messages(60_000), [line(5).to_json()]);
    }
}
