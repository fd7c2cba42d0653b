//! Logins from a file: plain or hashed text, `htpasswd` or `htdigest`.

use super::{Credentials, Proved, Trouble, option, same};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use value::Map;

/// Checks against the file that the options name.
pub async fn prove(options: &Map, asked: &Credentials) -> Proved {
    let path = option(options, "filename").ok_or_else(|| Trouble::new("`external_auth:file` needs the option `^filename`"))?;
    let read = tokio::fs::read_to_string(&path).await;
    let text = read.map_err(|error| Trouble::new(format!("cannot read `{path}`: {error}")))?;
    let (user, password) = (asked.user.clone(), asked.password.reveal().clone());
    let options = options.clone();
    // Hashes are slow by design.
    let done = tokio::task::spawn_blocking(move || check(&text, &options, &user, &password)).await;
    done.map_err(|error| Trouble::new(error.to_string()))?.map(|fits| fits.then(Vec::new))
}

fn check(text: &str, options: &Map, user: &str, password: &str) -> Result<bool, Trouble> {
    match option(options, "filetype").as_deref().unwrap_or("text") {
        "text" => plain(text, options, user, password),
        "htpasswd" => Ok(htpasswd(text, user, password)),
        "htdigest" => {
            let realm = option(options, "realm").ok_or_else(|| Trouble::new("`^filetype: htdigest` needs the option `^realm`"))?;
            let line = text.lines().find_map(|line| line.strip_prefix(&format!("{user}:{realm}:")));
            Ok(line.is_some_and(|hash| same(hash.trim(), &hex::encode(Md5::digest(format!("{user}:{realm}:{password}"))))))
        }
        other => Err(Trouble::new(format!("`^filetype` is `{other}`; text, htpasswd and htdigest are known"))),
    }
}

fn plain(text: &str, options: &Map, user: &str, password: &str) -> Result<bool, Trouble> {
    let separator = option(options, "field_separator").unwrap_or_else(|| ":".to_owned());
    let field = |name: &str, usual: usize| {
        let place = option(options, name).map_or(Ok(usual), |text| text.parse::<usize>());
        place.ok().and_then(|place| place.checked_sub(1)).ok_or_else(|| Trouble::new(format!("`^{name}` is no number of a field")))
    };
    let (names, secrets) = (field("username_field", 1)?, field("password_field", 2)?);
    let given = match option(options, "hashtype").as_deref().unwrap_or("plaintext") {
        "plaintext" => password.to_owned(),
        "md5" => hex::encode(Md5::digest(password)),
        "sha1" => hex::encode(Sha1::digest(password)),
        "sha256" => hex::encode(Sha256::digest(password)),
        "sha512" => hex::encode(Sha512::digest(password)),
        other => return Err(Trouble::new(format!("`^hashtype` is `{other}`; plaintext, md5, sha1, sha256 and sha512 are known"))),
    };
    let secret = text.lines().find_map(|line| {
        let fields: Vec<&str> = line.trim_end_matches('\r').split(separator.as_str()).collect();
        (fields.get(names) == Some(&user)).then(|| fields.get(secrets).copied()).flatten()
    });
    Ok(secret.is_some_and(|secret| same(secret, &given)))
}

/// What Apache's tool writes. Without a known prefix it is DES crypt or plain text, which protect nobody: those fit nobody.
fn htpasswd(text: &str, user: &str, password: &str) -> bool {
    let Some(hash) = text.lines().find_map(|line| line.strip_prefix(user)?.strip_prefix(':')) else { return false };
    let hash = hash.trim();
    let is_known = ["$2y$", "$2a$", "$2b$", "$apr1$", "{SHA}"].iter().any(|prefix| hash.starts_with(prefix));
    is_known && htpasswd_verify::Htpasswd::from(format!("{user}:{hash}").as_str()).check(user, password)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(pairs: &[(&str, &str)]) -> Map {
        pairs.iter().map(|(key, value)| (*key, *value)).collect()
    }

    #[test]
    fn text_files_are_read_by_their_fields() {
        let fits = |text: &str, pairs: &[(&str, &str)], password: &str| check(text, &options(pairs), "fred", password).unwrap();
        assert!(fits("bob:x\nfred:secret\n", &[], "secret"));
        assert!(!fits("bob:x\nfred:secret\n", &[], "x") && !fits("fred:\n", &[], "") && !fits("fredx:secret\n", &[], "secret"));
        let sha = hex::encode(Sha256::digest("secret"));
        assert!(fits(
            &format!("1|fred|{sha}\n"),
            &[("^field_separator", "|"), ("^username_field", "2"), ("^password_field", "3"), ("^hashtype", "sha256")],
            "secret"
        ));
        assert!(check("", &options(&[("^hashtype", "rot13")]), "fred", "x").is_err());
    }

    #[test]
    fn htpasswd_and_htdigest_are_understood_and_weak_forms_fit_nobody() {
        let bcrypt = "$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC";
        let fits = |text: &str| htpasswd(text, "myName", "myPassword");
        assert!(fits(&format!("myName:{bcrypt}\n")));
        assert!(fits("myName:$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/\n") && fits("myName:{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=\n"));
        assert!(!fits("myName:myPassword\n") && !fits("myName:rqXexS6ZhobKA\n") && !fits("other:{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=\n"));
        let digest = hex::encode(Md5::digest("fred:salt:secret"));
        let pairs = [("^filetype", "htdigest"), ("^realm", "salt")];
        assert!(check(&format!("fred:salt:{digest}\n"), &options(&pairs), "fred", "secret").unwrap());
        assert!(!check(&format!("fred:other:{digest}\n"), &options(&pairs), "fred", "secret").unwrap());
    }
}
