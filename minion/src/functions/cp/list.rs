//! What the file server has.

use super::{file_error, or_env, sha256};
use crate::fetch::SaltUri;
use crate::functions::desk;
use model::Failure;
use sdk::{Args, Query, Read, Value};

/// Return the hash of a file.
///
/// ```salt
/// salt '*' cp.hash_file salt://web/site.conf
/// ```
#[derive(Args)]
pub struct HashFile {
    /// The file.
    path: String,
    /// Environment of the file.
    saltenv: Option<String>,
}

impl Query for HashFile {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let env = or_env(&self.saltenv, read);
        let hash = if self.path.starts_with("salt://") {
            read.agent().hash(&self.path, &env).await?
        } else {
            read.host().read(&self.path).ok().map(|bytes| sha256(&bytes))
        };
        let Some(hash) = hash else { return Ok(Value::from("")) };
        Ok(Value::Map([("hsum", hash), ("hash_type", "sha256".to_owned())].into_iter().collect()))
    }
}

/// Return the permission bits of a file.
///
/// ```salt
/// salt '*' cp.stat_file salt://web/run.sh
/// ```
#[derive(Args)]
pub struct StatFile {
    /// The file.
    path: String,
    /// Environment of the file.
    saltenv: Option<String>,
    /// As text in octal.
    #[arg(default = true)]
    octal: bool,
}

impl Query for StatFile {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let env = or_env(&self.saltenv, read);
        let Some(place) = SaltUri::parse(&self.path, &env)? else { return Ok(Value::Null) };
        let octal = self.octal;
        desk(read)?
            .blocking(move |desk| {
                let found = desk.core.files().find(&place.env, &place.path).map_err(file_error)?;
                Ok(found.map_or(Value::Null, |found| if octal { format!("{:04o}", found.mode & 0o7777).into() } else { found.mode.into() }))
            })
            .await
    }
}

/// List the file environments.
///
/// ```salt
/// salt '*' cp.envs
/// ```
#[derive(Args)]
pub struct Envs;

impl Query for Envs {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        desk(read)?.blocking(|desk| Ok(Value::List(desk.core.files().envs().into_iter().map(Value::from).collect()))).await
    }
}

macro_rules! listing {
    ($(#[$doc:meta])* $name:ident |$desk:ident, $env:ident, $prefix:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// The environment.
            saltenv: Option<String>,
            /// Only what is below this folder.
            #[arg(default = "")]
            prefix: String,
        }

        impl Query for $name {
            type Output = Value;

            async fn call(self, read: &Read) -> Result<Value, Failure> {
                let $env = or_env(&self.saltenv, read);
                let $prefix = self.prefix.trim_start_matches("salt://").trim_start_matches('/').to_owned();
                desk(read)?.blocking(move |$desk| $body).await
            }
        }
    };
}

fn below(paths: Vec<String>, prefix: &str) -> Value {
    Value::List(paths.into_iter().filter(|path| path.starts_with(prefix)).map(Value::from).collect())
}

listing! {
    /// List the files of an environment.
    ///
    /// ```salt
    /// salt '*' cp.list_master
    /// ```
    ListMaster |desk, env, prefix| Ok(below(desk.core.files().list(&env).map_err(file_error)?, &prefix))
}

listing! {
    /// List the folders of an environment.
    ///
    /// ```salt
    /// salt '*' cp.list_master_dirs
    /// ```
    ListMasterDirs |desk, env, prefix| Ok(below(desk.core.files().list_dirs(&env).map_err(file_error)?, &prefix))
}

listing! {
    /// List the symbolic links of an environment.
    ///
    /// ```salt
    /// salt '*' cp.list_master_symlinks
    /// ```
    ListMasterSymlinks |desk, env, prefix| {
        let links = desk.core.files().list_links(&env).map_err(file_error)?;
        Ok(Value::Map(links.into_iter().filter(|(path, _)| path.starts_with(&prefix)).collect()))
    }
}

listing! {
    /// List the SLS of an environment.
    ///
    /// ```salt
    /// salt '*' cp.list_states
    /// ```
    ListStates |desk, env, prefix| {
        let names = sls::SlsSource::names(&crate::tree::Tree::new(desk), &env);
        Ok(below(names, &prefix))
    }
}
