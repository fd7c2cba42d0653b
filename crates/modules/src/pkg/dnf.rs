//! Red Hat and its relatives: rpm and dnf (or yum, where it is still that).

use super::{Install, Installed, Provider, name_version_lines, newest, version};
use async_trait::async_trait;
use sdk::{Cx, Failure, Read};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// rpm and dnf.
pub struct Dnf;

/// Format of `rpm -q`: name, and version with its epoch where it has one.
pub(super) const RPM_FORMAT: &str = "%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\n";

/// Installed packages of an rpm system; keys of signatures are listed as packages and are none.
pub(super) async fn rpm_installed(read: &Read, root: Option<&str>) -> Result<Installed, Failure> {
    let argv = ["rpm"].into_iter().chain(root.into_iter().flat_map(|root| ["--root", root])).chain(["-qa", "--queryformat", RPM_FORMAT]);
    let mut installed = name_version_lines(&read.ask(argv).await?);
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

/// Reads `gamma-0:1.1-1.*` lines of `versionlock list`, in older versions `0:gamma-1.1-1.*`; a name may be there with several versions.
fn parse_locks(text: &str) -> Vec<String> {
    let name =
        |line: &str| line.trim_end_matches(".*").rsplitn(3, '-').nth(2).map(|name| name.rsplit(':').next().unwrap_or(name).to_owned());
    let names: BTreeSet<String> = text.lines().filter_map(name).collect();
    names.into_iter().collect()
}

/// Folders `packages` below a cache: `/var/cache/dnf/<repository>/packages`.
fn package_folders(read: &Read, cache: &str) -> Vec<String> {
    read.host().list(cache).unwrap_or_default().into_iter().map(|name| format!("{cache}/{name}/packages")).collect()
}

/// Splits `name-1.2-3.el9.x86_64.rpm`.
fn rpm_file_name(file: &str) -> Option<(String, String)> {
    let (stem, _arch) = file.strip_suffix(".rpm")?.rsplit_once('.')?;
    let mut parts = stem.rsplitn(3, '-');
    let (release, version, name) = (parts.next()?, parts.next()?, parts.next()?);
    Some((name.to_owned(), format!("{version}-{release}")))
}

/// Reads `group info`: headings end with a colon, packages stand indented below them.
fn parse_group(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut needed, mut optional) = (Vec::new(), Vec::new());
    let mut heading = String::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(title) = trimmed.strip_suffix(':') {
            heading = title.to_lowercase();
        } else if !trimmed.is_empty() && !trimmed.contains(':') {
            match heading.as_str() {
                "mandatory packages" | "default packages" => needed.push(trimmed.to_owned()),
                "optional packages" => optional.push(trimmed.to_owned()),
                _ => {}
            }
        }
    }
    (needed, optional)
}

/// Reads `updateinfo list --all`: `i RHSA-2024:1 Important/Sec. name-1.2`, where an `i` says that it is installed.
fn parse_advisories(text: &str) -> BTreeMap<String, bool> {
    let entry = |line: &str| -> Option<(String, bool)> {
        let (installed, rest) = line.strip_prefix("i ").map_or((false, line), |rest| (true, rest));
        let name = rest.split_whitespace().next()?;
        name.contains('-').then(|| (name.to_owned(), installed))
    };
    // An advisory with several packages is installed when each of them is.
    let mut found = BTreeMap::new();
    for (name, installed) in text.lines().filter_map(entry) {
        found.entry(name).and_modify(|all| *all &= installed).or_insert(installed);
    }
    found
}

#[async_trait]
impl Provider for Dnf {
    fn name(&self) -> &'static str {
        "dnf"
    }

    async fn installed(&self, read: &Read) -> Result<Installed, Failure> {
        rpm_installed(read, None).await
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
        if install.download_only {
            argv.push("--downloadonly".to_owned());
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
        Ok(parse_locks(&read.ask([program(read), "-q", "versionlock", "list"]).await?))
    }

    async fn hold(&self, cx: &Cx, names: &[String], hold: bool) -> Result<(), Failure> {
        let word = if hold { "add" } else { "delete" };
        let argv = [program(cx), "-q", "versionlock", word].into_iter().map(str::to_owned).chain(names.iter().cloned());
        cx.run(argv).await.map(drop)
    }

    async fn downloaded(&self, read: &Read) -> Result<Installed, Failure> {
        let caches = ["/var/cache/dnf", "/var/cache/yum"];
        let mut found = Installed::new();
        for folder in caches.into_iter().flat_map(|cache| package_folders(read, cache)) {
            for name in read.host().list(&folder).unwrap_or_default() {
                if let Some((name, version)) = rpm_file_name(&name) {
                    found.entry(name).or_default().push(version);
                }
            }
        }
        Ok(found)
    }

    async fn group(&self, read: &Read, name: &str) -> Result<(Vec<String>, Vec<String>), Failure> {
        Ok(parse_group(&read.ask([program(read), "-q", "group", "info", name]).await?))
    }

    async fn patches(&self, read: &Read) -> Result<BTreeMap<String, bool>, Failure> {
        Ok(parse_advisories(&read.ask([program(read), "-q", "updateinfo", "list", "--all"]).await?))
    }

    async fn install_patches(&self, cx: &Cx, names: &[String], download_only: bool) -> Result<(), Failure> {
        let mut argv = vec![program(cx).to_owned(), "-y".to_owned(), "-q".to_owned()];
        argv.extend(download_only.then(|| "--downloadonly".to_owned()));
        argv.extend(names.iter().map(|name| format!("--advisory={name}")));
        argv.push("upgrade".to_owned());
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

    #[test]
    fn what_dnf_4_14_says_is_understood() {
        assert_eq!(parse_locks("gamma-0:1.1-1.*\ngamma-0:1.0-1.*\n"), ["gamma"]);
        assert_eq!(parse_locks("0:gamma-1.1-1.*\n"), ["gamma"]);
        let list = "Available Packages\nalpha.noarch                            1.1-1                           compared\nbeta.noarch                             1.0-1                           compared\n";
        assert_eq!(parse_list(list).get("alpha").map(String::as_str), Some("1.1-1"));
        let group = "Group: Greeks\n Description: Greeks\n Mandatory Packages:\n   zeta\n Default Packages:\n   eta\n Optional Packages:\n   theta\n";
        assert_eq!(parse_group(group), (vec!["zeta".to_owned(), "eta".to_owned()], vec!["theta".to_owned()]));
    }

    #[test]
    fn a_group_names_what_it_needs_and_what_it_may_have() {
        let text = "Group: Web Server\n Description: httpd\n Mandatory Packages:\n   httpd\n Default Packages:\n   mod_ssl\n Optional Packages:\n   squid\n";
        assert_eq!(parse_group(text), (vec!["httpd".to_owned(), "mod_ssl".to_owned()], vec!["squid".to_owned()]));
    }

    #[test]
    fn an_advisory_is_installed_when_all_its_packages_are() {
        let text = "i RHSA-2024:1 Important/Sec. curl-8.0-1.el9.x86_64\n  RHSA-2024:1 Important/Sec. libcurl-8.0-1.el9.x86_64\ni RHBA-2024:2 bugfix vim-9-1.x86_64\n";
        assert_eq!(parse_advisories(text), BTreeMap::from([("RHSA-2024:1".to_owned(), false), ("RHBA-2024:2".to_owned(), true)]));
        assert_eq!(rpm_file_name("mod_ssl-2.4.57-8.el9.x86_64.rpm"), Some(("mod_ssl".to_owned(), "2.4.57-8.el9".to_owned())));
    }
}
