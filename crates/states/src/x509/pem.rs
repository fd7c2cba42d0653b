//! PEM texts out of pillar or mine, as files.

use crate::file::content::Content;
use crate::file::manage::{Step, Wanted};
use modules::file::Perms;
use modules::x509::{pem_entries, source_bytes};
use sdk::{Applied, Args, Check, Cx, Failure, Mode, Read, Secret, State};

/// Ensure a file has a PEM entry, written as it should look.
///
/// ```salt
/// /etc/pki/ca.crt:
///   x509.pem_managed:
///     - text: {{ salt['mine.get']('ca', 'x509.get_pem_entries')['ca']['/etc/pki/ca.crt'] | json }}
/// ```
#[derive(Args)]
pub struct PemManaged {
    /// Path of the file.
    name: String,
    /// The text, also without its line ends.
    text: Secret<String>,
    /// Owner of the file.
    user: Option<String>,
    /// Group of the file.
    group: Option<String>,
    /// Mode of the file.
    mode: Option<Mode>,
    /// Make missing folders above it.
    #[arg(default = false)]
    makedirs: bool,
    /// Mode of those folders.
    dir_mode: Option<Mode>,
    /// `minion` keeps the old content in the cache.
    #[arg(default = "")]
    backup: String,
    /// Make the file if it is missing.
    #[arg(default = true)]
    create: bool,
    /// Write through a link instead of replacing it.
    #[arg(default = true)]
    follow_symlinks: bool,
}

impl PemManaged {
    fn file(&self) -> Wanted {
        Wanted {
            name: self.name.clone(),
            perms: Perms { user: self.user.clone(), group: self.group.clone(), mode: self.mode.and_then(Mode::bits) },
            replace: true,
            create: self.create,
            makedirs: self.makedirs,
            dir_mode: self.dir_mode.and_then(Mode::bits),
            backup: self.backup.clone(),
            follow: self.follow_symlinks,
            ..Wanted::default()
        }
    }
}

impl State for PemManaged {
    type Change = Step;

    async fn check(&self, read: &Read) -> Result<Check<Step>, Failure> {
        let bytes = match source_bytes(self.text.reveal(), read.host()) {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Check::fails(error.to_string())),
        };
        let Some(entry) = pem_entries(&String::from_utf8_lossy(&bytes)).into_iter().next() else {
            return Ok(Check::fails("PEM text not valid"));
        };
        self.file().check(Content { bytes: Some(entry.text().into_bytes()), ..Content::default() }, read)
    }

    async fn apply(&self, step: Step, cx: &Cx) -> Result<Applied, Failure> {
        self.file().apply(step, cx).await
    }
}
