//! The weights that Cotrail knows by name, and the licences that they come under.

use crate::bundled::DEFAULT_WEIGHTS;
use crate::geometry::Size;

/// The terms that weights come under.
#[derive(Debug, PartialEq, Eq)]
pub struct Licence {
    /// The short name, as SPDX writes it.
    pub name: &'static str,
    /// The name in words.
    pub title: &'static str,
    /// Where the terms stand in full.
    pub url: &'static str,
    /// What they mean, one sentence each. Not the terms themselves.
    pub summary: &'static [&'static str],
    /// Whether the user has to agree before the weights are fetched.
    pub must_be_accepted: bool,
}

/// The bundled weights: their encoder began as `EfficientNet-Lite0`, which comes under these terms.
static OWN: Licence = Licence {
    name: "Apache-2.0",
    title: "Apache License 2.0",
    url: "https://spdx.org/licenses/Apache-2.0.html",
    summary: &[
        "Any use, commercial use included.",
        "The encoder began as EfficientNet-Lite0 (Google): whoever passes the weights on passes its notice on, too.",
    ],
    must_be_accepted: false,
};

/// The official checkpoints.
static NON_COMMERCIAL: Licence = Licence {
    name: "CC-BY-NC-4.0",
    title: "Creative Commons Attribution-NonCommercial 4.0 International",
    url: "https://creativecommons.org/licenses/by-nc/4.0/legalcode",
    summary: &[
        "These weights are by Meta Platforms, Inc. and affiliates; Cotrail does not distribute them.",
        "Non-commercial use only: not for work that is mainly meant for commercial advantage or payment.",
        "Whoever passes them on, changed or not, names the authors, links the licence and says what was changed.",
        "They come as they are, without any warranty.",
    ],
    must_be_accepted: true,
};

/// Where weights come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// They are installed with the program.
    Bundled,
    /// They are fetched from here, below the endpoint.
    Remote {
        /// The path of the file on the server, beginning with a slash.
        path: &'static str,
        /// About how large the file is.
        about_bytes: u64,
    },
}

/// Weights with a name.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// What `--weights` calls them.
    pub name: &'static str,
    /// What they are good for, in one sentence.
    pub summary: &'static str,
    /// Where they come from.
    pub origin: Origin,
    /// Their terms.
    pub licence: &'static Licence,
    /// The picture that the network sees of a live stream where nothing else is asked for.
    pub model_size: Size,
    /// The same of a loaded clip.
    pub clip_size: Size,
    /// Iterations for each window where nothing else is asked for.
    pub iters: usize,
}

/// About the size of each official checkpoint: 25.4 million numbers of 4 bytes.
const OFFICIAL_BYTES: u64 = 102_000_000;
const OFFICIAL_SIZE: Size = Size { width: 512, height: 384 };

/// All weights with a name, the default first.
pub static CATALOGUE: [Entry; 5] = [
    Entry {
        name: DEFAULT_WEIGHTS,
        summary: "Small and quick. Good on easy motion.",
        origin: Origin::Bundled,
        licence: &OWN,
        model_size: Size { width: 384, height: 256 },
        clip_size: Size { width: 512, height: 384 },
        iters: 4,
    },
    official(
        "scaled_online",
        "CoTracker3, trained on real videos, too: its authors' best weights for this. Slower than small.",
        "/facebook/cotracker3/resolve/main/scaled_online.pth",
    ),
    official(
        "baseline_online",
        "CoTracker3, trained on rendered videos only. As slow as scaled_online.",
        "/facebook/cotracker3/resolve/main/baseline_online.pth",
    ),
    official(
        "scaled_offline",
        "CoTracker3 for whole clips, which it looks at all at once: results come at the end and need more memory.",
        "/facebook/cotracker3/resolve/main/scaled_offline.pth",
    ),
    official(
        "baseline_offline",
        "CoTracker3 for whole clips, trained on rendered videos only. As slow as scaled_offline.",
        "/facebook/cotracker3/resolve/main/baseline_offline.pth",
    ),
];

const fn official(name: &'static str, summary: &'static str, path: &'static str) -> Entry {
    let origin = Origin::Remote { path, about_bytes: OFFICIAL_BYTES };
    let (model_size, clip_size) = (OFFICIAL_SIZE, OFFICIAL_SIZE);
    Entry { name, summary, origin, licence: &NON_COMMERCIAL, model_size, clip_size, iters: 6 }
}

/// The weights of a name.
#[must_use]
pub fn entry(name: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fetched_lies_where_its_name_says_and_asks_for_its_licence() {
        for entry in &CATALOGUE[1..] {
            let Origin::Remote { path, .. } = entry.origin else { panic!("{} is bundled", entry.name) };
            assert_eq!(path, format!("/facebook/cotracker3/resolve/main/{}.pth", entry.name));
            assert!(entry.licence.must_be_accepted && entry.licence.name == "CC-BY-NC-4.0");
        }
        assert_eq!(CATALOGUE[0].origin, Origin::Bundled);
        assert!(entry("scaled_online").is_some() && entry("huge").is_none());
    }
}
