//! Reading files: content, what is in it, checksums, finding.

use super::edit::{Flags, Pattern};
use super::look::globbed;
use crate::lookup::glob;
use sdk::host::{Digest, FileKind, join};
use sdk::{Args, Failure, Map, Query, Read, Value, text};

fn content(path: &str, read: &Read) -> Result<String, Failure> {
    read.host().read_text(path).map_err(crate::failure)
}

/// Return the content of a file.
///
/// ```salt
/// salt '*' file.read /etc/hostname
/// ```
#[derive(Args)]
#[args(name = "read")]
pub struct ReadFile {
    /// Path.
    path: String,
    /// Return bytes as they are, even where they are no text.
    #[arg(default = false)]
    binary: bool,
}

impl Query for ReadFile {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        if self.binary {
            return read.host().read(&self.path).map(Value::Bytes).map_err(crate::failure);
        }
        content(&self.path, read).map(Value::from)
    }
}

/// Tell whether a text is in a file.
///
/// ```salt
/// salt '*' file.contains /etc/crontab mymaintenance.sh
/// ```
#[derive(Args)]
pub struct Contains {
    /// Path.
    path: String,
    /// The text.
    text: String,
}

impl Query for Contains {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(read.host().exists(&self.path) && content(&self.path, read)?.contains(self.text.trim()))
    }
}

/// Tell whether a regular expression fits a line of a file.
///
/// ```salt
/// salt '*' file.contains_regex /etc/crontab '^@daily'
/// ```
#[derive(Args)]
pub struct ContainsRegex {
    /// Path.
    path: String,
    /// Regular expression.
    regex: String,
    /// Leave these characters off the beginning of a line first.
    #[arg(default = "")]
    lchar: String,
}

impl Query for ContainsRegex {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        if !read.host().exists(&self.path) {
            return Ok(false);
        }
        let pattern = Pattern::new(&self.regex, Flags::default()).map_err(Failure::bad_arguments)?;
        let text = content(&self.path, read)?;
        Ok(text.lines().any(|line| pattern.is_in(line.trim_start_matches(|c| self.lchar.contains(c)))))
    }
}

/// Tell whether a shell pattern fits a line of a file.
///
/// ```salt
/// salt '*' file.contains_glob /etc/foobar '*cheese*'
/// ```
#[derive(Args)]
pub struct ContainsGlob {
    /// Path.
    path: String,
    /// Shell pattern.
    glob_expr: String,
}

impl Query for ContainsGlob {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(read.host().exists(&self.path) && content(&self.path, read)?.lines().any(|line| glob(&self.glob_expr, line)))
    }
}

/// Tell whether a regular expression is in a file.
///
/// ```salt
/// salt '*' file.search /etc/crontab 'mymaintenance.sh'
/// ```
#[derive(Args)]
pub struct Search {
    /// Path.
    path: String,
    /// Regular expression.
    pattern: String,
    /// Flags of the pattern.
    #[arg(default = 8)]
    flags: Flags,
    /// Known for compatibility: the whole file is looked at.
    #[arg(default = 1, ignored)]
    bufsize: Value,
    /// Let a missing file be.
    #[arg(default = false)]
    ignore_if_missing: bool,
    /// `^` and `$` mean lines.
    #[arg(default = false, ignored)]
    multiline: bool,
}

impl Query for Search {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        if self.ignore_if_missing && !read.host().exists(&self.path) {
            return Ok(false);
        }
        let pattern = Pattern::new(&self.pattern, self.flags).map_err(Failure::bad_arguments)?;
        Ok(pattern.is_in(&content(&self.path, read)?))
    }
}

/// Tell whether a text is in a file, as `sed` would find it.
///
/// ```salt
/// salt '*' file.sed_contains /etc/crontab 'mymaintenance.sh'
/// ```
#[derive(Args)]
pub struct SedContains {
    /// Path.
    path: String,
    /// The text.
    text: String,
    /// Only lines that this fits.
    #[arg(default = "")]
    limit: String,
    /// Flags of `sed`; `I` lets case not matter.
    #[arg(default = "g")]
    flags: String,
}

impl Query for SedContains {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        if !read.host().exists(&self.path) {
            return Ok(false);
        }
        let flags = Flags { ignore_case: self.flags.contains(['i', 'I']), ..Flags::default() };
        let pattern = Pattern::new(&self.text, flags).map_err(Failure::bad_arguments)?;
        let limit = Pattern::new(&self.limit, Flags::default()).map_err(Failure::bad_arguments)?;
        Ok(content(&self.path, read)?.lines().any(|line| limit.is_in(line) && pattern.is_in(line)))
    }
}

/// Return the lines of files that a pattern fits, as `grep` prints them.
///
/// ```salt
/// salt '*' file.grep /etc/passwd nobody
/// salt '*' file.grep '/etc/network/*' ipaddr -- -i
/// ```
#[derive(Args)]
pub struct Grep {
    /// Path, with `*` if several are meant.
    path: String,
    /// Pattern of `grep`.
    pattern: String,
    /// Options of `grep`.
    #[arg(rest)]
    opts: Vec<Value>,
}

impl Query for Grep {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let mut argv = vec!["grep".to_owned()];
        for options in &self.opts {
            argv.extend(crate::cmd::split_words(&text::str(options)));
        }
        argv.extend(["-e".to_owned(), self.pattern, "--".to_owned()]);
        let files = globbed(&self.path, read.host());
        argv.extend(if files.is_empty() { vec![self.path] } else { files });
        let output = read.try_run(argv).await?;
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        let mut found = Map::new();
        found.insert("pid", output.pid);
        found.insert("retcode", output.retcode());
        found.insert("stdout", shown(&output.stdout));
        found.insert("stderr", shown(&output.stderr));
        Ok(found)
    }
}

fn sum(path: &str, form: &str, read: &Read) -> Result<String, Failure> {
    let digest = Digest::from_name(form).ok_or_else(|| Failure::failed(format!("Invalid hash type: {form}")))?;
    Ok(digest.hex(&read.host().read(path).map_err(crate::failure)?))
}

/// Return the checksum of a file.
///
/// ```salt
/// salt '*' file.get_hash /etc/shadow md5
/// ```
#[derive(Args)]
pub struct GetHash {
    /// Path.
    path: String,
    /// Checksum.
    #[arg(default = "sha256")]
    form: String,
    /// Known for compatibility.
    #[arg(default = 65536, ignored)]
    chunk_size: i64,
}

impl Query for GetHash {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        sum(&self.path, &self.form, read)
    }
}

/// Return the checksum of a file.
///
/// ```salt
/// salt '*' file.get_sum /etc/passwd sha512
/// ```
#[derive(Args)]
pub struct GetSum {
    /// Path.
    path: String,
    /// Checksum.
    #[arg(default = "sha256")]
    form: String,
}

impl Query for GetSum {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        if !read.host().is_file(&self.path) {
            return Ok("File not found".to_owned());
        }
        sum(&self.path, &self.form, read)
    }
}

/// Tell whether a file has a checksum.
///
/// ```salt
/// salt '*' file.check_hash /etc/fstab 'md5=<hash>'
/// ```
#[derive(Args)]
pub struct CheckHash {
    /// Path.
    path: String,
    /// `sha256=…`, or the bare sum.
    file_hash: String,
}

impl Query for CheckHash {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        let (form, wanted) = match self.file_hash.split_once(['=', ':']) {
            Some((form, wanted)) => (form.to_owned(), wanted.to_owned()),
            None => match Digest::from_digits(self.file_hash.len()) {
                Some(digest) => (digest.name().to_owned(), self.file_hash.clone()),
                None => return Err(Failure::failed(format!("Bad hash format: {}", self.file_hash))),
            },
        };
        Ok(sum(&self.path, &form, read)?.eq_ignore_ascii_case(&wanted))
    }
}

/// Find files below a folder.
///
/// ```salt
/// salt '*' file.find /var/log name=*.log type=f
/// ```
#[derive(Args)]
pub struct Find {
    /// Folder.
    path: String,
    /// Shell pattern of the name.
    name: Option<String>,
    /// The same, and case does not matter.
    #[arg(named)]
    iname: Option<String>,
    /// Regular expression of the path.
    #[arg(named)]
    regex: Option<String>,
    /// `f` files, `d` folders, `l` links; several letters are allowed.
    #[arg(name = "type", named)]
    kind: Option<String>,
    /// Owner, by name or id.
    #[arg(named)]
    owner: Option<String>,
    /// Group, by name or id.
    #[arg(named)]
    group: Option<String>,
    /// How deep it goes.
    #[arg(named)]
    maxdepth: Option<usize>,
    /// How deep it begins.
    #[arg(named)]
    mindepth: Option<usize>,
}

impl Query for Find {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let host = read.host();
        let accounts = host.accounts();
        let regex = self
            .regex
            .as_deref()
            .map(|regex| Pattern::new(&format!("^(?:{regex})"), Flags::default()))
            .transpose()
            .map_err(Failure::bad_arguments)?;
        let mut found = Vec::new();
        let mut open = vec![(self.path.trim_end_matches('/').to_owned(), 0_usize)];
        while let Some((path, depth)) = open.pop() {
            let Some(stat) = host.link_stat(&path).map_err(crate::failure)? else { continue };
            if stat.kind == FileKind::Dir && self.maxdepth.is_none_or(|deepest| depth < deepest) {
                let names = host.list(&path).unwrap_or_default();
                open.extend(names.iter().map(|name| (join(&path, name), depth + 1)));
            }
            let name = path.rsplit('/').next().unwrap_or_default();
            let letter = match stat.kind {
                FileKind::File => 'f',
                FileKind::Dir => 'd',
                FileKind::Link => 'l',
                FileKind::Pipe => 'p',
                FileKind::Socket => 's',
                FileKind::Block => 'b',
                FileKind::Char => 'c',
            };
            let fits = self.mindepth.is_none_or(|least| depth >= least)
                && self.name.as_deref().is_none_or(|pattern| glob(pattern, name))
                && self.iname.as_deref().is_none_or(|pattern| glob(&pattern.to_lowercase(), &name.to_lowercase()))
                && regex.as_ref().is_none_or(|regex| regex.is_in(&path))
                && self.kind.as_deref().is_none_or(|kinds| kinds.contains(letter))
                && self.owner.as_deref().is_none_or(|owner| accounts.uid(owner) == Some(stat.uid))
                && self.group.as_deref().is_none_or(|group| accounts.gid(group) == Some(stat.gid));
            if fits {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }
}
