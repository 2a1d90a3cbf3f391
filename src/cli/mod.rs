//! The command line: arguments (what was typed) → config (what is meant) → work.
//!
//! Every command runs on the calling thread; the network has its own pool. Results go to standard output or to files,
//! everything else to standard error.

mod args;
mod batch;
mod bench;
mod camera;
mod camera_tables;
mod clip_args;
mod config;
mod devices;
mod eval;
mod failure;
mod follower;
mod generate;
mod interrupt;
mod learn;
mod live;
mod measure;
mod network;
mod outputs;
mod points;
mod polishing;
mod progress;
mod repeat;
mod runs;
mod track;
mod values;
mod weights;

pub use args::Paint;
pub use failure::{BadUsage, exit_code};

use crate::journal;
use args::{Args, Command};
use clap::Parser;
use config::CameraConfig;
use std::path::{Path, PathBuf};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Names what is logged to standard error, such as `debug` or `cotrail=debug`; nothing where it is not set.
const LOG_VARIABLE: &str = "COTRAIL_LOG";

/// What the command line asks for.
#[derive(Debug)]
pub enum Invocation {
    /// The window, on a video or a folder of images; on the demo clip where nothing is named.
    Window(Option<PathBuf>, Paint),
    /// A command without a window.
    Headless(HeadlessCommand),
}

/// A command without a window; see [`run`].
#[derive(Debug)]
pub struct HeadlessCommand(Command);

/// Reads the command line. Help, the version and bad usage end the program here, with exit codes 0 and 2.
#[must_use]
pub fn parse() -> Invocation {
    let args = Args::parse();
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new("off"));
    let terminal = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter);
    // The window shows its log itself.
    let journal = args.command.is_none().then(journal::layer);
    tracing_subscriber::registry().with(terminal).with(journal).init();
    match args.command {
        Some(command) => Invocation::Headless(HeadlessCommand(command)),
        None => Invocation::Window(args.input, args.paint),
    }
}

/// Does what a command asks for.
///
/// # Errors
/// [`BadUsage`] where the command makes no sense; else whatever went wrong, for [`exit_code`] to tell.
pub fn run(command: HeadlessCommand) -> anyhow::Result<()> {
    match command.0 {
        Command::Track(args) => match camera::number(&args.input)? {
            Some(camera) => live::run(&CameraConfig::new(camera, *args)?),
            None => track::run(&(*args).try_into()?),
        },
        Command::Batch(args) => batch::run(&args),
        Command::Measure(args) => measure::run(&args),
        Command::Generate(args) => generate::run(&args, &mut std::io::stdout().lock()),
        Command::Devices => devices::run(&mut std::io::stdout().lock()),
        Command::Weights(command) => weights::run(&command),
        Command::Eval(args) => eval::run(&(*args).try_into()?, &mut std::io::stdout().lock()),
        Command::Learn(args) => learn::run(&(*args).try_into()?, &learn::student, &mut std::io::stdout()),
        Command::Bench(args) => bench::run(&args.try_into()?, &mut std::io::stdout().lock()),
    }
}

/// Refuses what is called like a camera and is none, in place of "no such file".
///
/// # Errors
/// [`BadUsage`] if it has no number.
pub fn check_input(input: Option<&Path>) -> anyhow::Result<()> {
    input.map(camera::number).transpose()?;
    Ok(())
}
