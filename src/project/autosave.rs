//! Autosaves: one file per window, offered at the next start after a crash.

use super::disk::write_whole;
use super::error::ProjectError;
use super::file::Project;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Locks without an autosave beside them are swept away when they are this old.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(24);

/// The place of one window's autosaves. A lock, which the system gives back however the window ends, tells other
/// windows that its owner lives.
#[derive(Debug)]
pub struct Autosave {
    file: PathBuf,
    /// Held for as long as this lives; none once the autosave is given up.
    lock: Mutex<Option<File>>,
}

impl Autosave {
    /// A place of one's own in the folder.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn create(folder: &Path, now: SystemTime) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let millis = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let name = format!("{millis}-{}", std::process::id());
        for attempt in 0.. {
            let file = folder.join(format!("{name}-{attempt}.{}", super::EXTENSION));
            match OpenOptions::new().write(true).create_new(true).open(lock_of(&file)) {
                Ok(lock) => {
                    lock.lock()?;
                    return Ok(Self { file, lock: Mutex::new(Some(lock)) });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        unreachable!("the loop ends with a place or an error")
    }

    /// Takes over what another window left, unless that window lives.
    fn adopt(file: PathBuf) -> Option<Self> {
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(lock_of(&file)).ok()?;
        lock.try_lock().ok()?;
        // Its owner may have ended well while we looked.
        file.exists().then(|| Self { file, lock: Mutex::new(Some(lock)) })
    }

    /// Writes the newest state; nothing, once it was given up.
    ///
    /// # Errors
    /// When it cannot be written; the state before stays.
    pub fn write(&self, project: &Project) -> Result<(), ProjectError> {
        let bytes = project.to_bytes();
        let lock = self.lock();
        if lock.is_some() { write_whole(&self.file, &bytes, true) } else { Ok(()) }
    }

    /// Removes what was written: there is nothing unsaved any more. The place stays ours.
    pub fn clear(&self) {
        let _lock = self.lock();
        fs::remove_file(&self.file).ok(); // nothing may have been written yet
    }

    /// Reads what was written.
    ///
    /// # Errors
    /// When it makes no sense.
    pub fn read(&self) -> Result<Project, ProjectError> {
        Project::read(&self.file)
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// Gives the place up: its window ends well, or the user does not want what is there. Waits for a writer.
    pub fn remove(&self) {
        let mut lock = self.lock();
        fs::remove_file(&self.file).ok(); // nothing may have been written yet
        lock.take();
        fs::remove_file(lock_of(&self.file)).ok(); // swept away later
    }

    fn lock(&self) -> MutexGuard<'_, Option<File>> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lock_of(file: &Path) -> PathBuf {
    file.with_extension("lock")
}

/// What a window left that ended without a word.
#[derive(Debug)]
pub struct Orphan {
    /// The file, ours now.
    pub autosave: Autosave,
    /// What it is about.
    pub project: Project,
    /// When it was written.
    pub written_at: SystemTime,
}

/// All that windows left which are no more, the newest first. What cannot be read stays where it is.
#[must_use]
pub fn orphans(folder: &Path, now: SystemTime) -> Vec<Orphan> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() }; // nothing was ever saved
    let paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let has_ending = |path: &Path, ending: &str| path.extension().is_some_and(|found| found == ending);
    for lock in paths.iter().filter(|path| has_ending(path, "lock")) {
        sweep(lock, now);
    }
    let files = paths.into_iter().filter(|path| has_ending(path, super::EXTENSION));
    let mut found: Vec<Orphan> = files.filter_map(orphan).collect();
    found.sort_by_key(|orphan| std::cmp::Reverse(orphan.written_at));
    found
}

fn orphan(file: PathBuf) -> Option<Orphan> {
    let written_at = fs::metadata(&file).and_then(|found| found.modified()).ok()?;
    let autosave = Autosave::adopt(file)?;
    match autosave.read() {
        Ok(project) => Some(Orphan { autosave, project, written_at }),
        Err(error) => {
            tracing::warn!("an autosave cannot be read: {error}");
            None
        }
    }
}

fn sweep(lock: &Path, now: SystemTime) {
    let is_old = || {
        let modified = fs::metadata(lock).and_then(|found| found.modified()).ok()?;
        Some(now.duration_since(modified).ok()? > FORGOTTEN_AFTER)
    };
    if !lock.with_extension(super::EXTENSION).exists()
        && is_old() == Some(true)
        && File::open(lock).is_ok_and(|file| file.try_lock().is_ok())
    {
        fs::remove_file(lock).ok(); // another window may have been quicker
    }
}
