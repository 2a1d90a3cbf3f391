//! `cotrail generate`: manual pages and completions, made from the arguments themselves.

use super::args::{Args, GenerateArgs, Generated};
use anyhow::Context;
use clap::CommandFactory;
use clap_complete::{Shell, generate_to};
use std::io::Write;

/// Writes them into the folder, and the name of each file to `out`.
pub(super) fn run(GenerateArgs { what, folder }: &GenerateArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let cannot = || format!("{} cannot be written to", folder.display());
    std::fs::create_dir_all(folder).with_context(cannot)?;
    let mut command = Args::command();
    let shell = match what {
        Generated::Man => {
            clap_mangen::generate_to(command, folder).with_context(cannot)?;
            writeln!(out, "{}", folder.join("cotrail.1").display())?;
            return Ok(());
        }
        Generated::Bash => Shell::Bash,
        Generated::Zsh => Shell::Zsh,
        Generated::Fish => Shell::Fish,
        Generated::Powershell => Shell::PowerShell,
    };
    let file = generate_to(shell, &mut command, "cotrail", folder).with_context(cannot)?;
    writeln!(out, "{}", file.display())?;
    Ok(())
}
