//! systemd.

use super::{Provider, Verb, worked};
use async_trait::async_trait;
use sdk::{Cx, Failure, Read};

/// systemd.
pub struct Systemd;

/// Endings of units; a name without one is a service.
const KINDS: [&str; 11] =
    [".service", ".socket", ".device", ".mount", ".automount", ".swap", ".target", ".path", ".timer", ".slice", ".scope"];

/// The whole name of a unit.
fn unit(name: &str) -> String {
    if KINDS.iter().any(|kind| name.ends_with(kind)) { name.to_owned() } else { format!("{name}.service") }
}

/// Names of units from a list; `.service` is left out.
fn parse_units(text: &str) -> Vec<String> {
    let name = |line: &str| -> Option<String> {
        let unit = line.split_whitespace().next()?.trim_start_matches('●');
        let kind = KINDS.iter().find(|kind| unit.ends_with(**kind))?;
        Some(if *kind == ".service" { unit.trim_end_matches(".service").to_owned() } else { unit.to_owned() })
    };
    let mut names: Vec<String> = text.lines().filter_map(name).collect();
    names.sort();
    names.dedup();
    names
}

#[async_trait]
impl Provider for Systemd {
    fn name(&self) -> &'static str {
        "systemd"
    }

    fn is_offline(&self, read: &Read) -> bool {
        !read.host().exists("/run/systemd/system")
    }

    async fn all(&self, read: &Read) -> Result<Vec<String>, Failure> {
        let files = read.ask(["systemctl", "--full", "--no-legend", "--no-pager", "list-unit-files"]).await?;
        let units = read.try_run(["systemctl", "--full", "--no-legend", "--no-pager", "--all", "list-units"]).await?;
        Ok(parse_units(&format!("{files}\n{}", units.out())))
    }

    async fn available(&self, read: &Read, name: &str) -> Result<bool, Failure> {
        let unit = unit(name);
        if self.is_offline(read) {
            let output = read.try_run(["systemctl", "--no-legend", "--no-pager", "list-unit-files", &unit]).await?;
            return Ok(!parse_units(&output.out()).is_empty());
        }
        let output = read.try_run(["systemctl", "show", "--property=LoadState", &unit]).await?;
        Ok(output.is_ok() && !output.out().contains("not-found"))
    }

    async fn is_running(&self, read: &Read, name: &str) -> Result<bool, Failure> {
        Ok(read.try_run(["systemctl", "is-active", &unit(name)]).await?.is_ok())
    }

    async fn act(&self, cx: &Cx, name: &str, verb: Verb) -> Result<bool, Failure> {
        let unit = unit(name);
        // Unit files may have changed on disk; systemd goes on with old ones until it is told.
        let stale = cx.try_run(["systemctl", "show", "--property=NeedDaemonReload", &unit]).await?;
        if stale.out().trim() == "NeedDaemonReload=yes" {
            worked(cx, ["systemctl", "daemon-reload"]).await?;
        }
        let word = if verb == Verb::ForceReload { "reload-or-restart" } else { verb.word() };
        worked(cx, ["systemctl", word, &unit]).await
    }

    async fn is_enabled(&self, read: &Read, name: &str) -> Result<bool, Failure> {
        Ok(read.try_run(["systemctl", "is-enabled", &unit(name)]).await?.is_ok())
    }

    async fn set_enabled(&self, cx: &Cx, name: &str, enabled: bool) -> Result<bool, Failure> {
        worked(cx, ["systemctl", if enabled { "enable" } else { "disable" }, &unit(name)]).await
    }

    async fn is_masked(&self, read: &Read, name: &str, runtime: bool) -> Result<bool, Failure> {
        // The two masks are links in two folders and may both be there, of which `is-enabled` would tell one.
        let folder = if runtime { "/run" } else { "/etc" };
        let link = format!("{folder}/systemd/system/{}", unit(name));
        Ok(read.host().read_link(&link).is_ok_and(|target| target == "/dev/null"))
    }

    async fn set_masked(&self, cx: &Cx, name: &str, masked: bool, runtime: bool) -> Result<bool, Failure> {
        let mut argv = vec!["systemctl".to_owned(), if masked { "mask" } else { "unmask" }.to_owned()];
        if runtime {
            argv.push("--runtime".to_owned());
        }
        argv.push(unit(name));
        worked(cx, argv).await
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
        assert_eq!(parse_units(text), ["nginx", "ssh.socket"]);
    }
}
