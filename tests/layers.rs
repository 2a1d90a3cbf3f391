//! The import tables of ARCHITECTURE.md, read from that file and held against every source file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What ARCHITECTURE.md allows.
struct Rules {
    /// Module → modules of ours that it may import.
    imports: BTreeMap<String, BTreeSet<String>>,
    /// Crate → modules that may use it.
    crates: BTreeMap<String, BTreeSet<String>>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rules() -> Rules {
    let document = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut crates = BTreeMap::new();
    for (names, modules) in table(&document, "| crate | only in |") {
        crates.extend(names.into_iter().map(|name| (name, modules.clone())));
    }
    let mut imports = BTreeMap::new();
    for (names, allowed) in table(&document, "| module | may import |") {
        // A module may have several rows.
        for name in names {
            imports.entry(name).or_insert_with(BTreeSet::new).extend(allowed.clone());
        }
    }
    Rules { imports, crates }
}

/// The rows of the table under `header`: the names in backticks of its two columns.
fn table(document: &str, header: &str) -> Vec<(BTreeSet<String>, BTreeSet<String>)> {
    let after = document.split_once(header).unwrap_or_else(|| panic!("no table {header}")).1;
    let rows = after.lines().skip(2).take_while(|line| line.starts_with('|'));
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        (names(cells[0]), names(cells[1]))
    })
    .collect()
}

/// Every Rust file under `src/` and `crates/`, with its module or crate: the folder or file at the top.
fn sources() -> Vec<(String, PathBuf, String)> {
    let (mut folders, mut found) = (vec![root().join("src"), root().join("crates")], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let inside = path.strip_prefix(root()).unwrap().to_owned();
                let top = inside.iter().nth(1).unwrap().to_str().unwrap();
                let name = top.trim_end_matches(".rs").replace('-', "_");
                found.push((name, inside, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// The code without comments; strings stay, they hold no paths worth the trouble.
fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The names that follow `prefix` in paths such as `crate::name` and `crate::{name, other::{deep}}`.
fn names_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(group_heads(group)),
            None => names.extend(identifier(rest)),
        }
    }
    names
}

/// The first name of each path in a group, up to its closing brace.
fn group_heads(group: &str) -> BTreeSet<String> {
    let (mut heads, mut depth, mut is_head) = (BTreeSet::new(), 0, true);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => is_head = true,
            _ if depth == 0 && is_head && !letter.is_whitespace() => {
                heads.extend(identifier(&group[at..]));
                is_head = false;
            }
            _ => {}
        }
    }
    heads
}

fn identifier(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    Some(text[..end].to_owned()).filter(|name| !name.is_empty())
}

/// Whether the code names a crate: `name::…`, or `use name;`.
fn uses_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = &code[at + name.len()..];
        let is_whole = !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '.');
        is_whole && (after.starts_with("::") || (code[..at].ends_with("use ") && after.starts_with(';')))
    })
}

/// What one file does that the rules forbid.
fn violations(rules: &Rules, module: &str, text: &str) -> Vec<String> {
    let code = without_comments(text);
    let mut found = Vec::new();
    if !text.starts_with("//! ") {
        found.push("has no module head (`//! …`)".to_owned());
    }
    for (name, modules) in &rules.crates {
        if uses_crate(&code, name) && !modules.contains(module) && name != module {
            found.push(format!("uses the crate {name}"));
        }
    }
    if module != "session" && ["thread::spawn", "thread::Builder", "thread::scope"].iter().any(|w| code.contains(w)) {
        found.push("starts a thread".to_owned());
    }
    if module == "lib" || module == "main" {
        return found; // they name modules to declare or to start them
    }
    let Some(allowed) = rules.imports.get(module) else {
        found.push("is of a module that ARCHITECTURE.md does not name".to_owned());
        return found;
    };
    for name in names_after(&code, "crate::") {
        // Names of no module are macros and the like.
        if name != module && rules.imports.contains_key(&name) && !allowed.contains(&name) {
            found.push(format!("imports {name}"));
        }
    }
    found
}

#[test]
fn every_import_is_in_the_table_of_the_architecture() {
    let rules = rules();
    let sources = sources();
    assert!(sources.len() > 40 && rules.imports.len() > 10 && rules.crates.len() > 5);
    let mut found = Vec::new();
    for (module, path, text) in &sources {
        found.extend(violations(&rules, module, text).into_iter().map(|what| format!("{}: {what}", path.display())));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_table_names_every_module_and_no_other() {
    let named: BTreeSet<String> = rules().imports.into_keys().collect();
    let mut there: BTreeSet<String> = sources().into_iter().map(|(module, ..)| module).collect();
    there.retain(|module| module != "lib" && module != "main");
    assert_eq!(named, there);
}

#[test]
fn the_window_is_behind_its_feature() {
    for (module, _, text) in sources().iter().filter(|(module, ..)| module == "lib" || module == "main") {
        let lines: Vec<&str> = text.lines().collect();
        let name = if module == "lib" { "pub mod app" } else { "cotrail::app" };
        let place = lines.iter().position(|line| line.contains(name)).unwrap();
        let before = &lines[place.saturating_sub(2)..place];
        assert!(before.contains(&"#[cfg(feature = \"gui\")]"), "{module}: {before:?}");
    }
}

#[test]
fn planted_violations_are_found() {
    let rules = rules();
    for (module, code, what) in [
        ("media", "use crate::tracker::OnlineTracker;", "imports tracker"),
        ("cli", "fn f() { crate::app::run(None) }", "imports app"),
        ("tracks", "use crate::{geometry::{Size, SourcePoint}, media};", "imports media"),
        ("overlay", "use crate::{\n    media::FrameSource,\n    tracks::Track,\n};", "imports media"),
        ("session", "use egui::Context;", "uses the crate egui"),
        ("app", "use winit::window::Window;", "uses the crate winit"),
        ("egui_cpu_window", "use cotrail::frame::Frame;", "uses the crate cotrail"),
        ("cli", "fn f(t: burn::tensor::Tensor<2>) {}", "uses the crate burn"),
        ("export", "use ffmpeg_the_third as ffmpeg;\nfn f() { ffmpeg_the_third::init(); }", "ffmpeg_the_third"),
        ("tracker", "fn f() { std::thread::spawn(|| ()); }", "starts a thread"),
        ("strange", "fn f() {}", "does not name"),
    ] {
        let found = violations(&rules, module, &format!("//! A head.\n{code}\n"));
        assert!(found.iter().any(|v| v.contains(what)), "{module}: {code}: {found:?}");
    }
    assert_eq!(violations(&rules, "tracks", "use crate::geometry::Size;\n"), ["has no module head (`//! …`)"]);
    let innocent = "//! A head.\n// use crate::app::App;\nuse crate::geometry::Size;\nlet burner = my_egui::x();\n";
    assert_eq!(violations(&rules, "tracks", innocent), [""; 0]);
}
