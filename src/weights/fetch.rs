//! Fetching weights: into a file beside their place, on from where it broke off, checked, then renamed.

use super::http::{Answer, Client, broke};
use super::record::{self, PartRecord, Record, record_path, with_suffix};
use super::shelf::{self, State, part_path, path_of};
use super::{Entry, Origin, Settings, WeightsError, verify};
use crate::sync::CancelToken;
use crate::whole;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A connection may break this often, as long as each one brought something.
const MAX_BREAKS: usize = 20;
/// A file that changes on the server while it is fetched is begun again this often.
const MAX_RESTARTS: usize = 2;
const CHUNK_BYTES: usize = 1 << 17;

/// How far fetching is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that are on the disk, those of earlier attempts included.
    pub done_bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
}

/// Weights that are here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Where they lie.
    pub path: PathBuf,
    /// What is known of them.
    pub record: Record,
    /// Whether they had been here before; nothing was fetched then.
    pub were_here: bool,
}

/// Whether the user still has to agree to the licence of some weights before they are fetched. Who agreed once is not
/// asked again to go on after a break.
#[must_use]
pub fn needs_acceptance(entry: &Entry, settings: &Settings) -> bool {
    entry.licence.must_be_accepted && earlier_acceptance(entry, settings).is_none()
}

/// When the user agreed, if that is on record.
fn earlier_acceptance(entry: &Entry, settings: &Settings) -> Option<String> {
    let path = path_of(entry, settings).ok()?;
    let part = record::read_json::<PartRecord>(&part_record_path(&path), &path).ok().flatten();
    let part = part.map(|record| (record.licence, record.licence_accepted));
    let whole = || record::read_json::<Record>(&record_path(&path), &path).ok().flatten();
    let (licence, accepted) = part.or_else(|| whole().map(|record| (record.licence, record.licence_accepted)))?;
    (licence == entry.licence.name).then_some(accepted)
}

/// Gets weights into the user's cache, or finds that they are there, whole. Blocks until it is done or cancelled;
/// what a broken or cancelled attempt got is kept, and the next one goes on from there.
///
/// # Errors
/// Before any connection when the licence has not been accepted, nothing may be fetched, or there is no place for it;
/// later when the server, the connection or the disk fail, or what came is not what was announced.
pub fn fetch(
    entry: &Entry,
    settings: &Settings,
    accepts_licence: bool,
    progress: &mut dyn FnMut(Progress),
    cancel: &CancelToken,
) -> Result<Fetched, WeightsError> {
    let Origin::Remote { path: on_server, .. } = entry.origin else {
        return Err(WeightsError::Bundled { name: entry.name });
    };
    let path = path_of(entry, settings)?;
    if let State::Fetched(path, _) = shelf::state(entry, settings)
        && let Ok(Some(record)) = verify(&path)
    {
        return Ok(Fetched { path, record, were_here: true });
    }
    if settings.is_offline {
        return Err(WeightsError::Offline);
    }
    let accepted = if accepts_licence || !entry.licence.must_be_accepted {
        Some(record::timestamp(SystemTime::now()))
    } else {
        earlier_acceptance(entry, settings)
    };
    let refused = WeightsError::LicenceNotAccepted { name: entry.name, licence: entry.licence.name };
    let licence_accepted = accepted.ok_or(refused)?;
    let folder = settings.folder()?;
    fs::create_dir_all(folder).map_err(|error| WeightsError::from_disk(&error, folder))?;
    let _lock = lock(&path)?;
    let url = format!("{}{on_server}", settings.endpoint);
    let fresh = PartRecord {
        url: url.clone(),
        etag: None,
        sha256: None,
        num_bytes: None,
        licence: entry.licence.name.to_owned(),
        licence_accepted,
    };
    let earlier = record::read_json::<PartRecord>(&part_record_path(&path), &path).ok().flatten();
    let record = earlier.filter(|earlier| earlier.url == url && earlier.licence == fresh.licence).unwrap_or(fresh);
    let client = Client::new(settings.patience);
    let mut job = Job { part: part_path(&path), path, record, client, progress, cancel };
    job.save()?;
    job.run()?;
    job.finish(entry)
}

fn part_record_path(weights: &Path) -> PathBuf {
    with_suffix(weights, ".part.json")
}

/// Keeps other programs and threads from the same file for as long as it lives.
fn lock(weights: &Path) -> Result<File, WeightsError> {
    let path = with_suffix(weights, ".lock");
    let io = |error| WeightsError::from_disk(&error, &path);
    let file = OpenOptions::new().create(true).write(true).truncate(false).open(&path).map_err(io)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(WeightsError::Busy),
        // Where the file system has no locks, fetching twice at once is the user's own risk.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// How one connection ended.
enum Attempt {
    Complete,
    /// What is there belongs to another version of the file.
    StartAgain,
    Broke(WeightsError),
}

struct Job<'a> {
    path: PathBuf,
    part: PathBuf,
    record: PartRecord,
    client: Client,
    progress: &'a mut dyn FnMut(Progress),
    cancel: &'a CancelToken,
}

impl Job<'_> {
    fn run(&mut self) -> Result<(), WeightsError> {
        let (mut num_breaks, mut num_restarts) = (0, 0);
        loop {
            let before = self.part_len();
            match self.attempt(before)? {
                Attempt::Complete => return Ok(()),
                Attempt::StartAgain if num_restarts < MAX_RESTARTS => {
                    num_restarts += 1;
                    self.begin_again()?;
                }
                Attempt::StartAgain => return Err(self.answer("the file on the server changes all the time")),
                Attempt::Broke(_) if num_breaks < MAX_BREAKS && self.part_len() > before => num_breaks += 1,
                Attempt::Broke(error) => return Err(error),
            }
        }
    }

    /// One connection: from byte `from` on, as far as it gets.
    fn attempt(&mut self, from: u64) -> Result<Attempt, WeightsError> {
        if from > 0 && self.record.etag.is_none() {
            return Ok(Attempt::StartAgain); // nothing could tell whether the rest belongs to it
        }
        if from > 0 && self.record.num_bytes == Some(from) {
            return Ok(Attempt::Complete);
        }
        self.check_cancel()?;
        let answer = self.client.get(&self.record.url, (from > 0).then_some(from))?;
        let is_same = from > 0 && answer.etag == self.record.etag;
        let (first, total) = answer.range;
        let offset = match answer.status {
            200 => 0, // also the answer of a server that knows no ranges
            206 if is_same && first == Some(from) && total.is_none_or(|n| self.record.num_bytes == Some(n)) => from,
            206 | 416 if from > 0 => return Ok(Attempt::StartAgain),
            status => return Err(self.answer(&refusal(status))),
        };
        if answer.is_web_page {
            return Err(self.answer("a web page came in place of the weights: is there a login page in between?"));
        }
        if offset == 0 {
            let Some(num_bytes) = answer.num_bytes else {
                return Err(self.answer("the server does not say how long the file is"));
            };
            self.record.etag.clone_from(&answer.etag);
            self.record.sha256.clone_from(&answer.sha256);
            self.record.num_bytes = Some(num_bytes);
            self.save()?;
        }
        self.take_body(answer, offset)
    }

    fn take_body(&mut self, mut answer: Answer, offset: u64) -> Result<Attempt, WeightsError> {
        let total_bytes = self.record.num_bytes.unwrap_or(0);
        let io = |error| WeightsError::from_disk(&error, &self.part);
        let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(&self.part).map_err(io)?;
        file.set_len(offset).and_then(|()| file.seek(SeekFrom::Start(offset))).map_err(io)?;
        let (mut done_bytes, mut buffer) = (offset, vec![0; CHUNK_BYTES]);
        loop {
            (self.progress)(Progress { done_bytes, total_bytes });
            self.check_cancel()?;
            let count = match answer.body.read(&mut buffer) {
                Ok(0) if done_bytes < total_bytes => return Ok(Attempt::Broke(self.too_short(&answer, done_bytes))),
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Attempt::Broke(broke(error, &answer.host))),
            };
            file.write_all(&buffer[..count]).map_err(io)?;
            done_bytes += count as u64;
            if done_bytes > total_bytes {
                drop(file);
                return Err(self.throw_away(format!("more than {total_bytes} bytes came")));
            }
        }
        file.sync_all().map_err(io)?;
        Ok(Attempt::Complete)
    }

    /// Checks what came and puts it in its place.
    fn finish(&mut self, entry: &Entry) -> Result<Fetched, WeightsError> {
        let (sha256, num_bytes) = record::hash(&self.part)?;
        if let Some(announced) = &self.record.sha256
            && *announced != sha256
        {
            return Err(self.throw_away(format!("SHA-256 {sha256} where {announced} was announced")));
        }
        let mut head = [0; 4];
        let is_read = File::open(&self.part).and_then(|mut file| file.read_exact(&mut head)).is_ok();
        // PyTorch's checkpoints are zip archives, or bare pickles.
        if !is_read || !(head.starts_with(b"PK\x03\x04") || head.starts_with(b"\x80")) {
            return Err(self.throw_away("it is no PyTorch checkpoint".to_owned()));
        }
        let record = Record {
            name: entry.name.to_owned(),
            url: self.record.url.clone(),
            sha256,
            sha256_was_announced: self.record.sha256.is_some(),
            num_bytes,
            fetched: record::timestamp(SystemTime::now()),
            licence: self.record.licence.clone(),
            licence_accepted: self.record.licence_accepted.clone(),
        };
        // First the record: weights without one count as damaged, a record without weights as nothing.
        record::write_json(&record_path(&self.path), &record)?;
        fs::rename(&self.part, &self.path).map_err(|error| WeightsError::from_disk(&error, &self.path))?;
        whole::sync_folder(whole::folder(&self.path));
        fs::remove_file(part_record_path(&self.path)).ok(); // a left-over is overwritten by the next fetch
        Ok(Fetched { path: self.path.clone(), record, were_here: false })
    }

    fn check_cancel(&self) -> Result<(), WeightsError> {
        if self.cancel.is_cancelled() { Err(WeightsError::Cancelled) } else { Ok(()) }
    }

    fn part_len(&self) -> u64 {
        self.part.metadata().map(|part| part.len()).unwrap_or_default()
    }

    fn save(&self) -> Result<(), WeightsError> {
        record::write_json(&part_record_path(&self.path), &self.record)
    }

    /// Forgets the bytes, not the licence.
    fn begin_again(&mut self) -> Result<(), WeightsError> {
        (self.record.etag, self.record.sha256, self.record.num_bytes) = (None, None, None);
        self.save()?;
        match fs::remove_file(&self.part) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(WeightsError::from_disk(&error, &self.part)),
            _ => Ok(()),
        }
    }

    fn answer(&self, problem: &str) -> WeightsError {
        WeightsError::Answer { problem: problem.to_owned(), url: self.record.url.clone() }
    }

    fn too_short(&self, answer: &Answer, done_bytes: u64) -> WeightsError {
        let total = self.record.num_bytes.unwrap_or(0);
        let problem = format!("the connection ended after {done_bytes} of {total} bytes");
        WeightsError::Connection { problem, host: answer.host.clone() }
    }

    fn throw_away(&mut self, problem: String) -> WeightsError {
        match self.begin_again() {
            Ok(()) => WeightsError::Corrupted { problem, url: self.record.url.clone() },
            Err(error) => error,
        }
    }
}

/// What an HTTP status means to the user.
fn refusal(status: u16) -> String {
    let meaning = match status {
        401 | 403 => "the server refuses access",
        404 | 410 => "the server has no such file",
        407 => "the proxy asks for a name and a password",
        429 => "the server has had too many requests, try again later",
        500..=599 => "the server is in trouble, try again later",
        _ => "the server answered with something else than the file",
    };
    format!("{meaning} (HTTP {status})")
}
