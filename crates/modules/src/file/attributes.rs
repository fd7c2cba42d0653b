//! What the file system keeps of a file beside owner and mode: its attributes, and its context of SELinux.

use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

/// Return the attributes of files at a path.
///
/// ```salt
/// salt '*' file.lsattr /etc/resolv.conf
/// ```
#[derive(Args)]
pub struct Lsattr {
    /// Path.
    path: String,
}

impl Query for Lsattr {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        if read.host().which("lsattr").is_none() {
            return Ok(Value::Null);
        }
        if !read.host().exists(&self.path) {
            return Err(Failure::failed(format!("File or directory does not exist: {}", self.path)));
        }
        Ok(Value::Map(parse(&read.try_run(["lsattr", &self.path]).await?.out())))
    }
}

/// Letters of attributes by path.
fn parse(text: &str) -> Map {
    let rows = text.lines().filter(|line| !line.starts_with("lsattr: ")).filter_map(|line| line.split_once(char::is_whitespace));
    rows.map(|(letters, path)| {
        let known = letters.chars().filter(|letter| "aAcCdDeijPsStTu".contains(*letter)).map(|letter| letter.to_string());
        (path.trim().to_owned(), known.collect::<Vec<_>>())
    })
    .collect()
}

/// Add attributes to files, or take them away.
///
/// ```salt
/// salt '*' file.chattr /etc/resolv.conf operator=add attributes=i
/// ```
#[derive(Args)]
pub struct Chattr {
    /// Paths.
    #[arg(rest)]
    files: Vec<Value>,
    /// `add` or `remove`.
    #[arg(named)]
    operator: String,
    /// Letters: `aAcCdDeijPsStTu`.
    #[arg(named)]
    attributes: String,
    /// More flags of the program: `RVf`.
    #[arg(named)]
    flags: Option<String>,
    /// Number that the file gets as its version.
    #[arg(named)]
    version: Option<u64>,
}

impl Action for Chattr {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let sign = match self.operator.as_str() {
            "add" => '+',
            "remove" => '-',
            _ => return Err(Failure::bad_arguments("Need an operator: 'add' or 'remove' to modify attributes.")),
        };
        if self.attributes.is_empty() || !self.attributes.chars().all(|letter| "aAcCdDeijPsStTu".contains(letter)) {
            return Err(Failure::bad_arguments("Need attributes: [aAcCdDeijPsStTu]"));
        }
        let mut words = vec!["chattr".to_owned(), format!("{sign}{}", self.attributes)];
        words.extend(self.flags.map(|flags| format!("-{}", flags.trim_start_matches('-'))));
        if let Some(version) = self.version {
            words.extend(["-v".to_owned(), version.to_string()]);
        }
        words.push("--".to_owned());
        words.extend(self.files.iter().map(text::str));
        let output = cx.try_run(words).await?;
        Ok(output.is_ok() && output.stdout.is_empty() && output.stderr.is_empty())
    }
}

/// Return the context of SELinux of a file.
///
/// ```salt
/// salt '*' file.get_selinux_context /etc/hosts
/// ```
#[derive(Args)]
pub struct GetSelinuxContext {
    /// Path.
    path: String,
}

/// The context of a file, where there is SELinux.
pub(super) async fn context(path: &str, read: &Read) -> Result<Option<String>, Failure> {
    let output = read.try_run(["stat", "-c", "%C", "--", path]).await?;
    Ok(output.is_ok().then(|| output.out().trim_end().to_owned()))
}

/// What Salt says of a file without one.
async fn context_words(path: &str, read: &Read) -> Result<String, Failure> {
    Ok(context(path, read).await?.unwrap_or_else(|| format!("No selinux context information is available for {path}")))
}

/// Letters of the attributes of one file; empty where its file system has none.
pub(super) async fn attributes(path: &str, read: &Read) -> Result<String, Failure> {
    if read.host().which("lsattr").is_none() {
        return Err(Failure::unavailable("attributes of files need the programs `lsattr` and `chattr`: the package e2fsprogs has them"));
    }
    let listed = parse(&read.try_run(["lsattr", "-d", "--", path]).await?.out());
    Ok(listed.single().and_then(|(_, letters)| letters.as_list()).unwrap_or_default().iter().map(text::str).collect())
}

impl Query for GetSelinuxContext {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        context_words(&self.path, read).await
    }
}

/// Set the context of SELinux of a file.
///
/// ```salt
/// salt '*' file.set_selinux_context /srv/www type=httpd_sys_content_t
/// ```
#[derive(Args)]
pub struct SetSelinuxContext {
    /// Path.
    path: String,
    /// User of SELinux.
    user: Option<String>,
    /// Role.
    role: Option<String>,
    /// Type.
    r#type: Option<String>,
    /// Range.
    range: Option<String>,
    /// Write it into the policy too, so that it outlives a relabelling.
    #[arg(default = false)]
    persist: bool,
}

impl Action for SetSelinuxContext {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        if self.persist {
            crate::selinux::add_context(&self.path, "a", self.r#type.as_deref(), self.user.as_deref(), self.range.as_deref(), cx).await?;
        }
        let given = [("-u", &self.user), ("-r", &self.role), ("-t", &self.r#type), ("-l", &self.range)];
        let mut words = vec!["chcon".to_owned()];
        words.extend(given.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value.clone()?])).flatten());
        if words.len() == 1 {
            return Ok(false.into());
        }
        words.extend(["--".to_owned(), self.path.clone()]);
        if !cx.try_run(words).await?.is_ok() {
            return Ok(false.into());
        }
        Ok(context_words(&self.path, cx.read()).await?.into())
    }
}

/// Give a file the context of SELinux that the policy has for it.
///
/// ```salt
/// salt '*' file.restorecon /srv/www recursive=True
/// ```
#[derive(Args)]
pub struct Restorecon {
    /// Path.
    path: String,
    /// All below it as well.
    #[arg(default = false)]
    recursive: bool,
}

impl Action for Restorecon {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let flags = if self.recursive { "-FR" } else { "-F" };
        Ok(cx.try_run(["restorecon", flags, "--", &self.path]).await?.is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_listed_by_path() {
        let seen = parse("----i---------e------- /etc/a b\nlsattr: no way /x\n---------------------- /c\n");
        let expected: Value = serde_json::from_str(r#"{"/etc/a b": ["i", "e"], "/c": []}"#).unwrap();
        assert_eq!(Value::Map(seen), expected);
    }
}
