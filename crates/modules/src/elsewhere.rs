//! Accounts of a system that lies in a folder, and the tools of libuser, which look at local files only.

use sdk::host::Accounts;
use sdk::{Failure, Read};

/// The users and groups of this machine, or of the system in a folder.
pub(crate) fn accounts_in(read: &Read, root: Option<&str>) -> Accounts {
    let text = |root: &str, path: &str| read.host().read_text(&under(root, path)).unwrap_or_default();
    match other(root) {
        None => read.host().accounts(),
        Some(root) => Accounts::parse(&text(root, "/etc/passwd"), &text(root, "/etc/group")),
    }
}

/// Where a file of this machine, or of the system in a folder, lies.
pub(crate) fn path_in(root: Option<&str>, path: &str) -> String {
    other(root).map_or_else(|| path.to_owned(), |root| under(root, path))
}

fn under(root: &str, path: &str) -> String {
    format!("{}{path}", root.trim_end_matches('/'))
}

fn other(root: Option<&str>) -> Option<&str> {
    root.filter(|root| !root.is_empty() && *root != "/")
}

/// The words by which a tool is sent to the system in a folder.
pub(crate) fn rooted(flag: &str, root: Option<&str>) -> Vec<String> {
    other(root).map(|root| vec![flag.to_owned(), root.to_owned()]).unwrap_or_default()
}

/// The tool of shadow-utils, or that of libuser where only local files are to be looked at.
pub(crate) fn program(name: &'static str, local: bool, read: &Read) -> Result<&'static str, Failure> {
    if !local {
        return Ok(name);
    }
    let other = match name {
        "useradd" => "luseradd",
        "userdel" => "luserdel",
        "groupadd" => "lgroupadd",
        "groupdel" => "lgroupdel",
        other => other,
    };
    match read.host().which(other) {
        Some(_) => Ok(other),
        None => Err(Failure::unavailable(format!("`local` needs the program `{other}`, which is not here; the package libuser has it"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_folder_is_this_machine() {
        assert_eq!(rooted("-R", Some("/")), Vec::<String>::new());
        assert_eq!(rooted("-R", Some("/mnt")), ["-R", "/mnt"]);
        assert_eq!(path_in(Some("/mnt/"), "/etc/shadow"), "/mnt/etc/shadow");
        assert_eq!(path_in(None, "/etc/shadow"), "/etc/shadow");
    }
}
