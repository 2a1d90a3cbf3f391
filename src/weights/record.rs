//! The small JSON beside a fetched file: where it came from, its SHA-256, and the licence that was accepted.

use super::WeightsError;
use crate::hex::hex;
use crate::whole;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What is known of a fetched file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The weights' name.
    pub name: String,
    /// Where the file came from.
    pub url: String,
    /// Its SHA-256, in hex.
    pub sha256: String,
    /// Whether the server had announced that hash before the file came.
    pub sha256_was_announced: bool,
    /// Its length.
    pub num_bytes: u64,
    /// When it was complete, in UTC.
    pub fetched: String,
    /// The licence that the user agreed to.
    pub licence: String,
    /// When the user agreed, in UTC.
    pub licence_accepted: String,
}

/// What is known of a file that is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PartRecord {
    pub(super) url: String,
    /// What the server calls this version of the file; without it nothing can be resumed.
    pub(super) etag: Option<String>,
    /// Its SHA-256, where the server announced it.
    pub(super) sha256: Option<String>,
    /// How long the whole file is, where the server said so.
    pub(super) num_bytes: Option<u64>,
    pub(super) licence: String,
    pub(super) licence_accepted: String,
}

/// The record's place.
pub(super) fn record_path(weights: &Path) -> PathBuf {
    with_suffix(weights, ".record.json")
}

/// A name beside the file's own.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// Holds a weights file against the record beside it: length and SHA-256 must be those of the file that was fetched.
/// Reads the whole file. A file without a record, which the user brought along, passes; `None` says so.
///
/// # Errors
/// When the file or its record is damaged or cannot be read.
pub fn verify(weights: &Path) -> Result<Option<Record>, WeightsError> {
    let Some(record) = read_json::<Record>(&record_path(weights), weights)? else { return Ok(None) };
    let (sha256, num_bytes) = hash(weights)?;
    let damaged = |problem: String| Err(WeightsError::Damaged { problem, path: weights.to_owned() });
    if num_bytes != record.num_bytes {
        return damaged(format!("the weights file has {num_bytes} bytes where {} were fetched", record.num_bytes));
    }
    if sha256 != record.sha256 {
        return damaged("the weights file has changed since it was fetched".to_owned());
    }
    Ok(Some(record))
}

/// SHA-256, in hex, and length of a file.
pub(super) fn hash(path: &Path) -> Result<(String, u64), WeightsError> {
    let io = |error| WeightsError::from_disk(&error, path);
    let mut file = File::open(path).map_err(io)?;
    let (mut hasher, mut buffer, mut num_bytes) = (Sha256::new(), vec![0; 1 << 18], 0);
    loop {
        let count = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(io(error)),
        };
        hasher.update(&buffer[..count]);
        num_bytes += count as u64;
    }
    Ok((hex(&hasher.finalize()), num_bytes))
}

/// Reads a record; `None` where there is none. `about` is the file that an unreadable record makes useless.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path, about: &Path) -> Result<Option<T>, WeightsError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(WeightsError::from_disk(&error, path)),
    };
    let problem = |error| format!("the record of the weights file cannot be read ({error})");
    let damaged = |error| WeightsError::Damaged { problem: problem(error), path: about.to_owned() };
    serde_json::from_slice(&text).map(Some).map_err(damaged)
}

/// Writes a record, whole or not at all.
pub(super) fn write_json<T: Serialize>(path: &Path, record: &T) -> Result<(), WeightsError> {
    let io = |error| WeightsError::from_disk(&error, path);
    let mut text = serde_json::to_vec_pretty(record).map_err(|error| io(error.into()))?;
    text.push(b'\n');
    whole::write(path, &text, true).map_err(io)
}

/// A moment as ISO 8601 writes it, in UTC.
pub(super) fn timestamp(moment: SystemTime) -> String {
    let secs = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, of_day) = (secs / 86_400, secs % 86_400);
    // The Gregorian calendar in eras of 400 years that begin on the first of March (Hinnant, "chrono-compatible
    // low-level date algorithms").
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn moments_are_written_in_utc() {
        let at = |secs| timestamp(SystemTime::UNIX_EPOCH + Duration::from_secs(secs));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(1_709_251_199), "2024-02-29T23:59:59Z");
        assert_eq!(at(1_735_689_599), "2024-12-31T23:59:59Z");
    }

    #[test]
    fn a_changed_byte_a_lost_byte_and_a_broken_record_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pth");
        fs::write(&path, b"some weights").unwrap();
        assert_eq!(verify(&path).unwrap(), None);
        let (sha256, num_bytes) = hash(&path).unwrap();
        let record = Record {
            name: "a".into(),
            url: "http://here/a.pth".into(),
            sha256,
            sha256_was_announced: false,
            num_bytes,
            fetched: timestamp(SystemTime::now()),
            licence: "CC-BY-NC-4.0".into(),
            licence_accepted: timestamp(SystemTime::now()),
        };
        write_json(&record_path(&path), &record).unwrap();
        assert_eq!(verify(&path).unwrap(), Some(record));
        let problem = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            verify(&path).unwrap_err().to_string()
        };
        assert!(problem(b"some weightz").contains("has changed since it was fetched"));
        assert!(problem(b"some weight").contains("has 11 bytes where 12 were fetched"));
        fs::write(record_path(&path), "{").unwrap();
        assert!(problem(b"some weights").contains("the record of the weights file cannot be read"));
    }
}
