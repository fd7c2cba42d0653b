//! Small functions that show how calls work.

mod about;
mod args;
mod fail;

use sdk::{Action, Args, Failure, FailureKind, Map, Query, Read, Returned, Span, Value};
use std::time::Duration;

sdk::module!(
    test,
    [
        Ping,
        Echo,
        Sleep,
        RandSleep,
        Version,
        Versions as "versions_report",
        about::VersionsInformation,
        about::AttrCall,
        about::ModuleReport,
        about::ConfTest,
        args::Arg,
        args::Kwarg,
        args::ArgRepr,
        args::ArgClean,
        args::ArgType,
        Fib,
        Collatz,
        True,
        False,
        Retcode,
        Provider,
        Providers,
        NotLoaded,
        RandStr,
        fail::Exception,
        fail::Fail,
        fail::Try,
        fail::Assertion,
        Outputter,
        GetOpts as "opts_pkg",
        CrossTest,
        RandomHash,
    ]
);

/// Answer, to show that this minion is there.
///
/// ```salt
/// salt '*' test.ping
/// ```
#[derive(Args)]
pub struct Ping;

impl Query for Ping {
    type Output = bool;
    async fn call(self, _read: &Read) -> Result<bool, Failure> {
        Ok(true)
    }
}

/// Return what was given.
///
/// ```salt
/// salt '*' test.echo 'foo bar'
/// ```
#[derive(Args)]
pub struct Echo {
    /// Anything.
    text: Value,
}

impl Query for Echo {
    type Output = Value;
    async fn call(self, _read: &Read) -> Result<Value, Failure> {
        Ok(self.text)
    }
}

/// Wait, then return true.
///
/// ```salt
/// salt '*' test.sleep 20
/// ```
#[derive(Args)]
pub struct Sleep {
    /// How long.
    length: Span,
}

impl Query for Sleep {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        wait(self.length.0, read).await
    }
}

async fn wait(span: Duration, read: &Read) -> Result<bool, Failure> {
    tokio::select! {
        () = tokio::time::sleep(span) => Ok(true),
        () = read.facts().cancel.cancelled() => Err(Failure::new(FailureKind::Cancelled, "the sleep was ended from outside")),
    }
}

/// Wait for a random time, then return true.
///
/// ```salt
/// salt '*' test.rand_sleep 60
/// ```
#[derive(Args)]
pub struct RandSleep {
    /// How long at most, in seconds.
    #[arg(default = 60)]
    max: u64,
}

impl Query for RandSleep {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        wait(Duration::from_secs(rand::random_range(0..=self.max)), read).await
    }
}

/// Return the version of this minion.
///
/// ```salt
/// salt '*' test.version
/// ```
#[derive(Args)]
pub struct Version;

impl Query for Version {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        Ok(env!("CARGO_PKG_VERSION").to_owned())
    }
}

/// Return the version of this minion and the version of Salt it is compatible with.
///
/// ```salt
/// salt '*' test.versions
/// ```
#[derive(Args)]
pub struct Versions;

impl Query for Versions {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let mut versions = Map::new();
        versions.insert("Sylvite", env!("CARGO_PKG_VERSION"));
        versions.insert("Salt", read.grain_text("saltversion"));
        Ok(versions)
    }
}

/// Return the number of the Fibonacci sequence at a place, and the seconds it took.
///
/// ```salt
/// salt '*' test.fib 30
/// ```
#[derive(Args)]
pub struct Fib {
    /// The place.
    num: u32,
}

impl Query for Fib {
    type Output = Vec<Value>;
    async fn call(self, _read: &Read) -> Result<Vec<Value>, Failure> {
        let (mut a, mut b) = (0_i64, 1_i64);
        for _ in 0..self.num {
            (a, b) = (b, a.saturating_add(b));
        }
        Ok(vec![a.into(), 0.0.into()])
    }
}

/// Return the Collatz sequence from a number, and the seconds it took.
///
/// ```salt
/// salt '*' test.collatz 3
/// ```
#[derive(Args)]
pub struct Collatz {
    /// The number.
    start: i64,
}

impl Query for Collatz {
    type Output = Vec<Value>;
    async fn call(self, _read: &Read) -> Result<Vec<Value>, Failure> {
        let mut steps = vec![Value::Int(self.start)];
        let mut here = self.start;
        while here > 1 {
            here = if here % 2 == 0 { here / 2 } else { here.saturating_mul(3).saturating_add(1) };
            steps.push(here.into());
        }
        Ok(vec![steps.into(), 0.0.into()])
    }
}

/// Return true.
///
/// ```salt
/// salt '*' test.true
/// ```
#[derive(Args)]
pub struct True;

impl Query for True {
    type Output = bool;
    async fn call(self, _read: &Read) -> Result<bool, Failure> {
        Ok(true)
    }
}

/// Return false.
///
/// ```salt
/// salt '*' test.false
/// ```
#[derive(Args)]
pub struct False;

impl Query for False {
    type Output = bool;
    async fn call(self, _read: &Read) -> Result<bool, Failure> {
        Ok(false)
    }
}

/// Return true with an exit status.
///
/// ```salt
/// salt '*' test.retcode 42
/// ```
#[derive(Args)]
pub struct Retcode {
    /// The exit status.
    #[arg(default = 42)]
    code: i32,
}

impl Query for Retcode {
    type Output = Returned;
    async fn call(self, _read: &Read) -> Result<Returned, Failure> {
        Ok(Returned::from(true).with_retcode(self.code))
    }
}

/// Return what provides a module on this machine.
///
/// ```salt
/// salt '*' test.provider service
/// ```
#[derive(Args)]
pub struct Provider {
    /// Module, such as `pkg`.
    module: String,
}

impl Query for Provider {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let start = format!("{}.", self.module);
        let known = read.agent().registry().functions().any(|(name, _)| name.starts_with(&start));
        Ok(if known { provider(&self.module, read).into() } else { Value::Bool(false) })
    }
}

/// What Salt's users call the provider of a module here: `aptpkg` for `pkg` on Debian.
fn provider(module: &str, read: &Read) -> String {
    let family = read.grain_text("os_family");
    let name = match (module, family) {
        ("pkg", "Debian") => "aptpkg",
        ("pkg", "RedHat") => "yumpkg",
        ("pkg", "Suse") => "zypperpkg",
        ("pkg", "Arch") => "pacmanpkg",
        ("pkg", "Alpine") => "apkpkg",
        // As Salt: by what runs now, not by what is installed.
        ("service", _) if read.host().exists("/run/systemd/system") => "systemd_service",
        ("service", "Debian") => "debian_service",
        ("service", "RedHat") => "rh_service",
        ("user", _) => "useradd",
        ("group", _) => "groupadd",
        _ => module,
    };
    name.to_owned()
}

/// Return what provides each module on this machine.
///
/// ```salt
/// salt '*' test.providers
/// ```
#[derive(Args)]
pub struct Providers;

impl Query for Providers {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let modules = read.agent().registry().functions().filter_map(|(name, _)| name.split_once('.').map(|(module, _)| module));
        Ok(modules.map(|module| (module, provider(module, read))).collect())
    }
}

/// List the modules that are missing here.
///
/// ```salt
/// salt '*' test.not_loaded
/// ```
#[derive(Args)]
pub struct NotLoaded;

impl Query for NotLoaded {
    type Output = Vec<Value>;
    async fn call(self, _read: &Read) -> Result<Vec<Value>, Failure> {
        Ok(Vec::new())
    }
}

/// Return random bytes as a checksum.
///
/// ```salt
/// salt '*' test.rand_str
/// ```
#[derive(Args)]
pub struct RandStr {
    /// Known for compatibility; the text is as long as its checksum.
    #[arg(default = 9_999_999_999_i64, ignored)]
    size: i64,
    /// Checksum.
    #[arg(default = "md5")]
    hash_type: String,
}

impl Query for RandStr {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        random_hash(&self.hash_type)
    }
}

/// Return random bytes as a checksum.
///
/// ```salt
/// salt '*' test.random_hash hash_type=sha512
/// ```
#[derive(Args)]
pub struct RandomHash {
    /// Known for compatibility; the text is as long as its checksum.
    #[arg(default = 9_999_999_999_i64, ignored)]
    size: i64,
    /// Checksum.
    #[arg(default = "md5")]
    hash_type: String,
}

impl Query for RandomHash {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        random_hash(&self.hash_type)
    }
}

fn random_hash(name: &str) -> Result<String, Failure> {
    let digest = sdk::host::Digest::from_name(name).ok_or_else(|| Failure::bad_arguments(format!("`{name}` is no checksum")))?;
    Ok(digest.hex(&rand::random::<[u8; 32]>()))
}

/// Return what was given, for trying an outputter.
///
/// ```salt
/// salt '*' test.outputter foobar
/// ```
#[derive(Args)]
pub struct Outputter {
    /// Anything.
    data: Value,
}

impl Query for Outputter {
    type Output = Value;
    async fn call(self, _read: &Read) -> Result<Value, Failure> {
        Ok(self.data)
    }
}

/// Return the options of the minion.
///
/// ```salt
/// salt '*' test.get_opts
/// ```
#[derive(Args)]
pub struct GetOpts;

impl Query for GetOpts {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(Value::clone(&read.facts().opts))
    }
}

/// Call a function through another one.
///
/// ```salt
/// salt '*' test.cross_test file.gid_to_group 0
/// ```
#[derive(Args)]
pub struct CrossTest {
    /// The function.
    func: String,
    /// Its arguments.
    #[arg(rest)]
    args: Vec<Value>,
}

impl Action for CrossTest {
    type Output = Value;
    async fn call(self, cx: &sdk::Cx) -> Result<Value, Failure> {
        cx.agent().call(&self.func, sdk::CallArgs::new(self.args, Map::new())).await
    }
}
