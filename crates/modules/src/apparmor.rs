//! Confinement of programs by AppArmor.

use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value};

sdk::module!(apparmor, [IsEnabled, Status, Profiles, Enforce, Complain, Disable, Enable, Reload, Remove]);

const SYSTEM: &str = "/sys/kernel/security/apparmor";
const FOLDER: &str = "/etc/apparmor.d";
const ENABLED: &str = "/sys/module/apparmor/parameters/enabled";

fn is_enabled(read: &Read) -> bool {
    read.host().read_text(ENABLED).is_ok_and(|text| text.trim() == "Y")
}

fn needs_kernel(read: &Read) -> Result<(), Failure> {
    if is_enabled(read) {
        Ok(())
    } else {
        Err(Failure::unavailable(format!("the kernel has no AppArmor or does not use it; looked at {ENABLED}")))
    }
}

/// Lines of the kernel: `/usr/sbin/ntpd (enforce)`.
fn parse(text: &str) -> Vec<(String, String)> {
    let row = |line: &str| {
        let (name, mode) = line.trim_end().strip_suffix(')')?.rsplit_once(" (")?;
        Some((name.to_owned(), mode.to_owned()))
    };
    let mut all: Vec<_> = text.lines().filter_map(row).collect();
    all.sort_unstable();
    all
}

fn profiles(read: &Read) -> Result<Vec<(String, String)>, Failure> {
    needs_kernel(read)?;
    Ok(parse(&read.host().read_text(&format!("{SYSTEM}/profiles")).map_err(crate::failure)?))
}

/// Tell whether the kernel confines programs.
///
/// ```salt
/// salt '*' apparmor.is_enabled
/// ```
#[derive(Args)]
pub struct IsEnabled;

impl Query for IsEnabled {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(is_enabled(read))
    }
}

/// Return the loaded profiles with their modes.
///
/// ```salt
/// salt '*' apparmor.profiles
/// ```
#[derive(Args)]
pub struct Profiles {
    /// Only those in this mode: `enforce`, `complain`, ….
    mode: Option<String>,
}

impl Query for Profiles {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        Ok(profiles(read)?.into_iter().filter(|(_, mode)| self.mode.as_ref().is_none_or(|wanted| wanted == mode)).collect())
    }
}

/// Return how many profiles there are in each mode, and the processes that are confined.
///
/// ```salt
/// salt '*' apparmor.status
/// ```
#[derive(Args)]
pub struct Status;

impl Query for Status {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let mut counts = Map::new();
        for (_, mode) in profiles(read)? {
            let count = counts.get(&mode).and_then(Value::as_int).unwrap_or(0);
            counts.insert(mode, count + 1);
        }
        let mut processes = Map::new();
        for pid in read.host().list("/proc").map_err(crate::failure)?.into_iter().filter(|name| name.parse::<u32>().is_ok()) {
            // A process may end while we look.
            let places = [format!("/proc/{pid}/attr/apparmor/current"), format!("/proc/{pid}/attr/current")];
            let label = places.iter().find_map(|path| read.host().read_text(path).ok()).unwrap_or_default();
            if let Some((profile, mode)) = parse(label.trim_end_matches('\0')).pop() {
                let entry: Map = [("profile", profile), ("mode", mode)].into_iter().collect();
                processes.insert(pid, entry);
            }
        }
        let mut map = Map::new();
        map.insert("profiles", counts);
        map.insert("processes", processes);
        Ok(map)
    }
}

/// The file of a profile: its own path, or that of the program with dots for slashes.
fn file(read: &Read, profile: &str) -> Result<String, Failure> {
    let named = format!("{FOLDER}/{}", profile.trim_start_matches('/').replace('/', "."));
    let given = profile.starts_with(FOLDER).then(|| profile.to_owned());
    let path = given.unwrap_or(named);
    if read.host().is_file(&path) { Ok(path) } else { Err(Failure::failed(format!("there is no profile `{profile}`; looked for {path}"))) }
}

async fn parser(cx: &Cx, words: &[&str]) -> Result<(), Failure> {
    if cx.host().which("apparmor_parser").is_none() {
        return Err(Failure::unavailable("there is no program `apparmor_parser` here; the package apparmor has it"));
    }
    cx.run(["apparmor_parser"].iter().chain(words).copied()).await.map(drop)
}

/// Links whose presence says that a profile is not loaded, or not enforced, on boot.
fn link(kind: &str, path: &str) -> String {
    format!("{FOLDER}/{kind}/{}", path.rsplit('/').next().unwrap_or_default())
}

fn set_link(cx: &Cx, kind: &str, path: &str, wanted: bool) -> Result<(), Failure> {
    let link = link(kind, path);
    let has = cx.host().is_link(&link);
    if wanted && !has {
        cx.host().make_dirs(&format!("{FOLDER}/{kind}"), None).map_err(crate::failure)?;
        cx.host().symlink(path, &link).map_err(crate::failure)?;
    } else if has && !wanted {
        cx.host().remove_file(&link).map_err(crate::failure)?;
    }
    Ok(())
}

macro_rules! act {
    ($(#[$doc:meta])* $name:ident, |$cx:ident, $path:ident| $act:block) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Profile: its file, or the program it is for.
            profile: String,
        }

        impl Action for $name {
            type Output = bool;
            async fn call(self, $cx: &Cx) -> Result<bool, Failure> {
                let $path = file($cx, &self.profile)?;
                $act
                Ok(true)
            }
        }
    };
}

act! {
    /// Have a profile forbid what it does not allow.
    ///
    /// ```salt
    /// salt '*' apparmor.enforce /usr/sbin/ntpd
    /// ```
    Enforce, |cx, path| {
        set_link(cx, "force-complain", &path, false)?;
        set_link(cx, "disable", &path, false)?;
        parser(cx, &["--replace", &path]).await?;
    }
}
act! {
    /// Have a profile only log what it does not allow.
    ///
    /// ```salt
    /// salt '*' apparmor.complain /usr/sbin/ntpd
    /// ```
    Complain, |cx, path| {
        set_link(cx, "disable", &path, false)?;
        set_link(cx, "force-complain", &path, true)?;
        parser(cx, &["--replace", "--Complain", &path]).await?;
    }
}
act! {
    /// Take a profile out of the kernel, now and on every boot.
    ///
    /// ```salt
    /// salt '*' apparmor.disable /usr/sbin/ntpd
    /// ```
    Disable, |cx, path| {
        set_link(cx, "disable", &path, true)?;
        parser(cx, &["--remove", &path]).await?;
    }
}
act! {
    /// Load a profile, now and on every boot.
    ///
    /// ```salt
    /// salt '*' apparmor.enable /usr/sbin/ntpd
    /// ```
    Enable, |cx, path| {
        set_link(cx, "disable", &path, false)?;
        parser(cx, &["--replace", &path]).await?;
    }
}
act! {
    /// Load a profile anew from its file.
    ///
    /// ```salt
    /// salt '*' apparmor.reload /usr/sbin/ntpd
    /// ```
    Reload, |cx, path| {
        parser(cx, &["--replace", &path]).await?;
    }
}
act! {
    /// Take a profile out of the kernel until the next boot.
    ///
    /// ```salt
    /// salt '*' apparmor.remove /usr/sbin/ntpd
    /// ```
    Remove, |cx, path| {
        parser(cx, &["--remove", &path]).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::Facts;
    use sdk::host::{FakeHost, Look};
    use std::sync::Arc;

    #[tokio::test]
    async fn a_profile_only_logs_and_then_forbids() {
        let host = Arc::new(FakeHost::new());
        host.file("/etc/apparmor.d/usr.sbin.ntpd", "profile");
        host.program("/usr/sbin/apparmor_parser");
        let path = "/etc/apparmor.d/usr.sbin.ntpd";
        host.answer(&format!("apparmor_parser --replace --Complain {path}"), 0, "", "");
        host.answer(&format!("apparmor_parser --replace {path}"), 0, "", "");
        let cx = sdk::testing::context(Arc::<FakeHost>::clone(&host), Facts::default());
        Complain { profile: "/usr/sbin/ntpd".into() }.call(&cx).await.unwrap();
        assert!(host.is_link("/etc/apparmor.d/force-complain/usr.sbin.ntpd"));
        Enforce { profile: path.into() }.call(&cx).await.unwrap();
        assert!(!host.is_link("/etc/apparmor.d/force-complain/usr.sbin.ntpd"));
        let missing = Enforce { profile: "/usr/bin/x".into() }.call(&cx).await.unwrap_err();
        assert!(missing.message.contains("looked for /etc/apparmor.d/usr.bin.x"), "{}", missing.message);
        let off = Status.call(cx.read()).await.unwrap_err();
        assert!(off.message.contains("looked at /sys/module"), "{}", off.message);
    }

    #[test]
    fn profiles_are_known_with_their_modes() {
        assert_eq!(
            parse("/usr/bin/man (enforce)\na b (complain)\n"),
            [("/usr/bin/man".into(), "enforce".into()), ("a b".into(), "complain".into())]
        );
    }
}
