//! Init scripts in `/etc/init.d`.

use super::{Provider, Verb, Wait, worked};
use async_trait::async_trait;
use sdk::{Cx, Failure, Read};

/// Init scripts.
pub struct SysV;

fn script(name: &str) -> String {
    format!("/etc/init.d/{name}")
}

#[async_trait]
impl Provider for SysV {
    fn name(&self) -> &'static str {
        "sysv"
    }

    async fn all(&self, read: &Read) -> Result<Vec<String>, Failure> {
        let names = read.host().list("/etc/init.d").map_err(crate::failure)?;
        Ok(names.into_iter().filter(|name| read.host().may_execute(&script(name))).collect())
    }

    async fn available(&self, read: &Read, name: &str) -> Result<bool, Failure> {
        Ok(read.host().may_execute(&script(name)))
    }

    async fn is_running(&self, read: &Read, name: &str) -> Result<bool, Failure> {
        Ok(read.try_run([script(name), "status".to_owned()]).await?.is_ok())
    }

    async fn act(&self, cx: &Cx, name: &str, verb: Verb, _wait: Wait) -> Result<bool, Failure> {
        worked(cx, [script(name), verb.word().to_owned()]).await
    }

    async fn is_enabled(&self, read: &Read, name: &str) -> Result<bool, Failure> {
        // A start link in any of the runlevels people work in.
        let starts = |folder: &str| {
            let names = read.host().list(folder).unwrap_or_default();
            names
                .iter()
                .any(|link| link.strip_prefix('S').is_some_and(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()) == name))
        };
        Ok(["2", "3", "4", "5"].iter().any(|level| starts(&format!("/etc/rc{level}.d")) || starts(&format!("/etc/rc.d/rc{level}.d"))))
    }

    async fn set_enabled(&self, cx: &Cx, name: &str, enabled: bool) -> Result<bool, Failure> {
        if cx.host().which("update-rc.d").is_some() {
            if enabled {
                worked(cx, ["update-rc.d", name, "defaults"]).await?;
            }
            return worked(cx, ["update-rc.d", name, if enabled { "enable" } else { "disable" }]).await;
        }
        if cx.host().which("chkconfig").is_some() {
            return worked(cx, ["chkconfig", name, if enabled { "on" } else { "off" }]).await;
        }
        Err(Failure::unavailable("neither `update-rc.d` nor `chkconfig` is here to change what starts on boot"))
    }
}
