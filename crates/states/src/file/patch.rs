//! `file.patch`: a patch is applied, once.

use super::content::{NoContent, Origin};
use super::expanded;
use modules::cmd::split_words;
use modules::file::patch;
use sdk::host::parent;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, text};

/// Ensure a patch is applied to a file or a folder.
///
/// ```salt
/// /opt/app:
///   file.patch:
///     - source: salt://app/hotfix.patch
///     - strip: 1
/// ```
#[derive(Args)]
pub struct Patch {
    /// File or folder.
    name: String,
    /// The patch: `salt://…`, a URL or a path.
    source: Option<Value>,
    /// Checksum of the patch, or a file of checksums.
    #[arg(default = "")]
    source_hash: String,
    /// Name to look for in a file of checksums.
    source_hash_name: Option<String>,
    /// Take a remote patch without a checksum.
    #[arg(default = false)]
    skip_verify: bool,
    /// Template engine.
    template: Option<String>,
    /// Variables of the template.
    context: Option<Map>,
    /// Variables of the template that `context` may overrule.
    defaults: Option<Map>,
    /// More options of `patch`.
    #[arg(default = "")]
    options: String,
    /// Where hunks that do not fit are put.
    reject_file: Option<String>,
    /// How many leading folders are taken off the names in the patch.
    strip: Option<u32>,
    /// File environment of the source.
    saltenv: Option<String>,
    /// Known for compatibility: whether the patch is in is asked of `patch` itself.
    #[arg(ignored)]
    hash: Option<Value>,
    /// Known for compatibility: a dry run always comes first.
    #[arg(ignored)]
    dry_run_first: Option<Value>,
}

/// Options as they are passed on, and how many folders are taken off.
fn sorted_options(options: &str, strip: Option<u32>) -> Result<(Vec<String>, Option<u32>), String> {
    let words = split_words(options);
    let (mut kept, mut refused, mut strip) = (Vec::new(), Vec::new(), strip);
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let bad = |flag: &str| format!("Invalid format for '{flag}' CLI option. Consider using the 'strip' option for this state.");
        if ["-N", "--forward", "-r", "--reject-file", "-o", "--output"].iter().any(|start| word.starts_with(start)) {
            refused.push(word);
        } else if let Some(count) = word.strip_prefix("-p") {
            strip = Some(count.parse().map_err(|_| bad("-p"))?);
        } else if let Some(rest) = word.strip_prefix("--strip") {
            let count = match rest.strip_prefix('=') {
                Some(count) => count.to_owned(),
                None => words.next().unwrap_or_default(),
            };
            strip = Some(count.parse().map_err(|_| bad("-strip"))?);
        } else {
            kept.push(word);
        }
    }
    if refused.is_empty() { Ok((kept, strip)) } else { Err(format!("The following CLI options are not allowed: {}", refused.join(", "))) }
}

impl Patch {
    /// What can be wrong with the arguments alone.
    fn refusal(&self, name: &str, read: &Read) -> Option<String> {
        let host = read.host();
        if host.which("patch").is_none() {
            return Some("patch executable not found on minion".to_owned());
        }
        if name.is_empty() {
            return Some("A file/directory to be patched is required".to_owned());
        }
        if !name.starts_with('/') {
            return Some(format!("{name} is not an absolute path"));
        }
        if !host.exists(name) {
            return Some(format!("{name} does not exist"));
        }
        let reject = self.reject_file.as_deref()?;
        if !reject.starts_with('/') {
            return Some(format!("'{reject}' is not an absolute path"));
        }
        (!host.is_dir(parent(reject).unwrap_or("/")))
            .then(|| format!("Parent directory for reject_file '{reject}' either does not exist, or is not a directory"))
    }

    async fn bytes(&self, read: &Read) -> Result<Vec<u8>, String> {
        let mut context = self.defaults.clone().unwrap_or_default();
        context.extend(self.context.clone().unwrap_or_default());
        let source = match (&self.source, &self.saltenv) {
            (Some(Value::Str(uri)), Some(env)) if uri.starts_with("salt://") && !uri.contains("?saltenv=") => {
                Some(Value::from(format!("{uri}?saltenv={env}")))
            }
            (source, _) => source.clone(),
        };
        if source.as_ref().is_none_or(|source| !source.is_truthy()) {
            return Err("Either the 'source' or the patch itself has to be given".to_owned());
        }
        let origin = Origin {
            source,
            source_hash: self.source_hash.clone(),
            source_hash_name: self.source_hash_name.clone(),
            skip_verify: self.skip_verify,
            template: self.template.clone(),
            context,
            ..Origin::default()
        };
        match origin.content(&self.name, read).await {
            Ok(content) => match content.mismatch {
                Some(mismatch) => Err(mismatch),
                None => Ok(content.bytes.unwrap_or_default()),
            },
            Err(NoContent::Refused(comment) | NoContent::Later(comment)) => Err(comment),
            Err(NoContent::Source(comment)) => Err(format!("Unable to manage file: {comment}")),
        }
    }
}

impl State for Patch {
    type Change = patch::Job;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let name = expanded(&self.name, read);
        if let Some(refusal) = self.refusal(&name, read) {
            return Ok(Check::fails(refusal));
        }
        let (options, strip) = match sorted_options(&self.options, self.strip) {
            Ok(sorted) => sorted,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let bytes = match self.bytes(read).await {
            Ok(bytes) => bytes,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let job = patch::Job { name, bytes, options, strip, reject_file: self.reject_file.clone() };
        let tried = job.run(patch::How::Try, read).await?;
        if tried.retcode == 0 {
            let mut predicted = tried.to_map();
            predicted.insert("stdout", tried.stdout.replace("checking file ", "patching file "));
            return Ok(Check::change("The patch would be applied", predicted, job));
        }
        if job.run(patch::How::TryBack, read).await?.retcode == 0 {
            return Ok(Check::desired("Patch was already applied"));
        }
        if tried.retcode == 2 && !tried.stderr.is_empty() {
            return Ok(Check::fails(tried.stderr));
        }
        let mut comment = "Patch would not apply cleanly, no changes made. Results of dry-run are below.".to_owned();
        if self.reject_file.is_none() {
            comment.push_str(" Run state again using the reject_file option to save rejects to a persistent file.");
        }
        comment.push_str("\n\n");
        comment.push_str(&indented(&tried.to_map()));
        if self.reject_file.is_some() {
            // Only a real run may write the rejects, which is all it does.
            return Ok(Check::Change(sdk::Outlook::new(comment, Map::new()).with_result(Some(false)), patch::Job { strip, ..job }));
        }
        Ok(Check::fails(comment))
    }

    async fn apply(&self, job: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let tried = job.run(patch::How::Try, cx.read()).await?;
        if tried.retcode != 0 {
            job.run(patch::How::Rejects, cx.read()).await?;
            let comment = "Patch would not apply cleanly, no changes made. Results of dry-run are below.";
            return Ok(Applied::failed(format!("{comment}\n\n{}", indented(&tried.to_map()))));
        }
        let done = job.run(patch::How::Apply, cx.read()).await?;
        let mut applied = Applied::ok("Patch successfully applied", done.to_map());
        if done.retcode != 0 {
            applied.result = false;
            applied.comment = format!("Failed to apply patch: exit status {}\n{}", done.retcode, done.stderr).trim_end().to_owned();
        }
        Ok(applied)
    }
}

/// A mapping of text, as a comment shows it.
fn indented(map: &Map) -> String {
    let mut out = " ".repeat(14) + "----------";
    for (key, value) in map {
        out.push_str(&format!("\n{:14}{}:", "", text::str(key)));
        for line in text::str(value).lines() {
            out.push_str(&format!("\n{:18}{line}", ""));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_would_break_the_state_are_refused() {
        assert_eq!(sorted_options("-l --strip=2", None), Ok((vec!["-l".to_owned()], Some(2))));
        assert_eq!(sorted_options("-p1", Some(3)), Ok((Vec::new(), Some(1))));
        assert_eq!(sorted_options("-o x -N", None).unwrap_err(), "The following CLI options are not allowed: -o, -N");
        assert!(sorted_options("-px", None).is_err());
    }
}
