//! Keys in keyrings of GnuPG.

use jiff::civil::Date;
use modules::gpg::{self, Doomed, Keys, Ring};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, Words, text};

sdk::states!(gpg, [Present, Absent]);

/// Ensure public keys are in a keyring.
///
/// ```salt
/// release keys:
///   gpg.present:
///     - keys:
///       - 3FAD9F1E53FBD8F1
///     - source: salt://keys/release.asc
///     - skip_keyserver: True
///     - trust: fully
/// ```
#[derive(Args)]
pub struct Present {
    /// Id of the key, where `keys` are not given.
    name: String,
    /// Ids of the keys, of sixteen digits.
    #[arg(default)]
    keys: Words,
    /// User whose keys they are; `salt` means those that decrypt pillar.
    user: Option<String>,
    /// The server; keys.openpgp.org unless given.
    keyserver: Option<String>,
    /// Folder of GnuPG.
    gnupghome: Option<String>,
    /// How far their owners are trusted: `expired`, `unknown`, `not_trusted`, `marginally`, `fully` or `ultimately`.
    trust: Option<String>,
    /// File with keys, instead of the usual one.
    keyring: Option<String>,
    /// Files that have the keys, for where no server is asked or it has none.
    #[arg(default)]
    source: Words,
    /// Ask no server.
    #[arg(default = false)]
    skip_keyserver: bool,
    /// Text that has the keys.
    text: Option<String>,
    /// A part of a key that is over is asked for again until so many days after.
    #[arg(default = 100)]
    subkey_maxage: i64,
}

/// Ensure public keys are not in a keyring.
///
/// ```salt
/// 3FAD9F1E53FBD8F1:
///   gpg.absent
/// ```
#[derive(Args)]
pub struct Absent {
    /// Id of the key, where `keys` are not given.
    name: String,
    /// Ids of the keys, of sixteen digits.
    #[arg(default)]
    keys: Words,
    /// User whose keys they are; `salt` means those that decrypt pillar.
    user: Option<String>,
    /// Folder of GnuPG.
    gnupghome: Option<String>,
    /// File with keys, instead of the usual one.
    keyring: Option<String>,
    /// Remove that file when it has no key any more.
    #[arg(default = false)]
    keyring_absent_if_empty: bool,
}

fn keys_of<'a>(name: &'a str, keys: &'a Words) -> Vec<&'a str> {
    if keys.0.is_empty() { vec![name] } else { keys.0.iter().map(String::as_str).collect() }
}

fn trust_words(level: &str) -> Option<&'static str> {
    Some(match level {
        "expired" => "Expired",
        "unknown" => "Unknown",
        "not_trusted" => "Not Trusted",
        "marginally" => "Marginally Trusted",
        "fully" => "Fully Trusted",
        "ultimately" => "Ultimately Trusted",
        _ => return None,
    })
}

/// Why a key is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetch {
    /// It is there.
    No,
    /// It is missing.
    Missing,
    /// It is over.
    Expired,
    /// A part of it is over.
    SubExpired,
}

/// What is to be done with one key.
#[derive(Clone, Debug)]
pub struct Step {
    id: String,
    fetch: Fetch,
    trusts: bool,
}

impl Present {
    fn ring(&self) -> Ring {
        Ring { user: self.user.clone(), home: self.gnupghome.clone(), keyring: self.keyring.clone() }
    }

    fn fetch_of(&self, key: Option<&Map>, read: &Read) -> Fetch {
        let Some(key) = key else { return Fetch::Missing };
        if key.get("expired").is_some_and(Value::is_truthy) {
            return Fetch::Expired;
        }
        let today = jiff::Timestamp::try_from(read.host().now())
            .map(|now| now.to_zoned_datetime(jiff::tz::TimeZone::system()).date())
            .unwrap_or_default();
        let lately = |sub: &Value| {
            let is_over = sub.get("expired").is_some_and(Value::is_truthy);
            let day = sub.get("expires").and_then(Value::as_str).and_then(|day| day.parse::<Date>().ok());
            is_over && day.is_some_and(|day| i64::from((today - day).get_days()) <= self.subkey_maxage)
        };
        let subs = key.get("subkeys").and_then(Value::as_list).unwrap_or_default();
        if self.subkey_maxage > 0 && subs.iter().any(lately) { Fetch::SubExpired } else { Fetch::No }
    }

    async fn steps(&self, read: &Read) -> Result<Vec<Step>, Failure> {
        let ring = self.ring();
        let wanted = self.trust.as_deref().and_then(trust_words);
        let all = gpg::all(&ring, Keys::Public, read).await?;
        let find = |id: &str| all.iter().find(|key| key.get("keyid").and_then(Value::as_str) == Some(id));
        let step = |id: &str| {
            let key = find(id);
            let have = key.and_then(|key| key.get("ownerTrust")).map(text::str);
            Step {
                id: id.to_owned(),
                fetch: self.fetch_of(key, read),
                trusts: wanted.is_some_and(|wanted| have.as_deref() != Some(wanted)),
            }
        };
        Ok(keys_of(&self.name, &self.keys).into_iter().map(step).collect())
    }

    /// Fetches a key; what is said of it.
    async fn fetch(&self, step: &Step, cx: &Cx) -> Result<Result<String, String>, Failure> {
        let (ring, id) = (self.ring(), step.id.clone());
        let mut said = String::new();
        let mut contents = Vec::new();
        if let Some(text) = &self.text {
            contents.push(text.clone().into_bytes());
        } else {
            if !self.skip_keyserver {
                let got = gpg::receive(&ring, self.keyserver.as_deref(), std::slice::from_ref(&id), cx).await?;
                let lines: Vec<String> = got.get("message").and_then(Value::as_list).unwrap_or_default().iter().map(text::str).collect();
                said = lines.join("\n");
                if got.get("res").is_some_and(Value::is_truthy) {
                    return Ok(Ok(said));
                }
            }
            for source in &self.source.0 {
                if let Some(file) = cx.agent().fetch(source, cx.env()).await? {
                    contents.push(cx.host().read(&file.path).map_err(modules::failure)?);
                }
            }
        }
        for content in contents {
            let found = gpg::of_text(&ring, content.clone(), cx.read()).await?;
            let Some(key) = found.iter().find(|key| key.get("keyid").and_then(Value::as_str) == Some(&id)) else { continue };
            if step.fetch == Fetch::Expired && key.get("expired").is_some_and(Value::is_truthy) {
                continue;
            }
            let got = gpg::import(&ring, content, std::slice::from_ref(&id), cx).await?;
            let words = got.get("message").map(text::str).unwrap_or_default();
            return Ok(if got.get("res").is_some_and(Value::is_truthy) { Ok(words) } else { Err(words) });
        }
        let nowhere = format!("none of the specified sources were found or contained the (unexpired) key {id}.");
        Ok(Err([said, nowhere].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")))
    }
}

fn comment(rows: &[(String, Vec<String>)]) -> String {
    let lines = rows.iter().map(|(id, said)| format!("Key {id}:\n  * {}", said.join("\n  * ")));
    lines.collect::<Vec<_>>().join("\n")
}

fn note(changes: &mut Map, id: &str, name: &str, value: impl Into<Value>) {
    if let Some(row) = changes.entry_or_insert_with(id, Value::map).as_map_mut() {
        row.insert(name, value);
    }
}

impl State for Present {
    type Change = Vec<Step>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        if self.text.is_none() && self.skip_keyserver && self.source.0.is_empty() {
            return Ok(Check::fails("When skipping keyservers, you must provide at least one source"));
        }
        if let Some(level) = self.trust.as_deref().filter(|level| trust_words(level).is_none()) {
            return Ok(Check::fails(format!("Invalid trust level {level}")));
        }
        let steps = match self.steps(read).await {
            Ok(steps) => steps,
            Err(failure) => return Ok(Check::fails(failure.message)),
        };
        let (mut rows, mut changes) = (Vec::new(), Map::new());
        for step in &steps {
            let id = &step.id;
            let mut said = vec![match step.fetch {
                Fetch::No => format!("GPG Public Key {id} already in keychain"),
                Fetch::Missing => format!("Would have added {id} to GPG keychain"),
                Fetch::Expired => format!("Would have attempted to update {id} because it is expired"),
                Fetch::SubExpired => format!("Would have attempted to update {id} because it has expired subkeys"),
            }];
            match step.fetch {
                Fetch::No => {}
                Fetch::Missing => note(&mut changes, id, "added", true),
                Fetch::Expired | Fetch::SubExpired => note(&mut changes, id, "refresh", true),
            }
            match &self.trust {
                Some(level) if step.trusts => {
                    said.push(format!("Would have set trust level for {id} to {level}"));
                    note(&mut changes, id, "trust", level.as_str());
                }
                Some(_) => said.push(format!("GPG Public Key {id} already in correct trust state")),
                None => {}
            }
            rows.push((id.clone(), said));
        }
        if changes.is_empty() {
            return Ok(Check::desired(comment(&rows)));
        }
        Ok(Check::change(comment(&rows), changes, steps))
    }

    async fn apply(&self, steps: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let (mut rows, mut changes, mut result) = (Vec::new(), Map::new(), true);
        for step in steps {
            let id = &step.id;
            let mut said = Vec::new();
            let mut there = true;
            if step.fetch == Fetch::No {
                said.push(format!("GPG Public Key {id} already in keychain"));
            } else {
                match self.fetch(&step, cx).await? {
                    Ok(_) if step.fetch == Fetch::Missing => {
                        said.push(format!("Added {id} to GPG keychain"));
                        note(&mut changes, id, "added", true);
                    }
                    Ok(_) => {
                        said.push(format!("Updated {id} because it was expired"));
                        note(&mut changes, id, "refresh", true);
                    }
                    // Parts that are over do not make the rest worthless.
                    Err(why) if step.fetch == Fetch::SubExpired => said.push(why),
                    Err(why) => {
                        result = false;
                        there = step.fetch != Fetch::Missing;
                        said.extend(why.lines().map(str::to_owned));
                    }
                }
            }
            if let Some(level) = self.trust.as_deref().filter(|_| step.trusts && there) {
                let done = gpg::trust(&self.ring(), Some(id), None, level, cx).await?;
                if done.get("res").is_some_and(Value::is_truthy) {
                    said.push(format!("Set trust level for {id} to {level}"));
                    note(&mut changes, id, "trust", level);
                } else {
                    result = false;
                    said.push(done.get("message").map(text::str).unwrap_or_default());
                }
            }
            rows.push((id.clone(), said));
        }
        Ok(Applied { result, ..Applied::ok(comment(&rows), changes) })
    }
}

impl Absent {
    fn ring(&self) -> Ring {
        Ring { user: self.user.clone(), home: self.gnupghome.clone(), keyring: self.keyring.clone() }
    }
}

impl State for Absent {
    type Change = Vec<String>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let have: Vec<String> =
            gpg::all(&self.ring(), Keys::Public, read).await?.iter().filter_map(|key| key.get("keyid").map(text::str)).collect();
        let (mut said, mut doomed) = (Vec::new(), Vec::new());
        for id in keys_of(&self.name, &self.keys) {
            if have.iter().any(|key| key == id) {
                said.push(format!("Would have deleted {id} from GPG keychain"));
                doomed.push(id.to_owned());
            } else {
                said.push(format!("{id} not found in GPG keychain"));
            }
        }
        if doomed.is_empty() {
            return Ok(Check::desired(said.join("\n")));
        }
        let changes: Map = std::iter::once(("deleted", doomed.clone())).collect();
        Ok(Check::change(said.join("\n"), changes, doomed))
    }

    async fn apply(&self, doomed: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let ring = self.ring();
        let (mut said, mut gone, mut result) = (Vec::new(), Vec::new(), true);
        for id in &doomed {
            let how = Doomed { id: Some(id), fingerprint: None, with_secret: false, is_locked: true };
            let done = gpg::delete(&ring, how, cx).await?;
            if done.res {
                said.push(format!("Deleted {id} from GPG keychain"));
                gone.push(id.clone());
            } else {
                result = false;
                said.push(done.message);
            }
        }
        let mut changes = Map::new();
        if !gone.is_empty() {
            changes.insert("deleted", gone);
        }
        if let Some(file) = self.keyring.as_deref().filter(|_| result && self.keyring_absent_if_empty)
            && cx.host().is_file(file)
            && gpg::all(&ring, Keys::Public, cx.read()).await?.is_empty()
        {
            cx.host().remove_file(file).map_err(modules::failure)?;
            said.push(format!("Removed empty keyring file {file}"));
            changes.insert("removed", file);
        }
        Ok(Applied { result, ..Applied::ok(said.join("\n"), changes) })
    }
}
