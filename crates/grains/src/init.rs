//! The init system.

use crate::{About, System};
use value::Map;

pub(crate) const NAMES: &[&str] = &["init", "systemd"];

pub(crate) fn collect(system: &System, _: &About, grains: &mut Map) {
    grains.insert("init", init(system));
    // Asked for even where systemd is not process 1 (containers): formulas look whether its tools are there.
    if let Some(text) = system.run("systemctl", &["--version"])
        && let Some((version, features)) = version(&text)
    {
        let seen: Map = [("version", version), ("features", features)].into_iter().collect();
        grains.insert("systemd", seen);
    }
}

fn init(system: &System) -> &'static str {
    if system.exists("/run/systemd/system") {
        return "systemd";
    }
    let command = system.read("/proc/1/cmdline").unwrap_or_default();
    let program = command.split('\0').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    match program {
        "systemd" => "systemd",
        "runit" | "runsvdir" => "runit",
        "supervisord" => "supervisord",
        "dumb-init" => "dumb-init",
        "tini" | "docker-init" => "tini",
        "openrc-init" => "openrc",
        "init" | "upstart" if system.exists("/sbin/openrc") => "openrc",
        "init" if system.exists("/usr/share/upstart") || system.exists("/etc/init/rc.conf") => "upstart",
        "init" => "sysvinit",
        _ => "unknown",
    }
}

/// From `systemd 252 (252.39-1~deb12u1)` and the line of features below it.
fn version(text: &str) -> Option<(String, String)> {
    let mut lines = text.lines();
    let version = lines.next()?.split_whitespace().nth(1)?;
    Some((version.to_owned(), lines.next().unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_second_word_and_the_features_the_second_line() {
        assert_eq!(version("systemd 252 (252.39-1)\n+PAM -BPF\n"), Some(("252".into(), "+PAM -BPF".into())));
        assert_eq!(version(""), None);
    }
}
