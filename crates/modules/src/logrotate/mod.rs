//! Rotation of log files: the configuration of `logrotate` and the files it includes.

mod config;

pub use config::Config;

use sdk::host::{Write, join};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value};

sdk::module!(logrotate, [ShowConf, Get, Set]);

/// The configuration of this machine.
pub const CONF: &str = "/etc/logrotate.conf";

fn load(read: &Read, path: &str) -> Result<Config, Failure> {
    Ok(Config::parse(&read.host().read_text(path).map_err(crate::failure)?))
}

/// Paths of the files that are included: of a folder every one.
fn included(read: &Read, config: &Config) -> Vec<String> {
    let mut paths = Vec::new();
    for include in config.includes() {
        match read.host().list(include) {
            Ok(names) => paths.extend(names.iter().map(|name| join(include, name)).filter(|path| read.host().is_file(path))),
            Err(_) if read.host().is_file(include) => paths.push(include.to_owned()),
            Err(_) => {}
        }
    }
    paths
}

/// The value of a directive, of all or of a block; `false` where it is not set.
pub fn get(read: &Read, conf_file: &str, key: &str, inside: Option<&str>) -> Result<Value, Failure> {
    let config = load(read, conf_file)?;
    let value = match block(read, &config, key) {
        Some((_, block)) => match inside {
            Some(inside) => block.get(inside).cloned(),
            None => Some(block.into()),
        },
        None if inside.is_some() => None,
        None => config.data().get(key).cloned(),
    };
    Ok(value.unwrap_or_else(|| false.into()))
}

/// A block by the path it is for, and the file it stands in where that is an included one.
fn block(read: &Read, config: &Config, name: &str) -> Option<(Option<String>, Map)> {
    if let Some(block) = config.block(name) {
        return Some((None, block));
    }
    included(read, config).into_iter().find_map(|path| {
        let block = load(read, &path).ok()?.block(name)?;
        Some((Some(path), block))
    })
}

/// Why a directive cannot be set so.
pub fn problem(read: &Read, conf_file: &str, key: &str, setting: Option<&Value>) -> Result<Option<String>, Failure> {
    let config = load(read, conf_file)?;
    Ok(match (block(read, &config, key).is_some(), config.data().contains_key(key), setting) {
        (true, _, None) => Some(format!("Error: {key} includes a dict, and a specific setting inside the dict was not declared")),
        (false, true, Some(_)) => {
            Some("Error: A setting for a dict was declared, but the configuration line given is not a dict".to_owned())
        }
        _ => None,
    })
}

/// Sets a directive of all, or one of a block in the file where it stands.
pub fn set(cx: &Cx, conf_file: &str, key: &str, value: &Value, setting: Option<&Value>) -> Result<(), Failure> {
    if let Some(problem) = problem(cx, conf_file, key, setting)? {
        return Err(Failure::bad_arguments(problem));
    }
    let mut config = load(cx, conf_file)?;
    let mut path = conf_file.to_owned();
    match setting {
        None => config.set(key, value),
        Some(setting) => {
            if let Some((Some(other), _)) = block(cx, &config, key) {
                config = load(cx, &other)?;
                path = other;
            }
            config.set_in(key, &sdk::text::str(value), setting);
        }
    }
    cx.host().write(&path, config.text().as_bytes(), &Write::default()).map_err(crate::failure)
}

/// Return the configuration as data.
///
/// ```salt
/// salt '*' logrotate.show_conf
/// ```
#[derive(Args)]
pub struct ShowConf {
    /// File.
    #[arg(default = CONF)]
    conf_file: String,
}

impl Query for ShowConf {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let config = load(read, &self.conf_file)?;
        let mut data = config.data();
        let mut files = Map::new();
        for path in included(read, &config) {
            let inner = load(read, &path)?;
            files.insert(path.rsplit('/').next().unwrap_or_default(), inner.blocks());
            data.extend(inner.data());
        }
        if !files.is_empty() {
            data.insert("include files", files);
        }
        Ok(data)
    }
}

/// Return the value of a directive; `False` where it is not set.
///
/// ```salt
/// salt '*' logrotate.get rotate
/// salt '*' logrotate.get /var/log/wtmp rotate
/// ```
#[derive(Args)]
pub struct Get {
    /// Directive, or path that a block is for.
    key: String,
    /// Directive of the block.
    value: Option<String>,
    /// File.
    #[arg(default = CONF)]
    conf_file: String,
}

impl Query for Get {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        get(read, &self.conf_file, &self.key, self.value.as_deref())
    }
}

/// Set a directive.
///
/// ```salt
/// salt '*' logrotate.set rotate 2
/// salt '*' logrotate.set /var/log/wtmp rotate 2
/// ```
#[derive(Args)]
pub struct Set {
    /// Directive, or path that a block is for.
    key: String,
    /// Value, or directive of the block. `False` takes a directive away.
    value: Value,
    /// Value of the block's directive.
    setting: Option<Value>,
    /// File.
    #[arg(default = CONF)]
    conf_file: String,
}

impl Action for Set {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        set(cx, &self.conf_file, &self.key, &self.value, self.setting.as_ref())?;
        Ok(true)
    }
}
