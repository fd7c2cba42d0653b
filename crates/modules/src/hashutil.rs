//! Checksums, signatures and base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sdk::host::Digest;
use sdk::{Action, Args, Cx, Failure, Query, Read};
use sha2::Sha256;

sdk::module!(
    hashutil,
    [
        DigestOf,
        DigestFile,
        Md5Digest,
        Sha1Digest,
        Sha256Digest,
        Sha512Digest,
        Base64B64encode,
        Base64B64decode,
        Base64Encodestring,
        Base64Decodestring,
        Base64Encodefile,
        Base64Decodefile,
        HmacSignature,
        HmacCompute,
        GithubSignature,
    ]
);

/// The checksums of `hashutil.digest`; SHA-1 is deliberately not among them.
fn supported(name: &str) -> Result<Digest, Failure> {
    match name {
        "md5" => Ok(Digest::Md5),
        "sha256" => Ok(Digest::Sha256),
        "sha512" => Ok(Digest::Sha512),
        other => Err(Failure::failed(format!("Hash func '{other}' is not supported."))),
    }
}

/// Return the checksum of a text.
///
/// ```salt
/// salt '*' hashutil.digest 'get salted' sha256
/// ```
#[derive(Args)]
#[args(name = "digest")]
pub struct DigestOf {
    /// The text.
    instr: String,
    /// `md5`, `sha256` or `sha512`.
    #[arg(default = "md5")]
    checksum: String,
}

impl Query for DigestOf {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        Ok(supported(&self.checksum)?.hex(self.instr.as_bytes()))
    }
}

/// Return the checksum of a file.
///
/// ```salt
/// salt '*' hashutil.digest_file /path/to/file
/// ```
#[derive(Args)]
pub struct DigestFile {
    /// Path.
    infile: String,
    /// `md5`, `sha256` or `sha512`.
    #[arg(default = "md5")]
    checksum: String,
}

impl Query for DigestFile {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let digest = supported(&self.checksum)?;
        let content = read.host().read(&self.infile).map_err(crate::failure)?;
        Ok(digest.hex(&content))
    }
}

macro_rules! text_function {
    ($(#[$doc:meta])* $name:ident, $function:literal, |$text:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(name = $function)]
        pub struct $name {
            /// The text.
            instr: String,
        }

        impl Query for $name {
            type Output = String;
            async fn call(self, _read: &Read) -> Result<String, Failure> {
                let $text = self.instr;
                $body
            }
        }
    };
}

text_function! {
    /// Return the MD5 checksum of a text.
    Md5Digest, "md5_digest", |text| Ok(Digest::Md5.hex(text.as_bytes()))
}
text_function! {
    /// Return the SHA-1 checksum of a text.
    Sha1Digest, "sha1_digest", |text| Ok(Digest::Sha1.hex(text.as_bytes()))
}
text_function! {
    /// Return the SHA-256 checksum of a text.
    Sha256Digest, "sha256_digest", |text| Ok(Digest::Sha256.hex(text.as_bytes()))
}
text_function! {
    /// Return the SHA-512 checksum of a text.
    Sha512Digest, "sha512_digest", |text| Ok(Digest::Sha512.hex(text.as_bytes()))
}
text_function! {
    /// Encode a text as base64, in one line.
    Base64B64encode, "base64_b64encode", |text| Ok(STANDARD.encode(text))
}
text_function! {
    /// Decode base64 to a text.
    Base64B64decode, "base64_b64decode", |text| decode_text(&text)
}
text_function! {
    /// Encode a text as base64 in lines of 76 characters.
    Base64Encodestring, "base64_encodestring", |text| Ok(encode_lines(text.as_bytes()))
}
text_function! {
    /// Decode base64 in lines to a text.
    Base64Decodestring, "base64_decodestring", |text| decode_text(&text)
}

/// Decodes base64, blanks and line ends between the digits allowed.
pub fn decode(text: &str) -> Result<Vec<u8>, Failure> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(digits).map_err(|error| Failure::failed(format!("this is no base64: {error}")))
}

fn decode_text(text: &str) -> Result<String, Failure> {
    String::from_utf8(decode(text)?).map_err(|_| Failure::failed("what was encoded is no text"))
}

/// Base64 in lines of 76 characters, each with its line end.
#[must_use]
pub fn encode_lines(content: &[u8]) -> String {
    // 57 bytes make one line of 76 digits.
    content.chunks(57).map(|chunk| STANDARD.encode(chunk) + "\n").collect()
}

/// Return a file's content as base64 in lines.
///
/// ```salt
/// salt '*' hashutil.base64_encodefile /path/to/binary
/// ```
#[derive(Args)]
#[args(name = "base64_encodefile")]
pub struct Base64Encodefile {
    /// Path.
    fname: String,
}

impl Query for Base64Encodefile {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        Ok(encode_lines(&read.host().read(&self.fname).map_err(crate::failure)?))
    }
}

/// Write what base64 decodes to into a file.
///
/// ```salt
/// salt '*' hashutil.base64_decodefile 'Z2V0IHNhbHRlZAo=' /path/to/file
/// ```
#[derive(Args)]
#[args(name = "base64_decodefile")]
pub struct Base64Decodefile {
    /// Base64.
    instr: String,
    /// Path.
    outfile: String,
}

impl Action for Base64Decodefile {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let content = decode(&self.instr)?;
        cx.host().write(&self.outfile, &content, &sdk::host::Write::default()).map_err(crate::failure)?;
        Ok(true)
    }
}

fn hmac_sha256(text: &str, key: &str) -> Result<Vec<u8>, Failure> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.as_bytes()).map_err(|error| Failure::failed(error.to_string()))?;
    mac.update(text.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

/// Check an HMAC-SHA-256 signature given in base64.
///
/// ```salt
/// salt '*' hashutil.hmac_signature 'get salted' 'shared secret' 'eBWf9bstXg+NiP5AOwppB5HMvZiYMPzEM9W5YMm/AmQ='
/// ```
#[derive(Args)]
pub struct HmacSignature {
    /// The text.
    string: String,
    /// The key.
    shared_secret: String,
    /// The signature.
    challenge_hmac: String,
}

impl Query for HmacSignature {
    type Output = bool;
    async fn call(self, _read: &Read) -> Result<bool, Failure> {
        Ok(decode(&self.challenge_hmac)? == hmac_sha256(&self.string, &self.shared_secret)?)
    }
}

/// Return the HMAC-SHA-256 of a text in hex.
///
/// ```salt
/// salt '*' hashutil.hmac_compute 'get salted' 'shared secret'
/// ```
#[derive(Args)]
pub struct HmacCompute {
    /// The text.
    string: String,
    /// The key.
    shared_secret: String,
}

impl Query for HmacCompute {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        Ok(hex::encode(hmac_sha256(&self.string, &self.shared_secret)?))
    }
}

/// Check the signature of a GitHub web hook (`sha256=…`).
///
/// ```salt
/// salt '*' hashutil.github_signature '{"ref": 1}' 'shared secret' 'sha256=bc6550…'
/// ```
#[derive(Args)]
pub struct GithubSignature {
    /// The body.
    string: String,
    /// The key.
    shared_secret: String,
    /// The signature.
    challenge_hmac: String,
}

impl Query for GithubSignature {
    type Output = bool;
    async fn call(self, _read: &Read) -> Result<bool, Failure> {
        let Some(("sha256", digits)) = self.challenge_hmac.split_once('=') else { return Ok(false) };
        Ok(hex::encode(hmac_sha256(&self.string, &self.shared_secret)?) == digits)
    }
}
