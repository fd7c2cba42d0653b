//! systemd.

use super::{Provider, Verb, Wait, worked};
use async_trait::async_trait;
use sdk::{Cx, Failure, Read};

/// systemd.
pub struct Systemd {
    /// Folder of another system, whose units are meant; nothing runs there.
    pub root: Option<String>,
}

/// systemd of this machine.
pub static HERE: Systemd = Systemd { root: None };

impl Systemd {
    /// The words of a call of `systemctl`.
    fn ctl<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let root = self.root.as_ref().map(|root| format!("--root={root}"));
        std::iter::once("systemctl".to_owned()).chain(root).chain(words.into_iter().map(str::to_owned)).collect()
    }
}

/// Endings of units; a name without one is a service.
const KINDS: [&str; 11] =
    [".service", ".socket", ".device", ".mount", ".automount", ".swap", ".target", ".path", ".timer", ".slice", ".scope"];

/// The whole name of a unit.
fn unit(name: &str) -> String {
    if KINDS.iter().any(|kind| name.ends_with(kind)) { name.to_owned() } else { format!("{name}.service") }
}

/// The name of a unit out of a line of a list; `.service` is left out.
fn listed(line: &str) -> Option<String> {
    let unit = line.trim_start_matches('●').split_whitespace().next()?;
    let kind = KINDS.iter().find(|kind| unit.ends_with(**kind))?;
    Some(if *kind == ".service" { unit.trim_end_matches(".service").to_owned() } else { unit.to_owned() })
}

/// Names of units from a list.
fn parse_units(text: &str) -> Vec<String> {
    sorted(text.lines().filter_map(listed).collect())
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    names
}

/// Names of the unit files whose state is one of these.
fn parse_states(text: &str, states: &[&str]) -> Vec<String> {
    let fits = |line: &&str| line.split_whitespace().nth(1).is_some_and(|state| states.contains(&state));
    sorted(text.lines().filter(fits).filter_map(listed).collect())
}

#[async_trait]
impl Provider for Systemd {
    fn name(&self) -> &'static str {
        "systemd"
    }

    fn is_offline(&self, read: &Read) -> bool {
        self.root.is_some() || !read.host().exists("/run/systemd/system")
    }

    async fn all(&self, read: &Read) -> Result<Vec<String>, Failure> {
        let files = read.ask(self.ctl(["--full", "--no-legend", "--no-pager", "list-unit-files"])).await?;
        if self.root.is_some() {
            return Ok(parse_units(&files));
        }
        let units = read.try_run(["systemctl", "--full", "--no-legend", "--no-pager", "--all", "list-units"]).await?;
        Ok(parse_units(&format!("{files}\n{}", units.out())))
    }

    async fn available(&self, read: &Read, name: &str) -> Result<bool, Failure> {
        let unit = unit(name);
        if self.is_offline(read) {
            let output = read.try_run(self.ctl(["--no-legend", "--no-pager", "list-unit-files", &unit])).await?;
            return Ok(!parse_units(&output.out()).is_empty());
        }
        let output = read.try_run(["systemctl", "show", "--property=LoadState", &unit]).await?;
        Ok(output.is_ok() && !output.out().contains("not-found"))
    }

    async fn is_running(&self, read: &Read, name: &str) -> Result<bool, Failure> {
        Ok(read.try_run(["systemctl", "is-active", &unit(name)]).await?.is_ok())
    }

    async fn act(&self, cx: &Cx, name: &str, verb: Verb, wait: Wait) -> Result<bool, Failure> {
        let unit = unit(name);
        // Unit files may have changed on disk; systemd goes on with old ones until it is told.
        let stale = cx.try_run(["systemctl", "show", "--property=NeedDaemonReload", &unit]).await?;
        if stale.out().trim() == "NeedDaemonReload=yes" {
            worked(cx, ["systemctl", "daemon-reload"]).await?;
        }
        let word = if verb == Verb::ForceReload { "reload-or-restart" } else { verb.word() };
        let words = (wait == Wait::No).then_some("--no-block").into_iter().chain([word, &unit]);
        worked(cx, self.ctl(words)).await
    }

    async fn enabled(&self, read: &Read) -> Result<Vec<String>, Failure> {
        let text = read.ask(self.ctl(["--full", "--no-legend", "--no-pager", "list-unit-files"])).await?;
        Ok(parse_states(&text, &["enabled", "enabled-runtime"]))
    }

    async fn disabled(&self, read: &Read) -> Result<Vec<String>, Failure> {
        let text = read.ask(self.ctl(["--full", "--no-legend", "--no-pager", "list-unit-files"])).await?;
        Ok(parse_states(&text, &["disabled"]))
    }

    async fn running(&self, read: &Read) -> Result<Vec<String>, Failure> {
        Ok(parse_units(&read.ask(["systemctl", "--full", "--no-legend", "--no-pager", "--state=active", "list-units"]).await?))
    }

    async fn is_enabled(&self, read: &Read, name: &str) -> Result<bool, Failure> {
        Ok(read.try_run(self.ctl(["is-enabled", &unit(name)])).await?.is_ok())
    }

    async fn set_enabled(&self, cx: &Cx, name: &str, enabled: bool) -> Result<bool, Failure> {
        worked(cx, self.ctl([if enabled { "enable" } else { "disable" }, &unit(name)])).await
    }

    async fn is_masked(&self, read: &Read, name: &str, runtime: bool) -> Result<bool, Failure> {
        // The two masks are links in two folders and may both be there, of which `is-enabled` would tell one.
        let folder = if runtime { "/run" } else { "/etc" };
        let link = format!("{}{folder}/systemd/system/{}", self.root.as_deref().unwrap_or_default(), unit(name));
        Ok(read.host().read_link(&link).is_ok_and(|target| target == "/dev/null"))
    }

    async fn set_masked(&self, cx: &Cx, name: &str, masked: bool, runtime: bool) -> Result<bool, Failure> {
        let unit = unit(name);
        let words = [if masked { "mask" } else { "unmask" }].into_iter().chain(runtime.then_some("--runtime")).chain([unit.as_str()]);
        worked(cx, self.ctl(words)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_an_ending_is_a_service() {
        assert_eq!(unit("nginx"), "nginx.service");
        assert_eq!(unit("ssh.socket"), "ssh.socket");
        assert_eq!(unit("app.v2"), "app.v2.service");
    }

    #[test]
    fn units_are_read_from_a_list() {
        let text = "nginx.service enabled enabled\nssh.socket disabled\n● bad.service not-found failed\n3 unit files listed.\n";
        assert_eq!(parse_units(text), ["bad", "nginx", "ssh.socket"]);
        assert_eq!(parse_states(text, &["disabled"]), ["ssh.socket"]);
    }
}
