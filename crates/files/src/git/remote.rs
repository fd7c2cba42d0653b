//! A remote as the configuration names it: its address, checked before git ever sees it, and its options.

use super::command::Credentials;
use super::refs::{RefKind, Selection};
use crate::FilePath;
use std::path::PathBuf;
use std::time::Duration;

/// A remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Where it is.
    pub url: String,
    /// Which references are environments.
    pub selection: Selection,
    /// Only this folder of the repository is seen.
    pub root: Option<FilePath>,
    /// It is seen below this folder.
    pub mountpoint: Option<FilePath>,
    /// How it knows us.
    pub credentials: Credentials,
    /// Tells two remotes of one address apart.
    pub name: Option<String>,
    /// What is copied (`refspecs`); branches and tags where nothing is said.
    pub refspecs: Vec<String>,
    /// How often it is asked, where that is more seldom than all are.
    pub interval: Option<Duration>,
    /// How many commits of each branch are copied; all where nothing is said.
    pub depth: Option<u32>,
    /// A branch or tag whose files are seen in every environment (`all_saltenvs`).
    pub everywhere: Option<String>,
}

/// Options for remotes that do not have their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// See [`Remote`].
    pub selection: Selection,
    /// See [`Remote`].
    pub root: String,
    /// See [`Remote`].
    pub mountpoint: String,
    /// See [`Remote`].
    pub credentials: Credentials,
}

/// A remote that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRemote {
    /// The address is none that git is asked for.
    #[error("`{0}` is no address of a repository; it is https://…, ssh://…, git://…, file:///…, user@host:path or an absolute path")]
    Url(String),
    /// A path leads elsewhere.
    #[error("`{key}: {value}` of `{url}` is no path inside of a repository")]
    Path {
        /// The remote.
        url: String,
        /// Which option.
        key: &'static str,
        /// What stands there.
        value: String,
    },
    /// An option makes no sense.
    #[error(
        "`{url}` has the option `{key}`; known are name, root, mountpoint, base, saltenv, ref_types, user, password, privkey, ssl_verify, …"
    )]
    Option {
        /// The remote.
        url: String,
        /// Which option.
        key: String,
    },
    /// A value of an option is none.
    #[error("`{key}` of `{url}` is `{value}`, and {wanted} is wanted")]
    Value {
        /// The remote.
        url: String,
        /// Which option.
        key: &'static str,
        /// What stands there.
        value: String,
        /// What should.
        wanted: &'static str,
    },
    /// A password would go over the wire for everybody to read.
    #[error("`{0}` has a password and no encryption; use https://, or say `insecure_auth: true` where everybody may read it")]
    Insecure(String),
}

impl Remote {
    /// A remote with the options that all have.
    ///
    /// # Errors
    /// When its address or a path is none.
    pub fn new(url: &str, defaults: &Defaults) -> Result<Self, BadRemote> {
        check(url)?;
        let mut remote = Self {
            url: url.to_owned(),
            selection: defaults.selection.clone(),
            root: None,
            mountpoint: None,
            credentials: defaults.credentials.clone(),
            name: None,
            refspecs: Vec::new(),
            interval: None,
            depth: None,
            everywhere: None,
        };
        remote.set("root", &defaults.root)?;
        remote.set("mountpoint", &defaults.mountpoint)?;
        Ok(remote)
    }

    /// Sets an option that is a text.
    ///
    /// # Errors
    /// When it makes no sense.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), BadRemote> {
        let is_true = || matches!(value.to_ascii_lowercase().as_str(), "true" | "yes" | "1");
        match key {
            "root" => self.root = self.path("root", value)?,
            "mountpoint" => self.mountpoint = self.path("mountpoint", value.strip_prefix("salt://").unwrap_or(value))?,
            "base" => value.clone_into(&mut self.selection.base),
            "fallback" => self.selection.fallback = Some(value.to_owned()),
            "user" => self.credentials.user = Some(value.to_owned()),
            "password" => self.credentials.password = Some(value.to_owned()),
            "known_hosts" => self.credentials.known_hosts = Some(PathBuf::from(value)),
            "privkey" => self.credentials.key = Some(PathBuf::from(value)),
            "ssl_verify" => self.credentials.is_insecure = !is_true(),
            "disable_saltenv_mapping" => self.selection.only_named = is_true(),
            "name" => self.name = Some(value.to_owned()),
            "passphrase" => self.credentials.passphrase = Some(value.to_owned()),
            "insecure_auth" => self.credentials.may_be_read = is_true(),
            "proxy" => self.credentials.proxy = Some(value.to_owned()),
            "refspecs" => self.refspecs = vec![self.refspec(value)?],
            "update_interval" => self.interval = Some(Duration::from_secs(self.number("update_interval", value)?)),
            "depth" => self.depth = u32::try_from(self.number("depth", value)?).ok().filter(|depth| *depth > 0),
            "all_saltenvs" => self.everywhere = Some(value.to_owned()),
            // The public half is in the private one; `env` is for pillar, whose reader looks at it.
            "pubkey" | "env" => {}
            other => return Err(BadRemote::Option { url: self.url.clone(), key: other.to_owned() }),
        }
        Ok(())
    }

    /// Sets an option that is a list.
    ///
    /// # Errors
    /// When there is no such option.
    pub fn set_list(&mut self, key: &str, values: &[String]) -> Result<(), BadRemote> {
        match key {
            "ref_types" => {
                self.selection.kinds = values.iter().filter_map(|word| RefKind::from_word(word)).collect();
            }
            "saltenv_whitelist" => self.selection.whitelist = values.to_vec(),
            "saltenv_blacklist" => self.selection.blacklist = values.to_vec(),
            "refspecs" => self.refspecs = values.iter().map(|spec| self.refspec(spec)).collect::<Result<_, _>>()?,
            other => return Err(BadRemote::Option { url: self.url.clone(), key: other.to_owned() }),
        }
        Ok(())
    }

    /// Looks at the whole, once every option is set.
    ///
    /// # Errors
    /// When it would send a password in the clear.
    pub fn checked(self) -> Result<Self, BadRemote> {
        let is_open = self.url.starts_with("http://") && self.credentials.password.is_some() && !self.credentials.may_be_read;
        if is_open { Err(BadRemote::Insecure(self.url)) } else { Ok(self) }
    }

    fn number(&self, key: &'static str, value: &str) -> Result<u64, BadRemote> {
        let bad = || BadRemote::Value { url: self.url.clone(), key, value: value.to_owned(), wanted: "a whole number" };
        value.parse().map_err(|_| bad())
    }

    /// What is copied where to, as git writes it. What Salt puts among the remote's branches is a branch of the copy.
    fn refspec(&self, spec: &str) -> Result<String, BadRemote> {
        let wanted = "a refspec such as `+refs/heads/*:refs/remotes/origin/*`";
        let bad = || BadRemote::Value { url: self.url.clone(), key: "refspecs", value: spec.to_owned(), wanted };
        let (from, to) = spec.trim_start_matches('+').split_once(':').ok_or_else(bad)?;
        let is_plain = |text: &str| {
            text.starts_with("refs/")
                && !text.contains("..")
                && text.matches('*').count() <= 1
                && text.chars().all(|c| c.is_ascii_alphanumeric() || "/*._-".contains(c))
        };
        let to = to.replacen("refs/remotes/origin/", "refs/heads/", 1);
        if is_plain(from) && is_plain(&to) { Ok(format!("+{from}:{to}")) } else { Err(bad()) }
    }

    fn path(&self, key: &'static str, value: &str) -> Result<Option<FilePath>, BadRemote> {
        let trimmed = value.trim_matches('/');
        if trimmed.is_empty() {
            return Ok(None);
        }
        let bad = || BadRemote::Path { url: self.url.clone(), key, value: value.to_owned() };
        FilePath::new(trimmed).map(Some).map_err(|_| bad())
    }
}

/// An address that git may be asked for: it is no option, names no helper program, and carries no control characters.
fn check(url: &str) -> Result<(), BadRemote> {
    let bad = || Err(BadRemote::Url(url.to_owned()));
    let is_odd = url.is_empty()
        || url.starts_with('-')
        || url.contains("::") && !url.contains('[')
        || url.chars().any(|c| c.is_control() || c == ' ');
    if is_odd {
        return bad();
    }
    if let Some((scheme, rest)) = url.split_once("://") {
        let host = rest.split('/').next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        let is_known = matches!(scheme, "http" | "https" | "ssh" | "git" | "file");
        return if !is_known || host.starts_with('-') || (scheme != "file" && host.is_empty()) { bad() } else { Ok(()) };
    }
    if url.starts_with('/') {
        return Ok(());
    }
    // `user@host:path`, as ssh has it.
    match url.split_once(':') {
        Some((place, path)) if !path.is_empty() && !place.contains('/') => {
            let host = place.rsplit('@').next().unwrap_or_default();
            let is_plain =
                |text: &str| !text.is_empty() && !text.starts_with('-') && text.chars().all(|c| c.is_alphanumeric() || "._-".contains(c));
            if is_plain(host) && place.split('@').all(is_plain) && !path.starts_with('-') { Ok(()) } else { bad() }
        }
        _ => bad(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_would_be_options_or_programs_are_refused() {
        for url in [
            "https://example.com/x.git",
            "ssh://git@example.com:22/x.git",
            "git@example.com:group/x.git",
            "file:///srv/git/x",
            "/srv/git/x.git",
            "git://example.com/x",
        ] {
            assert!(Remote::new(url, &Defaults::default()).is_ok(), "{url}");
        }
        for url in [
            "",
            "--upload-pack=touch /tmp/x",
            "-u/tmp/x",
            "ext::sh -c touch% /tmp/x",
            "fd::17",
            "ssh://-oProxyCommand=touch/x",
            "ssh://user@-oProxyCommand=x/y",
            "git@-oProxyCommand=x:y",
            "-git@host:x",
            "git@host:-x",
            "ftp://example.com/x",
            "https:///x",
            "relative/path",
            "https://example.com/a b",
            "https://example.com/\nx",
        ] {
            assert!(Remote::new(url, &Defaults::default()).is_err(), "{url:?}");
        }
    }

    #[test]
    fn options_say_what_is_copied_and_refuse_what_git_would_take_for_something_else() {
        let mut remote = Remote::new("http://example.com/x", &Defaults::default()).unwrap();
        remote
            .set_list("refspecs", &["+refs/heads/*:refs/remotes/origin/*".into(), "refs/pull/*/head:refs/remotes/origin/pr/*".into()])
            .unwrap();
        assert_eq!(remote.refspecs, ["+refs/heads/*:refs/heads/*", "+refs/pull/*/head:refs/heads/pr/*"]);
        for spec in [
            "--upload-pack=x",
            "refs/heads/*",
            "refs/heads/x:-f",
            "refs/../x:refs/heads/x",
            "^refs/heads/x:refs/heads/x",
            "refs/heads/a b:refs/heads/x",
        ] {
            assert!(remote.set("refspecs", spec).is_err(), "{spec}");
        }
        assert!(remote.set("depth", "-1").is_err() && remote.set("update_interval", "soon").is_err());
        remote.set("password", "x").unwrap();
        assert_eq!(remote.clone().checked(), Err(BadRemote::Insecure("http://example.com/x".into())));
        remote.set("insecure_auth", "true").unwrap();
        assert!(remote.checked().is_ok());
    }

    #[test]
    fn paths_stay_inside_of_the_repository() {
        let mut remote = Remote::new("/srv/x", &Defaults::default()).unwrap();
        remote.set("root", "/salt/states/").unwrap();
        remote.set("mountpoint", "salt://formulas/x").unwrap();
        assert_eq!((remote.root.unwrap().as_str(), remote.mountpoint.unwrap().as_str()), ("salt/states", "formulas/x"));
        let mut remote = Remote::new("/srv/x", &Defaults::default()).unwrap();
        assert!(remote.set("root", "../..").is_err() && remote.set("mountpoint", "a/../../b").is_err() && remote.set("rot", "x").is_err());
    }
}
