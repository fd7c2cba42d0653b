//! Archives: what is in one, taking it out, putting one together.
//!
//! Tar and zip archives are read by us, so that neither `tar` nor `unzip` nor a decompressor has to be installed; with options of the caller's
//! own, and for rar, the programs are run.

mod create;
mod functions;
mod list;
mod programs;
pub mod tar;
pub mod unpack;
pub mod zip;

pub use list::{Contents, contents};
pub use programs::{run_tar, run_unrar, run_unzip};

sdk::module!(
    archive,
    [
        functions::List,
        functions::IsEncrypted,
        functions::Unzip,
        create::Zip,
        programs::Tar,
        programs::Gzip,
        programs::Gunzip,
        programs::CmdZip,
        programs::CmdUnzip,
        programs::Rar,
        programs::Unrar,
    ]
);

/// Kind of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Tar, compressed or not.
    Tar,
    /// Zip.
    Zip,
    /// Rar.
    Rar,
}

impl Format {
    /// Reads its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "tar" => Some(Self::Tar),
            "zip" => Some(Self::Zip),
            "rar" => Some(Self::Rar),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tar => "tar",
            Self::Zip => "zip",
            Self::Rar => "rar",
        }
    }

    /// The kind that the ending of a file name tells.
    #[must_use]
    pub fn guess(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let tars = [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar.lzma", ".tlz"];
        if tars.iter().any(|ending| name.ends_with(ending)) {
            return Some(Self::Tar);
        }
        [Self::Zip, Self::Rar].into_iter().find(|format| name.ends_with(&format!(".{}", format.name())))
    }
}

/// How many names of a long list are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trim {
    /// All.
    #[default]
    No,
    /// The first so many.
    To(usize),
}

impl sdk::FromValue for Trim {
    const EXPECTED: &'static str = "True, False or a number";

    fn from_value(value: sdk::Value) -> Result<Self, sdk::Value> {
        match &value {
            sdk::Value::Bool(true) => Ok(Self::To(100)),
            sdk::Value::Bool(false) | sdk::Value::Null => Ok(Self::No),
            other => match usize::from_value(other.clone()) {
                Ok(0) => Ok(Self::No),
                Ok(count) => Ok(Self::To(count)),
                Err(_) => Err(value),
            },
        }
    }
}

impl Trim {
    /// Cuts a list and says so at its end.
    pub fn cut(self, names: &mut Vec<String>) {
        if let Self::To(count) = self
            && names.len() > count
        {
            names.truncate(count);
            names.push(format!("List trimmed after {count} files."));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_tells_the_kind() {
        assert_eq!(Format::guess("app-1.2.TAR.GZ"), Some(Format::Tar));
        assert_eq!(Format::guess("app.zip"), Some(Format::Zip));
        assert_eq!(Format::guess("app.gz"), None);
        assert_eq!(Format::guess("tar"), None);
    }

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let mut names: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        Trim::To(2).cut(&mut names);
        assert_eq!(names, ["a", "b", "List trimmed after 2 files."]);
    }
}
