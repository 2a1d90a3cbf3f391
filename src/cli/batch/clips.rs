//! Which clips, and what is written for each.

use crate::cli::args::{BatchArgs, TrackArgs};
use crate::cli::config::{TrackConfig, has_ending};
use crate::cli::failure::BadUsage;
use crate::media::{ImageFolder, VIDEO_ENDINGS};
use crate::project::Project;
use anyhow::Context;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Stands for a clip's name in paths.
const NAME: &str = "{name}";

/// One clip of the batch.
pub(super) struct Clip {
    /// Its file name without the ending.
    pub(super) name: String,
    pub(super) config: TrackConfig,
    /// Everything that is written for it.
    pub(super) outputs: Vec<PathBuf>,
    /// Whether all of that is there.
    pub(super) is_done: bool,
}

/// A clip, and what a manifest says of it.
#[derive(Debug, Default, PartialEq, serde::Deserialize)]
#[serde(default)]
struct Wanted {
    clip: PathBuf,
    name: Option<String>,
    queries: Option<PathBuf>,
    start: Option<u32>,
    end: Option<u32>,
}

/// The clips of the command line, in its order, those of this shard alone. Nothing is opened yet.
///
/// # Errors
/// When one cannot be found, or the results of two would be the same file.
pub(super) fn clips_of(args: &BatchArgs) -> anyhow::Result<Vec<Clip>> {
    let mut wanted = Vec::new();
    for input in std::iter::once(&args.track.input).chain(&args.more) {
        wanted.extend(in_path(input)?);
    }
    let mut names: HashMap<String, PathBuf> = HashMap::new();
    let mut clips = Vec::new();
    for wanted in wanted {
        let stem = || wanted.clip.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = wanted.name.clone().or_else(stem).unwrap_or_default();
        if let Some(other) = names.insert(name.clone(), wanted.clip.clone()) {
            let (a, b) = (other.display(), wanted.clip.display());
            return Err(
                BadUsage(format!("two clips are called '{name}', {a} and {b}: give them names in a table")).into()
            );
        }
        clips.push(clip(&args.track, wanted, name)?);
    }
    if clips.is_empty() {
        return Err(BadUsage("there are no clips".to_owned()).into());
    }
    let outputs = clips.first().map_or(0, |clip| clip.outputs.len());
    if outputs == 0 {
        return Err(BadUsage(format!("nothing is to be written: --out results/{NAME}.csv")).into());
    }
    if let [first, second, ..] = &clips[..]
        && let Some(same) = first.outputs.iter().find(|path| second.outputs.contains(path))
    {
        return Err(BadUsage(format!("every clip would write {}: put {NAME} into it", same.display())).into());
    }
    if let Some((this, of)) = args.shard {
        let is_here = |number: usize| number % of == this - 1;
        clips = clips.into_iter().enumerate().filter(|(number, _)| is_here(*number)).map(|(_, clip)| clip).collect();
    }
    Ok(clips)
}

/// The clips of a folder, without projects, or the clip that is named. Nothing is opened yet.
///
/// # Errors
/// When there is none.
pub(in crate::cli) fn clips_at(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let clips = in_path(path)?.into_iter().map(|wanted| wanted.clip);
    Ok(clips.filter(|clip| !Project::is_named(clip)).collect())
}

/// A table of clips, a folder of them, or a clip.
fn in_path(path: &Path) -> anyhow::Result<Vec<Wanted>> {
    if has_ending(path, "csv") {
        return read_manifest(path);
    }
    if path.is_dir() && !ImageFolder::is_one(path) {
        return in_folder(path).with_context(|| format!("looking for clips in {}", path.display()));
    }
    if !path.exists() && !ImageFolder::is_pattern(path) {
        return Err(BadUsage(format!("there is no such clip: {}", path.display())).into());
    }
    Ok(vec![Wanted { clip: path.to_owned(), ..Wanted::default() }])
}

/// The videos, projects and folders of images that lie right there, by name.
fn in_folder(folder: &Path) -> anyhow::Result<Vec<Wanted>> {
    let is_video = |path: &Path| VIDEO_ENDINGS.iter().any(|video| has_ending(path, video));
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(
        |path| if path.is_dir() { ImageFolder::is_one(path) } else { is_video(path) || Project::is_named(path) },
    );
    paths.sort();
    Ok(paths.into_iter().map(|clip| Wanted { clip, ..Wanted::default() }).collect())
}

/// A CSV table with the column `clip`, and perhaps `name`, `queries`, `start` and `end`. Paths count from its folder.
fn read_manifest(path: &Path) -> anyhow::Result<Vec<Wanted>> {
    let context = || format!("reading the table of clips {}", path.display());
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).with_context(context)?;
    let columns = reader.headers().with_context(context)?;
    if !columns.iter().any(|column| column == "clip") {
        let columns = columns.iter().collect::<Vec<_>>().join(", ");
        return Err(BadUsage(format!("no column is called 'clip' among '{columns}': {}", path.display())).into());
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut all = Vec::new();
    for row in reader.deserialize() {
        let mut wanted: Wanted = row.with_context(context)?;
        wanted.clip = folder.join(wanted.clip);
        wanted.queries = wanted.queries.map(|queries| folder.join(queries));
        all.push(wanted);
    }
    Ok(all)
}

/// What is done with a clip.
fn clip(args: &TrackArgs, wanted: Wanted, name: String) -> Result<Clip, BadUsage> {
    let named = |path: &Path| match path.to_str() {
        Some(text) => PathBuf::from(text.replace(NAME, &name)),
        None => path.to_owned(),
    };
    let mut args = args.clone();
    args.outs.iter_mut().chain(&mut args.clip.video).chain(&mut args.queries).for_each(|path| *path = named(path));
    args.input = wanted.clip;
    args.queries = wanted.queries.or(args.queries);
    (args.start, args.end) = (wanted.start.or(args.start), wanted.end.or(args.end));
    let outputs: Vec<PathBuf> = args.outs.iter().chain(&args.clip.video).cloned().collect();
    let is_done = outputs.iter().all(|path| path.exists());
    Ok(Clip { config: args.try_into()?, name, outputs, is_done })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        batch: BatchArgs,
    }

    fn clips(line: &str, folder: &Path) -> Result<Vec<(String, String)>, String> {
        let folder = folder.to_str().unwrap();
        let words = line.split(' ').map(|word| word.replace('@', folder));
        let args = Line::try_parse_from(std::iter::once("batch".to_owned()).chain(words)).map_err(|e| e.to_string())?;
        let clips = clips_of(&args.batch).map_err(|error| format!("{error:#}"))?;
        let first = |clip: Clip| (clip.name, clip.outputs[0].to_string_lossy().replace(folder, "@"));
        Ok(clips.into_iter().map(first).collect())
    }

    #[test]
    fn folders_tables_and_names_make_clips() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("clips/frames")).unwrap();
        for name in ["clips/b.mp4", "clips/a.MOV", "clips/notes.txt", "clips/w.cotrail", "clips/frames/1.png"] {
            fs::write(at(name), "").unwrap();
        }
        fs::write(at("table.csv"), "name,clip,queries,end\nleft,clips/a.MOV,q.csv,9\n,clips/b.mp4,q.csv,\n").unwrap();
        let names = |line: &str| clips(line, folder.path()).map(|all| all.into_iter().map(|(name, _)| name).collect());
        let all: Result<Vec<String>, String> = names("@/clips/a.MOV @/clips/b.mp4 --grid 2 --out @/{name}.csv");
        assert_eq!(all.unwrap(), ["a", "b"]);
        let found = clips("@/clips/b.mp4 @/table.csv --grid 2 --out @/{name}.csv", folder.path()).unwrap_err();
        assert!(found.contains("two clips are called 'b'"), "{found}");
        let found = clips("@/table.csv --out @/r/{name}.csv", folder.path()).unwrap();
        assert_eq!(found, [("left".into(), "@/r/left.csv".into()), ("b".into(), "@/r/b.csv".into())]);
        // A project has points of its own, which refuses the grid: the folder's other clips are known by the error.
        let found = clips("@/clips --grid 2 --out @/{name}.csv", folder.path()).unwrap_err();
        assert!(found.contains("is in the project"), "{found}");
        fs::remove_file(at("clips/w.cotrail")).unwrap();
        assert_eq!(names("@/clips --grid 2 --out @/{name}.csv").unwrap(), ["a", "b", "frames"]);
        assert_eq!(names("@/clips --grid 2 --out @/{name}.csv --shard 2/2").unwrap(), ["b"]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.mp4", "b.mp4"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::write(folder.path().join("t.csv"), "file\na.mp4\n").unwrap();
        for (line, cause) in [
            ("@ --grid 2 --out @/all.csv", "put {name} into it"),
            ("@ --grid 2", "nothing is to be written"),
            ("@/c.mp4 --grid 2 --out @/{name}.csv", "there is no such clip"),
            ("@/t.csv --grid 2 --out @/{name}.csv", "no column is called 'clip' among 'file'"),
            ("@ --out @/{name}.csv", "--grid"),
            ("@ --grid 2 --out @/{name}.csv --shard 3/2", "3/2"),
        ] {
            let said = clips(line, folder.path()).unwrap_err();
            assert!(said.contains(cause), "{line}: {said}");
        }
    }
}
