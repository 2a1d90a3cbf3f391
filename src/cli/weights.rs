//! `cotrail weights`: what there is, and getting it.

use super::args::WeightsCommand;
use super::failure::{BadUsage, Interrupted, say};
use super::interrupt::Interrupts;
use super::progress::Progress;
use crate::weights::{self, CATALOGUE, Entry, Origin, Settings, State, WeightsError};
use anyhow::bail;
use indicatif::ProgressBar;
use std::io::{self, BufRead, IsTerminal, Write};

/// Does what was asked for.
pub(super) fn run(command: &WeightsCommand) -> anyhow::Result<()> {
    let settings = Settings::from_env();
    match command {
        WeightsCommand::List => list(&settings, &mut io::stdout().lock()),
        WeightsCommand::Info { name } => info(named(name)?, &settings, &mut io::stdout().lock()),
        WeightsCommand::Fetch { name, accept_licence, quiet } => {
            fetch(named(name)?, &settings, *accept_licence, &Progress::new(*quiet))
        }
    }
}

fn named(name: &str) -> Result<&'static Entry, BadUsage> {
    weights::entry(name).ok_or_else(|| {
        let names: Vec<&str> = CATALOGUE.iter().map(|entry| entry.name).collect();
        BadUsage(format!("there are no weights called \"{name}\"; there are {}", names.join(", ")))
    })
}

fn list(settings: &Settings, out: &mut impl Write) -> anyhow::Result<()> {
    for entry in &CATALOGUE {
        let (state, size) = (weights::state(entry, settings), size_of(entry, settings));
        let licence = entry.licence.name;
        writeln!(out, "{:16} {:21} {size:>12}  {licence}", entry.name, in_words(&state))?;
        writeln!(out, "    {}", entry.summary)?;
    }
    writeln!(out, "`cotrail weights fetch NAME` fetches; `--weights NAME` takes what is here.")?;
    Ok(())
}

fn info(entry: &Entry, settings: &Settings, out: &mut impl Write) -> anyhow::Result<()> {
    let state = weights::state(entry, settings);
    writeln!(out, "{}: {}", entry.name, entry.summary)?;
    let mut row = |name: &str, value: &str| writeln!(out, "{name:10} {value}");
    row("state", &in_words(&state))?;
    row("size", &size_of(entry, settings))?;
    row("network", &format!("{} pictures, {} iterations", entry.model_size, entry.iters))?;
    if let Origin::Remote { path, .. } = entry.origin {
        row("source", &format!("{}{path}", settings.endpoint))?;
    }
    match &state {
        State::Bundled(path) => row("file", &path.display().to_string())?,
        State::Fetched(path, record) => {
            row("file", &path.display().to_string())?;
            let announced = if record.sha256_was_announced { "as announced" } else { "as first fetched" };
            row("sha256", &format!("{} ({announced})", record.sha256))?;
            row("fetched", &format!("{} from {}", record.fetched, record.url))?;
            row("accepted", &format!("{} on {}", record.licence, record.licence_accepted))?;
        }
        State::Damaged(problem) | State::NotInstalled(problem) => row("problem", problem)?,
        State::Missing | State::Partial(_) => row("fetch with", &format!("cotrail weights fetch {}", entry.name))?,
    }
    row("licence", &format!("{} ({})", entry.licence.name, entry.licence.title))?;
    for sentence in entry.licence.summary {
        row("", sentence)?;
    }
    row("", entry.licence.url)?;
    Ok(())
}

fn in_words(state: &State) -> String {
    match state {
        State::Bundled(_) => "bundled".to_owned(),
        State::NotInstalled(_) => "not installed".to_owned(),
        State::Missing => "not fetched".to_owned(),
        State::Partial(bytes) => format!("{} of it fetched", megabytes(*bytes)),
        State::Fetched(..) => "fetched".to_owned(),
        State::Damaged(_) => "damaged".to_owned(),
    }
}

/// The length of the file, or what is known of it.
fn size_of(entry: &Entry, settings: &Settings) -> String {
    let length = weights::state(entry, settings).path().and_then(|path| path.metadata().ok()).map(|file| file.len());
    match (length, entry.origin) {
        (Some(bytes), _) => megabytes(bytes),
        (None, Origin::Remote { about_bytes, .. }) => format!("about {}", megabytes(about_bytes)),
        (None, Origin::Bundled) => "?".to_owned(),
    }
}

fn megabytes(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 10.0 { format!("{megabytes:.1} MB") } else { format!("{megabytes:.0} MB") }
}

fn fetch(entry: &Entry, settings: &Settings, accept_licence: bool, progress: &Progress) -> anyhow::Result<()> {
    let is_here = matches!(weights::state(entry, settings), State::Fetched(..));
    let must_ask = !accept_licence && !is_here && weights::needs_acceptance(entry, settings);
    if must_ask && entry.origin != Origin::Bundled {
        if settings.is_offline {
            return Err(WeightsError::Offline.into()); // no need to ask
        }
        ask(entry)?;
    }
    let interrupts = Interrupts::listen()?;
    interrupts.start_writing(); // the first Ctrl-C stops this, the second ends the program
    let mut bar: Option<ProgressBar> = None;
    let mut show = |now: weights::Progress| {
        let bar = bar.get_or_insert_with(|| progress.bytes("fetching", now.done_bytes, now.total_bytes));
        bar.set_length(now.total_bytes);
        bar.set_position(now.done_bytes);
    };
    let result = weights::fetch(entry, settings, accept_licence || must_ask, &mut show, &interrupts.writing);
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let fetched = match result {
        Ok(fetched) => fetched,
        Err(WeightsError::Cancelled) => {
            let text = "what was fetched so far is kept, and the same command goes on from there";
            return Err(Interrupted(text.to_owned()).into());
        }
        Err(error) => return Err(error.into()),
    };
    let name = entry.name;
    let is = if fetched.were_here { "is here already, and whole" } else { "is here" };
    progress.note(format_args!("{name} {is}: {}", fetched.path.display()));
    progress.note(format_args!("sha256 {}", fetched.record.sha256));
    progress.note(format_args!("use it with --weights {name}; licence {}", entry.licence.name));
    Ok(())
}

/// Shows the licence on a terminal and asks; elsewhere says what to pass.
fn ask(entry: &Entry) -> anyhow::Result<()> {
    let licence = entry.licence;
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(BadUsage(format!(
            "\"{}\" comes under {}, which has to be accepted before anything is fetched: read it at {} and pass \
             --accept-licence",
            entry.name, licence.name, licence.url
        ))
        .into());
    }
    say(format_args!("\"{}\" comes under {} ({}):", entry.name, licence.name, licence.title));
    for sentence in licence.summary {
        say(format_args!("  - {sentence}"));
    }
    say(format_args!("The terms in full: {}", licence.url));
    write!(io::stderr(), "Do you accept this licence? [y/N] ")?;
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if !["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) {
        bail!("the licence was not accepted, nothing was fetched");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nowhere() -> Settings {
        let folder = Some("/nowhere/cotrail/weights".into());
        let patience = std::time::Duration::from_secs(1);
        Settings { folder, endpoint: "https://mirror.example".into(), is_offline: true, patience }
    }

    #[test]
    fn the_list_has_every_name_with_its_state_and_licence() {
        let mut out = Vec::new();
        list(&nowhere(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let row = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
        assert!(row("small").contains("bundled") && row("small").contains("Apache-2.0"), "{text}");
        for name in ["scaled_online", "baseline_online", "scaled_offline", "baseline_offline"] {
            assert!(row(name).contains("not fetched") && row(name).contains("CC-BY-NC-4.0"), "{text}");
        }
    }

    #[test]
    fn info_tells_source_and_terms() {
        let mut out = Vec::new();
        info(named("scaled_online").unwrap(), &nowhere(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        for part in [
            "https://mirror.example/facebook/cotracker3/resolve/main/scaled_online.pth",
            "Non-commercial use only",
            "https://creativecommons.org/licenses/by-nc/4.0/",
            "cotrail weights fetch scaled_online",
            "about 102 MB",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(named("huge").unwrap_err().to_string().contains("scaled_offline"));
    }
}
