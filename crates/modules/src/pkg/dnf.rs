//! Red Hat and its relatives: rpm and dnf (or yum, where it is still that).

use super::{Install, Installed, Provider, name_version_lines, newest, version};
use async_trait::async_trait;
use sdk::{Cx, Failure, Read};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// rpm and dnf.
pub struct Dnf;

/// Format of `rpm -q`: name, and version with its epoch where it has one.
pub(super) const RPM_FORMAT: &str = "%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\n";

/// Installed packages of an rpm system; keys of signatures are listed as packages and are none.
pub(super) async fn rpm_installed(read: &Read) -> Result<Installed, Failure> {
    let mut installed = name_version_lines(&read.ask(["rpm", "-qa", "--queryformat", RPM_FORMAT]).await?);
    installed.remove("gpg-pubkey");
    Ok(installed)
}

fn program(read: &Read) -> &'static str {
    ["dnf", "yum"].into_iter().find(|name| read.host().which(name).is_some()).unwrap_or("dnf")
}

/// Reads `name.arch version repo` lines of `dnf list`.
fn parse_list(text: &str) -> BTreeMap<String, String> {
    let entry = |line: &str| -> Option<(String, String)> {
        let mut words = line.split_whitespace();
        let (name, version) = (words.next()?, words.next()?);
        words.next()?;
        let name = name.rsplit_once('.').map_or(name, |(name, _)| name);
        version.starts_with(|c: char| c.is_ascii_digit()).then(|| (name.to_owned(), version.to_owned()))
    };
    text.lines().filter_map(entry).collect()
}

#[async_trait]
impl Provider for Dnf {
    fn name(&self) -> &'static str {
        "dnf"
    }

    async fn installed(&self, read: &Read) -> Result<Installed, Failure> {
        rpm_installed(read).await
    }

    async fn candidates(&self, read: &Read, names: &[String], from_repo: Option<&str>) -> Result<BTreeMap<String, String>, Failure> {
        let mut found = newest(&self.installed(read).await?, version::rpm);
        found.retain(|name, _| names.contains(name));
        let mut argv = vec![program(read).to_owned(), "-q".to_owned()];
        argv.extend(from_repo.map(|repo| format!("--repo={repo}")));
        argv.extend(["list".to_owned(), "--available".to_owned()]);
        argv.extend(names.iter().cloned());
        // A name that no repository has is an exit status of 1 and no error here.
        let output = read.try_run(argv).await?;
        for (name, available) in parse_list(&output.out()) {
            if found.get(&name).is_none_or(|have| version::rpm(have, &available).is_lt()) {
                found.insert(name, available);
            }
        }
        Ok(found)
    }

    async fn upgrades(&self, read: &Read) -> Result<BTreeMap<String, String>, Failure> {
        // Status 100 says that there are some.
        let output = read.try_run([program(read), "-q", "check-update"]).await?;
        Ok(parse_list(&output.out()))
    }

    async fn refresh(&self, cx: &Cx) -> Result<(), Failure> {
        cx.run([program(cx), "-q", "-y", "makecache"]).await.map(drop)
    }

    async fn install(&self, cx: &Cx, install: &Install) -> Result<(), Failure> {
        let mut argv = vec![program(cx).to_owned(), "-y".to_owned(), "-q".to_owned()];
        if install.skip_verify {
            argv.push("--nogpgcheck".to_owned());
        }
        argv.extend(install.from_repo.as_ref().map(|repo| format!("--enablerepo={repo}")));
        if let Some(recommends) = install.recommends {
            argv.push(format!("--setopt=install_weak_deps={recommends}"));
        }
        argv.push(if install.reinstall { "reinstall" } else { "install" }.to_owned());
        argv.extend(install.packages.iter().map(|(name, version)| match version {
            Some(version) => format!("{name}-{version}"),
            None => name.clone(),
        }));
        argv.extend(install.files.iter().cloned());
        cx.run(argv).await.map(drop)
    }

    async fn remove(&self, cx: &Cx, names: &[String], _purge: bool) -> Result<(), Failure> {
        let argv = [program(cx), "-y", "-q", "remove"].into_iter().map(str::to_owned).chain(names.iter().cloned());
        cx.run(argv).await.map(drop)
    }

    async fn upgrade(&self, cx: &Cx, names: &[String]) -> Result<(), Failure> {
        let argv = [program(cx), "-y", "-q", "upgrade"].into_iter().map(str::to_owned).chain(names.iter().cloned());
        cx.run(argv).await.map(drop)
    }

    async fn held(&self, read: &Read) -> Result<Vec<String>, Failure> {
        let text = read.ask([program(read), "-q", "versionlock", "list"]).await?;
        let name =
            |line: &str| line.trim_end_matches(".*").rsplitn(3, '-').nth(2).map(|name| name.rsplit(':').next().unwrap_or(name).to_owned());
        Ok(text.lines().filter_map(name).collect())
    }

    async fn hold(&self, cx: &Cx, names: &[String], hold: bool) -> Result<(), Failure> {
        let word = if hold { "add" } else { "delete" };
        let argv = [program(cx), "-q", "versionlock", word].into_iter().map(str::to_owned).chain(names.iter().cloned());
        cx.run(argv).await.map(drop)
    }

    async fn owner(&self, read: &Read, path: &str) -> Result<Option<String>, Failure> {
        let output = read.try_run(["rpm", "-qf", "--queryformat", "%{NAME}", path]).await?;
        Ok(output.is_ok().then(|| output.out()))
    }

    fn compare(&self, a: &str, b: &str) -> Ordering {
        version::rpm(a, b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_packages_are_read_from_a_list() {
        let text = "Available Packages\nhttpd.x86_64   2.4.57-8.el9   appstream\nkernel.x86_64  5.14.0-427.el9 baseos\n";
        assert_eq!(parse_list(text).get("httpd").map(String::as_str), Some("2.4.57-8.el9"));
        assert_eq!(parse_list(text).len(), 2);
    }
}
