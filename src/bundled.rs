//! The files that come with the program: where weights and the demo clip are found, wherever the binary runs.
//!
//! Looked for in this order: the folder that an environment variable names (`COTRAIL_WEIGHTS`, `COTRAIL_ASSETS`),
//! beside the executable, in `../share/cotrail` from there (as packages install), and in the source tree that built it.

use std::path::{Path, PathBuf};

/// The weights that are used when nothing is named.
pub const DEFAULT_WEIGHTS: &str = "small";

/// A bundled file that is in none of its places.
#[derive(Debug, thiserror::Error)]
#[error("{what} cannot be found; looked in {}", places.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", "))]
pub struct NotFound {
    what: String,
    places: Vec<PathBuf>,
}

/// The weights file for what the user named: a bundled name (`small`), or a path. `COTRAIL_WEIGHTS` may name a folder
/// of weights or one file, which then stands for the default weights.
///
/// # Errors
/// When a bundled name is in none of the places. A path is returned as it is: reading it gives the better error.
pub fn weights(named: &str) -> Result<PathBuf, NotFound> {
    let looks_like_a_path = named.contains(['/', '\\', '.']);
    if looks_like_a_path || (named != DEFAULT_WEIGHTS && Path::new(named).is_file()) {
        return Ok(PathBuf::from(named));
    }
    let from_environment = std::env::var_os("COTRAIL_WEIGHTS").map(PathBuf::from);
    match &from_environment {
        Some(file) if named == DEFAULT_WEIGHTS && file.is_file() => return Ok(file.clone()),
        Some(nothing) if !nothing.exists() => {
            let what = "what COTRAIL_WEIGHTS names".to_owned();
            return Err(NotFound { what, places: vec![nothing.clone()] });
        }
        _ => {}
    }
    let file = format!("{named}.safetensors");
    find(&format!("the weights \"{named}\""), from_environment, "weights", &file)
}

/// The demo clip.
///
/// # Errors
/// When it is in none of the places.
pub fn demo_clip() -> Result<PathBuf, NotFound> {
    find("the demo clip", std::env::var_os("COTRAIL_ASSETS").map(PathBuf::from), "assets", "demo.mp4")
}

/// The running program, where the system tells its path.
#[must_use]
pub fn program() -> Option<PathBuf> {
    std::env::current_exe().ok()
}

fn find(what: &str, from_environment: Option<PathBuf>, folder: &str, file: &str) -> Result<PathBuf, NotFound> {
    let executable = program();
    let beside = executable.as_deref().and_then(Path::parent);
    let places: Vec<PathBuf> = from_environment
        .into_iter()
        .chain(beside.map(|dir| dir.join(folder)))
        .chain(beside.map(|dir| dir.join("../share/cotrail").join(folder)))
        .chain([Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)])
        .collect();
    let found = places.iter().map(|place| place.join(file)).find(|path| path.is_file());
    found.ok_or_else(|| NotFound { what: what.to_owned(), places })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_files_are_found_and_paths_are_left_alone() {
        assert!(weights(DEFAULT_WEIGHTS).unwrap().is_file());
        assert!(demo_clip().unwrap().is_file());
        assert_eq!(weights("some/where.pth").unwrap(), PathBuf::from("some/where.pth"));
        assert_eq!(weights("here.safetensors").unwrap(), PathBuf::from("here.safetensors"));
    }

    #[test]
    fn what_is_missing_is_named_with_the_places() {
        let error = weights("huge").unwrap_err().to_string();
        assert!(error.contains("the weights \"huge\" cannot be found") && error.contains("weights"), "{error}");
    }
}
