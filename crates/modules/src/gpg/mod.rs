//! Keys and messages of OpenPGP, by the program `gpg`.

mod act;
mod arguments;
mod crypt;
mod keys;
mod ring;
mod signature;

pub use act::{Deleted, Doomed, delete, import, receive, trust};
pub use keys::{Keys, all, key, of_text};
pub use ring::Ring;
pub use signature::{Checked, Signature, check};

sdk::module!(
    gpg,
    [
        keys::ListKeys,
        keys::ListSecretKeys,
        keys::GetKey,
        keys::GetSecretKey,
        keys::ReadKey,
        keys::SearchKeys,
        act::CreateKey,
        act::DeleteKey,
        act::ImportKey,
        act::ExportKey,
        act::ReceiveKeys,
        act::TrustKey,
        crypt::Sign,
        signature::Verify,
        crypt::Encrypt,
        crypt::Decrypt,
    ]
);

#[cfg(test)]
mod tests;
