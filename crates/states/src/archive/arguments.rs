//! What can be wrong with the arguments of `archive.extracted`.

use super::Extracted;
use modules::archive::Format;
use sdk::host::Look;

const FORMATS: &str = "tar, rar, zip";

impl Extracted {
    /// What can be said without looking at the archive.
    pub(super) fn refusal(&self, host: &dyn Look) -> Option<String> {
        if self.skip_files_list_verify && self.skip_verify {
            return Some("Only one of \"skip_files_list_verify\" and \"skip_verify\" can be set to True".to_owned());
        }
        if !self.name.starts_with('/') {
            return Some(format!("{} is not an absolute path", self.name));
        }
        let name = self.name.trim_end_matches('/');
        if host.is_file(name) {
            return Some(format!("{name} exists and is not a directory"));
        }
        if self.if_missing.as_ref().is_some_and(|path| !path.starts_with('/')) {
            return Some("Value for 'if_missing' is not an absolute path".to_owned());
        }
        let on = self.enforce_ownership_on.as_deref()?;
        if !on.starts_with('/') {
            return Some("Value for 'enforce_ownership_on' is not an absolute path".to_owned());
        }
        let inside = on.trim_end_matches('/') == name || on.starts_with(&self.folder());
        (!inside || on.contains("/../")).then(|| format!("Value for 'enforce_ownership_on' must be within {}", self.folder()))
    }

    /// An owner that this machine does not have.
    pub(super) fn no_owner(&self, host: &dyn Look) -> Option<String> {
        let accounts = host.accounts();
        if let Some(user) = self.user.as_deref().filter(|user| accounts.uid(user).is_none()) {
            return Some(format!("User {user} does not exist"));
        }
        let group = self.group.as_deref().filter(|group| accounts.gid(group).is_none())?;
        Some(format!("Group {group} does not exist"))
    }

    /// The kind of the archive: given, or told by its name.
    pub(super) fn format(&self, name: &str) -> Result<Format, String> {
        match &self.archive_format {
            Some(format) => Format::from_name(format).ok_or_else(|| {
                format!(
                    "Invalid archive_format '{}'. Either set it to a supported value ({FORMATS}) or remove this argument and the archive \
                     format will be guessed based on file extension.",
                    format.to_lowercase()
                )
            }),
            None => Format::guess(name).ok_or_else(|| {
                format!(
                    "Could not guess archive_format from the value of the 'source' argument. Please set this archive_format to one of the \
                     following: {FORMATS}"
                )
            }),
        }
    }

    /// What does not go with a kind of archive.
    pub(super) fn bad_for(&self, format: Format, host: &dyn Look) -> Option<String> {
        let options = self.options.as_deref().is_some_and(|options| !options.is_empty());
        if format != Format::Zip && self.password.is_some() {
            return Some("The 'password' argument is only supported for zip archives".to_owned());
        }
        match format {
            Format::Zip if options && self.use_cmd_unzip == Some(false) => Some(
                "'use_cmd_unzip' cannot be set to False if CLI options are being specified (via the 'options' argument). Either remove \
                 'use_cmd_unzip', or set it to True."
                    .to_owned(),
            ),
            Format::Zip if self.by_unzip() && host.which("unzip").is_none() => {
                Some("archive.cmd_unzip function not available, unzip might not be installed on minion".to_owned())
            }
            Format::Rar if host.which("unrar").is_none() && host.which("rar").is_none() => {
                Some("archive.unrar function not available, rar/unrar might not be installed on minion".to_owned())
            }
            Format::Rar if options => {
                Some("The 'options' argument is only compatible with the following archive formats: tar, zip".to_owned())
            }
            Format::Tar if options && host.which("tar").is_none() => {
                Some("tar command not available, it might not be installed on minion".to_owned())
            }
            Format::Tar | Format::Zip | Format::Rar => None,
        }
    }

    /// Whether `unzip` is run.
    pub(super) fn by_unzip(&self) -> bool {
        let options = self.options.as_deref().is_some_and(|options| !options.is_empty());
        self.use_cmd_unzip.unwrap_or(options)
    }

    /// How many leading folders `tar` is told to take off.
    pub(super) fn strip(&self) -> Option<usize> {
        let options = self.options.as_deref()?;
        let at = options.find("--strip")?;
        let rest = options.get(at..)?.trim_start_matches("--strip").trim_start_matches("-components");
        let rest = rest.strip_prefix('=').unwrap_or_else(|| rest.trim_start()).trim_start_matches(['"', '\'']);
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    }
}
