//! Modules of the kernel.

use sdk::host::{Write, parent};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value};

sdk::module!(kmod, [Available, CheckAvailable, IsLoaded, Lsmod, ModList, Load, Remove]);

/// A name as the kernel spells it.
#[must_use]
pub fn plain(name: &str) -> String {
    name.replace('-', "_")
}

/// Loaded modules, from `/proc/modules`: name, size, count, users.
fn parse(text: &str) -> Vec<(String, String, String, Vec<String>)> {
    let entry = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        let (name, size, count, users) = (words.next()?, words.next()?, words.next()?, words.next().unwrap_or_default());
        let users = users.split(',').filter(|user| !user.is_empty() && *user != "-").map(str::to_owned).collect();
        Some((name, size, count, users))
    };
    text.lines().filter_map(entry).collect()
}

/// Whether a module is in the kernel: loaded, or built in.
pub fn is_loaded(name: &str, read: &Read) -> bool {
    let wanted = plain(name);
    let text = read.host().read_text("/proc/modules").unwrap_or_default();
    parse(&text).iter().any(|(name, ..)| *name == wanted) || built_in(read).contains(&wanted)
}

fn release(read: &Read) -> String {
    match read.grain_text("kernelrelease") {
        "" => read.host().read_text("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
        release => release.to_owned(),
    }
}

/// Names in a list of module files: `kernel/drivers/net/dummy.ko.xz: …`.
fn names_of(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let path = line.split(':').next()?.trim();
        path.rsplit('/').next()?.split(".ko").next().map(plain)
    };
    text.lines().filter(|line| !line.trim().is_empty()).filter_map(name).collect()
}

fn built_in(read: &Read) -> Vec<String> {
    names_of(&read.host().read_text(&format!("/lib/modules/{}/modules.builtin", release(read))).unwrap_or_default())
}

/// Modules that could be loaded.
pub fn available(read: &Read) -> Vec<String> {
    let mut names = names_of(&read.host().read_text(&format!("/lib/modules/{}/modules.dep", release(read))).unwrap_or_default());
    names.extend(built_in(read));
    names.sort();
    names.dedup();
    names
}

/// File of modules that are loaded on boot.
pub fn boot_file(read: &Read) -> &'static str {
    if read.host().is_dir("/etc/modules-load.d") { "/etc/modules-load.d/salt_managed.conf" } else { "/etc/modules" }
}

/// Whether a module is loaded on boot, by any of the files.
pub fn is_persistent(name: &str, read: &Read) -> bool {
    let folder = "/etc/modules-load.d";
    let files = read.host().list(folder).unwrap_or_default().into_iter().map(|file| format!("{folder}/{file}"));
    let has = |path: String| {
        let text = read.host().read_text(&path).unwrap_or_default();
        text.lines().map(str::trim).any(|line| line.split_whitespace().next().map(plain) == Some(plain(name)))
    };
    std::iter::once("/etc/modules".to_owned()).chain(files).any(has)
}

/// What becomes of a module on the next boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnBoot {
    /// It is loaded.
    Loaded,
    /// It is not, and its line stays as a comment.
    Comment,
    /// It is not, and its line goes.
    Nothing,
}

/// Has a module loaded on boot, or not.
pub fn set_persistent(cx: &Cx, name: &str, wanted: OnBoot) -> Result<(), Failure> {
    let path = boot_file(cx);
    let text = cx.host().read_text(path).unwrap_or_default();
    let is_it = |line: &str| line.split_whitespace().next().map(plain) == Some(plain(name));
    let line = |line: &str| match wanted {
        OnBoot::Comment if is_it(line) => Some(format!("#{line}")),
        OnBoot::Nothing if is_it(line) => None,
        _ => Some(line.to_owned()),
    };
    let mut lines: Vec<String> = text.lines().filter_map(line).collect();
    if wanted == OnBoot::Loaded && !lines.iter().any(|line| is_it(line)) {
        lines.push(name.to_owned());
    }
    if let Some(folder) = parent(path) {
        cx.host().make_dirs(folder, None).map_err(crate::failure)?;
    }
    let text: String = lines.into_iter().map(|line| line + "\n").collect();
    cx.host().write(path, text.as_bytes(), &Write::default()).map_err(crate::failure)
}

/// Loads a module.
pub async fn load(cx: &Cx, name: &str) -> Result<(), Failure> {
    cx.run(["modprobe", name]).await.map(drop)
}

/// Removes a module.
pub async fn remove(cx: &Cx, name: &str) -> Result<(), Failure> {
    cx.run(["modprobe", "-r", name]).await.map(drop)
}

/// List the modules that could be loaded.
///
/// ```salt
/// salt '*' kmod.available
/// ```
#[derive(Args)]
pub struct Available;

impl Query for Available {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        Ok(available(read))
    }
}

/// Tell whether a module could be loaded.
///
/// ```salt
/// salt '*' kmod.check_available kvm
/// ```
#[derive(Args)]
pub struct CheckAvailable {
    /// Module.
    r#mod: String,
}

impl Query for CheckAvailable {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(available(read).contains(&plain(&self.r#mod)))
    }
}

/// Tell whether a module is loaded.
///
/// ```salt
/// salt '*' kmod.is_loaded kvm
/// ```
#[derive(Args)]
pub struct IsLoaded {
    /// Module.
    r#mod: String,
}

impl Query for IsLoaded {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(is_loaded(&self.r#mod, read))
    }
}

/// List the loaded modules with size and users.
///
/// ```salt
/// salt '*' kmod.lsmod
/// ```
#[derive(Args)]
pub struct Lsmod;

impl Query for Lsmod {
    type Output = Vec<Value>;
    async fn call(self, read: &Read) -> Result<Vec<Value>, Failure> {
        let entries = parse(&read.host().read_text("/proc/modules").unwrap_or_default());
        let entry = |(name, size, count, users): (String, String, String, Vec<String>)| {
            let mut map = Map::new();
            map.insert("size", size);
            map.insert("module", name);
            map.insert("depcount", count);
            map.insert("deps", users);
            Value::Map(map)
        };
        Ok(entries.into_iter().map(entry).collect())
    }
}

/// List the names of loaded modules, or of those that are loaded on boot.
///
/// ```salt
/// salt '*' kmod.mod_list
/// ```
#[derive(Args)]
pub struct ModList {
    /// Those that are loaded on boot by our file.
    #[arg(default = false)]
    only_persist: bool,
}

impl Query for ModList {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let mut names: Vec<String> = if self.only_persist {
            let text = read.host().read_text(boot_file(read)).unwrap_or_default();
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            lines.filter_map(|line| line.split_whitespace().next().map(plain)).collect()
        } else {
            parse(&read.host().read_text("/proc/modules").unwrap_or_default()).into_iter().map(|(name, ..)| name).collect()
        };
        names.sort();
        Ok(names)
    }
}

/// What is loaded or removed by a function: the names that came or went.
fn loaded_names(read: &Read) -> Vec<String> {
    parse(&read.host().read_text("/proc/modules").unwrap_or_default()).into_iter().map(|(name, ..)| name).collect()
}

/// Load a module and return what came into the kernel.
///
/// ```salt
/// salt '*' kmod.load kvm
/// ```
#[derive(Args)]
pub struct Load {
    /// Module.
    r#mod: String,
    /// Load it on boot as well.
    #[arg(default = false)]
    persist: bool,
}

impl Action for Load {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        let before = loaded_names(cx);
        load(cx, &self.r#mod).await?;
        if self.persist {
            set_persistent(cx, &self.r#mod, OnBoot::Loaded)?;
        }
        Ok(loaded_names(cx).into_iter().filter(|name| !before.contains(name)).collect())
    }
}

/// Remove a module and return what left the kernel.
///
/// ```salt
/// salt '*' kmod.remove kvm
/// ```
#[derive(Args)]
pub struct Remove {
    /// Module.
    r#mod: String,
    /// Load it no more on boot.
    #[arg(default = false)]
    persist: bool,
    /// Comment the line out instead of removing it.
    #[arg(default = true)]
    comment: bool,
}

impl Action for Remove {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        let before = loaded_names(cx);
        remove(cx, &self.r#mod).await?;
        if self.persist {
            set_persistent(cx, &self.r#mod, if self.comment { OnBoot::Comment } else { OnBoot::Nothing })?;
        }
        let after = loaded_names(cx);
        Ok(before.into_iter().filter(|name| !after.contains(name)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_lists_of_files() {
        assert_eq!(names_of("kernel/net/8021q/8021q.ko.xz: kernel/net/802/mrp.ko.xz\nkernel/snd-pcm.ko:\n"), ["8021q", "snd_pcm"]);
        let modules = parse("nf_tables 300000 5 nft_ct,nft_chain_nat, Live 0x0\nloop 40960 0 - Live 0x0\n");
        assert_eq!(modules.first().unwrap().3, ["nft_ct", "nft_chain_nat"]);
        assert!(modules.last().unwrap().3.is_empty());
    }
}
