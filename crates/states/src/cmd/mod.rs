//! Commands and scripts as states.

mod call;
mod run;
mod script;
mod stateful;

sdk::states!(cmd, [run::Run, run::Wait, run::Watch, script::Script, script::WaitScript, call::Call, call::WaitCall]);

/// The comment about a working directory that is not there.
fn no_directory(cwd: &str) -> String {
    format!("Desired working directory \"{cwd}\" is not available")
}
