//! SELinux: its mode, its switches, its modules, and the labels of files and ports.

use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value};

mod policy;

pub use policy::{add_context, install, protocol_and_port, relabeled};

sdk::module!(
    selinux,
    [
        Getenforce,
        Getconfig,
        Setenforce,
        ListSebool,
        Getsebool,
        Setsebool,
        ListSemod,
        Getsemod,
        FcontextGetPolicy,
        PortGetPolicy,
        policy::SelinuxFsPath,
        policy::Setsebools,
        policy::Setsemod,
        policy::InstallSemod,
        policy::RemoveSemod,
        policy::FiletypeIdToString,
        policy::FcontextAddPolicy,
        policy::FcontextDeletePolicy,
        policy::FcontextPolicyIsApplied,
        policy::FcontextApplyPolicy,
        policy::PortAddPolicy,
        policy::PortModifyPolicy,
        policy::PortDeletePolicy
    ]
);

const FOLDER: &str = "/sys/fs/selinux";
const CONFIG: &str = "/etc/selinux/config";

/// The present mode.
#[must_use]
pub fn mode(read: &Read) -> &'static str {
    match read.host().read_text(&format!("{FOLDER}/enforce")).ok().as_deref().map(str::trim) {
        Some("0") => "Permissive",
        Some(_) => "Enforcing",
        None => "Disabled",
    }
}

/// The mode of the next boot.
#[must_use]
pub fn configured(read: &Read) -> Option<String> {
    let text = read.host().read_text(CONFIG).ok()?;
    let line = text.lines().find_map(|line| line.trim().strip_prefix("SELINUX="))?;
    let mut letters = line.trim().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters.flat_map(char::to_lowercase)).collect())
}

/// Sets the mode, now and for the next boot.
pub async fn set_mode(cx: &Cx, mode: &str) -> Result<(), Failure> {
    match mode.to_lowercase().as_str() {
        "enforcing" => cx.run(["setenforce", "1"]).await.map(drop)?,
        "permissive" => cx.run(["setenforce", "0"]).await.map(drop)?,
        // It can only be switched off by the next boot.
        "disabled" => {}
        other => return Err(Failure::bad_arguments(format!("`{other}` is no mode; there are enforcing, permissive and disabled"))),
    }
    let text = cx.host().read_text(CONFIG).unwrap_or_default();
    let new = format!("SELINUX={}", mode.to_lowercase());
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match lines.iter_mut().find(|line| line.trim().starts_with("SELINUX=")) {
        Some(line) => *line = new,
        None => lines.push(new),
    }
    cx.host().write(CONFIG, format!("{}\n", lines.join("\n")).as_bytes(), &sdk::host::Write::default()).map_err(crate::failure)
}

/// Switches: name, now, on the next boot. Read from `semanage boolean -l`: `name (on , off) what`.
fn parse_booleans(text: &str) -> Vec<(String, bool, bool)> {
    let entry = |line: &str| {
        let (name, rest) = line.split_once('(')?;
        let (states, _) = rest.split_once(')')?;
        let (now, boot) = states.split_once(',')?;
        Some((name.trim().to_owned(), now.trim() == "on", boot.trim() == "on"))
    };
    text.lines().filter_map(entry).collect()
}

/// A switch: now, and on the next boot.
pub async fn boolean(read: &Read, name: &str) -> Result<Option<(bool, bool)>, Failure> {
    let text = read.ask(["semanage", "boolean", "-l"]).await?;
    Ok(parse_booleans(&text).into_iter().find(|(have, ..)| have == name).map(|(_, now, boot)| (now, boot)))
}

/// Sets a switch.
pub async fn set_boolean(cx: &Cx, name: &str, on: bool, persist: bool) -> Result<(), Failure> {
    let mut argv = vec!["setsebool"];
    argv.extend(persist.then_some("-P"));
    argv.extend([name, if on { "on" } else { "off" }]);
    cx.run(argv).await.map(drop)
}

/// Modules: name, and whether it is in effect. Read from `semodule -lfull`: `100 name pp disabled`.
fn parse_modules(text: &str) -> Vec<(String, bool)> {
    let entry = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        Some(((*words.get(1)?).to_owned(), words.last() != Some(&"disabled")))
    };
    text.lines().filter_map(entry).collect()
}

/// Whether a module is in effect; `None` when there is none of that name.
pub async fn module(read: &Read, name: &str) -> Result<Option<bool>, Failure> {
    let text = read.ask(["semodule", "-lfull"]).await?;
    Ok(parse_modules(&text).into_iter().find(|(have, _)| have == name).map(|(_, on)| on))
}

/// semanage's letter for a kind of file.
#[must_use]
pub fn kind_letter(kind: &str) -> &str {
    match kind {
        "all files" => "a",
        "regular file" => "f",
        "directory" => "d",
        "character device" => "c",
        "block device" => "b",
        "socket" => "s",
        "symbolic link" => "l",
        "named pipe" => "p",
        letter => letter,
    }
}

/// The kind of file that a letter of semanage means.
#[must_use]
pub fn kind_name(kind: &str) -> &str {
    match kind {
        "a" => "all files",
        "f" => "regular file",
        "d" => "directory",
        "c" => "character device",
        "b" => "block device",
        "s" => "socket",
        "l" => "symbolic link",
        "p" => "named pipe",
        name => name,
    }
}

/// All ports of a type, as they are listed: by rules of the policy and by local ones.
///
/// # Errors
/// When there is no `semanage`.
pub async fn ports_of(read: &Read, kind: &str, proto: &str) -> Result<Option<String>, Failure> {
    let text = read.ask(["semanage", "port", "--list"]).await?;
    Ok(parse_ports(&text).into_iter().find(|(have, of, _)| have == kind && of == proto).map(|(.., ports)| ports.join(", ")))
}

/// The label that a local rule gives to a path: `path  kind  user:role:type:level`.
pub async fn file_context(read: &Read, path: &str, kind: &str) -> Result<Option<String>, Failure> {
    let text = read.ask(["semanage", "fcontext", "--list", "--locallist"]).await?;
    Ok(parse_contexts(&text)
        .into_iter()
        .find(|(have, of, _)| have == path && kind_letter(of) == kind_letter(kind))
        .map(|(.., label)| label))
}

fn parse_contexts(text: &str) -> Vec<(String, String, String)> {
    let entry = |line: &str| {
        // Some versions fill the last column with blanks too.
        let line = line.trim_end();
        let label = line.split_whitespace().next_back()?;
        let rest = line.strip_suffix(label)?.trim_end();
        let (path, kind) = rest.split_once("  ").or_else(|| rest.split_once(char::is_whitespace))?;
        label.contains(':').then(|| (path.trim().to_owned(), kind.trim().to_owned(), label.to_owned()))
    };
    text.lines().filter_map(entry).collect()
}

/// The type that a local rule gives to a port: `type  proto  1, 2, 10-20`.
pub async fn port_type(read: &Read, proto: &str, port: &str) -> Result<Option<String>, Failure> {
    let text = read.ask(["semanage", "port", "--list", "--locallist"]).await?;
    Ok(parse_ports(&text).into_iter().find(|(_, of, ports)| of == proto && ports.iter().any(|have| have == port)).map(|(kind, ..)| kind))
}

fn parse_ports(text: &str) -> Vec<(String, String, Vec<String>)> {
    let entry = |line: &str| {
        let mut words = line.split_whitespace();
        let (kind, proto) = (words.next()?, words.next()?);
        let ports = words.collect::<Vec<_>>().join(" ").split(',').map(|port| port.trim().to_owned()).collect();
        matches!(proto, "tcp" | "udp" | "sctp" | "dccp").then(|| (kind.to_owned(), proto.to_owned(), ports))
    };
    text.lines().filter_map(entry).collect()
}

/// Return the present mode.
///
/// ```salt
/// salt '*' selinux.getenforce
/// ```
#[derive(Args)]
pub struct Getenforce;

impl Query for Getenforce {
    type Output = &'static str;
    async fn call(self, read: &Read) -> Result<&'static str, Failure> {
        Ok(mode(read))
    }
}

/// Return the mode of the next boot.
///
/// ```salt
/// salt '*' selinux.getconfig
/// ```
#[derive(Args)]
pub struct Getconfig;

impl Query for Getconfig {
    type Output = Option<String>;
    async fn call(self, read: &Read) -> Result<Option<String>, Failure> {
        Ok(configured(read).map(|mode| mode.to_lowercase()))
    }
}

/// Set the mode, now and for the next boot.
///
/// ```salt
/// salt '*' selinux.setenforce enforcing
/// ```
#[derive(Args)]
pub struct Setenforce {
    /// Mode.
    mode: String,
}

impl Action for Setenforce {
    type Output = &'static str;
    async fn call(self, cx: &Cx) -> Result<&'static str, Failure> {
        set_mode(cx, &self.mode).await?;
        Ok(mode(cx))
    }
}

/// Return every switch: now and on the next boot.
///
/// ```salt
/// salt '*' selinux.list_sebool
/// ```
#[derive(Args)]
pub struct ListSebool;

impl Query for ListSebool {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let word = |on: bool| if on { "on" } else { "off" };
        let text = read.ask(["semanage", "boolean", "-l"]).await?;
        let entry =
            |(name, now, boot): (String, bool, bool)| (name, [("State", word(now)), ("Default", word(boot))].into_iter().collect::<Map>());
        Ok(parse_booleans(&text).into_iter().map(entry).collect())
    }
}

/// Return one switch: now and on the next boot.
///
/// ```salt
/// salt '*' selinux.getsebool virt_use_usb
/// ```
#[derive(Args)]
pub struct Getsebool {
    /// Switch.
    boolean: String,
}

impl Query for Getsebool {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let word = |on: bool| if on { "on" } else { "off" };
        let found = boolean(read, &self.boolean).await?;
        Ok(found.map(|(now, boot)| [("State", word(now)), ("Default", word(boot))].into_iter().collect()).unwrap_or_default())
    }
}

/// Set a switch.
///
/// ```salt
/// salt '*' selinux.setsebool virt_use_usb off persist=True
/// ```
#[derive(Args)]
pub struct Setsebool {
    /// Switch.
    boolean: String,
    /// On or off.
    value: bool,
    /// For the next boot too.
    #[arg(default = false)]
    persist: bool,
}

impl Action for Setsebool {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        set_boolean(cx, &self.boolean, self.value, self.persist).await?;
        Ok(true)
    }
}

/// Return every module.
///
/// ```salt
/// salt '*' selinux.list_semod
/// ```
#[derive(Args)]
pub struct ListSemod;

impl Query for ListSemod {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let text = read.ask(["semodule", "-lfull"]).await?;
        Ok(parse_modules(&text).into_iter().map(|(name, on)| (name, [("Enabled", on)].into_iter().collect::<Map>())).collect())
    }
}

/// Return one module.
///
/// ```salt
/// salt '*' selinux.getsemod mysqld
/// ```
#[derive(Args)]
pub struct Getsemod {
    /// Module.
    module: String,
}

impl Query for Getsemod {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        Ok(module(read, &self.module).await?.map(|on| [("Enabled", on)].into_iter().collect()).unwrap_or_default())
    }
}

/// Return the label that a local rule gives to a path.
///
/// ```salt
/// salt '*' selinux.fcontext_get_policy '/srv/www(/.*)?'
/// ```
#[derive(Args)]
pub struct FcontextGetPolicy {
    /// Path, as a pattern.
    name: String,
    /// Kind of file.
    #[arg(default = "a")]
    filetype: String,
    /// Only a rule with this type.
    sel_type: Option<String>,
    /// Only a rule with this user.
    sel_user: Option<String>,
    /// Only a rule with this level.
    sel_level: Option<String>,
}

impl Query for FcontextGetPolicy {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let Some(label) = file_context(read, &self.name, &self.filetype).await? else { return Ok(Value::Null) };
        let wanted = [&self.sel_user, &None, &self.sel_type, &self.sel_level];
        if !label.splitn(4, ':').zip(wanted).all(|(part, wanted)| wanted.as_deref().is_none_or(|wanted| wanted == part)) {
            return Ok(Value::Null);
        }
        let mut parts = label.splitn(4, ':');
        let mut map = Map::new();
        map.insert("filespec", self.name);
        map.insert("filetype", self.filetype);
        for key in ["sel_user", "sel_role", "sel_type", "sel_level"] {
            map.insert(key, parts.next().unwrap_or_default());
        }
        Ok(map.into())
    }
}

/// Return the type that a local rule gives to a port.
///
/// ```salt
/// salt '*' selinux.port_get_policy tcp/8080
/// ```
#[derive(Args)]
pub struct PortGetPolicy {
    /// `protocol/port`.
    name: String,
    /// Only a rule with this type.
    sel_type: Option<String>,
    /// Protocol, where it is not in the name.
    protocol: Option<String>,
    /// Port or range, where it is not in the name.
    port: Option<String>,
}

impl Query for PortGetPolicy {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let (protocol, port) = protocol_and_port(&self.name, self.protocol.as_deref(), self.port.as_deref())?;
        let Some(kind) = port_type(read, &protocol, &port).await? else { return Ok(Value::Null) };
        if self.sel_type.is_some_and(|wanted| wanted != kind) {
            return Ok(Value::Null);
        }
        Ok(Value::Map([("sel_type", kind), ("protocol", protocol), ("port", port)].into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_semanage_are_read() {
        let booleans = parse_booleans("SELinux boolean State Default Description\n\nhttpd_can_network_connect (off , on) Allow httpd\n");
        assert_eq!(booleans, [("httpd_can_network_connect".to_owned(), false, true)]);
        assert_eq!(parse_modules("100 mysql pp\n400 app pp disabled\n"), [("mysql".to_owned(), true), ("app".to_owned(), false)]);
        let contexts = parse_contexts(
            "SELinux fcontext   type   Context\n\n/srv/www(/.*)?    all files    system_u:object_r:httpd_sys_content_t:s0\n",
        );
        assert_eq!(contexts.last().unwrap().1, "all files");
        assert_eq!(parse_ports("http_port_t   tcp   8090, 9000-9010\n").last().unwrap().2, ["8090", "9000-9010"]);
    }
}
