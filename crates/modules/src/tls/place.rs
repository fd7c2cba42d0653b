//! Where an authority lies, and what certificates get unless they ask for something else.

use crate::x509::{Certificate, Key};
use sdk::host::{Host, Look, Write};
use sdk::{Failure, Map, Read, Value};

/// The folder below which authorities lie.
#[must_use]
pub fn base(cacert_path: Option<&str>, read: &Read) -> String {
    let configured = ["ca.cert_base_path", "ca.contextual_cert_base_path"].iter().find_map(|key| {
        let of_pillar = read.pillar(key).or_else(|| read.facts().pillar.get(key));
        of_pillar.or_else(|| read.opt(key)).and_then(Value::as_str).filter(|path| !path.is_empty())
    });
    cacert_path.or(configured).unwrap_or("/etc/pki").trim_end_matches('/').to_owned()
}

/// An authority.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Its folder.
    pub folder: String,
    /// Path of its certificate and key, without their endings.
    pub stem: String,
}

impl Authority {
    /// The authority of a name.
    #[must_use]
    pub fn new(name: &str, cacert_path: Option<&str>, ca_filename: Option<&str>, read: &Read) -> Self {
        let folder = format!("{}/{name}", base(cacert_path, read));
        let file = ca_filename.map_or_else(|| format!("{name}_ca_cert"), str::to_owned);
        Self { stem: format!("{folder}/{file}"), folder }
    }

    /// Path of its certificate.
    #[must_use]
    pub fn certificate_path(&self) -> String {
        format!("{}.crt", self.stem)
    }

    /// Path of its key.
    #[must_use]
    pub fn key_path(&self) -> String {
        format!("{}.key", self.stem)
    }

    /// Path of its list of certificates.
    #[must_use]
    pub fn index(&self) -> String {
        format!("{}/index.txt", self.folder)
    }

    /// Whether it is there.
    pub fn is_there(&self, host: &dyn Look) -> bool {
        host.exists(&self.certificate_path())
    }

    /// Its certificate and key; nothing where one is missing.
    ///
    /// # Errors
    /// When one is there and cannot be read as such.
    pub fn load(&self, host: &dyn Look) -> Result<Option<(Certificate, Key)>, Failure> {
        let (certificate, key) = (self.certificate_path(), self.key_path());
        if !host.is_file(&certificate) || !host.is_file(&key) {
            return Ok(None);
        }
        Ok(Some((Certificate::load(&certificate, host)?, Key::load(&key, None, host)?.0)))
    }
}

/// Whom a certificate is for, in parts.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// Common name.
    pub cn: &'a str,
    /// Country.
    pub c: &'a str,
    /// State.
    pub st: &'a str,
    /// City.
    pub l: &'a str,
    /// Organisation.
    pub o: &'a str,
    /// Part of the organisation.
    pub ou: Option<&'a str>,
    /// Mail address.
    pub mail: Option<&'a str>,
}

impl Subject<'_> {
    /// The parts by their words.
    #[must_use]
    pub fn map(&self) -> Value {
        let mut parts = vec![("C", self.c), ("ST", self.st), ("L", self.l), ("O", self.o), ("CN", self.cn)];
        parts.extend(self.ou.map(|ou| ("OU", ou)));
        parts.extend(self.mail.map(|mail| ("MAIL", mail)));
        Value::Map(parts.into_iter().collect())
    }
}

/// Writes a file that only its owner may read, or that everybody may.
pub fn write(host: &dyn Host, path: &str, text: &[u8], mode: u32) -> Result<(), Failure> {
    host.write(path, text, &Write::mode(mode)).map_err(crate::failure)
}

/// The extensions of a kind of certificate: `csr` those that it asks for, `cert` those that the authority adds. Pillar may say others.
///
/// # Errors
/// When there is no such kind.
pub fn extensions(kind: &str, read: &Read) -> Result<Map, Failure> {
    let kind = if kind.is_empty() { "server" } else { kind };
    let of = |name: &str| read.pillar(&format!("tls.extensions:{name}")).and_then(Value::as_map).filter(|map| !map.is_empty()).cloned();
    let built_in = |csr: &[(&str, &str)], cert: &[(&str, &str)]| -> Map {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| (*name, *value)).collect::<Map>();
        [("csr", map(csr)), ("cert", map(cert))].into_iter().collect()
    };
    let mut common = of("common").unwrap_or_else(|| {
        built_in(
            &[("basicConstraints", "CA:FALSE")],
            &[("authorityKeyIdentifier", "keyid,issuer:always"), ("subjectKeyIdentifier", "hash")],
        )
    });
    let own = of(kind).or_else(|| match kind {
        "server" => Some(built_in(&[("extendedKeyUsage", "serverAuth"), ("keyUsage", "digitalSignature, keyEncipherment")], &[])),
        "client" => {
            Some(built_in(&[("extendedKeyUsage", "clientAuth"), ("keyUsage", "nonRepudiation, digitalSignature, keyEncipherment")], &[]))
        }
        _ => None,
    });
    let own =
        own.ok_or_else(|| Failure::failed(format!("there is no kind of certificate `{kind}`; pillar has it as `tls.extensions:{kind}`")))?;
    for part in ["csr", "cert"] {
        let more = own.get(part).and_then(Value::as_map).cloned().unwrap_or_default();
        if let Some(all) = common.entry_or_insert_with(part, Value::map).as_map_mut() {
            all.extend(more);
        }
    }
    Ok(common)
}
