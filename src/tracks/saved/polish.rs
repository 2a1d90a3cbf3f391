//! Polished places of a run as plain data for a file, and back.

use super::{MAX_FRAMES, NOTHING, SavedError, exact_all, is_place};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::tracks::{CloserLook, Polish, PolishedPlace};
use serde::{Deserialize, Serialize};

/// The letters of a place with a similarity, of one without, and of a plane, which has one and corners.
const COMPARED: u8 = b'c';
const ALONE: u8 = b'p';
const PLANE: u8 = b'q';

/// Frame by frame, within a frame point by point. `states` has a letter for each; the other lists hold only those that
/// are somewhere, that could be compared, and that are planes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedPolish {
    first: u32,
    /// The side of the planes that were looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plane: Option<u16>,
    /// Whether places that are no planes are as they were tracked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    planes_only: bool,
    states: String,
    #[serde(serialize_with = "exact_all")]
    x: Vec<f32>,
    #[serde(serialize_with = "exact_all")]
    y: Vec<f32>,
    #[serde(serialize_with = "exact_all")]
    similarity: Vec<f32>,
    /// x and y of four corners for each plane.
    #[serde(default, skip_serializing_if = "Vec::is_empty", serialize_with = "exact_all")]
    corners: Vec<f32>,
}

/// What a file keeps.
pub(super) fn save(polish: &Polish) -> SavedPolish {
    let CloserLook { polish: is_refined, plane } = polish.look;
    let mut saved = SavedPolish { first: polish.first.0, plane, planes_only: !is_refined, ..SavedPolish::default() };
    for place in &polish.places {
        let Some(PolishedPlace { point, similarity, corners }) = place.filter(is_sound) else {
            saved.states.push(char::from(NOTHING));
            continue;
        };
        saved.states.push(char::from(match (similarity, corners) {
            (Some(_), Some(_)) => PLANE,
            (Some(_), None) => COMPARED,
            (None, _) => ALONE,
        }));
        saved.x.push(point.x);
        saved.y.push(point.y);
        saved.similarity.extend(similarity);
        let corners = similarity.and(corners).into_iter().flatten();
        saved.corners.extend(corners.flat_map(|corner| [corner.x, corner.y]));
    }
    saved
}

fn is_sound(place: &PolishedPlace) -> bool {
    let is_similar = place.similarity.is_none_or(|similarity| (-1.0..=1.0).contains(&similarity));
    is_similar && std::iter::once(place.point).chain(place.corners.into_iter().flatten()).all(is_place)
}

/// What a file says of a run of so many points.
pub(super) fn load(saved: SavedPolish, run: u32, num_tracks: usize) -> Result<Polish, SavedError> {
    let states = saved.states.as_bytes();
    let count = |letters: &[u8]| states.iter().filter(|letter| letters.contains(letter)).count();
    let (num_places, num_planes) = (count(&[COMPARED, ALONE, PLANE]), count(&[PLANE]));
    let is_known = num_places + count(&[NOTHING]) == states.len();
    let lengths = [saved.x.len(), saved.y.len(), saved.similarity.len(), saved.corners.len()];
    if !is_known || lengths != [num_places, num_places, count(&[COMPARED, PLANE]), 8 * num_planes] {
        return Err(SavedError::Incomplete(run));
    }
    if num_tracks == 0 || !states.len().is_multiple_of(num_tracks) {
        return Err(SavedError::Incomplete(run));
    }
    if saved.first >= MAX_FRAMES || states.len() / num_tracks > MAX_FRAMES as usize {
        return Err(SavedError::OutOfRange { what: "a frame", owner: "run", id: run });
    }
    let look = CloserLook { polish: !saved.planes_only, plane: saved.plane };
    if look.is_none() || look.plane.is_some_and(|side| !CloserLook::PLANE_SIDES.contains(&side)) {
        return Err(SavedError::OutOfRange { what: "the side of a plane", owner: "run", id: run });
    }
    let mut points = saved.x.into_iter().zip(saved.y);
    let mut similarities = saved.similarity.into_iter();
    let mut corners = saved.corners.as_chunks::<8>().0.iter();
    let place = |letter: &u8| {
        let (x, y) = if *letter == NOTHING { None } else { points.next() }?;
        let similarity = if *letter == ALONE { None } else { similarities.next() };
        let corners = if *letter == PLANE { corners.next() } else { None };
        let corners = corners.map(|at| [0, 2, 4, 6].map(|i| SourcePoint::new(at[i], at[i + 1])));
        Some(PolishedPlace { point: SourcePoint::new(x, y), similarity, corners })
    };
    let places: Vec<_> = states.iter().map(place).collect();
    if !places.iter().flatten().all(is_sound) {
        return Err(SavedError::OutOfRange { what: "a polished place", owner: "run", id: run });
    }
    Ok(Polish { look, first: FrameIndex(saved.first), num_tracks, places })
}
