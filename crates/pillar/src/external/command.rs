//! `cmd_yaml` and `cmd_json`: the output of a command is pillar data.

use crate::{Ask, External};
use value::{Map, Value};

/// What the command prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// YAML (`cmd_yaml`).
    Yaml,
    /// JSON (`cmd_json`).
    Json,
}

impl External for Command {
    fn name(&self) -> &str {
        match self {
            Self::Yaml => "cmd_yaml",
            Self::Json => "cmd_json",
        }
    }

    /// `args` is a command line for the shell; `%s` in it is the minion's id.
    fn pillar(&self, ask: &Ask<'_>) -> Result<Map, String> {
        let (minion, args) = (ask.minion(), ask.args);
        let line = args.as_str().ok_or("its argument is no command line")?;
        // A minion's id has no blank or control character, but may hold what a shell acts on.
        let is_plain = minion.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '@' | '+'));
        if line.contains("%s") && !is_plain {
            return Err(format!("the id `{minion}` cannot be put into a command line"));
        }
        let line = line.replace("%s", minion);
        let output = std::process::Command::new("/bin/sh")
            .args(["-c", &line])
            .stdin(std::process::Stdio::null())
            .output()
            .map_err(|error| format!("cannot run `{line}`: {error}"))?;
        if !output.status.success() {
            return Err(format!("`{line}` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()));
        }
        let text = String::from_utf8(output.stdout).map_err(|_| format!("`{line}` printed what is no UTF-8 text"))?;
        let value = match self {
            Self::Yaml => yaml::load_value(&text).map_err(|error| format!("`{line}` printed no YAML: {error}, line {}", error.line))?,
            Self::Json => value::json::read(&text).map_err(|error| format!("`{line}` printed no JSON: {error}"))?,
        };
        match value {
            Value::Map(map) => Ok(map),
            Value::Null => Ok(Map::new()),
            other => Err(format!("`{line}` printed a {}, not a mapping", other.type_name())),
        }
    }
}
