//! Finding programs, and asking shells what they are.

use fancy_regex::Regex;
use sdk::host::Command;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value};
use std::time::Duration;

/// Tell whether a program can be run.
///
/// ```salt
/// salt '*' cmd.has_exec git
/// ```
#[derive(Args)]
pub struct HasExec {
    /// Name or path of the program.
    cmd: String,
}

impl Query for HasExec {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(read.host().which(&self.cmd).is_some())
    }
}

/// Return the path of a program.
///
/// ```salt
/// salt '*' cmd.which git
/// ```
#[derive(Args)]
pub struct Which {
    /// Name or path of the program.
    cmd: String,
}

impl Query for Which {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(read.host().which(&self.cmd).into())
    }
}

/// Return the path of the first program of a list that is there.
///
/// ```salt
/// salt '*' cmd.which_bin '[pip3, pip]'
/// ```
#[derive(Args)]
pub struct WhichBin {
    /// Names of programs.
    cmds: Vec<String>,
}

impl Query for WhichBin {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(self.cmds.iter().find_map(|program| read.host().which(program)).into())
    }
}

/// List the login shells of this machine.
///
/// ```salt
/// salt '*' cmd.shells
/// ```
#[derive(Args)]
pub struct Shells;

impl Query for Shells {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let text = read.host().read_text("/etc/shells").unwrap_or_default();
        Ok(text.lines().map(str::trim).filter(|line| line.starts_with('/')).map(str::to_owned).collect())
    }
}

/// How a shell or language is asked for its version: its name, where the version stands in the answer, and the words.
const SHELLS: [(&str, &str, &[&str]); 7] = [
    ("bash", r"version (\d\S*)", &["bash", "--version"]),
    ("zsh", r"^zsh (\d\S*)", &["zsh", "--version"]),
    ("tcsh", r"^tcsh (\d\S*)", &["tcsh", "--version"]),
    ("perl", r"^(\d\S*)", &["perl", "-e", "printf \"%vd\\n\", $^V;"]),
    ("python", r"^Python (\d\S*)", &["python", "-V"]),
    ("ruby", r"^ruby (\d\S*)", &["ruby", "-v"]),
    ("php", r"^PHP (\d\S*)", &["php", "-v"]),
];

/// Return path and version of a shell or scripting language: bash, perl, php, python, ruby, tcsh or zsh.
///
/// ```salt
/// salt '*' cmd.shell_info bash
/// ```
#[derive(Args)]
pub struct ShellInfo {
    /// Its name.
    shell: String,
    /// Known for compatibility: modules are listed of PowerShell only.
    #[arg(default = false, ignored)]
    list_modules: bool,
}

impl Query for ShellInfo {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let fails = |error: String, installed: Option<bool>| {
            let mut map: Map = [("error", error)].into_iter().collect();
            map.insert("installed", installed);
            map
        };
        let Some((_, pattern, argv)) = SHELLS.iter().find(|(name, ..)| *name == self.shell) else {
            return Ok(fails(format!("Salt does not know how to get the version number for {}", self.shell), None));
        };
        let Some(path) = read.host().which(&self.shell) else {
            let error = format!("Unable to run command '{}' Reason: No such file or directory: '{}'", argv.join(" "), self.shell);
            return Ok(fails(error, Some(false)));
        };
        let mut command = Command::new(argv.iter().copied()).timeout(Duration::from_secs(10));
        command.merge = true;
        let printed = read.run_command(command).await?.out();
        let mut info: Map = [("installed", Value::Null), ("path", path.into())].into_iter().collect();
        match version(pattern, &printed) {
            Some((raw, version)) => {
                info.insert("version_raw", raw);
                info.insert("version", version);
                info.insert("installed", true);
            }
            None => {
                info.insert("error", format!("The version regex pattern for shell {}, could not find the version string", self.shell));
                info.insert("stdout", printed);
            }
        }
        Ok(info)
    }
}

/// The version as it was printed, and the numbers that it begins with.
fn version(pattern: &str, printed: &str) -> Option<(String, String)> {
    let regex = Regex::new(&format!("(?im){pattern}")).ok()?;
    let raw = regex.captures(printed).ok()??.get(1)?.as_str().to_owned();
    let numbers: Vec<&str> =
        raw.split('.').map(|part| part.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default()).take(3).collect();
    let numbers: Vec<&str> = numbers.into_iter().take_while(|part| !part.is_empty()).collect();
    let version = numbers.join(".");
    Some((raw, version))
}

/// Print a text on a terminal.
///
/// ```salt
/// salt '*' cmd.tty pts3 'This is a test'
/// ```
#[derive(Args)]
pub struct Tty {
    /// The terminal: `tty1`, `pts3`.
    device: String,
    /// The text.
    #[arg(default = "")]
    echo: String,
}

impl Action for Tty {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let path = match self.device.strip_prefix("pts") {
            Some(number) => format!("/dev/pts/{}", number.trim_start_matches('/')),
            None => format!("/dev/{}", self.device),
        };
        let said = if !self.device.starts_with("tty") && !self.device.starts_with("pts") {
            ("Error", "The specified device is not a valid TTY".to_owned())
        } else if cx.host().exists(&path) && cx.host().append(&path, self.echo.as_bytes()).is_ok() {
            ("Success", format!("Message was successfully echoed to {path}"))
        } else {
            ("Error", format!("Echoing to {path} returned error"))
        };
        Ok([said].into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_shells_print() {
        let of = |name: &str, printed: &str| {
            let (_, pattern, _) = SHELLS.iter().find(|(shell, ..)| *shell == name).unwrap();
            version(pattern, printed)
        };
        let bash = "GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\nCopyright\n";
        assert_eq!(of("bash", bash), Some(("5.2.15(1)-release".to_owned(), "5.2.15".to_owned())));
        assert_eq!(of("python", "Python 3.11.2\n"), Some(("3.11.2".to_owned(), "3.11.2".to_owned())));
        assert_eq!(of("zsh", "no shell"), None);
    }
}
