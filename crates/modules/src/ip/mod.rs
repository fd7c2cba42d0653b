//! Network interfaces as the system configures them on boot. A provider for each kind of configuration; `find` says which one this machine has.
//!
//! Each provider turns an [`Interface`] into the lines its files would have and says which lines they have now; a state compares the two. So
//! nothing is written to find out what would be.

mod debian;
mod functions;
mod netplan;
mod networkmanager;
mod redhat;
mod routes;
mod settings;
mod stanza;

pub use functions::functions;
pub use routes::Route;
pub use settings::{Address, Interface, Kind};

use async_trait::async_trait;
use sdk::host::Write;
use sdk::{Cx, Failure, Map, Read};

/// A way in which a system configures its network.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Name, such as `ifupdown`.
    fn name(&self) -> &'static str;

    /// Lines that stand for an interface now; none where it is not configured.
    fn present(&self, read: &Read, iface: &str) -> Result<Vec<String>, Failure>;

    /// Lines an interface should have.
    fn wanted(&self, read: &Read, interface: &Interface) -> Result<Vec<String>, Failure>;

    /// Puts the lines of an interface where they belong.
    fn put(&self, cx: &Cx, interface: &Interface, lines: &[String]) -> Result<(), Failure>;

    /// Lines that stand for the routes of an interface now.
    fn present_routes(&self, read: &Read, iface: &str) -> Result<Vec<String>, Failure>;

    /// Lines the routes of an interface should have.
    fn wanted_routes(&self, read: &Read, iface: &str, routes: &[Route]) -> Result<Vec<String>, Failure>;

    /// Puts the routes where they belong.
    fn put_routes(&self, cx: &Cx, iface: &str, routes: &[Route]) -> Result<(), Failure>;

    /// Lines of what holds for the whole machine now.
    fn present_system(&self, read: &Read) -> Result<Vec<String>, Failure>;

    /// Lines of what should hold for the whole machine: what is not given stays.
    fn wanted_system(&self, read: &Read, settings: &Map) -> Result<Vec<String>, Failure>;

    /// Puts what holds for the whole machine where it belongs.
    fn put_system(&self, cx: &Cx, settings: &Map) -> Result<(), Failure>;

    /// Has the running system take up what holds for the whole machine.
    async fn apply_system(&self, cx: &Cx) -> Result<(), Failure>;

    /// Brings an interface up.
    async fn up(&self, cx: &Cx, iface: &str) -> Result<(), Failure>;

    /// Takes an interface down.
    async fn down(&self, cx: &Cx, iface: &str) -> Result<(), Failure>;

    /// Has the running system forget the routes that were put there before, as far as it has them.
    async fn drop_routes(&self, _cx: &Cx, _iface: &str) -> Result<(), Failure> {
        Ok(())
    }

    /// Has the running system take routes that were put there.
    async fn apply_routes(&self, cx: &Cx, iface: &str) -> Result<(), Failure>;
}

/// The provider of this machine.
pub fn find(read: &Read) -> Result<&'static dyn Provider, Failure> {
    let host = read.host();
    let is_red_hat = read.grain_text("os_family") == "RedHat";
    if !is_red_hat && host.which("netplan").is_some() && host.is_dir(netplan::FOLDER) {
        return Ok(&netplan::Netplan);
    }
    // Where it runs and `ifup` is gone, nothing reads the other files.
    if networkmanager::is_here(read) {
        return Ok(&networkmanager::NetworkManager);
    }
    if host.is_dir(redhat::FOLDER) && (is_red_hat || !host.exists(debian::FILE)) {
        return Ok(&redhat::RedHat);
    }
    if read.grain_text("os_family") == "Debian" || host.exists(debian::FILE) {
        return Ok(&debian::Debian);
    }
    let looked = format!("NetworkManager, netplan with {}, {} and {}", netplan::FOLDER, redhat::FOLDER, debian::FILE);
    Err(Failure::unavailable(format!("no configuration of network interfaces found here; looked for {looked}")))
}

/// Takes an interface down that comes up again at once. It may have been brought up by hand, and then its configuration knows no way down:
/// what counts is that it comes up.
pub async fn take_down(provider: &dyn Provider, cx: &Cx, iface: &str) {
    if let Err(failure) = provider.down(cx, iface).await {
        tracing::warn!(interface = iface, error = failure.message, "interface did not go down");
    }
}

/// Whether an interface is there and up: `None` where it is not there.
#[must_use]
pub fn is_up(read: &Read, iface: &str) -> Option<bool> {
    let flags = read.host().read_text(&format!("/sys/class/net/{iface}/flags")).ok()?;
    let flags = u32::from_str_radix(flags.trim().trim_start_matches("0x"), 16).ok()?;
    Some(flags & 1 == 1)
}

/// The diff of two lists of lines, as Salt shows it.
#[must_use]
pub fn diff(old: &[String], new: &[String]) -> String {
    let old: Vec<&str> = old.iter().map(String::as_str).collect();
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    let lines = crate::file::diff::unified_lines(&old, &new);
    // Lines that are no content have no ends of their own.
    let bare = |(number, line): (usize, &String)| {
        let is_content = number > 1 && !line.starts_with("@@");
        if is_content { line.clone() } else { line.trim_end_matches('\n').to_owned() }
    };
    lines.iter().enumerate().map(bare).collect::<Vec<_>>().join("\n")
}

fn lines_of(read: &Read, path: &str) -> Vec<String> {
    read.host().read_text(path).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Lines of `NAME=value` with some of them set: those that are there keep their place, others go to the end.
fn with_values(mut lines: Vec<String>, values: &[(&str, String)]) -> Vec<String> {
    for (name, value) in values {
        let line = format!("{name}={value}");
        match lines.iter_mut().find(|have| have.split_once('=').is_some_and(|(key, _)| key.trim() == *name)) {
            Some(have) => *have = line,
            None => lines.push(line),
        }
    }
    lines
}

fn write(cx: &Cx, path: &str, text: &str, mode: Option<u32>) -> Result<(), Failure> {
    if let Some(folder) = sdk::host::parent(path) {
        cx.host().make_dirs(folder, None).map_err(crate::failure)?;
    }
    cx.host().write(path, text.as_bytes(), &Write { mode, ..Write::default() }).map_err(crate::failure)
}

/// `yes` or `no`.
const fn yes(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}
