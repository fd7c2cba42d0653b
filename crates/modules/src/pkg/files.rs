//! The functions of `pkg` about the files of packages, fetched ones and further questions.

use super::find;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

/// Files of packages, by name; names that are not known are errors.
async fn files(names: &[Value], read: &Read) -> Result<(Map, Vec<Value>), Failure> {
    let (mut packages, mut errors) = (Map::new(), Vec::new());
    for name in names.iter().map(text::str) {
        let argv: &[&str] = match find(read)?.name() {
            "apt" => &["dpkg", "-L", &name],
            "dnf" | "zypper" => &["rpm", "-ql", &name],
            "pacman" => &["pacman", "-Qlq", &name],
            "apk" => &["apk", "info", "--quiet", "--contents", &name],
            other => return Err(Failure::unavailable(format!("the package provider `{other}` cannot list files"))),
        };
        let output = read.try_run(argv.iter().copied()).await?;
        if output.is_ok() {
            packages.insert(name, Value::from_iter(output.out().lines().filter(|line| !line.is_empty()).map(str::to_owned)));
        } else {
            errors.push(output.err().lines().next().unwrap_or_default().into());
        }
    }
    Ok((packages, errors))
}

/// List the files of installed packages.
///
/// ```salt
/// salt '*' pkg.file_list nginx
/// ```
#[derive(Args)]
pub struct FileList {
    /// Names.
    #[arg(rest)]
    packages: Vec<Value>,
}

impl Query for FileList {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let (packages, errors) = files(&self.packages, read).await?;
        let mut all: Vec<Value> = packages.values().filter_map(Value::as_list).flatten().cloned().collect();
        all.dedup();
        Ok([("errors", errors), ("files", all)].into_iter().collect())
    }
}

/// List the files of installed packages, by package.
///
/// ```salt
/// salt '*' pkg.file_dict nginx
/// ```
#[derive(Args)]
pub struct FileDict {
    /// Names.
    #[arg(rest)]
    packages: Vec<Value>,
}

impl Query for FileDict {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let (packages, errors) = files(&self.packages, read).await?;
        let mut map = Map::new();
        map.insert("errors", errors);
        map.insert("packages", packages);
        Ok(map)
    }
}

/// Return the package a file belongs to.
///
/// ```salt
/// salt '*' pkg.which /usr/bin/env
/// ```
#[derive(Args)]
pub struct Which {
    /// Path.
    path: String,
}

impl Query for Which {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        Ok(find(read)?.owner(read, &self.path).await?.unwrap_or_default())
    }
}

/// List package files that were fetched and wait to be installed.
///
/// ```salt
/// salt '*' pkg.list_downloaded
/// ```
#[derive(Args)]
#[args(extra)]
pub struct ListDownloaded;

impl Query for ListDownloaded {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let found = find(read)?.downloaded(read).await?;
        Ok(found.into_iter().map(|(name, versions)| (name, Value::from_iter(versions))).collect())
    }
}

/// Remove packages that were installed for others and are needed no more; return what changed.
///
/// ```salt
/// salt '*' pkg.autoremove
/// ```
#[derive(Args)]
pub struct Autoremove {
    /// Only list them.
    #[arg(default = false)]
    list_only: bool,
    /// Remove their configuration too.
    #[arg(default = false)]
    purge: bool,
}

impl Action for Autoremove {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let provider = find(cx)?;
        if provider.name() == "apt" && self.list_only {
            let text = cx.ask(["apt-get", "--assume-no", "autoremove", "--dry-run"]).await?;
            return Ok(text.lines().filter_map(|line| line.strip_prefix("Remv ")?.split_whitespace().next().map(str::to_owned)).collect());
        }
        if self.list_only {
            return Err(provider.cannot("list what is needed no more"));
        }
        let before = provider.installed(cx).await?;
        let argv: &[&str] = match provider.name() {
            "apt" if self.purge => &["apt-get", "-q", "-y", "--purge", "autoremove"],
            "apt" => &["apt-get", "-q", "-y", "autoremove"],
            "dnf" => &["dnf", "-y", "-q", "autoremove"],
            _ => return Err(provider.cannot("remove what is needed no more")),
        };
        cx.run(argv.iter().copied()).await?;
        Ok(super::changes(&before, &provider.installed(cx).await?).into())
    }
}

/// Splits a name from its architecture: `libc6:i386`, `glibc.i686`.
fn split_arch(name: &str) -> (String, Option<String>) {
    const ARCHES: [&str; 12] =
        ["amd64", "i386", "i686", "x86_64", "arm64", "aarch64", "armhf", "armel", "ppc64el", "ppc64le", "s390x", "noarch"];
    let parts = name.rsplit_once(':').or_else(|| name.rsplit_once('.'));
    match parts.filter(|(_, arch)| ARCHES.contains(arch) || *arch == "all" || *arch == "any") {
        Some((bare, arch)) => (bare.to_owned(), Some(arch.to_owned())),
        None => (name.to_owned(), None),
    }
}

/// Return a package's name without the machine's own architecture.
///
/// ```salt
/// salt '*' pkg.normalize_name libc6:amd64
/// ```
#[derive(Args)]
pub struct NormalizeName {
    /// Name.
    name: String,
}

impl Query for NormalizeName {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let (bare, arch) = split_arch(&self.name);
        let own = read.grain_text("osarch");
        Ok(if arch.is_some_and(|arch| arch == own || matches!(arch.as_str(), "all" | "any" | "noarch")) { bare } else { self.name })
    }
}

/// Return name and architecture of a package.
///
/// ```salt
/// salt '*' pkg.parse_arch libc6:i386
/// ```
#[derive(Args)]
pub struct ParseArch {
    /// Name.
    name: String,
}

impl Query for ParseArch {
    type Output = Map;
    async fn call(self, _read: &Read) -> Result<Map, Failure> {
        let (bare, arch) = split_arch(&self.name);
        let mut map = Map::new();
        map.insert("name", bare);
        map.insert("arch", arch);
        Ok(map)
    }
}

/// Return what is known of installed packages.
///
/// ```salt
/// salt '*' pkg.info_installed nginx
/// ```
#[derive(Args)]
#[args(extra)]
pub struct InfoInstalled {
    /// Names.
    #[arg(rest)]
    names: Vec<Value>,
}

impl Query for InfoInstalled {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let provider = find(read)?;
        let mut found = Map::new();
        for name in self.names.iter().map(text::str) {
            let argv: Vec<&str> = match provider.name() {
                "apt" => vec!["dpkg-query", "--showformat", DPKG_FORMAT, "-W", &name],
                "dnf" | "zypper" => vec!["rpm", "-q", "--queryformat", RPM_FORMAT, &name],
                _ => return Err(provider.cannot("describe installed packages")),
            };
            let output = read.try_run(argv).await?;
            if output.is_ok() {
                found.insert(name, parse_info(&output.out()));
            }
        }
        Ok(found)
    }
}

const DPKG_FORMAT: &str = "name:${Package}\\narchitecture:${Architecture}\\npackager:${Maintainer}\\nsource:${source:Package}\\nversion:${Version}\\ngroup:${Section}\\nurl:${Homepage}\\ndescription:${Description}\\n";
const RPM_FORMAT: &str = "name:%{NAME}\\narchitecture:%{ARCH}\\npackager:%{PACKAGER}\\nsource:%{SOURCERPM}\\nversion:%{VERSION}\\nrelease:%{RELEASE}\\ngroup:%{GROUP}\\nurl:%{URL}\\nlicense:%{LICENSE}\\nsummary:%{SUMMARY}\\ndescription:%{DESCRIPTION}\\n";

/// Reads `key:value` lines; the description goes to the end.
fn parse_info(text: &str) -> Map {
    let mut map = Map::new();
    let (head, description) = text.split_once("description:").unwrap_or((text, ""));
    for (key, value) in head.lines().filter_map(|line| line.split_once(':')) {
        if !value.is_empty() && value != "(none)" {
            map.insert(key, value);
        }
    }
    map.insert("description", description);
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_architecture_is_told_from_a_part_of_the_name() {
        assert_eq!(split_arch("libc6:i386"), ("libc6".to_owned(), Some("i386".to_owned())));
        assert_eq!(split_arch("glibc.i686"), ("glibc".to_owned(), Some("i686".to_owned())));
        assert_eq!(split_arch("python3.11"), ("python3.11".to_owned(), None));
    }

    #[test]
    fn a_description_may_have_colons_and_lines() {
        let info = parse_info("name:tree\nurl:http://x\ndescription:shows a tree\n Tree is: nice\n");
        assert_eq!(info.get("url").and_then(Value::as_str), Some("http://x"));
        assert_eq!(info.get("description").and_then(Value::as_str), Some("shows a tree\n Tree is: nice\n"));
    }
}
