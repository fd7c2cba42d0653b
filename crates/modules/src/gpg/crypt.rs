//! Signing, encrypting, decrypting.

use super::arguments::gpg_arguments;
use super::ring::{Said, passphrase};
use sdk::host::Write;
use sdk::{Action, Cx, Failure, Value, Words};

gpg_arguments! {
    /// Sign a text or a file.
    ///
    /// ```salt
    /// salt '*' gpg.sign filename=/srv/release.tar output=/srv/release.tar.asc
    /// ```
    Sign {
        /// The key; the first secret one unless given.
        #[arg(named)]
        keyid: Option<String>,
        /// The text.
        #[arg(named)]
        text: Option<String>,
        /// The file.
        #[arg(named)]
        filename: Option<String>,
        /// File to write the signed text to.
        #[arg(named)]
        output: Option<String>,
        /// The key is locked with the passphrase of the pillar.
        #[arg(default = false, named)]
        use_passphrase: bool,
    }
}
gpg_arguments! {
    /// Encrypt a text or a file.
    ///
    /// ```salt
    /// salt '*' gpg.encrypt text='Hello' recipients=ops@example.org always_trust=True bare=True
    /// ```
    Encrypt {
        /// Who can read it: ids, fingerprints, mail addresses.
        #[arg(default, named)]
        recipients: Words,
        /// The text.
        #[arg(named)]
        text: Option<String>,
        /// The file.
        #[arg(named)]
        filename: Option<String>,
        /// File to write it to.
        #[arg(named)]
        output: Option<String>,
        /// Sign it too: yes, or the key to sign with.
        #[arg(default, named)]
        sign: Value,
        /// That key is locked with the passphrase of the pillar.
        #[arg(default = false, named)]
        use_passphrase: bool,
        /// Take the keys for those of their owners.
        #[arg(default = false, named)]
        always_trust: bool,
        /// Give the text alone.
        #[arg(default = false, named)]
        bare: bool,
    }
}
gpg_arguments! {
    /// Decrypt a text or a file.
    ///
    /// ```salt
    /// salt '*' gpg.decrypt filename=/srv/secret.gpg output=/srv/secret
    /// ```
    Decrypt {
        /// The text.
        #[arg(named)]
        text: Option<String>,
        /// The file.
        #[arg(named)]
        filename: Option<String>,
        /// File to write it to.
        #[arg(named)]
        output: Option<String>,
        /// The key is locked with the passphrase of the pillar.
        #[arg(default = false, named)]
        use_passphrase: bool,
        /// Give the text alone.
        #[arg(default = false, named)]
        bare: bool,
    }
}

fn content(text: Option<&str>, filename: Option<&str>, cx: &Cx) -> Result<Vec<u8>, Failure> {
    match (text.filter(|text| !text.is_empty()), filename) {
        (Some(text), _) => Ok(text.as_bytes().to_vec()),
        (None, Some(path)) => cx.host().read(path).map_err(crate::failure),
        (None, None) => Err(Failure::bad_arguments("filename or text must be passed.")),
    }
}

/// Gives what `gpg` made: as text, in a file, with a word about it or without.
fn give(said: Said, what: &str, output: Option<&str>, bare: bool, cx: &Cx) -> Result<Value, Failure> {
    let answer = |res: bool, comment: String| Value::Map([("res", Value::from(res)), ("comment", comment.into())].into_iter().collect());
    if !said.is_ok {
        let why = if said.words.is_empty() { "gpg gave no reason".to_owned() } else { said.words };
        return Ok(if bare { Value::Bool(false) } else { answer(false, why) });
    }
    let text = String::from_utf8_lossy(&said.out).into_owned();
    if let Some(path) = output {
        cx.host().write(path, &said.out, &Write::mode(0o600)).map_err(crate::failure)?;
        return Ok(if bare { text.into() } else { answer(true, format!("{what} data has been written to {path}")) });
    }
    Ok(if bare { text.into() } else { answer(true, text) })
}

impl Action for Sign {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let locked = passphrase(self.use_passphrase, cx.read()).map_err(Failure::failed)?;
        let input = content(self.text.as_deref(), self.filename.as_deref(), cx)?;
        let mut words = Vec::new();
        if let Some(key) = &self.keyid {
            words.extend(["--local-user", key]);
        }
        words.push("--clearsign");
        let said = self.ring().run(&words, Some(input), locked.as_ref(), cx.read()).await?;
        if !said.is_ok {
            return Err(Failure::failed(format!("nothing was signed: {}", said.words)));
        }
        if let (Some(path), Some(_)) = (&self.output, &self.filename) {
            cx.host().write(path, &said.out, &Write::default()).map_err(crate::failure)?;
        }
        Ok(String::from_utf8_lossy(&said.out).into_owned())
    }
}

impl Action for Encrypt {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let signs = self.sign.is_truthy();
        let locked = passphrase(signs && self.use_passphrase, cx.read()).map_err(Failure::failed)?;
        let input = content(self.text.as_deref(), self.filename.as_deref(), cx)?;
        let mut words = vec!["--armor", "--encrypt"];
        for recipient in &self.recipients.0 {
            words.extend(["--recipient", recipient]);
        }
        if self.always_trust {
            words.extend(["--trust-model", "always"]);
        }
        if signs {
            words.push("--sign");
            if let Some(key) = self.sign.as_str() {
                words.extend(["--local-user", key]);
            }
        }
        let said = self.ring().run(&words, Some(input), locked.as_ref(), cx.read()).await?;
        give(said, "Encrypted", self.output.as_deref(), self.bare, cx)
    }
}

impl Action for Decrypt {
    type Output = Value;
    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let locked = passphrase(self.use_passphrase, cx.read()).map_err(Failure::failed)?;
        let input = content(self.text.as_deref(), self.filename.as_deref(), cx)?;
        let said = self.ring().run(&["--decrypt"], Some(input), locked.as_ref(), cx.read()).await?;
        give(said, "Decrypted", self.output.as_deref(), self.bare, cx)
    }
}
