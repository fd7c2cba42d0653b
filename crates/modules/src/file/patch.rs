//! `file.patch`, and running `patch` for the state of that name.

use crate::cmd::{Done, Line, Request, split_words};
use sdk::{Action, Args, Cx, Failure, Map, Read};

/// A patch and what it is for.
#[derive(Clone, Debug)]
pub struct Job {
    /// File or folder.
    pub name: String,
    /// The patch.
    pub bytes: Vec<u8>,
    /// Options of `patch`.
    pub options: Vec<String>,
    /// How many leading folders are taken off the names in the patch.
    pub strip: Option<u32>,
    /// Where hunks that do not fit are put.
    pub reject_file: Option<String>,
}

/// What `patch` is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Tell whether it fits.
    Try,
    /// Tell whether it fits backwards: then it is in already.
    TryBack,
    /// Apply it.
    Apply,
    /// Write only the file of rejects.
    Rejects,
}

impl Job {
    /// Runs `patch`; the patch itself comes by its input, so no file of ours lies around.
    pub async fn run(&self, how: How, read: &Read) -> Result<Done, Failure> {
        let mut words = vec![read.host().which("patch").unwrap_or_else(|| "patch".to_owned())];
        words.extend(self.options.iter().cloned());
        match how {
            How::Try => words.extend(["--dry-run", "--forward"].map(str::to_owned)),
            How::TryBack => words.extend(["--dry-run", "-R", "-f"].map(str::to_owned)),
            How::Apply => words.push("--forward".to_owned()),
            How::Rejects => words.extend(["--forward", "-o", "/dev/null"].map(str::to_owned)),
        }
        let reject = self.reject_file.as_deref().filter(|_| how == How::Rejects).unwrap_or("-");
        words.push(format!("--reject-file={reject}"));
        if read.host().is_dir(&self.name) {
            words.extend(["-d".to_owned(), self.name.clone(), format!("--strip={}", self.strip.unwrap_or(0))]);
        } else {
            words.push(self.name.clone());
        }
        let input = String::from_utf8(self.bytes.clone()).map_err(|_| Failure::failed("the patch is no text in UTF-8"))?;
        Request { stdin: Some(input), use_shell: false, ..Request::of(Line::Words(words)) }.run(read, None).await
    }
}

/// Apply a patch to a file or a folder.
///
/// ```salt
/// salt '*' file.patch /opt/app.conf /tmp/fix.patch
/// ```
#[derive(Args)]
pub struct Patch {
    /// File or folder.
    originalfile: String,
    /// Path of the patch.
    patchfile: String,
    /// More options of `patch`.
    #[arg(default = "")]
    options: String,
    /// Only tell whether it fits.
    #[arg(default = false)]
    dry_run: bool,
}

impl Action for Patch {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let bytes = cx.host().read(&self.patchfile).map_err(crate::failure)?;
        let job = Job { name: self.originalfile, bytes, options: split_words(&self.options), strip: None, reject_file: None };
        let done = job.run(if self.dry_run { How::Try } else { How::Apply }, cx.read()).await?;
        Ok(done.to_map())
    }
}
