//! Where keys and certificates come from: a file, PEM text, hex or base64.

use super::Error;
use base64::Engine as _;
use sdk::host::Look;

/// How something was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Base64 between two lines.
    Pem,
    /// The bytes themselves.
    Der,
    /// Several certificates in one container, as PEM.
    Pkcs7Pem,
    /// The same as bytes.
    Pkcs7Der,
    /// Key and certificates in one container under one password.
    Pkcs12,
}

impl Encoding {
    /// The name that arguments have for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pem => "pem",
            Self::Der => "der",
            Self::Pkcs7Pem => "pkcs7_pem",
            Self::Pkcs7Der => "pkcs7_der",
            Self::Pkcs12 => "pkcs12",
        }
    }

    /// Whether it is text.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Pem | Self::Pkcs7Pem)
    }

    /// The encoding of a private key.
    ///
    /// # Errors
    /// When keys have no such encoding, or it is wished for old tools.
    pub fn of_key(name: &str, weak: bool) -> Result<Self, Error> {
        Self::parse(name, &[Self::Der, Self::Pem, Self::Pkcs12])?.strong(weak)
    }

    /// The encoding of a certificate.
    ///
    /// # Errors
    /// When certificates have no such encoding, or it is wished for old tools.
    pub fn of_certificate(name: &str, weak: bool) -> Result<Self, Error> {
        Self::parse(name, &[Self::Der, Self::Pem, Self::Pkcs7Der, Self::Pkcs7Pem, Self::Pkcs12])?.strong(weak)
    }

    fn strong(self, weak: bool) -> Result<Self, Error> {
        match self {
            Self::Pkcs12 if weak => Err(Error::argument(
                "pkcs12_encryption_compat asks for an encryption (3DES) that is not written here; tools since OpenSSL 1.1 and Java 8u301 read what is written without it",
            )),
            other => Ok(other),
        }
    }

    /// The encoding of a name, out of those that are allowed.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(name: &str, allowed: &[Self]) -> Result<Self, Error> {
        allowed.iter().copied().find(|encoding| encoding.name() == name).ok_or_else(|| {
            let valid: Vec<&str> = allowed.iter().map(|encoding| encoding.name()).collect();
            Error::argument(format!("Invalid value '{name}' for encoding. Valid: {}", valid.join(", ")))
        })
    }
}

/// The bytes that a source means: a file, PEM text, or text in hex or base64.
///
/// # Errors
/// When it is none of them.
pub fn bytes(source: &str, host: &dyn Look) -> Result<Vec<u8>, Error> {
    let path = source.strip_prefix("file://").unwrap_or(source);
    if path.starts_with('/') && host.is_file(path) {
        return host.read(path).map_err(|_| Error::Source);
    }
    if source.contains("-----BEGIN") {
        return Ok(source.as_bytes().to_vec());
    }
    let base64 = |text: &str| {
        let text: String = text.split_whitespace().collect();
        base64::engine::general_purpose::STANDARD.decode(text).map_err(|_| Error::Source)
    };
    match source.strip_prefix("b64:") {
        Some(text) => base64(text),
        None => hex::decode(source).or_else(|_| base64(source)),
    }
}

/// Whether bytes are PEM.
#[must_use]
pub fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(10).any(|window| window == b"-----BEGIN")
}

/// Bytes as PEM, with a line for each 64 characters.
#[must_use]
pub fn to_pem(label: &str, der: &[u8]) -> String {
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// An entry of a PEM text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it says it is: `CERTIFICATE`.
    pub label: String,
    /// Lines before the body, of encrypted keys of old.
    pub headers: Vec<String>,
    /// The body without its blanks.
    pub body: String,
}

impl Entry {
    /// The bytes in it; nothing where the body is no base64.
    #[must_use]
    pub fn der(&self) -> Option<Vec<u8>> {
        base64::engine::general_purpose::STANDARD.decode(&self.body).ok()
    }

    /// The entry as it should look.
    #[must_use]
    pub fn text(&self) -> String {
        let headers: String = self.headers.iter().map(|line| format!("{line}\n")).collect();
        let gap = if self.headers.is_empty() { "" } else { "\n" };
        let lines: Vec<&str> = self.body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        format!("-----BEGIN {0}-----\n{headers}{gap}{1}\n-----END {0}-----\n", self.label, lines.join("\n"))
    }
}

/// The entries of a text, also of one whose line ends went lost.
#[must_use]
pub fn entries(text: &str) -> Vec<Entry> {
    let text = text.replace("\\n", "\n");
    let mut entries = Vec::new();
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let Some((label, after)) = after.split_once("-----") else { break };
        let end = format!("-----END {label}-----");
        let Some((inside, after)) = after.split_once(&end) else {
            rest = after;
            continue;
        };
        let is_header = |line: &&str| line.contains(": ");
        let headers = inside.lines().map(str::trim).filter(is_header).map(str::to_owned).collect();
        let body = inside.lines().map(str::trim).filter(|line| !is_header(line)).flat_map(str::split_whitespace).collect();
        entries.push(Entry { label: label.to_owned(), headers, body });
        rest = after;
    }
    entries
}

/// The bytes of the first entry that has one of these labels; bytes that are no PEM are given as they are.
pub fn der_of(bytes: &[u8], labels: &[&str], what: &'static str) -> Result<(Vec<u8>, Encoding, String), Error> {
    if !is_pem(bytes) {
        return Ok((bytes.to_vec(), Encoding::Der, String::new()));
    }
    let all = entries(&String::from_utf8_lossy(bytes));
    let entry = all.into_iter().find(|entry| labels.contains(&entry.label.as_str())).ok_or(Error::Pem(what))?;
    let der = entry.der().ok_or(Error::Pem(what))?;
    Ok((der, Encoding::Pem, entry.label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_also_without_line_ends() {
        let text = "noise\n-----BEGIN A B-----\nAQID\n-----END A B-----\n-----BEGIN C-----BAUG-----END C-----";
        let seen: Vec<_> = entries(text).iter().map(|entry| (entry.label.clone(), entry.der().unwrap())).collect();
        assert_eq!(seen, [("A B".into(), vec![1, 2, 3]), ("C".into(), vec![4, 5, 6])]);
        assert_eq!(entries(text)[1].text(), "-----BEGIN C-----\nBAUG\n-----END C-----\n");
    }
}
