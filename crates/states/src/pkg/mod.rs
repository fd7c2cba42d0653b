//! Packages that are installed or are not.

mod downloaded;
mod held;
mod installed;
mod latest;
mod removed;
mod wishes;

sdk::states!(
    pkg,
    [
        installed::Installed,
        latest::Latest,
        latest::Uptodate,
        removed::Removed,
        removed::Purged,
        held::Held,
        held::Unheld,
        downloaded::Downloaded,
        downloaded::PatchInstalled,
        downloaded::PatchDownloaded,
        downloaded::GroupInstalled,
    ]
);
