//! The program `sylvite-master`: command line, runtime, exit code.

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use daemon::logs;
use master::config::{Loaded, MasterConfig, load};
use std::path::PathBuf;
use std::process::ExitCode;
use value::Value;

/// The master of Sylvite.
#[derive(Parser)]
#[command(name = "sylvite-master", version, about = "The master of Sylvite: holds the sessions of all minions, their jobs, and the CMDB")]
struct Options {
    /// Folder of the configuration: `master` and `master.d/*.conf` in it.
    #[arg(short = 'c', long, value_name = "DIR", default_value = "/etc/sylvite")]
    config_dir: PathBuf,
    /// Log level: error, warning, info, debug, trace, quiet, or a filter such as `info,net=debug`.
    #[arg(short, long, value_name = "LEVEL")]
    log_level: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Print reference pages.
    #[command(hide = true)]
    Reference {
        #[arg(value_enum)]
        page: Page,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Page {
    Config,
    Openapi,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match &options.command {
        Some(Command::Reference { page }) => reference(*page),
        None => serve(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "logs may not have started")]
            {
                eprintln!("sylvite-master: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

fn serve(options: &Options) -> Result<()> {
    let overrides: Vec<(String, Value)> = options.log_level.iter().map(|level| ("log_level".to_owned(), Value::from(level))).collect();
    let read = || load(&options.config_dir, &overrides);
    let loaded: Loaded = read()?;
    let config = &loaded.config;
    let form = if config.log_format == "json" { logs::Form::Json } else { logs::Form::Text };
    let logs = logs::start(&logs::Logs { level: config.log_level.clone(), file: config.log_file.clone(), form })?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(master::run(loaded, logs, read)).map_err(anyhow::Error::from)
}

#[expect(clippy::print_stdout, reason = "the pages go to standard output")]
fn reference(page: Page) -> Result<()> {
    match page {
        Page::Config => {
            let about =
                "Keys of `/etc/sylvite/master` and `/etc/sylvite/master.d/*.conf`. Names are Salt's wherever the meaning is the same.";
            print!("{}", config::reference("Configuration of the master", about, &MasterConfig::keys()));
        }
        Page::Openapi => println!("{}", api::openapi()),
    }
    Ok(())
}
