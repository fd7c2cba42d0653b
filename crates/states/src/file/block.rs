//! `file.blockreplace`: what stands between two markers.

use super::accumulators;
use super::content::{NoContent, Origin};
use super::edit::{Backup, Edit, old_text};
use modules::file::edit::{Block, Newline, replace_block};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, text};

/// Ensure what stands between two markers of a text.
///
/// ```salt
/// /etc/hosts:
///   file.blockreplace:
///     - marker_start: '# START managed'
///     - marker_end: '# END managed'
///     - content: 10.0.0.1 db
///     - append_if_not_found: True
/// ```
#[derive(Args)]
pub struct Blockreplace {
    /// Path.
    name: String,
    /// Text in the line before the block.
    #[arg(default = "#-- start managed zone --")]
    marker_start: String,
    /// Text in the line after the block.
    #[arg(default = "#-- end managed zone --")]
    marker_end: String,
    /// Take the content from this source instead.
    source: Option<String>,
    /// Checksum of the source.
    source_hash: Option<String>,
    /// Template engine of the source.
    #[arg(default = "jinja")]
    template: Option<String>,
    /// Take the content from several sources.
    #[arg(default)]
    sources: Vec<Value>,
    /// Checksums of the sources.
    #[arg(default)]
    source_hashes: Vec<String>,
    /// Variables of the template that `context` may overrule.
    defaults: Option<Map>,
    /// Variables of the template.
    context: Option<Map>,
    /// The content.
    #[arg(default = "")]
    content: String,
    /// Put the block to the end where the markers are nowhere.
    #[arg(default = false)]
    append_if_not_found: bool,
    /// Put the block to the beginning where the markers are nowhere.
    #[arg(default = false)]
    prepend_if_not_found: bool,
    /// Ending of a copy of the old file; `False` keeps none.
    #[arg(default = ".bak")]
    backup: Value,
    /// Show how the text changes.
    #[arg(default = true)]
    show_changes: bool,
    /// Whether a line end is added to the content: only if it has none unless given.
    append_newline: Option<bool>,
    /// Put the block before the first line this fits.
    insert_before_match: Option<String>,
    /// Put the block after the first line this fits.
    insert_after_match: Option<String>,
}

impl Blockreplace {
    async fn wanted(&self, path: &str, read: &Read) -> Result<String, String> {
        let mut content = self.content.clone();
        let mut context = self.defaults.clone().unwrap_or_default();
        context.extend(self.context.clone().unwrap_or_default());
        let single = self.source.iter().map(|source| (Value::from(source.as_str()), self.source_hash.clone()));
        let several = self.sources.iter().enumerate().map(|(index, source)| (source.clone(), self.source_hashes.get(index).cloned()));
        for (source, hash) in single.chain(several).collect::<Vec<_>>() {
            let template = self.template.clone().filter(|engine| !engine.is_empty());
            let source_hash = hash.unwrap_or_default();
            let origin = Origin { source: Some(source.clone()), source_hash, template, context: context.clone(), ..Origin::default() };
            let found = origin
                .content(path, read)
                .await
                .map_err(|(NoContent::Refused(why) | NoContent::Later(why) | NoContent::Source(why))| why)?;
            if let Some(mismatch) = found.mismatch {
                return Err(mismatch);
            }
            content.push_str(&String::from_utf8_lossy(&found.bytes.unwrap_or_default()));
        }
        for list in accumulators::of(path, read).values() {
            for line in list.as_list().unwrap_or_default() {
                if !content.is_empty() && !content.ends_with('\n') {
                    content.push('\n');
                }
                content.push_str(&text::str(line));
            }
        }
        Ok(content)
    }
}

impl State for Blockreplace {
    type Change = Edit;

    async fn check(&self, read: &Read) -> Result<Check<Edit>, Failure> {
        let (path, old) = match old_text(&self.name, read)? {
            Ok(found) => found,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let content = match self.wanted(&path, read).await {
            Ok(content) => content,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let block = Block {
            start: self.marker_start.clone(),
            end: self.marker_end.clone(),
            content,
            newline: match self.append_newline {
                None => Newline::IfMissing,
                Some(true) => Newline::Always,
                Some(false) => Newline::Never,
            },
            append: self.append_if_not_found,
            prepend: self.prepend_if_not_found,
            before: self.insert_before_match.clone(),
            after: self.insert_after_match.clone(),
        };
        let new = match replace_block(&old, &block) {
            Ok(new) => new,
            Err(error) => return Ok(Check::fails(format!("Encountered error managing block: {error}. See the log for details."))),
        };
        Ok(Edit { path, old, new }.check("Changes would be made", self.show_changes))
    }

    async fn apply(&self, edit: Edit, cx: &Cx) -> Result<Applied, Failure> {
        edit.write(&Backup::read(&self.backup), cx)?;
        Ok(edit.done("Changes were made", self.show_changes))
    }
}
