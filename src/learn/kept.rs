//! What teachers said, kept on disk: each labels a stretch once.

use super::LearnError;
use super::student::write_whole;
use super::teachers::{Said, Tracks};
use crate::geometry::{FrameIndex, SourcePoint};
use crate::hex::hex;
use crate::tracks::Query;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::PathBuf;

/// What is kept changes its form, or what it is made of, with this number.
const VERSION: u32 = 2;

/// A folder of what teachers said, a file for each stretch and teacher.
#[derive(Clone, Debug)]
pub struct Kept {
    folder: PathBuf,
}

/// What a teacher was asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The clip, the stretch, the size in which it is looked at, and the teacher, in words.
    pub about: &'a str,
    /// The points.
    pub queries: &'a [Query],
    /// How many frames the stretch has.
    pub num_frames: usize,
}

impl Question<'_> {
    fn file(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(VERSION.to_le_bytes());
        digest.update(self.about);
        for query in self.queries {
            digest.update(query.frame.0.to_le_bytes());
            digest.update(query.point.x.to_le_bytes());
            digest.update(query.point.y.to_le_bytes());
        }
        file_name(digest)
    }
}

fn points_file(about: &str) -> String {
    file_name(Sha256::new().chain_update(VERSION.to_le_bytes()).chain_update("points").chain_update(about))
}

fn file_name(digest: Sha256) -> String {
    format!("{}.safetensors", hex(&digest.finalize()[..12]))
}

impl Kept {
    /// Keeps in this folder, which is made where it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn at(folder: PathBuf) -> Result<Self, LearnError> {
        fs::create_dir_all(&folder).map_err(|source| LearnError::Unwritable { path: folder.clone(), source })?;
        Ok(Self { folder })
    }

    /// What was said, where it is known. A file that is damaged is as good as none.
    #[must_use]
    pub fn find(&self, question: &Question<'_>) -> Option<Said> {
        let bytes = fs::read(self.folder.join(question.file())).ok()?;
        let file = SafeTensors::deserialize(&bytes).ok()?;
        let tracks = |name: &str| {
            let tensor = file.tensor(name).ok()?;
            let shape = [question.queries.len(), question.num_frames, 3];
            (tensor.dtype() == Dtype::F32 && tensor.shape() == shape)
                .then(|| unpack(tensor.data(), question.num_frames))
        };
        Some(Said { there: tracks("there")?, back: tracks("back")? })
    }

    /// The points of a stretch, where they are known; `about` is the clip, the stretch and how points are chosen.
    #[must_use]
    pub fn find_points(&self, about: &str) -> Option<Vec<Query>> {
        let bytes = fs::read(self.folder.join(points_file(about))).ok()?;
        let file = SafeTensors::deserialize(&bytes).ok()?;
        let tensor = file.tensor("points").ok().filter(|tensor| tensor.dtype() == Dtype::F32)?;
        let numbers = floats(tensor.data());
        let query =
            |[frame, x, y]: &[f32; 3]| Query { frame: FrameIndex(*frame as u32), point: SourcePoint::new(*x, *y) };
        Some(numbers.as_chunks::<3>().0.iter().map(query).collect())
    }

    /// Keeps the points of a stretch.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn put_points(&self, about: &str, points: &[Query]) -> Result<(), LearnError> {
        let numbers = points.iter().flat_map(|query| [query.frame.0 as f32, query.point.x, query.point.y]);
        let bytes: Vec<u8> = numbers.flat_map(f32::to_le_bytes).collect();
        self.write(points_file(about), &[("points", vec![points.len(), 3], bytes)])
    }

    /// Keeps what was said.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, question: &Question<'_>, said: &Said) -> Result<(), LearnError> {
        let shape = vec![question.queries.len(), question.num_frames, 3];
        let tensors = [("there", shape.clone(), pack(&said.there)), ("back", shape, pack(&said.back))];
        self.write(question.file(), &tensors)
    }

    /// Writes floats under their names and shapes.
    fn write(&self, name: String, tensors: &[(&str, Vec<usize>, Vec<u8>)]) -> Result<(), LearnError> {
        let path = self.folder.join(name);
        let unwritable = |error: safetensors::SafeTensorError| LearnError::Unwritable {
            path: path.clone(),
            source: std::io::Error::other(error),
        };
        let views = tensors
            .iter()
            .map(|(name, shape, bytes)| Ok((*name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(unwritable)?;
        write_whole(&path, &safetensors::serialize(views, None).map_err(unwritable)?)
    }
}

/// Places as x, y and whether they are visible; NaN where there is none.
fn pack(tracks: &Tracks) -> Vec<u8> {
    let numbers = tracks.iter().flatten().flat_map(|place| match place {
        Some((point, visible)) => [point.x, point.y, f32::from(u8::from(*visible))],
        None => [f32::NAN; 3],
    });
    numbers.flat_map(f32::to_le_bytes).collect()
}

fn unpack(bytes: &[u8], num_frames: usize) -> Tracks {
    let numbers = floats(bytes);
    let place = |[x, y, visible]: &[f32; 3]| {
        (x.is_finite() && y.is_finite()).then(|| (SourcePoint::new(*x, *y), *visible > 0.5))
    };
    let places: Vec<_> = numbers.as_chunks::<3>().0.iter().map(place).collect();
    places.chunks(num_frames.max(1)).map(<[_]>::to_vec).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_found_again_for_the_same_question_alone() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::at(folder.path().join("labels")).unwrap();
        let place = |x: f32, visible| Some((SourcePoint::new(x, 0.1), visible));
        let said = Said {
            there: vec![vec![None, place(1.5, true), place(2.5, false)], vec![place(0.3, true); 3]],
            back: vec![vec![place(1.0, true), None, None], vec![None; 3]],
        };
        let queries = [1.5, 0.3].map(|x| Query { frame: FrameIndex(1), point: SourcePoint::new(x, 0.1) });
        let question = Question { about: "clip a, lk", queries: &queries, num_frames: 3 };
        assert_eq!(kept.find(&question), None);
        kept.put(&question, &said).unwrap();
        assert_eq!(kept.find(&question), Some(said));
        assert_eq!(kept.find_points("clip a"), None);
        kept.put_points("clip a", &queries).unwrap();
        assert_eq!(kept.find_points("clip a"), Some(queries.to_vec()));
        assert_eq!(kept.find(&Question { about: "clip b, lk", ..question }), None);
        assert_eq!(kept.find(&Question { queries: &queries[..1], ..question }), None);
        assert_eq!(kept.find(&Question { num_frames: 4, ..question }), None);
        fs::write(folder.path().join("labels").join(question.file()), b"cut off").unwrap();
        assert_eq!(kept.find(&question), None);
        assert_eq!(fs::read_dir(folder.path().join("labels")).unwrap().count(), 2);
        fs::write(folder.path().join("file"), b"").unwrap();
        assert!(matches!(Kept::at(folder.path().join("file")), Err(LearnError::Unwritable { .. })));
    }
}
