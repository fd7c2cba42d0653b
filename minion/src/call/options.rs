//! The command line of `salt-call`.

use clap::Parser;
use std::path::PathBuf;
use value::Value;

/// Run a function on this machine.
#[derive(Debug, Parser)]
#[command(
    name = "salt-call",
    version,
    disable_help_subcommand = true,
    about,
    after_help = "Example: salt-call --local state.apply web test=True"
)]
pub struct Options {
    /// Run from folders of this machine; no master is asked and no agent is needed.
    #[arg(long)]
    pub local: bool,
    /// Folder with the configuration.
    #[arg(short = 'c', long = "config-dir", default_value = "/etc/sylvite", value_name = "DIR", env = "SALT_CONFIG_DIR")]
    pub config_dir: PathBuf,
    /// Id of this minion.
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// Address of the master.
    #[arg(long, value_name = "HOST")]
    pub master: Option<String>,
    /// Folder of states (environment `base`).
    #[arg(long = "file-root", value_name = "DIR")]
    pub file_root: Option<PathBuf>,
    /// Folder of pillar (environment `base`).
    #[arg(long = "pillar-root", value_name = "DIR")]
    pub pillar_root: Option<PathBuf>,
    /// The same as --file-root.
    #[arg(long = "states-dir", value_name = "DIR")]
    pub states_dir: Option<PathBuf>,
    /// Further folders of modules; there are none, because modules are part of the program.
    #[arg(short = 'm', long = "module-dirs", value_name = "DIR", hide = true)]
    pub module_dirs: Vec<PathBuf>,
    /// Folder of the cache.
    #[arg(long, value_name = "DIR")]
    pub cachedir: Option<PathBuf>,
    /// Show the grains and end.
    #[arg(short = 'g', long = "grains")]
    pub grains: bool,
    /// Show the help of a function, a module, or all, and end.
    #[arg(short = 'd', long = "doc", visible_alias = "documentation")]
    pub doc: bool,
    /// End with the exit status of the function.
    #[arg(long = "retcode-passthrough")]
    pub retcode_passthrough: bool,
    /// Also give job, function and exit status.
    #[arg(long)]
    pub metadata: bool,
    /// Data of the caller for the job.
    #[arg(long = "set-metadata", value_name = "DATA")]
    pub set_metadata: Option<String>,
    /// Do not look at the host.
    #[arg(long = "skip-grains")]
    pub skip_grains: bool,
    /// Look at the host again; there is no cache, so it always is.
    #[arg(long = "refresh-grains-cache", hide = true)]
    pub refresh_grains_cache: bool,
    /// Do not send an event with the return.
    #[arg(long = "no-return-event")]
    pub no_return_event: bool,
    /// Returners to give the return to.
    #[arg(long = "return", value_name = "NAMES")]
    pub returner: Option<String>,
    /// How long to wait for the agent or the master, in seconds.
    #[arg(short = 't', long, value_name = "SECONDS")]
    pub timeout: Option<f64>,
    /// User to run as; only root can run states for others.
    #[arg(short = 'u', long, value_name = "USER", hide = true)]
    pub user: Option<String>,
    /// Key to use; the agent's own is always used.
    #[arg(long = "priv", value_name = "FILE", hide = true)]
    pub private_key: Option<PathBuf>,
    /// Id of a proxied device.
    #[arg(long, value_name = "ID", hide = true)]
    pub proxyid: Option<String>,
    /// Show tracebacks; there are none.
    #[arg(long = "hard-crash", hide = true)]
    pub hard_crash: bool,
    /// File with defaults of options.
    #[arg(long, value_name = "FILE", hide = true)]
    pub saltfile: Option<PathBuf>,
    /// Print what versions this is made of.
    #[arg(long = "versions-report", hide = true)]
    pub versions_report: bool,

    /// What is logged to standard error.
    #[arg(short = 'l', long = "log-level", value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// File to log to.
    #[arg(long = "log-file", value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// What is logged to the file.
    #[arg(long = "log-file-level", value_name = "LEVEL", hide = true)]
    pub log_file_level: Option<String>,

    /// Outputter: nested, highstate, json, yaml, txt, raw, pprint, table, quiet.
    #[arg(long = "out", visible_alias = "output", value_name = "NAME")]
    pub out: Option<String>,
    /// Columns of indentation of JSON and YAML; negative: none.
    #[arg(long = "out-indent", visible_alias = "output-indent", value_name = "COLUMNS", allow_hyphen_values = true)]
    pub out_indent: Option<String>,
    /// Write to a file.
    #[arg(long = "out-file", visible_alias = "output-file", value_name = "FILE")]
    pub out_file: Option<PathBuf>,
    /// Append to the file.
    #[arg(long = "out-file-append", visible_alias = "output-file-append")]
    pub out_file_append: bool,
    /// No colours.
    #[arg(long = "no-color", visible_alias = "no-colour")]
    pub no_color: bool,
    /// Colours even if this is no terminal.
    #[arg(long = "force-color", visible_alias = "force-colour")]
    pub force_color: bool,
    /// How states are shown: full, terse, mixed, changes, filter; with `_id` behind it by their ids.
    #[arg(long = "state-output", visible_alias = "state_output", value_name = "MODE")]
    pub state_output: Option<String>,
    /// Show states that changed nothing.
    #[arg(long = "state-verbose", visible_alias = "state_verbose", value_name = "BOOL")]
    pub state_verbose: Option<String>,

    /// Function and its arguments: `module.function value name=value`.
    #[arg(value_name = "FUNCTION [ARGUMENTS]", allow_negative_numbers = true)]
    pub words: Vec<String>,
}

impl Options {
    /// What the command line puts over the configuration.
    #[must_use]
    pub fn settings(&self) -> Vec<(String, Value)> {
        let mut set = Vec::new();
        let mut put = |key: &str, value: Value| set.push((key.to_owned(), value));
        let text = |path: &PathBuf| Value::from(std::path::absolute(path).as_ref().unwrap_or(path).to_string_lossy());
        let base = |path: &PathBuf| {
            let folders = Value::List(vec![text(path)]);
            Value::Map([("base", folders)].into_iter().collect())
        };
        if self.local {
            put("file_client", "local".into());
        }
        if let Some(id) = &self.id {
            put("id", id.into());
        }
        if let Some(master) = &self.master {
            put("master", master.into());
        }
        if let Some(folder) = self.file_root.as_ref().or(self.states_dir.as_ref()) {
            put("file_roots", base(folder));
        }
        if let Some(folder) = &self.pillar_root {
            put("pillar_roots", base(folder));
        }
        if let Some(folder) = &self.cachedir {
            put("cachedir", text(folder));
        }
        if let Some(mode) = &self.state_output {
            put("state_output", mode.into());
        }
        if let Some(flag) = &self.state_verbose {
            put("state_verbose", argv::value(flag));
        }
        set
    }
}
