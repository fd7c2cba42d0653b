//! Checking signatures: of a text, of a file with its signature in it, or of a file whose signature lies apart.

use super::Ring;
use super::arguments::gpg_arguments;
use super::ring::Said;
use sdk::{Failure, Map, Query, Read, Value, Words};

gpg_arguments! {
    /// Check the signature of a text or a file.
    ///
    /// ```salt
    /// salt '*' gpg.verify filename=/srv/release.tar signature=/srv/release.tar.asc
    /// ```
    Verify {
        /// The signed text.
        text: Option<String>,
        /// The file.
        #[arg(named)]
        filename: Option<String>,
        /// Signature of the file, where it lies apart.
        #[arg(named)]
        signature: Option<String>,
        /// `pgp`, `classic`, `tofu`, `tofu+pgp`, `direct`, `always` or `auto`.
        #[arg(named)]
        trustmodel: Option<String>,
        /// Fingerprints of which one has to have signed.
        #[arg(default, named)]
        signed_by_any: Words,
        /// Fingerprints that all have to have signed.
        #[arg(default, named)]
        signed_by_all: Words,
    }
}

/// One signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// Whose it is.
    pub username: Option<String>,
    /// Id of the key.
    pub key_id: String,
    /// Fingerprint of the main key; none where the signature is not good.
    pub fingerprint: Option<String>,
    /// How far the key is trusted; none where the signature is not good.
    pub trust: Option<&'static str>,
    /// What was found.
    pub status: &'static str,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Whether what was wanted was found.
    pub res: bool,
    /// What is said of it.
    pub message: String,
    /// What was found.
    pub signatures: Vec<Signature>,
}

/// Checks a file against its signature, and who has to have signed it.
///
/// # Errors
/// When there is no `gpg`.
pub async fn check(
    ring: &Ring,
    path: &str,
    signature: Option<&str>,
    any: &[String],
    all: &[String],
    read: &Read,
) -> Result<Checked, Failure> {
    // Batch mode stops at the first signature that is no good; the others may be the wanted ones.
    let mut words = if any.is_empty() && all.is_empty() { Vec::new() } else { vec!["--no-batch"] };
    words.push("--verify");
    words.extend(signature);
    words.push(path);
    let said = ring.run(&words, None, None, read).await?;
    Ok(judge(&said, any, all))
}

fn judge(said: &Said, any: &[String], all: &[String]) -> Checked {
    let signatures = signatures(&said.status);
    let refused = |message: String| Checked { res: false, message, signatures: signatures.clone() };
    let signed = |print: &String| signatures.iter().any(|one| one.trust.is_some() && one.fingerprint.as_ref() == Some(print));
    if any.is_empty() && all.is_empty() {
        let good = said.is_ok && signatures.iter().any(|one| one.trust.is_some());
        let message = if good { "The signature is verified." } else { "The signature could not be verified." };
        return Checked { res: good, message: message.to_owned(), signatures };
    }
    if !any.is_empty() && !any.iter().any(signed) {
        return refused("None of the public keys listed in signed_by_any provided a valid signature".to_owned());
    }
    if let Some(missing) = all.iter().find(|print| !signed(print)) {
        return refused(format!("Public key {missing} has not provided a valid signature, but was listed in signed_by_all"));
    }
    Checked { res: true, message: "All required keys have provided a signature".to_owned(), signatures }
}

fn signatures(status: &[String]) -> Vec<Signature> {
    let mut all: Vec<Signature> = Vec::new();
    for line in status {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (id, name) = rest.split_once(' ').unwrap_or((rest, ""));
        let found = |status| Signature { username: Some(name.to_owned()), key_id: id.to_owned(), status, ..Signature::default() };
        match (word, all.last_mut()) {
            ("GOODSIG", _) => all.push(found("signature good")),
            ("BADSIG", _) => all.push(found("signature bad")),
            ("EXPSIG", _) => all.push(found("signature expired")),
            ("EXPKEYSIG", _) => all.push(found("signing key has expired")),
            ("REVKEYSIG", _) => all.push(found("signing key was revoked")),
            ("ERRSIG", _) => all.push(Signature { username: None, ..found("no public key") }),
            ("VALIDSIG", Some(last)) if last.status == "signature good" => {
                // The last word is the main key, where a part of it has signed.
                last.fingerprint = rest.split(' ').next_back().map(str::to_owned);
                last.status = "signature valid";
            }
            (trust, Some(last)) if trust.starts_with("TRUST_") && last.status == "signature valid" => {
                last.trust = match trust {
                    "TRUST_UNDEFINED" => Some("Undefined"),
                    "TRUST_NEVER" => Some("Never"),
                    "TRUST_MARGINAL" => Some("Marginal"),
                    "TRUST_FULLY" => Some("Fully"),
                    "TRUST_ULTIMATE" => Some("Ultimate"),
                    _ => None,
                };
            }
            _ => {}
        }
    }
    all
}

impl Query for Verify {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let plain = |res: bool, message: String| [("res", Value::from(res)), ("message", message.into())].into_iter().collect::<Map>();
        let models = ["pgp", "classic", "tofu", "tofu+pgp", "direct", "always", "auto"];
        let mut words = Vec::new();
        if let Some(model) = &self.trustmodel {
            if !models.contains(&model.as_str()) {
                return Ok(plain(false, format!("Invalid trustmodel defined: {model}. Use one of: {}", models.join(", "))));
            }
            words.extend(["--trust-model", model]);
        }
        let (any, all) = (&self.signed_by_any.0, &self.signed_by_all.0);
        let chosen = !any.is_empty() || !all.is_empty();
        if chosen {
            words.push("--no-batch");
        }
        words.push("--verify");
        let input = match (&self.text, &self.filename) {
            (Some(text), _) => {
                words.push("-");
                Some(text.clone().into_bytes())
            }
            (None, Some(path)) => {
                words.extend(self.signature.as_deref());
                words.push(path);
                None
            }
            (None, None) => return Err(Failure::bad_arguments("filename or text must be passed.")),
        };
        let checked = judge(&self.ring().run(&words, input, None, read).await?, any, all);
        let mut map = plain(checked.res, checked.message);
        if chosen {
            let row = |one: &Signature| -> Value {
                let none = |word: Option<String>| word.map_or(Value::Null, Value::from);
                let row = [
                    ("username", none(one.username.clone())),
                    ("key_id", one.key_id.as_str().into()),
                    ("fingerprint", none(one.fingerprint.clone())),
                    ("trust_level", none(one.trust.map(str::to_owned))),
                    ("status", one.status.into()),
                ];
                Value::Map(row.into_iter().collect())
            };
            map.insert("signatures", checked.signatures.iter().map(row).collect::<Vec<_>>());
        } else if let Some(good) = checked.signatures.iter().find(|one| checked.res && one.trust.is_some()) {
            map.insert("username", good.username.clone());
            map.insert("key_id", good.key_id.as_str());
            map.insert("trust_level", good.trust.unwrap_or_default());
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: &[&str]) -> Said {
        Said { is_ok: true, out: Vec::new(), status: lines.iter().map(|line| (*line).to_owned()).collect(), words: String::new() }
    }

    #[test]
    fn a_bad_signature_beside_a_good_one_does_not_borrow_its_trust() {
        let lines = [
            "NEWSIG",
            "BADSIG AAAA Eve",
            "NEWSIG",
            "GOODSIG BBBB Ann <a@b.org>",
            "VALIDSIG F00 2026-01-01 0 0 4 0 1 8 01 FFFF",
            "TRUST_ULTIMATE 0 pgp",
        ];
        let words = |all: &[&str]| all.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert!(judge(&said(&lines), &words(&["AAAA", "FFFF"]), &[]).res);
        assert!(!judge(&said(&lines), &[], &words(&["FFFF", "AAAA"])).res);
        assert!(!judge(&said(&["GOODSIG AAAA Eve", "BADSIG BBBB Ann", "TRUST_ULTIMATE 0 pgp"]), &[], &[]).res);
        assert!(!judge(&said(&["EXPKEYSIG AAAA Eve", "VALIDSIG F 1 2 FFFF", "TRUST_FULLY 0 pgp"]), &words(&["FFFF"]), &[]).res);
    }
}
