//! `cotrail weights`, against a server on the loopback.

use super::fixtures::{CLIP, cotrail, golden_path, stderr_of, text, tracked};
use crate::weights::server::{Reply, Server};
use assert_cmd::Command;
use std::path::Path;

/// The program with a cache of its own; nothing but the loopback is ever asked.
fn weights(cache: &Path, endpoint: &str, words: &str) -> Command {
    let mut command = cotrail();
    command.env("COTRAIL_CACHE", cache).env("HF_ENDPOINT", endpoint).env_remove("HF_HUB_OFFLINE");
    command.env_remove("COTRAIL_WEIGHTS").arg("weights").args(words.split_whitespace());
    command
}

#[test]
fn weights_are_listed_fetched_with_consent_and_used_by_name() {
    let cache = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(golden_path("tiny.pth")).unwrap();
    let server = Server::start(vec![Reply::file(&bytes, "v1").cut_after(50_000), Reply::rest(&bytes, 50_000, "v1")]);
    let run = |words: &str| weights(cache.path(), &server.endpoint, words);
    let listed = || text(&run("list").output().unwrap().stdout);
    assert!(listed().contains("not fetched"), "{}", listed());
    let info = text(&run("info scaled_online").output().unwrap().stdout);
    assert!(info.contains("CC-BY-NC-4.0") && info.contains("Non-commercial use only"), "{info}");

    let refused = stderr_of(run("fetch scaled_online"), 2);
    assert!(refused.contains("--accept-licence") && refused.contains("CC-BY-NC-4.0"), "{refused}");
    assert!(server.requests().is_empty());
    let fetched = run("fetch scaled_online --accept-licence").output().unwrap();
    assert!(fetched.status.success(), "{}", text(&fetched.stderr));
    assert!(text(&fetched.stderr).contains("scaled_online is here: "), "{}", text(&fetched.stderr));
    let row = listed().lines().find(|line| line.starts_with("scaled_online")).unwrap().to_owned();
    assert!(row.contains(" fetched"), "{row}");
    let again = run("fetch scaled_online").output().unwrap();
    assert!(again.status.success() && text(&again.stderr).contains("is here already"), "{}", text(&again.stderr));
    assert_eq!(server.requests().len(), 2, "one break, nothing twice");

    let track = |words: &str| {
        let mut command = cotrail();
        command.env("COTRAIL_CACHE", cache.path()).current_dir(CLIP.path());
        command.args("track frames --point 0,40,40 --end 8 --size 96x72 --iters 2 --device cpu --weights".split(' '));
        command.arg(words);
        command
    };
    let tiny = golden_path("tiny.pth").display().to_string();
    assert_eq!(tracked(track("scaled_online")), tracked(track(&tiny)));
    let missing = stderr_of(track("baseline_online"), 1);
    assert!(missing.contains("cotrail weights fetch baseline_online"), "{missing}");

    let path = cache.path().join("weights/scaled_online.pth");
    let mut damaged = bytes.clone();
    damaged[60_000] ^= 1;
    std::fs::write(path, damaged).unwrap();
    let stderr = stderr_of(track("scaled_online"), 1);
    assert!(stderr.contains("has changed since it was fetched"), "{stderr}");
}

#[test]
fn what_cannot_be_fetched_says_why() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::start(vec![Reply::status(404)]);
    let run = |words: &str| weights(cache.path(), &server.endpoint, words);
    assert!(stderr_of(run("fetch huge"), 2).contains("there are small, scaled_online"));
    assert!(stderr_of(run("info huge"), 2).contains("there are small, scaled_online"));
    assert!(stderr_of(run("fetch small"), 1).contains("nothing to fetch"));
    let mut offline = run("fetch scaled_online --accept-licence");
    offline.env("HF_HUB_OFFLINE", "1");
    assert!(stderr_of(offline, 1).contains("HF_HUB_OFFLINE is set"));
    assert!(server.requests().is_empty());
    let stderr = stderr_of(run("fetch scaled_online --accept-licence"), 1);
    assert!(stderr.contains("the server has no such file (HTTP 404)") && stderr.lines().count() == 1, "{stderr}");
}
