//! The clip that a project is about: where it lies, and how it is known again.

use super::kept_path::KeptPath;
use crate::hex::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

/// Bytes that are looked at in each of a file's three places.
const PROBE_BYTES: u64 = 1 << 16;
/// What counts in a folder of images; projects and tables beside them may come and go.
const PICTURE_ENDINGS: [&str; 8] = ["png", "jpg", "jpeg", "webp", "tif", "tiff", "exr", "dpx"];

/// A clip as a project knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedClip {
    /// From the project's folder; none where there is no way from there, as between two drives.
    pub path: Option<KeptPath>,
    /// From the root, in case the project was moved alone.
    pub absolute: KeptPath,
    /// How many frames it has.
    pub frames: usize,
    /// See [`fingerprint`].
    pub fingerprint: String,
    /// Frames per second that were given for a clip without times of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_rate: Option<f64>,
    /// Which of the file's picture streams was chosen, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<usize>,
}

/// What was found where a project's clip should lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// The clip.
    Same(PathBuf),
    /// Something of its name, but not what it was.
    Changed(PathBuf),
    /// Nothing.
    Missing,
}

impl SavedClip {
    /// Describes a clip for a project that will lie at `project`. A clip that cannot be read any more, on a drive that
    /// was taken away, has no fingerprint; the work on it can be saved all the same.
    #[must_use]
    pub fn describe(clip: &Path, frames: usize, project: &Path) -> Self {
        let absolute =
            fs::canonicalize(clip).or_else(|_| std::path::absolute(clip)).unwrap_or_else(|_| clip.to_owned());
        let folder = project.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let path = fs::canonicalize(folder).ok().and_then(|folder| way(&folder, &absolute));
        let fingerprint = fingerprint(&absolute).unwrap_or_default();
        Self {
            path: path.map(Into::into),
            absolute: absolute.into(),
            frames,
            fingerprint,
            frame_rate: None,
            stream: None,
        }
    }

    /// Looks for the clip of the project at `project`: by the way from there, where it was, and beside the project.
    #[must_use]
    pub fn locate(&self, project: &Path) -> Located {
        let mut changed = None;
        for place in self.places(project).filter(|place| place.exists()) {
            if self.is_same(&place) {
                return Located::Same(straight(place));
            }
            changed.get_or_insert_with(|| straight(place));
        }
        changed.map_or(Located::Missing, Located::Changed)
    }

    /// Where the clip of the project at `project` is looked for, in this order.
    pub fn places(&self, project: &Path) -> impl Iterator<Item = PathBuf> {
        let folder = project.parent().unwrap_or(Path::new(""));
        let absolute = self.absolute.as_path();
        let places = [
            self.path.as_ref().map(|path| folder.join(path.as_path())),
            Some(absolute.to_owned()),
            absolute.file_name().map(|name| folder.join(name)),
        ];
        places.into_iter().flatten()
    }

    /// Whether this is the clip.
    #[must_use]
    pub fn is_same(&self, path: &Path) -> bool {
        fingerprint(path).is_ok_and(|found| found == self.fingerprint)
    }

    /// What the clip is called.
    #[must_use]
    pub fn name(&self) -> String {
        let path = self.absolute.as_path();
        path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
    }
}

/// Tells a clip from others in a moment: a digest of its size, its start, its middle and its end; for a folder, of the
/// names and sizes of its pictures.
///
/// # Errors
/// When it cannot be read.
pub fn fingerprint(path: &Path) -> io::Result<String> {
    let found = fs::metadata(path)?;
    let mut digest = Sha256::new();
    if found.is_dir() {
        let mut pictures = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let ending = entry.path().extension().unwrap_or_default().to_ascii_lowercase();
            if PICTURE_ENDINGS.iter().any(|known| ending == *known) {
                pictures.push((entry.file_name(), entry.metadata()?.len()));
            }
        }
        pictures.sort();
        for (name, bytes) in pictures {
            digest.update(name.as_encoded_bytes());
            digest.update(bytes.to_le_bytes());
        }
    } else if found.is_file() {
        let (mut file, bytes) = (File::open(path)?, found.len());
        digest.update(bytes.to_le_bytes());
        for start in [0, bytes / 2, bytes.saturating_sub(PROBE_BYTES)] {
            file.seek(SeekFrom::Start(start))?;
            let mut probe = Vec::new();
            file.by_ref().take(PROBE_BYTES).read_to_end(&mut probe)?;
            digest.update(&probe);
        }
    } else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is neither a regular file nor a folder"));
    }
    Ok(hex(&digest.finalize()[..16]))
}

/// A path of something that is there, without ways up and down again: names are suggested beside it.
fn straight(path: PathBuf) -> PathBuf {
    if !path.components().any(|part| part == Component::ParentDir) {
        return path;
    }
    // Elsewhere, the system's form of it is not one that users know.
    let found = if cfg!(unix) { fs::canonicalize(&path) } else { std::path::absolute(&path) };
    found.unwrap_or(path)
}

/// The way from a folder to a file, both from the root; `None` between two drives.
fn way(folder: &Path, file: &Path) -> Option<PathBuf> {
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (folder.components().collect(), file.components().collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return None;
    }
    let up = from[common..].iter().map(|_| Component::ParentDir);
    Some(up.chain(to[common..].iter().copied()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_goes_up_and_down() {
        let to = |folder: &str, file: &str| way(Path::new(folder), Path::new(file));
        assert_eq!(to("/a/b", "/a/b/c.mp4"), Some("c.mp4".into()));
        assert_eq!(to("/a/b/c", "/a/d/e.mp4"), Some("../../d/e.mp4".into()));
        assert_eq!(to("/a", "relative.mp4"), None);
    }

    #[test]
    fn a_clip_is_found_after_both_or_one_of_them_moved_and_a_changed_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for name in ["one/clips", "two", "one/projects"] {
            fs::create_dir_all(root.join(name)).unwrap();
        }
        let clip = root.join("one/clips/a.mp4");
        fs::write(&clip, vec![7; 300_000]).unwrap();
        let project = root.join("one/projects/p.cotrail");
        let saved = SavedClip::describe(&clip, 3, &project);
        assert_eq!(saved.path.as_ref().unwrap().as_path(), Path::new("../clips/a.mp4"));
        let found = |at: &Path| saved.locate(at);
        let end = |located: Located| match located {
            Located::Same(path) => fs::canonicalize(path).unwrap(),
            other => panic!("{other:?}"),
        };
        let here = fs::canonicalize(&clip).unwrap();
        assert_eq!(end(found(&project)), here);
        assert_eq!(found(&project), Located::Same(here.clone()), "no way up and down again");
        assert_eq!(end(found(&root.join("two/p.cotrail"))), here, "the project moved alone");
        fs::rename(root.join("one"), root.join("moved")).unwrap();
        let moved = fs::canonicalize(root.join("moved/clips/a.mp4")).unwrap();
        assert_eq!(end(found(&root.join("moved/projects/p.cotrail"))), moved, "both moved");
        assert_eq!(found(&root.join("two/p.cotrail")), Located::Missing);
        fs::copy(&moved, root.join("two/a.mp4")).unwrap();
        assert!(matches!(found(&root.join("two/p.cotrail")), Located::Same(_)), "beside the project");
        let mut bytes = fs::read(&moved).unwrap();
        bytes[150_001] = 8;
        fs::write(root.join("two/a.mp4"), bytes).unwrap();
        assert_eq!(found(&root.join("two/p.cotrail")), Located::Changed(root.join("two/a.mp4")));
    }

    #[test]
    fn a_folder_of_images_is_known_by_its_pictures_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("1.png"), b"x").unwrap();
        let before = fingerprint(folder.path()).unwrap();
        fs::write(folder.path().join("p.cotrail"), b"x").unwrap();
        assert_eq!(fingerprint(folder.path()).unwrap(), before);
        fs::write(folder.path().join("2.PNG"), b"x").unwrap();
        assert_ne!(fingerprint(folder.path()).unwrap(), before);
        assert!(fingerprint(&folder.path().join("missing")).is_err());
    }
}
