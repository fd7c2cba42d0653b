//! Keys of ssh: who may log in, and which hosts are known.

mod entries;
mod from_file;
pub mod functions;
mod hosts;
mod keys;

pub use hosts::{KnownHosts, Wanted, scan, shown, with_port};
pub use keys::{Key, KeyFile, Status, fingerprint, full_name, load, options, refined, store};

sdk::module!(
    ssh,
    [
        functions::AuthKeys,
        functions::CheckKey,
        functions::SetAuthKey,
        functions::RmAuthKey,
        from_file::CheckKeyFile,
        from_file::SetAuthKeyFromFile,
        from_file::RmAuthKeyFromFile,
        functions::HostKeys,
        functions::UserKeys,
        functions::GetKnownHostEntries,
        functions::RecvKnownHostEntries,
        functions::CheckKnownHost,
        functions::SetKnownHost,
        functions::RmKnownHost,
        functions::HashKnownHosts,
        functions::KeyIsEncrypted,
    ]
);
