//! Files that travel with jobs.

use super::{base_name, put};
use model::Failure;
use sdk::{Action, Args, Cx, Map, Value};

/// Send a file of this machine to the master; the master takes none yet.
///
/// ```salt
/// salt '*' cp.push /var/log/syslog
/// ```
#[derive(Args)]
pub struct Push {
    /// The file.
    path: String,
}

impl Action for Push {
    type Output = Value;

    async fn call(self, _: &Cx) -> Result<Value, Failure> {
        Err(Failure::new(model::FailureKind::Refused, format!("`{}` is not sent: this master takes no files of minions", self.path)))
    }
}

/// Write files that came with the job: what `salt-cp` sends.
///
/// ```salt
/// salt-cp '*' site.conf /etc/web/
/// ```
#[derive(Args)]
pub struct Recv {
    /// Content by name: text in base64 with permission bits.
    files: Map,
    /// The folder, or for one file its path.
    dest: String,
}

impl Action for Recv {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        use base64::Engine;
        let is_folder = self.dest.ends_with('/') || self.files.len() > 1 || cx.host().is_dir(&self.dest);
        let mut answers = Map::new();
        for (name, file) in &self.files {
            let name = value::text::str(name);
            let path = if is_folder { host::join(self.dest.trim_end_matches('/'), base_name(&name)) } else { self.dest.clone() };
            let text = file.get("base64").and_then(Value::as_str).unwrap_or_default();
            let mode = file.get("mode").map(value::text::str).and_then(|mode| u32::from_str_radix(&mode, 8).ok());
            let answer = match base64::engine::general_purpose::STANDARD.decode(text) {
                Ok(bytes) => match put(cx.host(), &bytes, &path, base_name(&name), true, mode) {
                    Ok(_) => Value::Bool(true),
                    Err(failure) => Value::from(failure.to_string()),
                },
                Err(error) => Value::from(format!("the content did not arrive whole: {error}")),
            };
            answers.insert(path, answer);
        }
        Ok(Value::Map(answers))
    }
}
