//! Passwords and how they age, in `/etc/shadow`.

use crate::busybox::{self, Tools, tools};
use crate::elsewhere::{path_in, rooted};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Secret, Value};

sdk::module!(
    shadow,
    [
        Info,
        SetPassword,
        LockPassword,
        UnlockPassword,
        DelPassword,
        SetMaxdays,
        SetMindays,
        SetWarndays,
        SetInactdays,
        SetDate,
        SetExpire,
        DefaultHash,
        GenPassword,
        ListUsers
    ]
);

/// A user's line: the hash and the numbers; -1 where a number is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aging {
    /// Hash of the password, or what stands for one.
    pub password: String,
    /// Day of the last change, in days since 1970.
    pub last_change: i64,
    /// Days that have to pass between changes.
    pub min: i64,
    /// Days after which it has to be changed.
    pub max: i64,
    /// Days before that on which a warning is given.
    pub warn: i64,
    /// Days after that when the account is closed.
    pub inactive: i64,
    /// Day on which the account ends.
    pub expire: i64,
}

/// Reads a user's line from the text of the shadow file.
#[must_use]
pub fn parse(text: &str, name: &str) -> Option<Aging> {
    let line = text.lines().find(|line| line.split(':').next() == Some(name))?;
    let fields: Vec<&str> = line.split(':').collect();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse().ok()).unwrap_or(-1);
    Some(Aging {
        password: (*fields.get(1)?).to_owned(),
        last_change: number(2),
        min: number(3),
        max: number(4),
        warn: number(5),
        inactive: number(6),
        expire: number(7),
    })
}

/// A user's line of this machine.
pub fn aging(name: &str, read: &Read) -> Option<Aging> {
    aging_in(name, None, read)
}

fn aging_in(name: &str, root: Option<&str>, read: &Read) -> Option<Aging> {
    parse(&read.host().read_text(&path_in(root, "/etc/shadow")).ok()?, name)
}

/// Return what the shadow file says of a user.
///
/// ```salt
/// salt '*' shadow.info root
/// ```
#[derive(Args)]
pub struct Info {
    /// Login name.
    name: String,
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
}

impl Query for Info {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let found = aging_in(&self.name, self.root.as_deref(), read);
        let name = if found.is_some() { self.name } else { String::new() };
        let aging =
            found.unwrap_or(Aging { password: String::new(), last_change: -1, min: -1, max: -1, warn: -1, inactive: -1, expire: -1 });
        let mut map = Map::new();
        map.insert("name", name);
        map.insert("passwd", aging.password);
        map.insert("lstchg", aging.last_change);
        map.insert("min", aging.min);
        map.insert("max", aging.max);
        map.insert("warn", aging.warn);
        map.insert("inact", aging.inactive);
        map.insert("expire", aging.expire);
        Ok(map)
    }
}

/// Sets the hash of a user's password. It goes to the tool's standard input: command lines can be seen by everybody.
pub async fn set_password(cx: &Cx, name: &str, hash: &str, root: Option<&str>) -> Result<(), Failure> {
    let argv = ["chpasswd".to_owned(), "-e".to_owned()].into_iter().chain(rooted("-R", root));
    let command = sdk::host::Command::new(argv).stdin(format!("{name}:{hash}\n"));
    let output = cx.run_command(command).await?;
    if output.is_ok() { Ok(()) } else { Err(Failure::failed(format!("cannot set the password of `{name}`: {}", output.err().trim()))) }
}

/// Set the hash of a user's password.
///
/// ```salt
/// salt '*' shadow.set_password bob '$6$SALTsalt$UiZikbV3VeeBPsg8./Q5DAfq9aj7CVZMDU6ffBiBLgUEpxv7LMXKbcZ9JSZnYDrZQftdG319XkbLVMvWcF/Vr/'
/// ```
#[derive(Args)]
pub struct SetPassword {
    /// Login name.
    name: String,
    /// Hash.
    password: String,
    /// Known for compatibility: a tool of the system is always used.
    #[arg(default = false, ignored)]
    use_usermod: bool,
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
}

impl Action for SetPassword {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        set_password(cx, &self.name, &self.password, self.root.as_deref()).await?;
        Ok(true)
    }
}

macro_rules! password_function {
    ($(#[$doc:meta])* $name:ident, $flag:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Login name.
            name: String,
            /// Folder of the system that is meant, in place of this machine's own.
            root: Option<String>,
        }

        impl Action for $name {
            type Output = bool;
            async fn call(self, cx: &Cx) -> Result<bool, Failure> {
                let argv = ["passwd".to_owned(), $flag.to_owned()].into_iter();
                cx.run(argv.chain(rooted("-R", self.root.as_deref())).chain([self.name])).await?;
                Ok(true)
            }
        }
    };
}

password_function! {
    /// Lock a user's password.
    LockPassword, "-l"
}
password_function! {
    /// Unlock a user's password.
    UnlockPassword, "-u"
}
password_function! {
    /// Remove a user's password, so that none is needed.
    DelPassword, "-d"
}

macro_rules! aging_function {
    ($(#[$doc:meta])* $name:ident { $field:ident }, $flag:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Login name.
            name: String,
            /// The new value.
            $field: Value,
            /// Folder of the system that is meant, in place of this machine's own.
            root: Option<String>,
        }

        impl Action for $name {
            type Output = bool;
            async fn call(self, cx: &Cx) -> Result<bool, Failure> {
                set_aging(cx, &self.name, $flag, &sdk::text::str(&self.$field), self.root.as_deref()).await?;
                Ok(true)
            }
        }
    };
}

/// Sets one of the numbers; the flag is that of `chage`.
pub async fn set_aging(cx: &Cx, name: &str, flag: &str, value: &str, root: Option<&str>) -> Result<(), Failure> {
    if tools(cx) == Tools::Busybox {
        busybox::only_here(root)?;
        return busybox::set_aging(cx, name, flag, value);
    }
    let argv = ["chage", flag, value].map(str::to_owned).into_iter().chain(rooted("-R", root)).chain([name.to_owned()]);
    cx.run(argv).await.map(drop)
}

aging_function! {
    /// Set after how many days a password has to be changed.
    SetMaxdays { maxdays }, "-M"
}
aging_function! {
    /// Set how many days have to pass between changes of a password.
    SetMindays { mindays }, "-m"
}
aging_function! {
    /// Set how many days before a password has to be changed a warning is given.
    SetWarndays { warndays }, "-W"
}
aging_function! {
    /// Set how many days after a password had to be changed the account is closed.
    SetInactdays { inactdays }, "-I"
}
aging_function! {
    /// Set the day of the last change of a password.
    SetDate { date }, "-d"
}
aging_function! {
    /// Set the day on which an account ends.
    SetExpire { expire }, "-E"
}

/// Return what stands for a password that nobody can give.
///
/// ```salt
/// salt '*' shadow.default_hash
/// ```
#[derive(Args)]
pub struct DefaultHash;

impl Query for DefaultHash {
    type Output = &'static str;
    async fn call(self, _read: &Read) -> Result<&'static str, Failure> {
        Ok("!")
    }
}

/// List the users that the shadow file has.
///
/// ```salt
/// salt '*' shadow.list_users
/// ```
#[derive(Args)]
pub struct ListUsers {
    /// Folder of the system that is meant, in place of this machine's own.
    root: Option<String>,
}

impl Query for ListUsers {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let text = read.host().read_text(&path_in(self.root.as_deref(), "/etc/shadow")).map_err(crate::failure)?;
        Ok(text.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name.to_owned()).collect())
    }
}

/// Make the hash of a password, as the shadow file holds it.
///
/// ```salt
/// salt '*' shadow.gen_password 'I_am_password' crypt_salt='I_am_salt' algorithm=sha256
/// ```
#[derive(Args)]
pub struct GenPassword {
    /// Password.
    password: Secret<String>,
    /// What the hash begins with; random unless given.
    crypt_salt: Option<String>,
    /// `sha512`, `sha256` or `md5`.
    #[arg(default = "sha512")]
    algorithm: String,
}

impl Query for GenPassword {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        hashed(&self.password, self.crypt_salt, &self.algorithm, read).await
    }
}

/// The hash of a password as the shadow file has it.
///
/// # Errors
/// When the way of hashing is not known, or `openssl` is not here.
pub async fn hashed(password: &Secret<String>, salt: Option<String>, algorithm: &str, read: &Read) -> Result<String, Failure> {
    let flag = match algorithm {
        "sha512" => "-6",
        "sha256" => "-5",
        "md5" => "-1",
        other => return Err(Failure::bad_arguments(format!("`{other}` is no way to hash a password; known are sha512, sha256, md5"))),
    };
    if read.host().which("openssl").is_none() {
        return Err(Failure::unavailable("there is no program `openssl` here to hash a password; the package openssl has it"));
    }
    let mut argv = vec!["openssl".to_owned(), "passwd".to_owned(), flag.to_owned(), "-stdin".to_owned()];
    argv.extend(salt.into_iter().flat_map(|salt| ["-salt".to_owned(), salt]));
    // Command lines can be seen by everybody.
    let command = sdk::host::Command::new(argv).stdin(format!("{}\n", password.reveal()));
    let output = read.run_command(command).await?;
    if output.is_ok() {
        Ok(output.out().trim().to_owned())
    } else {
        Err(Failure::failed(format!("openssl made no hash: {}", output.err().trim())))
    }
}

/// The hash of a password by the way and with the beginning that another hash has, so that the same password gives the same hash;
/// by SHA-512 with a new beginning where there is none.
///
/// # Errors
/// When `openssl` is not here.
pub async fn hashed_as(password: &Secret<String>, other: &str, read: &Read) -> Result<String, Failure> {
    match way_of(other) {
        Some((way, salt)) => hashed(password, Some(salt.to_owned()), way, read).await,
        None => hashed(password, None, "sha512", read).await,
    }
}

/// The way of hashing and the beginning of a hash: `$6$salt$…`.
fn way_of(hash: &str) -> Option<(&'static str, &str)> {
    let (_, rest) = hash.split_once('$')?;
    let (way, rest) = rest.split_once('$')?;
    let (salt, _) = rest.rsplit_once('$')?;
    let way = [("1", "md5"), ("5", "sha256"), ("6", "sha512")].into_iter().find(|(number, _)| *number == way)?.1;
    Some((way, salt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_tells_how_it_was_made() {
        assert_eq!(way_of("!$6$salt$hash"), Some(("sha512", "salt")));
        assert_eq!(way_of("$5$rounds=5000$salt$hash"), Some(("sha256", "rounds=5000$salt")));
        assert_eq!(way_of("$y$j9T$salt$hash"), None);
        assert_eq!(way_of("*"), None);
    }

    #[test]
    fn numbers_that_are_not_set_are_minus_one() {
        let aging = parse("root:*:19000:0:99999:7:::\nbob:$6$x:19001::::5:20000:\n", "bob").unwrap();
        assert_eq!((aging.password.as_str(), aging.min, aging.inactive, aging.expire), ("$6$x", -1, 5, 20000));
        assert_eq!(parse("root:*:1:::::\n", "bo"), None);
    }
}
