//! What a file is to contain: from text, pillar, grains, or a source of the master, rendered if asked for.

use super::signed::{Signed, Unsigned};
use host::Digest;
use sdk::host;
use sdk::{Failure, Map, Read, Render, Value, text};
use value::traverse;

/// Where the content of a file comes from, as the arguments say.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// `source`: one address, or several of which the first that exists is taken.
    pub source: Option<Value>,
    /// `source_hash`.
    pub source_hash: String,
    /// `source_hash_name`.
    pub source_hash_name: Option<String>,
    /// `skip_verify`.
    pub skip_verify: bool,
    /// `contents`.
    pub contents: Option<Value>,
    /// `contents_pillar`.
    pub contents_pillar: Option<Value>,
    /// `contents_grains`.
    pub contents_grains: Option<Value>,
    /// `contents_delimiter`.
    pub delimiter: String,
    /// `contents_newline`.
    pub newline: bool,
    /// `allow_empty`.
    pub allow_empty: bool,
    /// `template`.
    pub template: Option<String>,
    /// Variables of the template.
    pub context: Map,
    /// Who has to have signed the source.
    pub signed: Signed,
    /// Take the source from whoever answers: certificates are not looked at.
    pub unchecked: bool,
}

/// Content, and what is known of its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The bytes; `None` when nothing was said of the content.
    pub bytes: Option<Vec<u8>>,
    /// Mode of the source, for `mode: keep`.
    pub mode: Option<u32>,
    /// Whether it came from a source and not from text.
    pub from_source: bool,
    /// A checksum that does not fit, found when the file was to be written.
    pub mismatch: Option<String>,
}

/// Why there is no content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoContent {
    /// The arguments do not fit together; said alike in both modes.
    Refused(String),
    /// It cannot be known before an earlier state has run, such as one that brings the key of a signature.
    Later(String),
    /// The source is at fault; a real run puts `Unable to manage file: ` before it.
    Source(String),
}

impl From<Unsigned> for NoContent {
    fn from(unsigned: Unsigned) -> Self {
        if unsigned.keyless { Self::Later(unsigned.why) } else { Self::Refused(unsigned.why) }
    }
}

impl From<Failure> for NoContent {
    fn from(failure: Failure) -> Self {
        Self::Source(failure.message)
    }
}

impl Origin {
    /// Finds the content. `target` is the path of the file, for messages and hash files.
    pub async fn content(&self, target: &str, read: &Read) -> Result<Content, NoContent> {
        let source = self.source.as_ref().filter(|source| source.is_truthy());
        let said = [("contents", &self.contents), ("contents_pillar", &self.contents_pillar), ("contents_grains", &self.contents_grains)];
        let said: Vec<_> = said.into_iter().filter_map(|(name, value)| value.as_ref().map(|value| (name, value))).collect();
        if source.is_some() && !said.is_empty() {
            let text = "'source' cannot be used in combination with 'contents', 'contents_pillar', or 'contents_grains'";
            return Err(NoContent::Refused(text.to_owned()));
        }
        match (source, said.as_slice()) {
            (Some(source), _) => self.source_content(source, target, read).await,
            (None, []) => Ok(Content::default()),
            (None, [(name, value)]) => self.text_content(name, value, target, read).await,
            (None, _) => {
                let text = "Only one of 'contents', 'contents_pillar', and 'contents_grains' is permitted";
                Err(NoContent::Refused(text.to_owned()))
            }
        }
    }

    async fn text_content(&self, name: &str, value: &Value, target: &str, read: &Read) -> Result<Content, NoContent> {
        let value = match name {
            "contents" => value.clone(),
            _ => {
                let (what, place) =
                    if name == "contents_pillar" { ("Pillar", &read.facts().pillar) } else { ("Grain", &read.facts().grains) };
                let path = text::str(value);
                let found = traverse(place, &path, &self.delimiter).cloned();
                found.ok_or_else(|| NoContent::Refused(format!("{what} {path} does not exist")))?
            }
        };
        let mut bytes = self.joined(&value);
        if bytes.is_empty() && !self.allow_empty {
            let text =
                format!("'{name}' value would result in empty contents. Set allow_empty to True to allow the managed file to be empty.");
            return Err(NoContent::Refused(text));
        }
        if let Some(engine) = &self.template {
            let name = "contents".to_owned();
            bytes =
                rendered(engine, name, bytes, self.context.clone(), read).await.map_err(|failure| NoContent::Refused(failure.message))?;
        }
        let _ = target;
        Ok(Content { bytes: Some(bytes), ..Content::default() })
    }

    /// Contents as bytes: text line by line, a list item by item, each line with its end.
    fn joined(&self, value: &Value) -> Vec<u8> {
        let parts = value.as_list().unwrap_or(std::slice::from_ref(value));
        if let [Value::Bytes(bytes)] = parts {
            return bytes.clone();
        }
        let mut joined = String::new();
        for part in parts {
            let part = if part.is_null() { String::new() } else { text::str(part) };
            // Text that is no text (an archive in a pillar) is written as it stands.
            if part.contains('\0') {
                return part.into_bytes();
            }
            let lines = part.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect::<Vec<_>>();
            let lines = if lines.last() == Some(&"") { lines.get(..lines.len() - 1).unwrap_or_default() } else { &lines };
            for line in lines {
                joined.push_str(line);
                joined.push('\n');
            }
        }
        if !self.newline && joined.ends_with('\n') {
            joined.pop();
        }
        joined.into_bytes()
    }

    /// Variables of the template; its `source` is the one that was found of several, as headers of files like to name it.
    fn context_of(&self, source: &Value, uri: &str) -> Map {
        let mut context = self.context.clone();
        // One of another value was given by the state's own `context`.
        if context.get("source") == Some(source) {
            context.insert("source", uri);
        }
        context
    }

    /// The sum that is wanted of an address, looked up where a file of checksums is given.
    pub async fn sum(&self, uri: &str, env: &str, read: &Read) -> Result<(Digest, String), String> {
        match expected_sum(&self.source_hash, self.source_hash_name.as_deref(), uri, uri, env, read).await {
            Ok(sum) => Ok(sum),
            Err(NoContent::Refused(comment) | NoContent::Later(comment) | NoContent::Source(comment)) => Err(comment),
        }
    }

    async fn source_content(&self, source: &Value, target: &str, read: &Read) -> Result<Content, NoContent> {
        let several = source.as_list().is_some();
        let candidates = candidates(source);
        for (uri, own_hash) in &candidates {
            let (uri, env) = split_env(uri, read.env());
            let wanted =
                own_hash.clone().filter(|hash| !hash.is_empty()).or_else(|| Some(self.source_hash.clone()).filter(|hash| !hash.is_empty()));
            let remote = uri.contains("://") && !uri.starts_with("salt://") && !uri.starts_with("file://");
            if remote && wanted.is_none() && !self.skip_verify {
                let text =
                    format!("Unable to verify upstream hash of source file {uri}, please set source_hash or set skip_verify to True");
                return Err(NoContent::Source(text));
            }
            if let Some(wanted) = &wanted {
                self.signed.check_hashes(wanted, env, read).await?;
            } else if self.signed.hashes.is_some() {
                return Err(NoContent::Refused("source_hash_sig needs a file of checksums as source_hash".to_owned()));
            }
            let expected = match &wanted {
                Some(wanted) => Some(expected_sum(wanted, self.source_hash_name.as_deref(), target, &uri, env, read).await?),
                None => None,
            };
            let fetched =
                if self.unchecked { read.agent().fetch_unchecked(&uri, env).await? } else { read.agent().fetch(&uri, env).await? };
            let Some(fetched) = fetched else {
                if several {
                    continue;
                }
                let text = if uri.starts_with("salt://") {
                    format!("Source file {uri} not found in saltenv '{env}'")
                } else {
                    format!("Source file {} not found", uri.trim_start_matches("file://"))
                };
                return Err(NoContent::Source(text));
            };
            let path = fetched.path.clone();
            if let Some(signature) = &self.signed.source {
                self.signed.check(&path, signature, &uri, env, read).await?;
            }
            let read_error = |error: host::Error| NoContent::Source(modules::failure(error).message);
            let mut bytes = match read.host().read(&path) {
                Ok(bytes) => bytes,
                Err(_) if several => continue,
                Err(error) if error.is_not_found() => return Err(NoContent::Source(format!("Source file {uri} not found"))),
                Err(error) => return Err(read_error(error)),
            };
            let mut mismatch = None;
            if let Some((digest, sum)) = expected {
                let actual = digest.hex(&bytes);
                if !actual.eq_ignore_ascii_case(&sum) {
                    let what = if remote { &uri } else { target };
                    let name = digest.name();
                    mismatch = Some(format!("Specified {name} checksum for {what} ({sum}) does not match actual checksum ({actual})"));
                }
            }
            if let Some(engine) = &self.template
                && mismatch.is_none()
            {
                let name = uri.strip_prefix("salt://").unwrap_or(&uri).to_owned();
                bytes = rendered(engine, name, bytes, self.context_of(source, &uri), read).await?;
            }
            let mode = match fetched.mode {
                Some(mode) => Some(mode),
                None => read.host().stat(&path).ok().flatten().map(|stat| stat.mode),
            };
            return Ok(Content { bytes: Some(bytes), mode, from_source: true, mismatch });
        }
        Err(NoContent::Source("none of the specified sources were found".to_owned()))
    }
}

async fn rendered(engine: &str, name: String, bytes: Vec<u8>, context: Map, read: &Read) -> Result<Vec<u8>, Failure> {
    let text = String::from_utf8(bytes).map_err(|_| Failure::failed(format!("the template `{name}` is no text")))?;
    let template = Render { engine: engine.to_owned(), name, text, context, env: read.env().to_owned() };
    read.agent().render(template).await.map(String::into_bytes)
}

/// The addresses of a source, each with its own hash where it has one.
pub fn candidates(source: &Value) -> Vec<(String, Option<String>)> {
    source.as_list().unwrap_or(std::slice::from_ref(source)).iter().map(candidate).collect()
}

/// An entry of a source list: an address, or an address with its hash.
fn candidate(value: &Value) -> (String, Option<String>) {
    match value.as_map().and_then(Map::single) {
        Some((uri, hash)) => (text::str(uri), Some(text::str(hash))),
        None => (text::str(value), None),
    }
}

/// Takes `?saltenv=…` off an address.
pub fn split_env<'a>(uri: &'a str, env: &'a str) -> (String, &'a str) {
    match uri.split_once("?saltenv=") {
        Some((uri, env)) if uri.starts_with("salt://") => (uri.to_owned(), env),
        _ => (uri.to_owned(), env),
    }
}

/// The sum that is wanted: given as `sha256=…` or bare, or looked up in a hash file.
async fn expected_sum(
    wanted: &str,
    name: Option<&str>,
    target: &str,
    uri: &str,
    env: &str,
    read: &Read,
) -> Result<(Digest, String), NoContent> {
    if let Some(found) = plain_sum(wanted) {
        return Ok(found);
    }
    let bad = || {
        let kinds = Digest::ALL.map(|digest| format!("{} ({})", digest.name(), digest.digits())).join(", ");
        NoContent::Source(format!(
            "Source hash {wanted} format is invalid. The supported formats are: 1) a hash, 2) an expression in the format \
             <hash_type>=<hash>, or 3) either a path to a local file containing hashes, or a URI of a remote hash file. Supported protocols \
             for remote hash files are: salt, file, http, https, ftp, swift, s3. The hash may also not be of a valid length, the following \
             are supported hash types and lengths: {kinds}."
        ))
    };
    if !wanted.contains('/') {
        return Err(bad());
    }
    let missing = || NoContent::Source(format!("Source hash file {wanted} not found"));
    let fetched = read.agent().fetch(wanted, env).await?.ok_or_else(missing)?;
    let text = read.host().read_text(&fetched.path).map_err(|_| missing())?;
    let base = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let names: Vec<String> = name.map(str::to_owned).into_iter().chain([base(target), base(uri)]).collect();
    hash_in_file(&text, &names).ok_or_else(bad)
}

/// `sha256=…`, `sha256:…` or a bare sum.
fn plain_sum(wanted: &str) -> Option<(Digest, String)> {
    let hex = |sum: &str| !sum.is_empty() && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some((name, sum)) = wanted.split_once(['=', ':']) {
        let digest = Digest::from_name(name.trim())?;
        let sum = sum.trim();
        return (hex(sum) && sum.len() == digest.digits()).then(|| (digest, sum.to_owned()));
    }
    let sum = wanted.trim();
    if hex(sum) { Digest::from_digits(sum.len()).map(|digest| (digest, sum.to_owned())) } else { None }
}

/// Looks a sum up in a hash file: a line that has one of the names, in their order, else the first sum there is.
fn hash_in_file(text: &str, names: &[String]) -> Option<(Digest, String)> {
    let sums: Vec<(&str, (Digest, String))> = text
        .lines()
        .filter_map(|line| {
            let word = line.split(|c: char| !c.is_ascii_hexdigit()).find(|word| Digest::from_digits(word.len()).is_some())?;
            plain_sum(word).map(|sum| (line, sum))
        })
        .collect();
    let ends_with =
        |line: &str, name: &str| line.split_whitespace().any(|word| word.trim_start_matches('*').rsplit('/').next() == Some(name));
    let named = names
        .iter()
        .find_map(|name| sums.iter().find(|(line, _)| ends_with(line, name) || line.split_whitespace().any(|word| word == name)));
    named.or_else(|| sums.first()).map(|(_, sum)| sum.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_looked_up_by_name_in_a_hash_file() {
        let a = "a".repeat(64);
        let b = "b".repeat(64);
        let text = format!("{a}  other.tar.gz\n{b} *dist/app.tar.gz\n");
        assert_eq!(hash_in_file(&text, &["app.tar.gz".into()]), Some((Digest::Sha256, b)));
        assert_eq!(hash_in_file(&text, &["nothing".into()]), Some((Digest::Sha256, a)));
    }

    #[test]
    fn a_sum_is_given_with_or_without_its_name() {
        let sum = "d41d8cd98f00b204e9800998ecf8427e";
        assert_eq!(plain_sum(sum), Some((Digest::Md5, sum.into())));
        assert_eq!(plain_sum(&format!("md5={sum}")), Some((Digest::Md5, sum.into())));
        assert_eq!(plain_sum(&format!("sha1={sum}")), None);
        assert_eq!(plain_sum("salt://x"), None);
    }

    #[test]
    fn a_template_is_told_which_of_several_sources_it_is() {
        let list = Value::from(vec!["salt://a", "salt://b"]);
        let context: Map = [("source", list.clone())].into_iter().collect();
        let origin = Origin { context, ..Origin::default() };
        assert_eq!(origin.context_of(&list, "salt://b").get("source"), Some(&Value::from("salt://b")));
        let context: Map = [("source", "mine")].into_iter().collect();
        let origin = Origin { context, ..Origin::default() };
        assert_eq!(origin.context_of(&list, "salt://b").get("source"), Some(&Value::from("mine")));
    }

    #[test]
    fn contents_are_lines_with_their_ends() {
        let origin = Origin { newline: true, ..Origin::default() };
        assert_eq!(origin.joined(&Value::from("a\nb")), b"a\nb\n");
        assert_eq!(origin.joined(&Value::from(42)), b"42\n");
        assert_eq!(origin.joined(&Value::from(vec!["a", "b\n"])), b"a\nb\n");
        assert_eq!(origin.joined(&Value::from("")), b"");
    }
}
