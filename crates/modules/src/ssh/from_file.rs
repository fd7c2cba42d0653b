//! Keys of a file of the master that may log in as a user.

use super::keys::{Key, KeyFile, Status, full_name, load, store};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read};

/// Keys of a file of the master, which lies in the cache.
async fn keys_of(source: &str, env: Option<&str>, read: &Read) -> Result<Vec<Key>, Failure> {
    let env = env.unwrap_or_else(|| read.env());
    let missing = || Failure::failed(format!("Failed to add keys from file: {source} not found"));
    let fetched = read.agent().fetch(source, env).await?.ok_or_else(missing)?;
    Ok(KeyFile::parse(&read.host().read_text(&fetched.path).map_err(crate::failure)?).keys())
}

/// A function of every key in a file of the master.
macro_rules! file_function {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Login name.
            user: String,
            /// File of keys: `salt://…`, a URL or a path.
            source: String,
            /// File that is looked at, in the home unless its path is whole.
            #[arg(default = ".ssh/authorized_keys")]
            config: String,
            /// File environment.
            saltenv: Option<String>,
            /// Known for compatibility: keys are compared whole.
            #[arg(ignored)]
            fingerprint_hash_type: Option<String>,
        }
    };
}

file_function! {
    /// Tell what setting the keys of a file would do: `add`, `update` or `exists` by key.
    ///
    /// ```salt
    /// salt '*' ssh.check_key_file root salt://ssh/keyfile
    /// ```
    CheckKeyFile
}
file_function! {
    /// Let the keys of a file log in as a user.
    ///
    /// ```salt
    /// salt '*' ssh.set_auth_key_from_file root salt://ssh/keyfile
    /// ```
    SetAuthKeyFromFile
}
file_function! {
    /// Let the keys of a file no longer log in as a user.
    ///
    /// ```salt
    /// salt '*' ssh.rm_auth_key_from_file root salt://ssh/keyfile
    /// ```
    RmAuthKeyFromFile
}

impl Query for CheckKeyFile {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let have = load(&full_name(&self.user, &self.config, read)?, read)?;
        let keys = keys_of(&self.source, self.saltenv.as_deref(), read).await?;
        Ok(keys.iter().map(|key| (key.key.as_str(), have.status(key).word())).collect())
    }
}

impl Action for SetAuthKeyFromFile {
    type Output = &'static str;
    async fn call(self, cx: &Cx) -> Result<&'static str, Failure> {
        let keys = keys_of(&self.source, self.saltenv.as_deref(), cx).await?;
        if keys.is_empty() {
            return Err(Failure::failed(format!("No keys detected in {}. Is file properly formatted?", self.source)));
        }
        let path = full_name(&self.user, &self.config, cx)?;
        let mut file = load(&path, cx)?;
        let statuses: Vec<Status> = keys.iter().map(|key| file.status(key)).collect();
        if statuses.iter().all(|status| *status == Status::Exists) {
            return Ok("no change");
        }
        keys.iter().for_each(|key| file.set(key));
        store(&file.render(), &path, Some(&self.user), cx)?;
        Ok(if statuses.contains(&Status::Update) { "replace" } else { "new" })
    }
}

impl Action for RmAuthKeyFromFile {
    type Output = &'static str;
    async fn call(self, cx: &Cx) -> Result<&'static str, Failure> {
        let keys = keys_of(&self.source, self.saltenv.as_deref(), cx).await?;
        if keys.is_empty() {
            return Err(Failure::failed(format!("No keys detected in {}. Is file properly formatted?", self.source)));
        }
        let path = full_name(&self.user, &self.config, cx)?;
        if !cx.host().is_file(&path) {
            return Ok("User authorized keys file not present");
        }
        let mut file = load(&path, cx)?;
        let removed = keys.iter().filter(|key| file.remove(&key.key)).count();
        if removed == 0 {
            return Ok("Key not present");
        }
        store(&file.render(), &path, Some(&self.user), cx)?;
        Ok("Key removed")
    }
}
