//! Changing the local policy: switches, modules, labels of files and ports.

use super::{FOLDER, kind_letter};
use sdk::host::Output;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

/// How a program ended, as Salt's functions tell it.
fn told(output: &Output) -> Map {
    let mut map = Map::new();
    map.insert("retcode", output.retcode());
    map.insert("stdout", output.out().trim_end());
    map.insert("stderr", output.err().trim_end());
    map
}

/// Has a local rule give a path a label; a rule that is there is changed.
///
/// # Errors
/// When there is no `semanage`.
pub async fn add_context(
    path: &str,
    filetype: &str,
    kind: Option<&str>,
    user: Option<&str>,
    level: Option<&str>,
    cx: &Cx,
) -> Result<Output, Failure> {
    let is_there = super::file_context(cx, path, filetype).await?.is_some();
    let mut argv = vec!["semanage", "fcontext", if is_there { "--modify" } else { "--add" }, "--ftype", kind_letter(filetype)];
    for (flag, value) in [("--type", kind), ("--seuser", user), ("--range", level)] {
        argv.extend(value.into_iter().flat_map(|value| [flag, value]));
    }
    argv.push(path);
    cx.try_run(argv).await
}

/// Return the folder in which the kernel shows SELinux.
///
/// ```salt
/// salt '*' selinux.selinux_fs_path
/// ```
#[derive(Args)]
pub struct SelinuxFsPath;

impl Query for SelinuxFsPath {
    type Output = Option<&'static str>;
    async fn call(self, read: &Read) -> Result<Option<&'static str>, Failure> {
        Ok([FOLDER, "/selinux"].into_iter().find(|folder| read.host().exists(&format!("{folder}/enforce"))))
    }
}

/// Set several switches.
///
/// ```salt
/// salt '*' selinux.setsebools '{virt_use_usb: on, squid_use_tproxy: off}'
/// ```
#[derive(Args)]
pub struct Setsebools {
    /// Switches and their values.
    pairs: Map,
    /// For the next boot too.
    #[arg(default = false)]
    persist: bool,
}

impl Action for Setsebools {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let mut argv = vec!["setsebool".to_owned()];
        argv.extend(self.persist.then(|| "-P".to_owned()));
        for (name, value) in &self.pairs {
            let word = match value {
                Value::Bool(on) => if *on { "on" } else { "off" }.to_owned(),
                other => text::str(other),
            };
            argv.push(format!("{}={word}", text::str(name)));
        }
        Ok(cx.try_run(argv).await?.is_ok())
    }
}

/// Put a module into effect, or out of it.
///
/// ```salt
/// salt '*' selinux.setsemod mysqld Enabled
/// ```
#[derive(Args)]
pub struct Setsemod {
    /// Module.
    module: String,
    /// `Enabled` or `Disabled`.
    state: String,
}

impl Action for Setsemod {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let flag = match self.state.to_lowercase().as_str() {
            "enabled" => "--enable",
            "disabled" => "--disable",
            _ => return Err(Failure::bad_arguments(format!("Invalid state {}", self.state))),
        };
        Ok(cx.try_run(["semodule", flag, &self.module]).await?.is_ok())
    }
}

/// Install a module from a file: a path, or `salt://…`.
///
/// ```salt
/// salt '*' selinux.install_semod salt://selinux/my.pp
/// ```
#[derive(Args)]
pub struct InstallSemod {
    /// File of the module.
    module_path: String,
}

impl Action for InstallSemod {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        install(&self.module_path, cx).await
    }
}

/// Installs a module from a file; whether that worked.
///
/// # Errors
/// When the file cannot be brought here.
pub async fn install(source: &str, cx: &Cx) -> Result<bool, Failure> {
    let file = cx.agent().fetch(source, cx.env()).await?.ok_or_else(|| Failure::failed(format!("there is no file {source}")))?;
    // The module takes its name from the file, so a copy in the cache that is called otherwise would not do.
    let path = cx.agent().cache(source, cx.env()).await?.unwrap_or(file.path);
    Ok(cx.try_run(["semodule", "--install", &path]).await?.is_ok())
}

/// Remove a module.
///
/// ```salt
/// salt '*' selinux.remove_semod mysqld
/// ```
#[derive(Args)]
pub struct RemoveSemod {
    /// Module.
    module: String,
}

impl Action for RemoveSemod {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        Ok(cx.try_run(["semodule", "--remove", &self.module]).await?.is_ok())
    }
}

/// Return the words for a letter of a kind of file.
///
/// ```salt
/// salt '*' selinux.filetype_id_to_string f
/// ```
#[derive(Args)]
pub struct FiletypeIdToString {
    /// Letter: `a`, `f`, `d`, `c`, `b`, `s`, `l` or `p`.
    #[arg(default = "a")]
    filetype: String,
}

impl Query for FiletypeIdToString {
    type Output = &'static str;
    async fn call(self, _read: &Read) -> Result<&'static str, Failure> {
        let all = ["all files", "regular file", "directory", "character device", "block device", "socket", "symbolic link", "named pipe"];
        let found = all.into_iter().find(|words| kind_letter(words) == self.filetype);
        found.ok_or_else(|| Failure::bad_arguments(format!("`{}` is no kind of file; there are a, f, d, c, b, s, l and p", self.filetype)))
    }
}

macro_rules! context_function {
    ($(#[$doc:meta])* $name:ident, |$this:ident, $cx:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Path, as a pattern.
            name: String,
            /// Kind of file, by its letter.
            #[arg(default = "a")]
            filetype: String,
            /// Type.
            sel_type: Option<String>,
            /// User.
            sel_user: Option<String>,
            /// Level.
            sel_level: Option<String>,
        }

        impl Action for $name {
            type Output = Map;
            async fn call(self, $cx: &Cx) -> Result<Map, Failure> {
                let $this = &self;
                Ok(told(&$body.await?))
            }
        }
    };
}

context_function! {
    /// Have a local rule give a path a label.
    ///
    /// ```salt
    /// salt '*' selinux.fcontext_add_policy '/srv/www(/.*)?' sel_type=httpd_sys_content_t
    /// ```
    FcontextAddPolicy, |this, cx| {
        add_context(&this.name, &this.filetype, this.sel_type.as_deref(), this.sel_user.as_deref(), this.sel_level.as_deref(), cx)
    }
}
context_function! {
    /// Remove the local rule that gives a path a label.
    ///
    /// ```salt
    /// salt '*' selinux.fcontext_delete_policy '/srv/www(/.*)?'
    /// ```
    FcontextDeletePolicy, |this, cx| {
        let mut argv = vec!["semanage", "fcontext", "--delete", "--ftype", kind_letter(&this.filetype)];
        for (flag, value) in [("--type", &this.sel_type), ("--seuser", &this.sel_user), ("--range", &this.sel_level)] {
            argv.extend(value.as_deref().into_iter().flat_map(|value| [flag, value]));
        }
        argv.push(&this.name);
        cx.try_run(argv)
    }
}

/// Return what `restorecon` would change; empty text where files have the labels that the rules give them.
///
/// ```salt
/// salt '*' selinux.fcontext_policy_is_applied /srv/www recursive=True
/// ```
#[derive(Args)]
pub struct FcontextPolicyIsApplied {
    /// Path.
    name: String,
    /// With everything below it.
    #[arg(default = false)]
    recursive: bool,
}

impl Query for FcontextPolicyIsApplied {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let mut argv = vec!["restorecon", "-n", "-v"];
        argv.extend(self.recursive.then_some("-R"));
        argv.push(&self.name);
        Ok(read.try_run(argv).await?.out().trim_end().to_owned())
    }
}

/// What `restorecon -v` tells: `Relabeled /a from x to y`, and each path's old and new label.
#[must_use]
pub fn relabeled(text: &str) -> Vec<(String, String, String)> {
    let entry = |line: &str| {
        let rest = line.split_once("elabeled ").or_else(|| line.split_once("relabel ")).map(|(_, rest)| rest)?;
        let (path, labels) = rest.split_once(" from ")?;
        let (old, new) = labels.split_once(" to ")?;
        Some((path.to_owned(), old.trim().to_owned(), new.trim().trim_end_matches('.').to_owned()))
    };
    text.lines().filter_map(entry).collect()
}

/// Parts of a label that another has not.
fn parts_beside(label: &str, other: &str) -> Map {
    let names = ["sel_user", "sel_role", "sel_type", "sel_level"];
    let pairs = names.into_iter().zip(label.splitn(4, ':')).zip(other.splitn(4, ':'));
    pairs.filter(|((_, mine), other)| mine != other).map(|((name, mine), _)| (name, mine)).collect()
}

/// Give files the labels that the rules have for them.
///
/// ```salt
/// salt '*' selinux.fcontext_apply_policy /srv/www recursive=True
/// ```
#[derive(Args)]
pub struct FcontextApplyPolicy {
    /// Path.
    name: String,
    /// With everything below it.
    #[arg(default = false)]
    recursive: bool,
}

impl Action for FcontextApplyPolicy {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let mut argv = vec!["restorecon", "-v", "-F"];
        argv.extend(self.recursive.then_some("-R"));
        argv.push(&self.name);
        let output = cx.try_run(argv).await?;
        let mut answer = told(&output);
        let changes = relabeled(&output.out()).into_iter().map(|(path, old, new)| {
            let both = [("old", parts_beside(&old, &new)), ("new", parts_beside(&new, &old))];
            (path, both.into_iter().collect::<Map>())
        });
        answer.insert("changes", changes.collect::<Map>());
        Ok(answer)
    }
}

/// Protocol and port out of a name such as `tcp/80`, or given one by one.
///
/// # Errors
/// When neither says both.
pub fn protocol_and_port(name: &str, protocol: Option<&str>, port: Option<&str>) -> Result<(String, String), Failure> {
    let is_port = |port: &str| !port.is_empty() && port.split('-').all(|end| end.parse::<u16>().is_ok());
    let known = |(protocol, port): &(&str, &str)| matches!(*protocol, "tcp" | "udp" | "sctp" | "dccp") && is_port(port);
    let found = name.split_once('/').filter(known).or_else(|| protocol.zip(port).filter(known));
    let given = |word: Option<&str>| word.unwrap_or("None").to_owned();
    let words = || {
        let (protocol, port) = (given(protocol), given(port));
        Failure::bad_arguments(format!(
            "Invalid name \"{name}\" format and protocol and port not provided or invalid: \"{protocol}\" \"{port}\"."
        ))
    };
    found.map(|(protocol, port)| (protocol.to_owned(), port.to_owned())).ok_or_else(words)
}

macro_rules! port_function {
    ($(#[$doc:meta])* $name:ident, $flag:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// `protocol/port`.
            name: String,
            /// Type.
            sel_type: Option<String>,
            /// Protocol, where it is not in the name.
            protocol: Option<String>,
            /// Port or range, where it is not in the name.
            port: Option<String>,
            /// Range of SELinux.
            sel_range: Option<String>,
        }

        impl Action for $name {
            type Output = Map;
            async fn call(self, cx: &Cx) -> Result<Map, Failure> {
                let (protocol, port) = protocol_and_port(&self.name, self.protocol.as_deref(), self.port.as_deref())?;
                if $flag == "--add" && self.sel_type.is_none() {
                    return Err(Failure::bad_arguments("SELinux Type is required to add a policy"));
                }
                let mut argv = vec!["semanage", "port", $flag, "--proto", &protocol];
                for (flag, value) in [("--type", &self.sel_type), ("--range", &self.sel_range)] {
                    argv.extend(value.as_deref().into_iter().flat_map(|value| [flag, value]));
                }
                argv.push(&port);
                Ok(told(&cx.try_run(argv).await?))
            }
        }
    };
}

port_function! {
    /// Give a port a type by a local rule.
    ///
    /// ```salt
    /// salt '*' selinux.port_add_policy tcp/8080 sel_type=http_port_t
    /// ```
    PortAddPolicy, "--add"
}
port_function! {
    /// Change the type that a local rule gives to a port.
    ///
    /// ```salt
    /// salt '*' selinux.port_modify_policy tcp/8080 sel_type=http_port_t
    /// ```
    PortModifyPolicy, "--modify"
}

/// Remove the local rule that gives a port a type.
///
/// ```salt
/// salt '*' selinux.port_delete_policy tcp/8080
/// ```
#[derive(Args)]
pub struct PortDeletePolicy {
    /// `protocol/port`.
    name: String,
    /// Protocol, where it is not in the name.
    protocol: Option<String>,
    /// Port or range, where it is not in the name.
    port: Option<String>,
}

impl Action for PortDeletePolicy {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let (protocol, port) = protocol_and_port(&self.name, self.protocol.as_deref(), self.port.as_deref())?;
        Ok(told(&cx.try_run(["semanage", "port", "--delete", "--proto", &protocol, &port]).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_differ_in_parts() {
        let seen = relabeled("Relabeled /srv/www from system_u:object_r:var_t:s0 to system_u:object_r:httpd_sys_content_t:s0\n");
        let [(path, old, new)] = seen.as_slice() else { panic!("{seen:?}") };
        assert_eq!(path, "/srv/www");
        assert_eq!(parts_beside(new, old), [("sel_type", "httpd_sys_content_t")].into_iter().collect());
    }

    #[test]
    fn a_port_is_named_or_given() {
        assert_eq!(protocol_and_port("tcp/80", None, None).unwrap(), ("tcp".to_owned(), "80".to_owned()));
        assert_eq!(protocol_and_port("web", Some("udp"), Some("10-20")).unwrap().1, "10-20");
        assert!(protocol_and_port("web", None, None).is_err());
    }
}
