//! Fetching weights, from a server on the loopback.

pub(crate) mod server;

use cotrail::sync::CancelToken;
use cotrail::weights::{Entry, Fetched, Progress, Settings, State, WeightsError, entry, fetch, find, state, verify};
use server::{Reply, Server};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const PATH: &str = "/facebook/cotracker3/resolve/main/scaled_online.pth";

/// A cache folder of its own, and the server to fetch from.
struct Rig {
    server: Server,
    folder: TempDir,
    settings: Settings,
}

impl Rig {
    fn start(replies: Vec<Reply>) -> Self {
        let (server, folder) = (Server::start(replies), tempfile::tempdir().unwrap());
        let settings = Settings {
            folder: Some(folder.path().join("cache/weights")),
            endpoint: server.endpoint.clone(),
            is_offline: false,
            patience: Duration::from_secs(30),
        };
        Self { server, folder, settings }
    }

    fn fetch(&self) -> Result<Fetched, WeightsError> {
        fetch(scaled(), &self.settings, true, &mut |_| (), &CancelToken::new())
    }

    fn error(&self) -> String {
        self.fetch().unwrap_err().to_string()
    }

    /// Stops once something has come.
    fn fetch_and_stop(&self) {
        let cancel = CancelToken::new();
        let mut stop = |now: Progress| {
            if now.done_bytes > 0 {
                cancel.cancel();
            }
        };
        let error = fetch(scaled(), &self.settings, true, &mut stop, &cancel).unwrap_err();
        assert!(matches!(error, WeightsError::Cancelled), "{error}");
    }

    /// What lies in the cache, without the lock.
    fn files(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.settings.folder.as_ref().unwrap()) else { return Vec::new() };
        let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| Path::new(name).extension().is_none_or(|ending| ending != "lock"));
        names.sort();
        names
    }
}

fn scaled() -> &'static Entry {
    entry("scaled_online").unwrap()
}

/// As long as several chunks, and different everywhere; begins as PyTorch's archives do.
fn checkpoint(seed: u8) -> Vec<u8> {
    let noise = (0..700_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8 ^ seed);
    b"PK\x03\x04".iter().copied().chain(noise).collect()
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[test]
fn a_fetched_checkpoint_is_recorded_found_by_name_and_not_fetched_again() {
    let bytes = checkpoint(1);
    let rig = Rig::start(vec![Reply::file(&bytes, "v1")]);
    assert_eq!(state(scaled(), &rig.settings), State::Missing);
    let hint = find("scaled_online", &rig.settings).unwrap_err().to_string();
    assert!(hint.contains("cotrail weights fetch scaled_online"), "{hint}");
    let mut last = None;
    let fetched = fetch(scaled(), &rig.settings, true, &mut |now| last = Some(now), &CancelToken::new()).unwrap();
    let num_bytes = bytes.len() as u64;
    assert_eq!(last, Some(Progress { done_bytes: num_bytes, total_bytes: num_bytes }));
    assert_eq!(std::fs::read(&fetched.path).unwrap(), bytes);
    assert_eq!((fetched.record.sha256.as_str(), fetched.record.num_bytes), (sha256(&bytes).as_str(), num_bytes));
    assert!(!fetched.record.sha256_was_announced && !fetched.were_here);
    assert_eq!(fetched.record.licence, "CC-BY-NC-4.0");
    assert_eq!(rig.files(), ["scaled_online.pth", "scaled_online.pth.record.json"]);
    assert_eq!(find("scaled_online", &rig.settings).unwrap(), fetched.path);
    assert_eq!(verify(&fetched.path).unwrap(), Some(fetched.record.clone()));
    // Nothing is fetched twice, and nobody is asked twice.
    let again = fetch(scaled(), &rig.settings, false, &mut |_| (), &CancelToken::new()).unwrap();
    assert_eq!(again, Fetched { were_here: true, ..fetched });
    assert_eq!(rig.server.requests(), [(PATH.to_owned(), None)]);
}

#[test]
fn a_cut_connection_is_taken_up_where_it_broke() {
    let bytes = checkpoint(2);
    let replies = vec![
        Reply::file(&bytes, "v1").cut_after(300_000),
        Reply::rest(&bytes, 300_000, "v1").cut_after(100_000),
        Reply::rest(&bytes, 400_000, "v1"),
    ];
    let rig = Rig::start(replies);
    assert_eq!(std::fs::read(rig.fetch().unwrap().path).unwrap(), bytes);
    let ranges = [None, Some("bytes=300000-".to_owned()), Some("bytes=400000-".to_owned())];
    assert_eq!(rig.server.ranges(), ranges);
}

#[test]
fn a_server_that_is_gone_after_a_cut_is_an_error_and_what_came_is_kept_for_later() {
    let bytes = checkpoint(3);
    let replies =
        vec![Reply::file(&bytes, "v1").cut_after(250_000), Reply::status(503), Reply::rest(&bytes, 250_000, "v1")];
    let rig = Rig::start(replies);
    let error = rig.error();
    assert!(error.contains("the server is in trouble") && error.contains("HTTP 503"), "{error}");
    assert_eq!(state(scaled(), &rig.settings), State::Partial(250_000));
    // The licence was accepted when the first half came.
    let fetched = fetch(scaled(), &rig.settings, false, &mut |_| (), &CancelToken::new()).unwrap();
    assert_eq!(std::fs::read(fetched.path).unwrap(), bytes);
    assert_eq!(rig.files().len(), 2, "{:?}", rig.files());
}

#[test]
fn stopping_keeps_what_came_and_the_next_fetch_goes_on() {
    let bytes = checkpoint(4);
    let rig = Rig::start(vec![Reply::file(&bytes, "v1"), Reply::status(404)]);
    rig.fetch_and_stop();
    let State::Partial(done) = state(scaled(), &rig.settings) else { panic!("nothing was kept") };
    assert!(done > 0 && done < bytes.len() as u64);
    let error = rig.error();
    assert!(error.contains("the server has no such file (HTTP 404)") && error.contains(PATH), "{error}");
    assert_eq!(rig.server.ranges(), [None, Some(format!("bytes={done}-"))]);
    assert_eq!(state(scaled(), &rig.settings), State::Partial(done), "still there");
}

#[test]
fn a_server_without_ranges_sends_everything_again() {
    let bytes = checkpoint(5);
    let rig = Rig::start(vec![Reply::file(&bytes, "v1").cut_after(300_000), Reply::file(&bytes, "v1")]);
    assert_eq!(std::fs::read(rig.fetch().unwrap().path).unwrap(), bytes);
    assert_eq!(rig.server.ranges()[1], Some("bytes=300000-".to_owned()));
}

#[test]
fn a_file_that_changed_on_the_server_is_begun_again() {
    let (old, new) = (checkpoint(6), checkpoint(7));
    let replies = vec![
        Reply::file(&old, "v1").cut_after(300_000),
        Reply::rest(&new, 300_000, "v2"), // the rest of another version
        Reply::file(&new, "v2"),
    ];
    let rig = Rig::start(replies);
    assert_eq!(std::fs::read(rig.fetch().unwrap().path).unwrap(), new);
    assert_eq!(rig.server.ranges(), [None, Some("bytes=300000-".to_owned()), None]);
}

#[test]
fn a_range_beyond_the_end_and_a_server_without_tags_begin_again_too() {
    let bytes = checkpoint(8);
    let beyond = Reply::status(416).with("Content-Range", "bytes */1000");
    let rig = Rig::start(vec![Reply::file(&bytes, "v1").cut_after(300_000), beyond, Reply::file(&bytes, "v2")]);
    assert_eq!(std::fs::read(rig.fetch().unwrap().path).unwrap(), bytes);
    let untagged = Reply { headers: Vec::new(), ..Reply::file(&bytes, "") };
    let rig = Rig::start(vec![untagged.clone().cut_after(300_000), untagged]);
    assert_eq!(std::fs::read(rig.fetch().unwrap().path).unwrap(), bytes);
    assert_eq!(rig.server.ranges(), [None, None], "nothing tells that the rest would belong to it");
}

#[test]
fn the_hash_that_stands_in_the_redirect_is_checked() {
    let bytes = checkpoint(9);
    let redirect = |hash: &str, length: usize| {
        let to = Reply::status(302).with("Location", "/storage/file?key=1").with("X-Linked-Size", length.to_string());
        to.with("X-Linked-Etag", format!("\"{hash}\""))
    };
    // The storage's own tag looks like a hash, and is another one.
    let stored = Reply::file(&bytes, &"ab".repeat(32));
    let good = redirect(&sha256(&bytes), bytes.len());
    let rig = Rig::start(vec![good, stored.clone()]);
    let fetched = rig.fetch().unwrap();
    assert!(fetched.record.sha256_was_announced && fetched.record.sha256 == sha256(&bytes));
    assert_eq!(rig.server.requests()[1].0, "/storage/file?key=1");

    let rig = Rig::start(vec![redirect(&"cd".repeat(32), bytes.len()), stored]);
    let error = rig.error();
    assert!(error.contains("not the file that the server announced") && error.contains("SHA-256"), "{error}");
    assert_eq!(state(scaled(), &rig.settings), State::Missing, "it was thrown away");
}

#[test]
fn what_is_no_checkpoint_is_never_put_in_place() {
    let bytes = checkpoint(10);
    for (reply, cause) in [
        (Reply::file(b"<html>Please log in</html>", "v1").with("Content-Type", "text/html; charset=utf-8"), "login"),
        (Reply::file(b"just words", "v1"), "no PyTorch checkpoint"),
        (Reply::file(&bytes[..1000], "v1").with("X-Linked-Size", "2000"), "after 1000 of 2000 bytes"),
        (Reply::file(&bytes, "v1").with("X-Linked-Size", "200000"), "more than 200000 bytes came"),
        (Reply::file(b"", "v1").with("Transfer-Encoding", "chunked"), "how long the file is"),
        (Reply::status(403), "refuses access (HTTP 403)"),
        (Reply::status(429), "too many requests"),
        (Reply::status(302).with("Location", "ftp://elsewhere/file"), "no web address"),
        (Reply::status(302).with("Location", PATH), "circles"),
    ] {
        let rig = Rig::start(vec![reply]);
        let error = rig.error();
        assert!(error.contains(cause), "{cause}: {error}");
        assert!(find("scaled_online", &rig.settings).is_err(), "{cause}");
        assert!(!rig.files().contains(&"scaled_online.pth".to_owned()), "{cause}");
    }
}

#[test]
fn a_silent_connection_is_given_up() {
    let bytes = checkpoint(11);
    let silent = Reply { falls_silent: true, ..Reply::file(&bytes, "v1").cut_after(0) };
    let mut rig = Rig::start(vec![silent]);
    rig.settings.patience = Duration::from_millis(50);
    let error = rig.error();
    assert!(error.contains("the connection fell silent"), "{error}");
}

#[test]
fn nobody_listening_is_an_error_in_words() {
    let mut rig = Rig::start(vec![Reply::status(404)]);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(); // closed again
    rig.settings.endpoint = format!("http://{free}");
    let error = rig.error();
    assert!(error.contains("the server refuses connections") && error.contains(&free.to_string()), "{error}");
    rig.settings.endpoint = "huggingface.co".to_owned();
    assert!(rig.error().contains("no web address"));
}

#[test]
fn nothing_is_asked_of_a_server_without_consent_or_while_offline() {
    let mut rig = Rig::start(vec![Reply::file(&checkpoint(12), "v1")]);
    let refused = fetch(scaled(), &rig.settings, false, &mut |_| (), &CancelToken::new()).unwrap_err();
    assert!(matches!(refused, WeightsError::LicenceNotAccepted { licence: "CC-BY-NC-4.0", .. }), "{refused}");
    rig.settings.is_offline = true;
    assert!(rig.error().contains("HF_HUB_OFFLINE"));
    let bundled = fetch(entry("small").unwrap(), &rig.settings, true, &mut |_| (), &CancelToken::new());
    assert!(matches!(bundled, Err(WeightsError::Bundled { name: "small" })));
    assert!(rig.server.requests().is_empty() && rig.files().is_empty());
}

#[test]
fn a_damaged_file_is_noticed_and_fetched_anew() {
    let bytes = checkpoint(13);
    let rig = Rig::start(vec![Reply::file(&bytes, "v1")]);
    let path = rig.fetch().unwrap().path;
    let mut changed = bytes.clone();
    changed[5000] ^= 1;
    std::fs::write(&path, &changed).unwrap();
    let error = verify(&path).unwrap_err().to_string();
    assert!(error.contains("has changed since it was fetched"), "{error}");
    std::fs::write(&path, &bytes[..5000]).unwrap();
    let error = find("scaled_online", &rig.settings).unwrap_err().to_string();
    assert!(error.contains("5000 bytes where 700004 were fetched"), "{error}");
    let again = rig.fetch().unwrap();
    assert!(!again.were_here && std::fs::read(path).unwrap() == bytes);
}

#[test]
fn a_place_that_cannot_be_written_to_is_named() {
    let mut rig = Rig::start(vec![Reply::file(&checkpoint(14), "v1")]);
    let file = rig.folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    rig.settings.folder = Some(file.join("weights"));
    let error = rig.error();
    assert!(error.contains("what should be the folder is a file") && error.contains("file"), "{error}");
    rig.settings.folder = None;
    assert!(rig.error().contains("COTRAIL_CACHE"));
    assert!(rig.server.requests().is_empty());
}

#[test]
fn two_do_not_fetch_the_same_weights_at_once() {
    let rig = Rig::start(vec![Reply::file(&checkpoint(15), "v1")]);
    let mut busy = None;
    let mut second = |_: Progress| {
        busy.get_or_insert_with(|| rig.error());
    };
    fetch(scaled(), &rig.settings, true, &mut second, &CancelToken::new()).unwrap();
    assert!(busy.unwrap().contains("being fetched already"));
}
