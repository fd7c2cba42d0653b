//! `file.mknod`: a device node or a named pipe.

use super::expanded;
use super::manage::{make_dirs, one};
use modules::file::Perms;
use sdk::host::{FileKind, device, device_parts, parent};
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
    Make(FileKind),
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
        let (kind, words) = match self.ntype.as_str() {
            "c" => (FileKind::Char, "character device"),
            "b" => (FileKind::Block, "block device"),
            "p" => (FileKind::Pipe, "fifo pipe"),
            other => {
                return Ok(Check::fails(format!(
                    "Node type unavailable: '{other}'. Available node types are character ('c'), block ('b'), and pipe ('p')"
                )));
            }
        };
        let host = read.host();
        let (first, rest) = words.split_at(1);
        let title = format!("{}{rest}", first.to_uppercase());
        let perms = self.perms();
        let unknown = perms.unknown(host);
        if !unknown.is_empty() {
            return Ok(Check::fails(unknown.trim_end().to_owned()));
        }
        let Some(stat) = host.link_stat(&name).map_err(modules::failure)? else {
            let outlook = Outlook::new(format!("{title} {name} is set to be created"), one("new", format!("{title} {name} created.")));
            return Ok(Check::Change(outlook, (name, Step::Make(kind))));
        };
        if stat.kind != kind {
            return Ok(Check::fails(format!("File {name} exists and is not a {words}. Refusing to continue")));
        }
        if kind != FileKind::Pipe {
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
        let number = if kind == FileKind::Pipe { 0 } else { device(self.major, self.minor) };
        if let Err(error) = host.make_node(&name, kind, number, self.mode.bits().unwrap_or(0o600)) {
            return Ok(Applied::failed(error.python()));
        }
        perms.enforce(host, &name, false)?;
        let title = match kind {
            FileKind::Char => "Character device",
            FileKind::Block => "Block device",
            FileKind::Pipe | FileKind::File | FileKind::Dir | FileKind::Link | FileKind::Socket => "Fifo pipe",
        };
        Ok(Applied::ok("", [("new", format!("{title} {name} created."))].into_iter().collect::<Map>()))
    }
}
