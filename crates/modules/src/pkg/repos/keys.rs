//! Signing keys of repositories: where they lie, and how one gets there.

use super::Wish;
use super::source::Source;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sdk::host::{Write, join, parent};
use sdk::{Cx, Failure, Read};

/// Keys that apt trusts for every source.
pub const TRUSTED: &str = "/etc/apt/trusted.gpg.d";

/// Where the key of a source belongs; `None` when it wishes for none.
#[must_use]
pub fn place(wish: &Wish, source: &Source) -> Option<String> {
    let is_asked = wish.key_url.is_some() || wish.key_text.is_some() || wish.keyid.is_some();
    if !is_asked {
        return None;
    }
    if let Some(path) = source.option("signed-by").filter(|path| path.starts_with('/')) {
        return Some(path.to_owned());
    }
    let name = match (&wish.key_url, &wish.keyid) {
        (Some(url), _) => url.rsplit('/').next().unwrap_or_default().to_owned(),
        (None, Some(id)) => format!("{}.asc", id.trim_start_matches("0x")),
        (None, None) => format!("{}-{}.asc", source.uri.replace(|c: char| !c.is_ascii_alphanumeric(), "-"), source.dist),
    };
    // apt reads no other endings in this folder.
    let name = if name.ends_with(".gpg") || name.ends_with(".asc") { name } else { format!("{name}.asc") };
    Some(join(TRUSTED, &name))
}

/// Files of keys for every source that are named after one of the ids.
#[must_use]
pub fn files_of(ids: &str, read: &Read) -> Vec<String> {
    let ids: Vec<&str> = ids.split(',').map(|id| id.trim().trim_start_matches("0x")).filter(|id| !id.is_empty()).collect();
    let names = read.host().list(TRUSTED).unwrap_or_default().into_iter();
    names.filter(|name| ids.iter().any(|id| name.contains(id))).map(|name| join(TRUSTED, &name)).collect()
}

/// Whether the key that is wished for is not there.
#[must_use]
pub fn is_missing(wish: &Wish, source: &Source, read: &Read) -> bool {
    place(wish, source).is_some_and(|path| !read.host().exists(&path))
}

/// Address of a key on a server.
fn address(server: &str, id: &str) -> String {
    let server = server.trim_end_matches('/');
    let base = match server.split_once("://") {
        Some(("hkp", rest)) if rest.contains(':') => format!("http://{rest}"),
        Some(("hkp", rest)) => format!("http://{rest}:11371"),
        Some(("hkps", rest)) => format!("https://{rest}"),
        Some(_) => server.to_owned(),
        None => format!("https://{server}"),
    };
    format!("{base}/pks/lookup?op=get&options=mr&search=0x{}", id.trim_start_matches("0x"))
}

/// Fetches the key and puts it where it belongs.
pub async fn put(cx: &Cx, wish: &Wish, source: &Source) -> Result<(), Failure> {
    let Some(path) = place(wish, source) else { return Ok(()) };
    let fetched = match (&wish.key_url, &wish.key_text, &wish.keyid, &wish.keyserver) {
        (Some(url), ..) => fetch(cx, url).await?,
        (None, Some(text), ..) => text.as_bytes().to_vec(),
        (None, None, Some(ids), Some(server)) => {
            let mut keys = Vec::new();
            for id in ids.split(',').map(str::trim) {
                keys.extend(fetch(cx, &address(server, id)).await?);
            }
            keys
        }
        (None, None, Some(_), None) | (None, None, None, _) => {
            return Err(Failure::bad_arguments("both keyserver and keyid options required."));
        }
    };
    store(cx, &path, &fetched)
}

/// Writes a key in the form its file name asks for: `.asc` in armor as it came, any other in binary.
pub fn store(cx: &Cx, path: &str, key: &[u8]) -> Result<(), Failure> {
    let binary = if path.ends_with(".asc") { None } else { dearmored(key)? };
    if let Some(folder) = parent(path) {
        cx.host().make_dirs(folder, Some(0o755)).map_err(crate::failure)?;
    }
    // The user that apt drops to has to read it.
    cx.host().write(path, binary.as_deref().unwrap_or(key), &Write::mode(0o644)).map_err(crate::failure)
}

/// A file by its address.
pub async fn fetch(cx: &Cx, url: &str) -> Result<Vec<u8>, Failure> {
    let fetched = cx.agent().fetch(url, cx.env()).await?;
    let path = fetched.ok_or_else(|| Failure::failed(format!("there is no key at `{url}`")))?.path;
    cx.host().read(&path).map_err(crate::failure)
}

/// The bytes of keys in armor; `None` if they are in none.
fn dearmored(key: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
    const BEGIN: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    let Ok(text) = std::str::from_utf8(key) else { return Ok(None) };
    if !text.contains(BEGIN) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    for block in text.split(BEGIN).skip(1) {
        let body = block.split("-----END").next().unwrap_or_default();
        // Headers end with an empty line; the last line is a checksum behind a `=`.
        let lines = body.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains(':'));
        let mut data = String::new();
        let mut is_open = true;
        for line in lines {
            is_open &= !line.starts_with('=');
            if is_open {
                data.push_str(line);
            }
        }
        bytes.extend(STANDARD.decode(data).map_err(|error| Failure::failed(format!("the key's armor is damaged: {error}")))?);
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn armor_is_taken_off() {
        let text = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: x\n\nAAEC\nAwQ=\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n";
        assert_eq!(dearmored(text.as_bytes()).unwrap(), Some(vec![0, 1, 2, 3, 4]));
        assert_eq!(dearmored(&[0x99, 0x01]).unwrap(), None);
        assert!(dearmored(b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!!\n-----END").is_err());
    }

    #[test]
    fn a_key_server_is_asked_over_http() {
        assert_eq!(address("keyserver.ubuntu.com", "0xAB"), "https://keyserver.ubuntu.com/pks/lookup?op=get&options=mr&search=0xAB");
        assert_eq!(address("hkp://keys.x.org:80", "AB"), "http://keys.x.org:80/pks/lookup?op=get&options=mr&search=0xAB");
    }
}
