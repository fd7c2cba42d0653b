//! Logins by the system's passwords, through `unix_chkpwd`, the helper that PAM itself asks.
//!
//! The library of PAM can only be called by unsafe code and would tie the master to the host's libpam, so it is not linked. The helper knows
//! the passwords that `pam_unix` knows, and whether an account has expired; it knows nothing of other modules such as SSSD: `ldap` is for
//! those. It answers for others than oneself only to root.

use super::{Credentials, Proved, Trouble};
use nix::unistd::{Gid, Group, User};
use std::ffi::CString;
use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Where distributions put it.
const HELPERS: [&str; 4] = ["/usr/sbin/unix_chkpwd", "/sbin/unix_chkpwd", "/usr/bin/unix_chkpwd", "/usr/lib/pam/unix_chkpwd"];

/// Checks a user of this host.
pub async fn prove(asked: &Credentials) -> Proved {
    let Ok(Some(user)) = User::from_name(&asked.user) else { return Ok(None) };
    if asked.password.reveal().is_empty() || asked.password.reveal().contains('\0') {
        return Ok(None);
    }
    let helper = HELPERS.iter().find(|path| Path::new(path).is_file());
    let helper = helper.ok_or_else(|| Trouble::new(format!("`unix_chkpwd` is in none of {}; it comes with PAM", HELPERS.join(", "))))?;
    for (mode, input) in [("nonull", Some(asked.password.reveal().as_str())), ("chkexpiry", None)] {
        if !ask(helper, &asked.user, mode, input).await? {
            return Ok(None);
        }
    }
    Ok(Some(groups(&user)))
}

async fn ask(helper: &str, user: &str, mode: &str, input: Option<&str>) -> Result<bool, Trouble> {
    let trouble = |error: std::io::Error| Trouble::new(format!("cannot run `{helper}`: {error}"));
    let mut child = Command::new(helper)
        .args([user, mode])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(trouble)?;
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        stdin.write_all(format!("{input}\0").as_bytes()).await.map_err(trouble)?;
    }
    Ok(child.wait().await.map_err(trouble)?.success())
}

/// Names of the groups of a user of this host.
fn groups(user: &User) -> Vec<String> {
    let Ok(name) = CString::new(user.name.as_str()) else { return Vec::new() };
    let ids: Vec<Gid> = nix::unistd::getgrouplist(&name, user.gid).unwrap_or_default();
    ids.into_iter().filter_map(|id| Group::from_gid(id).ok().flatten()).map(|group| group.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use value::Secret;

    #[tokio::test]
    async fn nobody_gets_in_without_a_password_or_without_an_account() {
        let asked = |user: &str, password: &str| Credentials {
            user: user.to_owned(),
            password: Secret::new(password.to_owned()),
            backend: "pam".to_owned(),
        };
        assert!(prove(&asked("root", "")).await.unwrap().is_none());
        assert!(prove(&asked("no-such-user-here", "x")).await.unwrap().is_none());
    }
}
