//! Keys that may log in as a user.

use modules::ssh::{Key, KeyFile, Status, fingerprint, full_name, load, options, refined, store};
use sdk::host::Digest;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, State, Value};

sdk::states!(ssh_auth, [Present, Absent, Manage]);

macro_rules! key_state {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// The key in base64, or a whole line: options, kind, key, comment.
            name: String,
            $($own)*
            /// Login name.
            user: String,
            /// Kind of the key.
            #[arg(default = "ssh-rsa")]
            enc: String,
            /// Comment behind it.
            #[arg(default = "")]
            comment: String,
            /// File of keys, instead of one: `salt://…`, a URL or a path.
            #[arg(default = "")]
            source: String,
            /// Options before it.
            options: Option<Value>,
            /// File that is changed, in the home unless its path is whole; `%h` and `%u` stand for home and name.
            #[arg(default = ".ssh/authorized_keys")]
            config: String,
            /// Known for compatibility: keys are compared whole.
            #[arg(ignored)]
            fingerprint_hash_type: Option<String>,
        }

        impl $name {
            fn about(&self) -> About<'_> {
                About {
                    user: &self.user,
                    enc: &self.enc,
                    comment: &self.comment,
                    source: &self.source,
                    options: self.options.as_ref(),
                    config: &self.config,
                }
            }
        }
    };
}

key_state! {
    /// Ensure a key may log in as a user.
    ///
    /// ```salt
    /// AAAAC3NzaC1lZDI1NTE5AAAAI...:
    ///   ssh_auth.present:
    ///     - user: deploy
    ///     - enc: ssh-ed25519
    ///     - comment: ci@example.org
    /// ```
    Present {}
}
key_state! {
    /// Ensure a key may not log in as a user.
    ///
    /// ```salt
    /// old@example.org:
    ///   ssh_auth.absent:
    ///     - user: deploy
    ///     - source: salt://keys/old.pub
    /// ```
    Absent {}
}
key_state! {
    /// Ensure these keys and no others may log in as a user.
    ///
    /// ```salt
    /// keys of deploy:
    ///   ssh_auth.manage:
    ///     - user: deploy
    ///     - ssh_keys:
    ///       - ssh-ed25519 AAAAC3... ci@example.org
    /// ```
    Manage {
        /// The keys: whole lines, or the keys in base64.
        ssh_keys: Vec<String>,
    }
}

/// What the three states share.
struct About<'a> {
    user: &'a str,
    enc: &'a str,
    comment: &'a str,
    source: &'a str,
    options: Option<&'a Value>,
    config: &'a str,
}

impl About<'_> {
    /// A key as a state names it.
    fn key(&self, name: &str) -> Result<Key, String> {
        let plain = self.options.map(options).unwrap_or_default();
        let key = match Key::parse(name) {
            Some(whole) => Key { options: if whole.options.is_empty() { plain } else { whole.options.clone() }, ..whole },
            None => {
                let (key, comment) = name.split_once(char::is_whitespace).unwrap_or((name, self.comment));
                Key { enc: refined(self.enc)?, key: key.to_owned(), comment: comment.trim().to_owned(), options: plain }
            }
        };
        if key.key.is_empty() || fingerprint(&key.key, Digest::Sha256).is_none() {
            return Err("Invalid public ssh key, most likely has spaces or invalid syntax".to_owned());
        }
        let comment = if key.comment.is_empty() { self.comment.to_owned() } else { key.comment.clone() };
        Ok(Key { comment, ..key })
    }

    /// Keys of the source.
    async fn source(&self, read: &Read) -> Result<Vec<Key>, String> {
        let missing = || format!("Failed to add the ssh key. Source file {} is missing", self.source);
        let fetched = read.agent().fetch(self.source, read.env()).await.map_err(|failure| failure.message)?.ok_or_else(missing)?;
        let text = read.host().read_text(&fetched.path).map_err(|_| missing())?;
        let more = self.options.map(options).unwrap_or_default();
        let with = |key: Key| if key.options.is_empty() { Key { options: more.clone(), ..key } } else { key };
        let keys: Vec<Key> = KeyFile::parse(&text).keys().into_iter().map(with).collect();
        if keys.is_empty() { Err(format!("No keys detected in {}. Is file properly formatted?", self.source)) } else { Ok(keys) }
    }

    /// The file and where it is.
    fn open(&self, read: &Read) -> Result<(String, KeyFile), Failure> {
        let path = full_name(self.user, self.config, read)?;
        let file = load(&path, read)?;
        Ok((path, file))
    }
}

/// What becomes of the file.
#[derive(Debug)]
pub struct Todo {
    path: String,
    text: String,
    applied: Applied,
}

fn todo(path: String, file: &KeyFile, comment: impl Into<String>, changes: Map) -> Todo {
    Todo { path, text: file.render(), applied: Applied::ok(comment, changes) }
}

fn one(key: &str, what: impl Into<Value>) -> Map {
    let mut map = Map::new();
    map.insert(key, what);
    map
}

impl State for Present {
    type Change = Option<Todo>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let (about, user) = (self.about(), &self.user);
        let Ok((path, mut file)) = about.open(read) else {
            let text = "Failed to add the ssh key. Is the home directory available, and/or does the key file exist?";
            return Ok(Check::Change(Outlook::new(format!("User {user} is not there yet"), Map::new()), {
                let failed = Applied::failed(text);
                Some(Todo { path: String::new(), text: String::new(), applied: failed })
            }));
        };
        if !self.source.is_empty() {
            let keys = match about.source(read).await {
                Ok(keys) => keys,
                Err(comment) => return Ok(Check::fails(comment)),
            };
            let mut said = String::new();
            let mut replaced = false;
            for key in keys {
                let status = file.status(&key);
                if status != Status::Exists {
                    said.push_str(&format!("Set to {}: {}\n", status.word(), key.key));
                    replaced |= status == Status::Update;
                    file.set(&key);
                }
            }
            let name = &self.name;
            if said.is_empty() {
                let test = format!("All host keys in file {} are already present", self.source);
                return Ok(Check::Change(Outlook::new(test, Map::new()).with_result(Some(true)), None));
            }
            let (what, word) = if replaced { ("was updated", "Updated") } else { ("was added", "New") };
            let comment = format!("The authorized host key {name} for user {user} {what}");
            let changes = one(name, word);
            return Ok(Check::change(said, changes.clone(), Some(todo(path, &file, comment, changes))));
        }
        let key = match about.key(&self.name) {
            Ok(key) => key,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let name = key.key.clone();
        let (test, what, word) = match file.status(&key) {
            Status::Exists => {
                return Ok(Check::desired(format!("The authorized host key {name} is already present for user {user}")));
            }
            Status::Update => ("updated", "was updated", "Updated"),
            Status::Add => ("added", "was added", "New"),
        };
        file.set(&key);
        let comment = format!("The authorized host key {name} for user {user} {what}");
        let changes = one(&name, word);
        let test = format!("Key {name} for user {user} is set to be {test}");
        Ok(Check::change(test, changes.clone(), Some(todo(path, &file, comment, changes))))
    }

    async fn apply(&self, todo: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        let already = || format!("The authorized host key {} is already present for user {}", self.name, self.user);
        write(todo, &self.user, already, cx)
    }
}

/// Writes what was decided.
fn write(todo: Option<Todo>, user: &str, otherwise: impl FnOnce() -> String, cx: &Cx) -> Result<Applied, Failure> {
    let Some(todo) = todo else { return Ok(Applied::ok(otherwise(), Map::new())) };
    if todo.applied.result {
        store(&todo.text, &todo.path, Some(user), cx)?;
    }
    Ok(todo.applied)
}

impl State for Absent {
    type Change = Option<Todo>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let (about, user) = (self.about(), &self.user);
        let no_file = || {
            let outlook = Outlook::new("Key is already absent", Map::new()).with_result(Some(true));
            Ok(Check::Change(outlook, None))
        };
        // Nobody logs in with a key as a user who is not there.
        if read.host().accounts().user(user).is_none() {
            return no_file();
        }
        let (path, mut file) = about.open(read)?;
        let there = read.host().is_file(&path);
        if !self.source.is_empty() {
            let keys = match about.source(read).await {
                Ok(keys) => keys,
                Err(comment) => return Ok(Check::fails(comment)),
            };
            if !there {
                return no_file();
            }
            let gone: Vec<String> = keys.into_iter().filter(|key| file.remove(&key.key)).map(|key| key.key).collect();
            if gone.is_empty() {
                let test = format!("All host keys in file {} are already absent", self.source);
                return Ok(Check::Change(Outlook::new(test, Map::new()).with_result(Some(true)), None));
            }
            let said: String = gone.iter().map(|key| format!("Set to remove: {key}\n")).collect();
            let changes = one(&self.name, "Removed");
            return Ok(Check::change(said, changes.clone(), Some(todo(path, &file, "Key removed", changes))));
        }
        if !there {
            return no_file();
        }
        let name = Key::parse(&self.name).map_or_else(|| self.name.split_whitespace().next().unwrap_or_default().to_owned(), |key| key.key);
        if !file.remove(&name) {
            return Ok(Check::Change(Outlook::new("Key is already absent", Map::new()).with_result(Some(true)), None));
        }
        let changes = one(&name, "Removed");
        let test = format!("Key {name} for user {user} is set for removal");
        Ok(Check::change(test, changes.clone(), Some(todo(path, &file, "Key removed", changes))))
    }

    async fn apply(&self, todo: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        write(todo, &self.user, || "Key not present".to_owned(), cx)
    }
}

impl State for Manage {
    type Change = Option<Todo>;

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let (about, user) = (self.about(), &self.user);
        let (path, mut file) = about.open(read)?;
        // The name only names the state.
        let _ = &self.name;
        let mut wanted = Vec::new();
        for line in &self.ssh_keys {
            match about.key(line) {
                Ok(key) => wanted.push(key),
                Err(comment) => return Ok(Check::fails(comment)),
            }
        }
        let mut changes = Map::new();
        let (mut test, mut said) = (Vec::new(), Vec::new());
        for known in file.keys() {
            if !wanted.iter().any(|key| key.key == known.key) {
                file.remove(&known.key);
                changes.insert(known.key.as_str(), "Key removed");
                test.push(format!("{} Key set for removal", known.key));
            }
        }
        for key in &wanted {
            let name = &key.key;
            let status = file.status(key);
            match status {
                Status::Exists => {
                    let already = format!("The authorized host key {name} is already present for user {user}");
                    test.push(already.clone());
                    said.push(already);
                    continue;
                }
                Status::Add => {
                    test.push(format!("Key {name} for user {user} is set to be added"));
                    changes.insert(name.as_str(), "New");
                }
                Status::Update => {
                    test.push(format!("Key {name} for user {user} is set to be updated"));
                    changes.insert(name.as_str(), "Updated");
                }
            }
            file.set(key);
        }
        if changes.is_empty() {
            return Ok(Check::desired(said.join("\n")));
        }
        Ok(Check::change(test.join("\n"), changes.clone(), Some(todo(path, &file, said.join("\n"), changes))))
    }

    async fn apply(&self, todo: Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        write(todo, &self.user, String::new, cx)
    }
}
