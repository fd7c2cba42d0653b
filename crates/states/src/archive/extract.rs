//! Extracting, and saying what came of it.

use super::decide::Decision;
use super::{Extracted, Place, is_root};
use crate::file::manage::make_dirs;
use modules::archive::zip::{self, Modes};
use modules::archive::{Format, Trim, run_tar, run_unrar, run_unzip, tar};
use modules::file::Perms;
use sdk::host::join;
use sdk::{Applied, Cx, Failure, Map, Value};

impl Extracted {
    /// Does what was decided.
    pub(super) async fn extract(&self, path: &str, decision: Decision, place: &Place, cx: &Cx) -> Result<Applied, Failure> {
        let mut changes = Map::new();
        if !decision.needed {
            return self.own(Applied::ok(decision.present(self), changes), decision, cx);
        }
        let host = cx.host();
        let folder = self.folder();
        if let Some(found) = decision.contents.as_ref().filter(|_| self.clean || self.clean_parent) {
            if self.clean_parent {
                if is_root(host, &folder) {
                    return Ok(Applied::failed("the root folder is not removed"));
                }
                if host.exists(&folder) {
                    host.remove_all(folder.trim_end_matches('/')).map_err(modules::failure)?;
                }
                changes.insert("removed", format!("Directory {folder} was removed prior to the extraction"));
            } else {
                let mut removed = Vec::new();
                for name in [found.top_dirs(), found.top_files()].concat() {
                    let full = join(&folder, &name);
                    let bare = full.trim_end_matches('/');
                    if host.link_stat(bare).map_err(modules::failure)?.is_some() {
                        host.remove_all(bare).map_err(modules::failure)?;
                        removed.push(full);
                    }
                }
                if !removed.is_empty() {
                    changes.insert("removed", removed);
                }
            }
        } else if !decision.in_the_way.is_empty() {
            for wrong in &decision.in_the_way {
                host.remove_all(wrong).map_err(modules::failure)?;
            }
            changes.insert("removed", decision.in_the_way.clone());
        }
        let created = !host.is_dir(&folder);
        if created {
            let perms = Perms { user: self.user.clone(), ..Perms::default() };
            make_dirs(host, folder.trim_end_matches('/'), &perms)?;
        }
        let mut names = match self.take_out(path, place.format, cx).await {
            Ok(names) => names,
            Err(failed) => {
                if created {
                    // Only an empty folder goes: what did come out may tell what went wrong.
                    let _ = host.remove_dir(&folder);
                }
                changes.extend(failed.changes.as_map().cloned().unwrap_or_default());
                return Ok(Applied { changes: Value::Map(changes), ..failed });
            }
        };
        if created {
            changes.insert("directories_created", vec![folder.clone()]);
        }
        match (place.format, self.trim_output) {
            (Format::Tar, Trim::To(count)) => names.truncate(count),
            (Format::Tar | Format::Zip | Format::Rar, trim) => trim.cut(&mut names),
        }
        if names.is_empty() {
            return Ok(Applied::failed(format!("No files were extracted from {}", place.shown)).with_changes(changes));
        }
        changes.insert("extracted_files", names);
        let mut comment = format!("{} extracted to {folder}{}", place.shown, decision.why.words());
        if let Trim::To(count) = self.trim_output {
            comment.push_str(&format!(". Output was trimmed to {count} number of lines"));
        }
        let owners = self.owners(decision.contents.as_ref(), host)?;
        self.own(Applied::ok(comment, changes), Decision { owners, ..decision }, cx)
    }

    /// Sets the owners and adds what came of it.
    fn own(&self, mut applied: Applied, decision: Decision, cx: &Cx) -> Result<Applied, Failure> {
        let perms = self.perms();
        let mut failed = Vec::new();
        let mut changed = false;
        for path in &decision.owners.todo {
            match perms.enforce(cx.host(), path, false) {
                Ok(_) => changed = true,
                Err(_) => failed.push(path.clone()),
            }
        }
        if changed && let Value::Map(changes) = &mut applied.changes {
            changes.insert("updated ownership", true);
        }
        let list = |paths: &[String]| paths.iter().map(|path| format!("\n- {path}")).collect::<String>();
        if !decision.owners.missing.is_empty() {
            applied.result &= self.if_missing.is_some();
            let text = "\n\nWhile trying to enforce user/group ownership, the following paths were missing:\n";
            applied.comment = format!("{}{text}{}", applied.comment, list(&decision.owners.missing));
        }
        if !failed.is_empty() {
            applied.result = false;
            let text = "\n\nWhile trying to enforce user/group ownership, Salt was unable to change ownership on the following paths:\n";
            applied.comment = format!("{}{text}{}", applied.comment, list(&failed));
        }
        Ok(applied)
    }

    /// Takes everything out; the names, or the failure of the state.
    async fn take_out(&self, path: &str, format: Format, cx: &Cx) -> Result<Vec<String>, Applied> {
        let folder = self.folder();
        let said = |failure: Failure| Applied::failed(failure.message);
        match (format, self.options.as_deref().filter(|options| !options.is_empty())) {
            (Format::Tar, Some(options)) => {
                let done = run_tar(path, &folder, options, cx).await.map_err(said)?;
                if done.retcode != 0 {
                    let comment = format!("`tar` failed with exit status {}: {}", done.retcode, done.stderr);
                    return Err(Applied::failed(comment).with_changes(done.to_map()));
                }
                // BSD's tar tells the names on its standard error.
                let text = if done.stdout.is_empty() { done.stderr } else { done.stdout };
                let names: Vec<String> = text.lines().map(str::to_owned).collect();
                Ok(if names.is_empty() { vec!["no tar output so far".to_owned()] } else { names })
            }
            (Format::Tar, None) => {
                tar::extract(cx.host(), path, &folder).map_err(|error| Applied::failed(format!("Failed to extract {path}: {error}")))
            }
            (Format::Zip, options) if self.by_unzip() => {
                run_unzip(path, &folder, options, &[], self.password.as_ref(), None, cx).await.map_err(said)
            }
            (Format::Zip, _) => {
                let modes = if self.extract_perms { Modes::Kept } else { Modes::Dropped };
                let password = self.password.as_ref().map(|password| password.reveal().as_str());
                zip::extract(cx.host(), path, &folder, &[], password, modes)
                    .map_err(|error| Applied::failed(format!("Exception encountered unpacking zipfile: {error}")))
            }
            (Format::Rar, _) => run_unrar(path, &folder, &[], None, cx).await.map_err(said),
        }
    }
}
