//! Variables of the kernel: now, under `/proc/sys`, and from the next boot on, in the files of `sysctl`.

use sdk::host::{Write, parent};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read};

sdk::module!(sysctl, [Get, Show, Assign, Persist, DefaultConfig]);

/// File of variables that are set on boot.
pub const CONFIG: &str = "/etc/sysctl.d/99-salt.conf";

/// Path of a variable. Where a name has dots of its own (`eth0.100`), slashes and dots change places, as `sysctl` has it.
fn path(name: &str) -> String {
    let swapped = match (name.find('.'), name.find('/')) {
        (Some(dot), Some(slash)) if slash > dot => name.chars().map(swap).collect(),
        (Some(_), None) => name.replace('.', "/"),
        (Some(_) | None, _) => name.to_owned(),
    };
    format!("/proc/sys/{swapped}")
}

const fn swap(c: char) -> char {
    match c {
        '.' => '/',
        '/' => '.',
        other => other,
    }
}

/// A value with single blanks, as files and people write it.
#[must_use]
pub fn plain(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The present value; `None` when the kernel has no such variable.
pub fn current(name: &str, read: &Read) -> Option<String> {
    read.host().read_text(&path(name)).ok().map(|text| plain(&text))
}

/// The value a file sets.
pub fn configured(name: &str, config: &str, read: &Read) -> Option<String> {
    let text = read.host().read_text(config).ok()?;
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';']));
    // The last line wins on boot.
    lines.filter_map(|line| line.split_once('=')).rfind(|(key, _)| key.trim() == name).map(|(_, value)| plain(value))
}

/// Sets a variable now.
pub async fn assign(cx: &Cx, name: &str, value: &str) -> Result<(), Failure> {
    if !cx.host().exists(&path(name)) {
        return Err(Failure::failed(format!("sysctl {name} does not exist")));
    }
    let output = cx.try_run(["sysctl", "-w", &format!("{name}={value}")]).await?;
    // A refusal is told on standard error; some versions end with status 0 all the same.
    if output.is_ok() && output.stderr.is_empty() {
        return Ok(());
    }
    Err(Failure::failed(format!("sysctl -w failed: {}", output.err().trim())).with_retcode(output.retcode()))
}

/// Sets a variable for every boot: its line is changed, or added at the end.
pub fn persist(cx: &Cx, name: &str, value: &str, config: &str) -> Result<(), Failure> {
    let text = cx.host().read_text(config).unwrap_or_else(|_| "#\n# Kernel sysctl configuration\n#\n".to_owned());
    if let Some(folder) = parent(config) {
        cx.host().make_dirs(folder, None).map_err(crate::failure)?;
    }
    cx.host().write(config, edited(&text, name, value).as_bytes(), &Write::default()).map_err(crate::failure)
}

fn edited(text: &str, name: &str, value: &str) -> String {
    let mut done = false;
    let mut out = String::new();
    for line in text.lines() {
        let is_it = !line.trim().starts_with(['#', ';']) && line.split_once('=').is_some_and(|(key, _)| key.trim() == name);
        if !is_it {
            out.push_str(&format!("{line}\n"));
        } else if !done {
            out.push_str(&format!("{name} = {value}\n"));
            done = true;
        }
    }
    if !done {
        out.push_str(&format!("{name} = {value}\n"));
    }
    out
}

/// Return the value of a kernel variable.
///
/// ```salt
/// salt '*' sysctl.get net.ipv4.ip_forward
/// ```
#[derive(Args)]
pub struct Get {
    /// Name.
    name: String,
}

impl Query for Get {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let text = read.host().read_text(&path(&self.name)).map_err(crate::failure)?;
        Ok(text.trim_end().to_owned())
    }
}

/// Return every kernel variable, or those that a file sets.
///
/// ```salt
/// salt '*' sysctl.show
/// ```
#[derive(Args)]
pub struct Show {
    /// File.
    config_file: Option<String>,
}

impl Query for Show {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let text = match &self.config_file {
            Some(file) => read.host().read_text(file).map_err(crate::failure)?,
            // Some variables cannot be read by anybody, which is told as an error.
            None => read.try_run(["sysctl", "-a"]).await?.out(),
        };
        let lines = text.lines().filter(|line| !line.trim().starts_with(['#', ';']));
        Ok(lines.filter_map(|line| line.split_once('=')).map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect())
    }
}

/// Set a kernel variable until the next boot.
///
/// ```salt
/// salt '*' sysctl.assign net.ipv4.ip_forward 1
/// ```
#[derive(Args)]
pub struct Assign {
    /// Name.
    name: String,
    /// Value.
    value: String,
}

impl Action for Assign {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        assign(cx, &self.name, &self.value).await?;
        Ok([(self.name, self.value)].into_iter().collect())
    }
}

/// Set a kernel variable now and for every boot.
///
/// ```salt
/// salt '*' sysctl.persist net.ipv4.ip_forward 1
/// ```
#[derive(Args)]
pub struct Persist {
    /// Name.
    name: String,
    /// Value.
    value: String,
    /// File.
    #[arg(default = CONFIG)]
    config: String,
}

impl Action for Persist {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let value = plain(&self.value);
        let (now, boot) = (current(&self.name, cx), configured(&self.name, &self.config, cx));
        if now.as_deref() == Some(&value) && boot.as_deref() == Some(&value) {
            return Ok("Already set".to_owned());
        }
        if now.as_deref() != Some(&value) {
            assign(cx, &self.name, &value).await?;
        }
        persist(cx, &self.name, &value, &self.config)?;
        Ok("Updated".to_owned())
    }
}

/// Return the file where kernel variables are set for every boot.
///
/// ```salt
/// salt '*' sysctl.default_config
/// ```
#[derive(Args)]
pub struct DefaultConfig;

impl Query for DefaultConfig {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        Ok(CONFIG.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_changed_in_its_place_and_never_stands_twice() {
        let text = "# a.b = 0\na.b=0\nc = 1\na.b = 3\n";
        assert_eq!(edited(text, "a.b", "2"), "# a.b = 0\na.b = 2\nc = 1\n");
        assert_eq!(edited("", "x", "1 2"), "x = 1 2\n");
    }

    #[test]
    fn an_interface_may_have_a_dot_in_its_name() {
        assert_eq!(path("net.ipv4.conf.eth0/100.rp_filter"), "/proc/sys/net/ipv4/conf/eth0.100/rp_filter");
        assert_eq!(path("vm.swappiness"), "/proc/sys/vm/swappiness");
    }
}
