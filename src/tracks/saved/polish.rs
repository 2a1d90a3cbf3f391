//! Polished places of a run as plain data for a file, and back.

use super::{MAX_FRAMES, NOTHING, SavedError, exact_all, is_place};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::tracks::{Polish, PolishedPlace};
use serde::{Deserialize, Serialize};

/// The letters of a place with a similarity, and of one without.
const COMPARED: u8 = b'c';
const ALONE: u8 = b'p';

/// Frame by frame, within a frame point by point. `states` has a letter for each; the other lists hold only those that
/// are somewhere, and that could be compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedPolish {
    first: u32,
    states: String,
    #[serde(serialize_with = "exact_all")]
    x: Vec<f32>,
    #[serde(serialize_with = "exact_all")]
    y: Vec<f32>,
    #[serde(serialize_with = "exact_all")]
    similarity: Vec<f32>,
}

/// What a file keeps.
pub(super) fn save(polish: &Polish) -> SavedPolish {
    let mut saved = SavedPolish { first: polish.first.0, ..SavedPolish::default() };
    for place in &polish.places {
        let Some(PolishedPlace { point, similarity }) = place.filter(is_sound) else {
            saved.states.push(char::from(NOTHING));
            continue;
        };
        saved.states.push(char::from(if similarity.is_some() { COMPARED } else { ALONE }));
        saved.x.push(point.x);
        saved.y.push(point.y);
        saved.similarity.extend(similarity);
    }
    saved
}

fn is_sound(place: &PolishedPlace) -> bool {
    is_place(place.point) && place.similarity.is_none_or(|similarity| (-1.0..=1.0).contains(&similarity))
}

/// What a file says of a run of so many points.
pub(super) fn load(saved: SavedPolish, run: u32, num_tracks: usize) -> Result<Polish, SavedError> {
    let states = saved.states.as_bytes();
    let count = |letters: &[u8]| states.iter().filter(|letter| letters.contains(letter)).count();
    let is_known = count(&[COMPARED, ALONE, NOTHING]) == states.len();
    let lengths = [saved.x.len(), saved.y.len(), saved.similarity.len()];
    let num_places = count(&[COMPARED, ALONE]);
    if !is_known || lengths != [num_places, num_places, count(&[COMPARED])] {
        return Err(SavedError::Incomplete(run));
    }
    if num_tracks == 0 || !states.len().is_multiple_of(num_tracks) {
        return Err(SavedError::Incomplete(run));
    }
    if saved.first >= MAX_FRAMES || states.len() / num_tracks > MAX_FRAMES as usize {
        return Err(SavedError::OutOfRange { what: "a frame", owner: "run", id: run });
    }
    let mut points = saved.x.into_iter().zip(saved.y);
    let mut similarities = saved.similarity.into_iter();
    let place = |letter: &u8| {
        let (x, y) = if *letter == NOTHING { None } else { points.next() }?;
        let similarity = if *letter == COMPARED { similarities.next() } else { None };
        Some(PolishedPlace { point: SourcePoint::new(x, y), similarity })
    };
    let places: Vec<_> = states.iter().map(place).collect();
    if !places.iter().flatten().all(is_sound) {
        return Err(SavedError::OutOfRange { what: "a polished place", owner: "run", id: run });
    }
    Ok(Polish { first: FrameIndex(saved.first), num_tracks, places })
}
