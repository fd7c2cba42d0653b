//! Functions that look as the states of files do.

use super::content::{Origin, candidates, split_env};
use super::managed::Managed;
use sdk::{Args, CallArgs, Check, Failure, Map, Query, Read, State, Value, Words, text};

sdk::module!(file, [CheckManaged, CheckManagedChanges, SourceList, GetSourceSum]);

/// What `file.managed` would do, by its arguments.
async fn outlook(mut args: Map, read: &Read) -> Result<Check<()>, Failure> {
    // Empty text and an empty mapping stand for what is not given, where arguments go by their place.
    args.retain(|_, value| !value.is_null() && *value != Value::from("") && *value != Value::map());
    args.remove("saltenv");
    let managed = Managed::decode(CallArgs::named(args)).map_err(|error| Failure::bad_arguments(error.to_string()))?;
    Ok(managed.check(read).await?.map(|_| ()))
}

macro_rules! check_function {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* } [$($field:ident),*] -> $output:ty, |$check:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Path.
            name: String,
            /// Where the content comes from.
            source: Option<Value>,
            /// Checksum of the source.
            source_hash: Option<Value>,
            /// Name to look for in a file of checksums.
            source_hash_name: Option<Value>,
            /// Owner.
            user: Option<Value>,
            /// Group.
            group: Option<Value>,
            /// Mode.
            mode: Option<Value>,
            /// Attributes of `chattr`.
            attrs: Option<Value>,
            /// Template engine.
            template: Option<Value>,
            /// Variables of the template.
            context: Option<Value>,
            /// Variables that `context` may overrule.
            defaults: Option<Value>,
            /// File environment.
            saltenv: Option<Value>,
            /// The content, instead of a source.
            contents: Option<Value>,
            /// Take a remote source without a checksum.
            #[arg(default = false)]
            skip_verify: bool,
            $($own)*
            /// Further arguments of the state.
            #[arg(extra)]
            more: Map,
        }

        impl Query for $name {
            type Output = $output;
            async fn call(self, read: &Read) -> Result<$output, Failure> {
                let given = [
                    ("source", self.source),
                    ("source_hash", self.source_hash),
                    ("source_hash_name", self.source_hash_name),
                    ("user", self.user),
                    ("group", self.group),
                    ("mode", self.mode),
                    ("attrs", self.attrs),
                    ("template", self.template),
                    ("context", self.context),
                    ("defaults", self.defaults),
                    ("saltenv", self.saltenv),
                    ("contents", self.contents),
                    ("skip_verify", Some(self.skip_verify.into())),
                    $((stringify!($field), Some(self.$field.into())),)*
                ];
                let mut args = self.more;
                args.insert("name", self.name);
                args.extend(given.into_iter().filter_map(|(key, value)| Some((key, value?))));
                let $check = outlook(args, read).await?;
                Ok($body)
            }
        }
    };
}

check_function! {
    /// Return what `file.managed` would change.
    ///
    /// ```salt
    /// salt '*' file.check_managed_changes /etc/motd salt://motd user=root mode=0644
    /// ```
    CheckManagedChanges {
        /// Known for compatibility: `mode: keep` says it.
        #[arg(default = false, ignored)]
        keep_mode: bool,
        /// Show the content of a new file as well.
        #[arg(default = false, named)]
        new_file_diff: bool,
    } [new_file_diff] -> Value, |check| match check {
        Check::Desired(_) => Value::map(),
        Check::Change(outlook, ()) if outlook.result == Some(false) => Value::List(vec![false.into(), outlook.comment.into()]),
        Check::Change(outlook, ()) => outlook.changes,
        Check::Later(why) => Value::List(vec![false.into(), why.into()]),
        Check::Fails(applied) => Value::List(vec![false.into(), applied.comment.into()]),
    }
}
check_function! {
    /// Tell whether `file.managed` would change something, and what.
    ///
    /// ```salt
    /// salt '*' file.check_managed /etc/motd salt://motd user=root mode=0644
    /// ```
    CheckManaged {} [] -> Value, |check| {
        let (result, comment) = match check {
            Check::Desired(comment) => (Value::Bool(true), comment),
            Check::Change(outlook, ()) => match (outlook.result, outlook.changes.as_map().filter(|changes| !changes.is_empty())) {
                (None, Some(changes)) => {
                    let lines = changes.iter().map(|(key, value)| format!("{}: {}\n", text::str(key), text::str(value)));
                    (Value::Null, format!("The following values are set to be changed:\n{}", lines.collect::<String>()))
                }
                (result, _) => (result.into(), outlook.comment),
            },
            Check::Later(why) => (Value::Bool(false), why),
            Check::Fails(applied) => (Value::Bool(false), applied.comment),
        };
        Value::List(vec![result, comment.into()])
    }
}

/// Return the first of several sources that is there, and its checksum.
///
/// ```salt
/// salt '*' file.source_list '[salt://a.conf, salt://b.conf]' '' base
/// ```
#[derive(Args)]
pub struct SourceList {
    /// One source, or several of which the first that exists is taken; each may have a checksum of its own.
    source: Value,
    /// Checksum of those without one.
    #[arg(default = "")]
    source_hash: String,
    /// File environment.
    saltenv: Option<String>,
}

impl Query for SourceList {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let pair =
            |uri: String, hash: Option<String>| Value::List(vec![uri.into(), hash.unwrap_or_else(|| self.source_hash.clone()).into()]);
        let mut all = candidates(&self.source);
        if self.source.as_list().is_none() {
            return Ok(all.pop().map_or(Value::Null, |(uri, hash)| pair(uri, hash)));
        }
        let env = self.saltenv.clone().unwrap_or_else(|| read.env().to_owned());
        for (uri, hash) in all {
            let (address, env) = split_env(&uri, &env);
            if read.agent().fetch(&address, env).await.is_ok_and(|found| found.is_some()) {
                return Ok(pair(uri, hash));
            }
        }
        Err(Failure::failed("none of the specified sources were found"))
    }
}

/// Return the checksum that is wanted of a source, looked up where a file of checksums is given.
///
/// ```salt
/// salt '*' file.get_source_sum /tmp/foo.tar.gz source=https://example.org/foo.tar.gz source_hash=https://example.org/hashes.md5
/// ```
#[derive(Args)]
pub struct GetSourceSum {
    /// Name of the file.
    #[arg(default = "")]
    file_name: String,
    /// Its source.
    #[arg(default = "")]
    source: String,
    /// Checksum, or a file of checksums.
    source_hash: String,
    /// Name to look for in a file of checksums.
    source_hash_name: Option<String>,
    /// File environment.
    saltenv: Option<String>,
    /// Certificates are always checked.
    #[arg(default = true, ignored)]
    verify_ssl: bool,
    /// Signature of the file of checksums.
    source_hash_sig: Option<Value>,
    /// Fingerprints of which one has to have signed.
    #[arg(default)]
    signed_by_any: Words,
    /// Fingerprints that all have to have signed.
    #[arg(default)]
    signed_by_all: Words,
    /// Keyring of those keys.
    keyring: Option<String>,
    /// Folder of GnuPG.
    gnupghome: Option<String>,
    /// What checks signatures: only `gpg` is here.
    #[arg(default = "gpg")]
    sig_backend: String,
}

impl Query for GetSourceSum {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let env = self.saltenv.clone().unwrap_or_else(|| read.env().to_owned());
        let (any, all) = (&self.signed_by_any, &self.signed_by_all);
        let signed =
            super::signed::Signed::new(None, self.source_hash_sig.as_ref(), any, all, self.keyring.as_ref(), self.gnupghome.as_ref())
                .by(&self.sig_backend);
        signed.check_hashes(&self.source_hash, &env, read).await.map_err(Failure::failed)?;
        let name = self.source_hash_name.or_else(|| Some(self.file_name).filter(|name| !name.is_empty()));
        let origin = Origin { source_hash: self.source_hash, source_hash_name: name, ..Origin::default() };
        let (digest, sum) = origin.sum(&self.source, &env, read).await.map_err(Failure::failed)?;
        Ok([("hash_type", digest.name().to_owned()), ("hsum", sum)].into_iter().collect())
    }
}
