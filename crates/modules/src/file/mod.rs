//! Files: looking, writing, editing, and the pieces that file states are made of.

mod attributes;
pub mod backup;
mod backups;
mod check;
mod content;
pub mod diff;
pub mod edit;
mod folders;
mod lines;
pub mod look;
pub mod marks;
pub mod node;
mod nodes;
pub mod patch;
pub mod paths;
pub mod perms;
mod places;
mod sed;
mod system;
pub mod text;
mod write;

pub use look::globbed;
pub use marks::{Context, Marks};
pub use node::NodeKind;
pub use perms::{Perms, dir_mode_of};

sdk::module!(
    file,
    [
        paths::Basename,
        paths::Dirname,
        paths::Join,
        paths::Normpath,
        look::FileExists,
        look::DirectoryExists,
        look::IsLink,
        look::GetMode,
        look::GetUser,
        look::GetUid,
        look::GetGroup,
        look::GetGid,
        look::Stats,
        look::Lstat,
        look::Readlink,
        look::Access,
        look::PathExistsGlob,
        look::UidToUser,
        look::UserToUid,
        look::GidToGroup,
        look::GroupToGid,
        look::Readdir,
        content::ReadFile,
        content::Contains,
        content::ContainsRegex,
        content::ContainsGlob,
        content::Search,
        content::SedContains,
        content::Grep,
        content::GetHash,
        content::GetSum,
        content::CheckHash,
        content::Find,
        write::Write,
        write::Append,
        write::Prepend,
        write::Touch,
        folders::Remove,
        folders::Rmdir,
        folders::Mkdir,
        folders::Makedirs,
        folders::SetMode,
        folders::Chown,
        folders::Chgrp,
        places::Symlink,
        places::Link,
        places::Copy,
        places::Rename,
        places::Move,
        write::Truncate,
        write::Replace,
        patch::Patch,
        nodes::IsBlkdev,
        nodes::IsChrdev,
        nodes::IsFifo,
        nodes::IsHardlink,
        nodes::GetDevmm,
        nodes::Pardir,
        nodes::Diskusage,
        nodes::GetDiff,
        nodes::Lchown,
        nodes::SeekRead,
        backups::ListBackups as "list_backup",
        backups::ListBackupsDir,
        backups::RestoreBackup,
        backups::DeleteBackup as "remove_backup",
        attributes::Lsattr,
        attributes::Chattr,
        attributes::GetSelinuxContext,
        attributes::SetSelinuxContext,
        attributes::Restorecon,
        lines::Comment,
        lines::Uncomment,
        lines::CommentLine,
        lines::Blockreplace,
        lines::Line,
        node::Mknod,
        node::MknodChrdev,
        node::MknodBlkdev,
        node::MknodFifo,
        check::CheckPerms,
        check::MakedirsPerms,
        sed::Sed,
        sed::Psed,
        sed::ApplyTemplateOnContents,
        system::Statvfs,
        system::OpenFiles,
        lines::SeekWrite,
    ]
);
