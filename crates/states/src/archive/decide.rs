//! Whether an archive is to be extracted, and what is in the way.

use super::owners::Owners;
use super::{Extracted, Place, sums};
use modules::archive::{Contents, Format, contents};
use sdk::host::{FileKind, Look, join};
use sdk::{Applied, Failure, Read};

/// Why an archive is extracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Because it is to be overwritten, or there is no telling what is in it.
    Asked,
    /// Something is missing.
    Missing,
    /// It is another archive than the last time.
    Hash,
}

impl Why {
    /// What comments say of it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Asked => "",
            Self::Missing => ", due to absence of one or more files/dirs",
            Self::Hash => ", due to source_hash update",
        }
    }
}

/// What is to be done with an archive.
#[derive(Debug)]
pub struct Decision {
    /// What is in it, where that can be told.
    pub contents: Option<Contents>,
    /// Whether it is extracted.
    pub needed: bool,
    /// Why.
    pub why: Why,
    /// Paths that go first, because they are of the wrong kind.
    pub in_the_way: Vec<String>,
    /// Owners to set where nothing is extracted.
    pub owners: Owners,
}

impl Decision {
    /// The comment when nothing is extracted.
    pub fn present(&self, state: &Extracted) -> String {
        match (&self.contents, &state.if_missing) {
            (None, Some(path)) => format!("{path} exists"),
            _ => "All files in archive are already present".to_owned(),
        }
    }
}

impl Extracted {
    /// Looks into the archive and at the folder.
    pub(super) async fn decide(&self, path: &str, place: &Place, read: &Read) -> Result<Result<Decision, Applied>, Failure> {
        let host = read.host();
        let refuse = |comment: String| Ok(Err(Applied::failed(comment)));
        if place.format == Format::Zip && self.password.is_none() && modules::archive::zip::is_encrypted(host, path).unwrap_or(false) {
            let text = "is password-protected, but no password was specified. Please set the 'password' argument.";
            return refuse(format!("Archive {} {text}", place.shown));
        }
        let found = match contents(path, place.format, self.list_options.as_deref(), self.strip(), read).await {
            Ok(found) => Some(found),
            Err(failure) => match self.unlistable(&failure, place.format) {
                Some(comment) => return refuse(comment),
                None => None,
            },
        };
        let folder = self.folder();
        if let Some(found) = &found
            && self.enforce_toplevel
            && (found.top_dirs().len() > 1 || !found.top_files().is_empty())
        {
            return refuse(format!(
                "Archive does not have a single top-level directory. To allow this archive to be extracted, set 'enforce_toplevel' to \
                 False. To avoid a '{}-bomb' it may also be advisable to set a top-level directory by adding it to the 'name' value (for \
                 example, setting 'name' to {} instead of {folder}).",
                place.format.name(),
                join(&folder, "some_dir")
            ));
        }
        if self.clean && self.clean_parent {
            return refuse("Only one of 'clean' and 'clean_parent' can be set to True".to_owned());
        }
        let (wrong, missing) = found.as_ref().map_or_else(|| Ok((Vec::new(), true)), |found| state_of(host, &folder, found))?;
        if let Some(refused) = self.wrong_kind(&wrong, found.is_some(), &folder) {
            return Ok(Err(refused));
        }
        let mut needed = self.overwrite || missing || !wrong.is_empty();
        let mut why = if missing && found.is_some() { Why::Missing } else { Why::Asked };
        if !needed && self.source_hash_update && sums::differs(path, read) {
            (needed, why) = (true, Why::Hash);
        }
        let in_the_way = wrong.iter().map(|name| join(&folder, name).trim_end_matches('/').to_owned()).collect();
        let owners = self.owners(found.as_ref(), host)?;
        Ok(Ok(Decision { contents: found, needed, why, in_the_way, owners }))
    }

    /// The comment where an archive cannot be listed and nothing else tells whether to extract it.
    fn unlistable(&self, failure: &Failure, format: Format) -> Option<String> {
        let mut errors = Vec::new();
        if self.if_missing.is_none() {
            errors.push("'if_missing' must be set");
        }
        if self.enforce_ownership_on.is_none() && (self.user.is_some() || self.group.is_some()) {
            errors.push("Ownership cannot be managed without setting 'enforce_ownership_on'.");
        }
        if errors.is_empty() {
            return None;
        }
        let ways = if format == Format::Tar {
            "If the source archive is a tar archive compressed using a compression type not natively supported by the tar command, then \
             setting the 'list_options' argument may allow the contents to be listed. Otherwise, if Salt is unable to determine the \
             files/directories in the archive, the following workaround(s) would need to be used for this state to proceed"
        } else {
            "The following workarounds must be used for this state to proceed"
        };
        let errors: String = errors.iter().map(|error| format!("\n- {error}")).collect();
        Some(format!("{}\n\n{ways} (assuming the source file is a valid {} archive):\n{errors}", failure.message, format.name()))
    }

    fn wrong_kind(&self, wrong: &[String], listed: bool, folder: &str) -> Option<Applied> {
        if wrong.is_empty() || self.force || ((self.clean || self.clean_parent) && listed) {
            return None;
        }
        let paths: String = wrong.iter().map(|path| format!("\n- {path}")).collect();
        Some(Applied::failed(format!(
            "The below paths (relative to {folder}) exist, but are the incorrect type (file instead of directory, symlink instead of \
             file, etc.). To proceed with extraction, set 'force' to True. Note that this will remove these paths before extracting.\n{paths}"
        )))
    }
}

/// Which members are there but of another kind, and whether any is missing.
fn state_of(host: &dyn Look, folder: &str, found: &Contents) -> Result<(Vec<String>, bool), Failure> {
    let (mut wrong, mut missing) = (Vec::new(), false);
    let mut look = |names: &[String], fits: &dyn Fn(FileKind) -> bool| -> Result<(), Failure> {
        for name in names {
            match host.link_stat(join(folder, name).trim_end_matches('/')).map_err(modules::failure)? {
                Some(stat) if !fits(stat.kind) => wrong.push(name.clone()),
                Some(_) => {}
                None => missing = true,
            }
        }
        Ok(())
    };
    look(&found.dirs, &|kind| kind == FileKind::Dir)?;
    look(&found.files, &|kind| kind != FileKind::Dir && kind != FileKind::Link)?;
    look(&found.links, &|kind| kind == FileKind::Link)?;
    Ok((wrong, missing))
}
