//! `file.mknod`: a device node or a named pipe.

use super::expanded;
use super::manage::{make_dirs, one};
use modules::file::{NodeKind, Perms};
use sdk::host::{device_parts, parent};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Mode, Outlook, Read, State};

/// Ensure a device node or a named pipe is there.
///
/// ```salt
/// /dev/fifo:
///   file.mknod:
///     - ntype: p
///     - user: bob
///     - mode: '0660'
/// ```
#[derive(Args)]
pub struct Mknod {
    /// Path.
    name: String,
    /// `c` for a character device, `b` for a block device, `p` for a pipe.
    ntype: String,
    /// Major number of the device.
    #[arg(default = 0)]
    major: u32,
    /// Minor number of the device.
    #[arg(default = 0)]
    minor: u32,
    /// Owner.
    user: Option<String>,
    /// Group.
    group: Option<String>,
    /// Mode.
    #[arg(default = "0600")]
    mode: Mode,
}

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Make it.
    Make(NodeKind),
    /// Set owner, group and mode.
    Permissions,
}

impl Mknod {
    fn perms(&self) -> Perms {
        Perms { user: self.user.clone(), group: self.group.clone(), mode: self.mode.bits() }
    }
}

impl State for Mknod {
    type Change = (String, Step);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        if self.name.is_empty() {
            return Ok(Check::fails("Must provide name to file.mknod"));
        }
        let name = expanded(&self.name, read);
        let kind = match NodeKind::of_letter(&self.ntype) {
            Ok(kind) => kind,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let host = read.host();
        let (words, title) = (kind.words(), kind.title());
        let perms = self.perms();
        let unknown = perms.unknown(host);
        if !unknown.is_empty() {
            return Ok(Check::fails(unknown.trim_end().to_owned()));
        }
        let Some(stat) = host.link_stat(&name).map_err(modules::failure)? else {
            let outlook = Outlook::new(format!("{title} {name} is set to be created"), one("new", format!("{title} {name} created.")));
            return Ok(Check::Change(outlook, (name, Step::Make(kind))));
        };
        if stat.kind != kind.file_kind() {
            return Ok(Check::fails(format!("File {name} exists and is not a {words}. Refusing to continue")));
        }
        if kind.is_device() {
            let (major, minor) = device_parts(stat.device);
            if (major, minor) != (self.major, self.minor) {
                return Ok(Check::fails(format!(
                    "{title} {name} exists and has a different major/minor {major}/{minor}. Refusing to continue"
                )));
            }
        }
        let changes = perms.differences(host, &stat);
        if changes.is_empty() {
            return Ok(Check::desired(format!("{title} {name} is in the correct state")));
        }
        Ok(Check::change(format!("The file {name} is set to be changed"), changes, (name, Step::Permissions)))
    }

    async fn apply(&self, (name, step): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let host = cx.host();
        let perms = self.perms();
        let kind = match step {
            Step::Permissions => return Ok(Applied::ok("", perms.enforce(host, &name, false)?)),
            Step::Make(kind) => kind,
        };
        let above = Perms { mode: None, ..perms.clone() };
        make_dirs(host, parent(&name).unwrap_or("/"), &above)?;
        if let Err(error) = kind.make(&name, (self.major, self.minor), self.mode, host) {
            return Ok(Applied::failed(error.python()));
        }
        perms.enforce(host, &name, false)?;
        Ok(Applied::ok("", [("new", format!("{} {name} created.", kind.title()))].into_iter().collect::<Map>()))
    }
}
