//! `file.managed`: one file with its content, owner and mode.

use super::content::{NoContent, Origin};
use super::manage::{Blind, Step, Wanted};
use super::signed::Signed;
use super::{accumulators, checked_path};
use modules::file::{Context, Marks, Perms};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Mode, Outlook, Read, State, Value, Words};

/// Ensure a file has its content, owner and mode.
///
/// ```salt
/// /etc/motd:
///   file.managed:
///     - source: salt://motd.j2
///     - template: jinja
///     - mode: '0644'
/// ```
#[derive(Args)]
pub struct Managed {
    /// Path.
    name: String,
    /// Where the content comes from: `salt://…`, a URL or a path; of a list the first that exists.
    source: Option<Value>,
    /// Checksum of the source, or a file of checksums.
    #[arg(default = "")]
    source_hash: String,
    /// Name to look for in a file of checksums.
    source_hash_name: Option<String>,
    /// Known for compatibility: a fetched source is always kept in the cache.
    #[arg(default = true, ignored)]
    keep_source: bool,
    /// Owner.
    user: Option<String>,
    /// Group.
    group: Option<String>,
    /// Mode, or `keep` for that of the source.
    mode: Option<Mode>,
    /// Letters of `chattr` that the file has, and no others.
    attrs: Option<Value>,
    /// Template engine.
    template: Option<String>,
    /// Make missing folders above it.
    #[arg(default = false)]
    makedirs: bool,
    /// Mode of those folders.
    dir_mode: Option<Mode>,
    /// Variables of the template.
    context: Option<Map>,
    /// Put content in place of what is there.
    #[arg(default = true)]
    replace: bool,
    /// Variables of the template that `context` may overrule.
    defaults: Option<Map>,
    /// `minion` keeps the old content in the cache.
    #[arg(default = "")]
    backup: String,
    /// Show how the content changes.
    #[arg(default = true)]
    show_changes: bool,
    /// Make the file if it is missing.
    #[arg(default = true)]
    create: bool,
    /// The content: text, or a list of lines.
    contents: Option<Value>,
    /// Folder of the temporary file.
    tmp_dir: Option<String>,
    /// Ending of the temporary file's name.
    #[arg(default = "")]
    tmp_ext: String,
    /// Path of a pillar value that is the content.
    contents_pillar: Option<Value>,
    /// Path of a grain that is the content.
    contents_grains: Option<Value>,
    /// End the content with a line end.
    #[arg(default = true)]
    contents_newline: bool,
    /// Delimiter of those paths.
    #[arg(default = ":")]
    contents_delimiter: String,
    /// Known for compatibility: text is written as UTF-8.
    #[arg(ignored)]
    encoding: Option<String>,
    /// Known for compatibility: text is written as UTF-8.
    #[arg(default = "strict", ignored)]
    encoding_errors: String,
    /// Allow `contents` to be empty.
    #[arg(default = true)]
    allow_empty: bool,
    /// Write through a link instead of replacing it.
    #[arg(default = true)]
    follow_symlinks: bool,
    /// Command that has to accept the new content; its path is the last argument.
    check_cmd: Option<String>,
    /// Take a remote source without a checksum.
    #[arg(default = false)]
    skip_verify: bool,
    /// Context of SELinux: `seuser`, `serole`, `setype`, `serange`.
    selinux: Option<Map>,
    /// Check the certificate of whoever sends a remote source.
    #[arg(default = true)]
    verify_ssl: bool,
    /// Take a remote source without a checksum; the cache is asked whether it changed.
    #[arg(default = false)]
    use_etag: bool,
    /// Signature of the source: where it lies, or `True` where it is in the source itself.
    signature: Option<Value>,
    /// Signature of the file of checksums, in the same way.
    source_hash_sig: Option<Value>,
    /// Fingerprints of which one has to have signed.
    #[arg(default)]
    signed_by_any: Words,
    /// Fingerprints that all have to have signed.
    #[arg(default)]
    signed_by_all: Words,
    /// Keyring of those keys.
    keyring: Option<String>,
    /// Folder of GnuPG.
    gnupghome: Option<String>,
    /// Let the same lines in another order stand.
    #[arg(default = false)]
    ignore_ordering: bool,
    /// Let lines that differ in white space alone stand.
    #[arg(default = false)]
    ignore_whitespace: bool,
    /// Leave lines that begin with one of these out of the comparison.
    ignore_comment_characters: Option<Value>,
    /// Show the content of a new file as well.
    #[arg(default = false)]
    new_file_diff: bool,
    /// What checks signatures: only `gpg` is here.
    #[arg(default = "gpg")]
    sig_backend: String,
}

impl Managed {
    fn wanted(&self, name: String, mode: Option<u32>) -> Wanted {
        Wanted {
            name,
            perms: Perms { user: self.user.clone(), group: self.group.clone(), mode },
            replace: self.replace,
            create: self.create,
            makedirs: self.makedirs,
            dir_mode: self.dir_mode.and_then(Mode::bits),
            backup: self.backup.clone(),
            show_changes: self.show_changes,
            new_file_diff: self.new_file_diff,
            blind_to: Blind {
                order: self.ignore_ordering,
                white_space: self.ignore_whitespace,
                comments: match &self.ignore_comment_characters {
                    None => Vec::new(),
                    Some(Value::List(signs)) => signs.iter().map(sdk::text::str).collect(),
                    Some(sign) => vec![sdk::text::str(sign)],
                },
            },
            follow: self.follow_symlinks,
            check_cmd: self.check_cmd.clone(),
            temp_dir: self.tmp_dir.clone(),
            temp_suffix: Some(self.tmp_ext.clone()),
            marks: self.marks(),
        }
    }

    fn origin(&self, name: &str, read: &Read) -> Origin {
        Origin {
            source: self.source.clone(),
            source_hash: self.source_hash.clone(),
            source_hash_name: self.source_hash_name.clone(),
            skip_verify: self.skip_verify || self.use_etag,
            contents: self.contents.clone(),
            contents_pillar: self.contents_pillar.clone(),
            contents_grains: self.contents_grains.clone(),
            delimiter: self.contents_delimiter.clone(),
            newline: self.contents_newline,
            allow_empty: self.allow_empty,
            template: self.template.clone(),
            context: self.variables(name, read),
            signed: Signed::new(
                self.signature.as_ref(),
                self.source_hash_sig.as_ref(),
                &self.signed_by_any,
                &self.signed_by_all,
                self.keyring.as_ref(),
                self.gnupghome.as_ref(),
            )
            .by(&self.sig_backend),
            unchecked: !self.verify_ssl,
        }
    }

    /// What is wanted of the file beside content, owner and mode.
    fn marks(&self) -> Marks {
        let letters = self.attrs.as_ref().map(|letters| letters.as_list().map_or_else(|| sdk::text::str(letters), joined));
        Marks { attributes: letters, context: self.selinux.as_ref().map(Context::from_map).unwrap_or_default() }
    }

    /// Variables of the template: what the state says of the file, then `defaults`, then `context`.
    fn variables(&self, name: &str, read: &Read) -> Map {
        let mut variables = Map::new();
        variables.insert("name", name);
        variables.insert("source", self.source.clone().unwrap_or_default());
        variables.insert("user", self.user.clone());
        variables.insert("group", self.group.clone());
        variables.insert("mode", self.mode.and_then(Mode::bits).map(Mode::text));
        variables.insert("attrs", self.attrs.clone().unwrap_or_default());
        let accumulated = accumulators::of(name, read);
        if !accumulated.is_empty() {
            variables.insert("accumulator", accumulated);
        }
        variables.extend(self.defaults.clone().unwrap_or_default());
        variables.extend(self.context.clone().unwrap_or_default());
        variables
    }
}

impl State for Managed {
    type Change = (Wanted, Step);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let name = match checked_path(&self.name, "Destination file name is required", read) {
            Ok(name) => name,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let keep = self.mode == Some(Mode::Keep);
        if keep && (self.contents.is_some() || self.contents_pillar.is_some() || self.contents_grains.is_some()) {
            let text = "Mode preservation cannot be used in combination with 'contents', 'contents_pillar', or 'contents_grains'";
            return Ok(Check::fails(text));
        }
        let wanted = self.wanted(name.clone(), self.mode.and_then(Mode::bits));
        if wanted.perms != Perms::default() || self.replace || self.create {
            // The cheap answers first: nothing is fetched for a file that is not to be touched.
            if !self.create && !read.host().exists(&name) {
                let check = wanted.check(super::content::Content::default(), read)?;
                return Ok(check.map(|step| (wanted, step)));
            }
        }
        let content = match self.origin(&name, read).content(&name, read).await {
            Ok(content) => content,
            Err(NoContent::Refused(comment)) => return Ok(Check::fails(comment)),
            Err(NoContent::Later(comment)) => return Ok(Check::Later(comment)),
            Err(NoContent::Source(comment)) => {
                let real = format!("Unable to manage file: {comment}");
                // A list of sources is judged before the mode of the run is looked at.
                let test = if self.source.as_ref().is_some_and(|source| source.as_list().is_some()) { real.clone() } else { comment };
                return Ok(Check::Change(Outlook::new(test, Map::new()).with_result(Some(false)), (wanted, Step::Refuse(real))));
            }
        };
        let mode = if keep { content.mode } else { wanted.perms.mode };
        let wanted = Wanted { perms: Perms { mode, ..wanted.perms.clone() }, ..wanted };
        let check = wanted.check(content, read)?;
        Ok(wanted.with_marks(check, read).await?.map(|step| (wanted, step)))
    }

    async fn apply(&self, (wanted, step): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        wanted.apply(step, cx).await
    }
}

/// Letters that were given one by one.
fn joined(letters: &[Value]) -> String {
    letters.iter().map(sdk::text::str).collect()
}
