//! A path in a JSON file, whatever its bytes.

use crate::hex::hex;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::path::{Path, PathBuf};

/// A path as text, or as the hexadecimal digits of its bytes where it is no text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptPath(PathBuf);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Bytes { bytes: String },
}

impl KeptPath {
    /// The path.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        &self.0
    }
}

impl From<PathBuf> for KeptPath {
    fn from(path: PathBuf) -> Self {
        Self(path)
    }
}

impl From<&Path> for KeptPath {
    fn from(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl Serialize for KeptPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = match self.0.to_str() {
            Some(text) => Written::Text(text.to_owned()),
            None => Written::Bytes { bytes: hex(self.0.as_os_str().as_encoded_bytes()) },
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for KeptPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = match Written::deserialize(deserializer)? {
            Written::Text(text) => Some(PathBuf::from(text)),
            Written::Bytes { bytes } => unhex(&bytes).map(from_bytes),
        };
        path.map(Self).ok_or_else(|| serde::de::Error::custom("a path is not written in hexadecimal digits"))
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes))
}

#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned()) // a path of another system: it is not found here
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_path_that_is_no_text_comes_back_byte_by_byte() {
        for bytes in [&b"clips/a b.mp4"[..], b"\xff\xfe/%03d", "ä".as_bytes()] {
            let path = KeptPath(from_bytes(bytes.to_vec()));
            let text = serde_json::to_string(&path).unwrap();
            assert_eq!(serde_json::from_str::<KeptPath>(&text).unwrap(), path, "{text}");
        }
        assert_eq!(serde_json::to_string(&KeptPath("a/b.mp4".into())).unwrap(), "\"a/b.mp4\"");
    }

    #[test]
    fn what_is_no_path_is_an_error() {
        for text in ["{\"bytes\":\"f\"}", "{\"bytes\":\"zz\"}", "{\"bytes\":\"+1\"}", "3", "{}", "{\"bytes\":\"é\"}"] {
            assert!(serde_json::from_str::<KeptPath>(text).is_err(), "{text}");
        }
    }
}
