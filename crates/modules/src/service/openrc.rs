//! OpenRC, of Alpine and Gentoo.

use super::{Provider, Verb, Wait, worked};
use async_trait::async_trait;
use sdk::{Cx, Failure, Read};

/// OpenRC.
pub struct OpenRc;

/// Names of services in a runlevel, from `rc-update show`: `name | default`.
fn parse_enabled(text: &str) -> Vec<String> {
    let entry = |line: &str| line.split_once('|').filter(|(_, levels)| !levels.trim().is_empty()).map(|(name, _)| name.trim().to_owned());
    text.lines().filter_map(entry).collect()
}

#[async_trait]
impl Provider for OpenRc {
    fn name(&self) -> &'static str {
        "openrc"
    }

    async fn all(&self, read: &Read) -> Result<Vec<String>, Failure> {
        let mut names: Vec<String> = read.ask(["rc-service", "--list"]).await?.lines().map(|line| line.trim().to_owned()).collect();
        names.retain(|name| !name.is_empty());
        names.sort();
        Ok(names)
    }

    async fn available(&self, read: &Read, name: &str) -> Result<bool, Failure> {
        Ok(read.try_run(["rc-service", "--exists", name]).await?.is_ok())
    }

    async fn is_running(&self, read: &Read, name: &str) -> Result<bool, Failure> {
        Ok(read.try_run(["rc-service", name, "status"]).await?.is_ok())
    }

    async fn act(&self, cx: &Cx, name: &str, verb: Verb, _wait: Wait) -> Result<bool, Failure> {
        let word = if verb == Verb::ForceReload { "restart" } else { verb.word() };
        worked(cx, ["rc-service", name, word]).await
    }

    async fn is_enabled(&self, read: &Read, name: &str) -> Result<bool, Failure> {
        Ok(parse_enabled(&read.ask(["rc-update", "show"]).await?).iter().any(|enabled| enabled == name))
    }

    async fn set_enabled(&self, cx: &Cx, name: &str, enabled: bool) -> Result<bool, Failure> {
        worked(cx, ["rc-update", if enabled { "add" } else { "del" }, name]).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enabled_services_are_those_in_a_runlevel() {
        assert_eq!(parse_enabled("      sshd |      default\n     crond |\n"), ["sshd"]);
    }
}
