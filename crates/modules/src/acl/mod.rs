//! Access control lists of files: `getfacl` and `setfacl`.

mod functions;

pub use functions::functions;

use sdk::{Cx, Failure, Map, Read, Value};

/// Who an entry is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Whether it is one that new files in a folder get.
    pub is_default: bool,
    /// `user`, `group`, `mask` or `other`.
    pub kind: &'static str,
    /// Name; empty for the owner, the group, mask and other.
    pub name: String,
}

impl Who {
    /// Reads `user`, `default:group`, `d:u` and their like.
    #[must_use]
    pub fn parse(acl_type: &str, name: &str) -> Option<Self> {
        let (is_default, word) = match acl_type.split_once(':') {
            Some(("default" | "d", word)) => (true, word),
            Some(_) => return None,
            None => (false, acl_type),
        };
        let kind = ["user", "group", "mask", "other"].into_iter().find(|kind| *kind == word || kind.get(..1) == Some(word))?;
        Some(Self { is_default, kind, name: name.to_owned() })
    }

    /// As `setfacl` has it, with permissions or without.
    #[must_use]
    pub fn spec(&self, permissions: Option<&str>) -> String {
        let start = if self.is_default { "default:" } else { "" };
        match permissions {
            Some(permissions) => format!("{start}{}:{}:{permissions}", self.kind, self.name),
            None => format!("{start}{}:{}", self.kind, self.name),
        }
    }
}

/// Bits of permissions: `rwx`, `r-x`, `rx` or a number up to 7.
#[must_use]
pub fn bits(permissions: &str) -> Option<u8> {
    if let Ok(number) = permissions.parse::<u8>() {
        return (number < 8).then_some(number);
    }
    permissions.chars().try_fold(0, |bits, letter| {
        Some(
            bits | match letter {
                'r' => 4,
                'w' => 2,
                'x' | 'X' => 1,
                '-' => 0,
                _ => return None,
            },
        )
    })
}

/// The three letters of bits.
#[must_use]
pub fn letters(bits: u8) -> String {
    [(4, 'r'), (2, 'w'), (1, 'x')].map(|(bit, letter)| if bits & bit == 0 { '-' } else { letter }).iter().collect()
}

/// What `getfacl` says of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acl {
    /// Path.
    pub file: String,
    owner: String,
    group: String,
    flags: String,
    entries: Vec<(Who, u8)>,
}

impl Acl {
    /// Bits that somebody has here.
    #[must_use]
    pub fn of(&self, who: &Who) -> Option<u8> {
        let is_same = |have: &Who| {
            let owner = if have.kind == "user" { &self.owner } else { &self.group };
            // The owner may be asked for by name too.
            have.is_default == who.is_default
                && have.kind == who.kind
                && (have.name == who.name || have.name.is_empty() && *owner == who.name)
        };
        let exact = self.entries.iter().find(|(have, _)| have == who);
        exact.or_else(|| self.entries.iter().find(|(have, _)| is_same(have))).map(|(_, bits)| *bits)
    }

    /// Whether there is an entry of its own for somebody.
    #[must_use]
    pub fn has(&self, who: &Who) -> bool {
        self.entries.iter().any(|(have, _)| have == who)
    }

    /// As `acl.getfacl` shows it.
    #[must_use]
    pub fn shown(&self) -> Map {
        let mut comment = Map::new();
        comment.insert("file", self.file.as_str());
        comment.insert("owner", self.owner.as_str());
        comment.insert("group", self.group.as_str());
        let mut map = Map::new();
        if !self.flags.is_empty() {
            comment.insert("flags", self.flags.as_str());
        }
        map.insert("comment", comment);
        for (letter, key) in self.flags.chars().zip(["suid", "sgid", "sticky"]) {
            if letter != '-' {
                map.insert(key, true);
            }
        }
        let mut defaults = Map::new();
        for (who, bits) in &self.entries {
            let name = match (who.name.is_empty() && !who.is_default, who.kind) {
                (true, "user") => &self.owner,
                (true, "group") => &self.group,
                _ => &who.name,
            };
            let permissions: Map =
                [("read", 4), ("write", 2), ("execute", 1)].map(|(word, bit)| (word, bits & bit != 0)).into_iter().collect();
            let mut entry = Map::new();
            entry.insert("permissions", permissions);
            entry.insert("octal", i64::from(*bits));
            let entry: Map = [(name.as_str(), entry)].into_iter().collect();
            let place = if who.is_default { &mut defaults } else { &mut map };
            let mut listed = place.get(who.kind).and_then(Value::as_list).map(<[Value]>::to_vec).unwrap_or_default();
            listed.push(entry.into());
            place.insert(who.kind, listed);
        }
        if !defaults.is_empty() {
            map.insert("defaults", defaults);
        }
        map
    }
}

fn parse(text: &str) -> Vec<Acl> {
    let mut all: Vec<Acl> = Vec::new();
    for line in text.lines() {
        if let Some(file) = line.strip_prefix("# file: ") {
            all.push(Acl { file: unescaped(file), ..Acl::default() });
            continue;
        }
        let Some(acl) = all.last_mut() else { continue };
        if let Some(comment) = line.strip_prefix("# ") {
            match comment.split_once(": ") {
                Some(("owner", owner)) => acl.owner = unescaped(owner),
                Some(("group", group)) => acl.group = unescaped(group),
                Some(("flags", flags)) => flags.clone_into(&mut acl.flags),
                Some(_) | None => {}
            }
            continue;
        }
        // What a mask leaves of it stands behind in a comment.
        let line = line.split('#').next().unwrap_or_default().trim();
        let Some((who, letters)) = line.rsplit_once(':') else { continue };
        let Some((kind, name)) = who.rsplit_once(':') else { continue };
        if let (Some(who), Some(bits)) = (Who::parse(kind, &unescaped(name)), bits(letters)) {
            acl.entries.push((who, bits));
        }
    }
    all
}

/// Blanks and their like are written as octal numbers.
fn unescaped(word: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    while let [first, tail @ ..] = rest {
        let octal =
            tail.get(..3).filter(|_| *first == b'\\').and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(octal.unwrap_or(*first));
        rest = if octal.is_some() { tail.get(3..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn needs(read: &Read, program: &str) -> Result<(), Failure> {
    match read.host().which(program) {
        Some(_) => Ok(()),
        None => Err(Failure::unavailable(format!("there is no program `{program}` here; the package acl has it"))),
    }
}

/// What stands on files, and on all that is in folders if asked so. A file that is not there is left out.
pub async fn list(read: &Read, files: &[String], recursive: bool) -> Result<Vec<Acl>, Failure> {
    needs(read, "getfacl")?;
    let mut argv = vec!["getfacl".to_owned(), "--absolute-names".to_owned()];
    if recursive {
        argv.push("--recursive".to_owned());
    }
    argv.push("--".to_owned());
    argv.extend(files.iter().cloned());
    Ok(parse(&read.try_run(argv).await?.out()))
}

/// Runs `setfacl` on files.
pub async fn act(cx: &Cx, words: &[String], files: &[String], recursive: bool) -> Result<(), Failure> {
    needs(cx, "setfacl")?;
    let start = ["setfacl"].into_iter().chain(recursive.then_some("--recursive")).map(str::to_owned);
    let argv: Vec<String> = start.chain(words.iter().cloned()).chain(["--".to_owned()]).chain(files.iter().cloned()).collect();
    let output = cx.try_run(argv).await?;
    if output.is_ok() { Ok(()) } else { Err(Failure::failed(output.err().trim().to_owned()).with_retcode(output.retcode())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# file: /tmp/a\\040b\n# owner: root\n# group: root\n# flags: s-t\nuser::rwx\nuser:bob:rwx\t\t#effective:r-x\ngroup::r-x\nmask::r-x\nother::r-x\ndefault:group:dev:rwx\n\n";

    #[test]
    fn a_list_is_read() {
        let acl = parse(TEXT).remove(0);
        assert_eq!(acl.file, "/tmp/a b");
        let of = |kind: &str, name: &str| acl.of(&Who::parse(kind, name).unwrap());
        assert_eq!((of("user", "bob"), of("u", "root"), of("d:g", "dev"), of("group", "dev")), (Some(7), Some(7), Some(7), None));
        let shown = serde_json::to_string(&acl.shown()).unwrap();
        let start = r#"{"comment":{"file":"/tmp/a b","owner":"root","group":"root","flags":"s-t"},"suid":true,"sticky":true,"user":[{"root":{"permissions":{"read":true,"write":true,"execute":true},"octal":7}},{"bob":"#;
        assert!(shown.starts_with(start), "{shown}");
    }

    #[test]
    fn permissions_are_letters_or_a_number() {
        for (text, expected) in
            [("rwx", Some(7)), ("rx", Some(5)), ("r-x", Some(5)), ("6", Some(6)), ("", Some(0)), ("9", None), ("q", None)]
        {
            assert_eq!(bits(text), expected, "{text}");
        }
        assert_eq!(letters(5), "r-x");
    }
}
