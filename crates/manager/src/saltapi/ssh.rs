//! The client `ssh`: functions and commands of the shell on hosts without an agent.
//!
//! What a caller may choose is whom, what and as which user. Files of this machine (rosters elsewhere, private keys) and options of the
//! program `ssh`, which can run commands here, are the master's: Salt has had to close each of them after the fact.

use super::chunk::{Chunk, Given};
use super::config::RawShell;
use super::fault::Fault;
use super::room::Room;
use crate::{Caller, Errand, HostSaid, HostsBy, OverSsh};
use model::{Call, FunctionName, nearest};
use std::time::Duration;
use value::{Value, text};

/// Fields that mean something here.
const FIELDS: [&str; 24] = [
    "client",
    "fun",
    "arg",
    "kwarg",
    "tgt",
    "tgt_type",
    "expr_form",
    "full_return",
    "timeout",
    "token",
    "username",
    "password",
    "eauth",
    "raw_shell",
    "roster",
    "roster_file",
    "ssh_user",
    "ssh_passwd",
    "ssh_port",
    "ssh_sudo",
    "ssh_timeout",
    "ssh_wipe",
    "ignore_host_keys",
    "minion_opts",
];

/// Fields of Salt that would read files of the master's machine or run programs on it.
const OF_THE_MASTER: [&str; 9] = [
    "ssh_priv",
    "ssh_priv_passwd",
    "ssh_options",
    "ssh_remote_port_forwards",
    "ssh_key_deploy",
    "ssh_scan_ports",
    "ssh_identities_only",
    "ssh_log_file",
    "ssh_pre_flight",
];

/// Runs a chunk.
pub(crate) async fn run(room: &Room, caller: &Caller, chunk: &Chunk) -> Result<Value, Fault> {
    let request = request(chunk)?;
    if matches!(request.errand, Errand::Shell(_)) && room.config.raw_shell == RawShell::Refused {
        return Err(Fault::unauthorized("Raw shell option not allowed. (netapi_allow_raw_shell)"));
    }
    let (fun, fun_args) = match &request.errand {
        Errand::Calls(calls) => {
            (chunk.text("fun").unwrap_or_default(), Value::List(calls.first().map(Call::salt_args).unwrap_or_default()))
        }
        Errand::Shell(_) => (String::new(), Value::Null),
    };
    let said = room.control().over_ssh(caller, request).await.map_err(|refusal| Fault::of_local(&refusal))?;
    Ok(Value::Map(said.into_iter().map(|(id, said)| (Value::from(id.as_str()), shown(&id, said, &fun, &fun_args))).collect()))
}

fn shown(id: &str, said: HostSaid, fun: &str, fun_args: &Value) -> Value {
    let entries = match said {
        HostSaid::Returned(returned) => vec![
            ("fun", Value::from(fun)),
            ("fun_args", fun_args.clone()),
            ("id", id.into()),
            ("jid", returned.job.to_string().into()),
            ("retcode", returned.retcode.into()),
            ("return", returned.value),
        ],
        HostSaid::Words { retcode, stdout, stderr } => {
            vec![("retcode", retcode.into()), ("stderr", stderr.into()), ("stdout", stdout.into())]
        }
    };
    Value::Map(entries.into_iter().collect())
}

fn request(chunk: &Chunk) -> Result<OverSsh, Fault> {
    for name in chunk.0.keys().map(text::str) {
        if OF_THE_MASTER.contains(&name.as_str()) {
            return Err(Fault::bad(format!(
                "`{name}` is not taken from a request, because it reads files or runs programs on the master: put it into the roster there"
            )));
        }
        if !FIELDS.contains(&name.as_str()) {
            let hint = nearest(&name, FIELDS).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(Fault::bad(format!("the client `ssh` knows no `{name}`{hint}")));
        }
    }
    let kind = ["tgt_type", "expr_form"].into_iter().find_map(|name| chunk.text(name)).filter(|kind| !kind.is_empty());
    let by = match kind.as_deref() {
        None | Some("glob") => HostsBy::Glob,
        Some("pcre") => HostsBy::Pcre,
        Some("list") => HostsBy::List,
        Some("nodegroup") => HostsBy::Group,
        Some(other) => {
            return Err(Fault::unexpected(format!("hosts of a roster are not picked by `{other}`: glob, pcre, list, nodegroup")));
        }
    };
    let (by, expression) = match chunk.0.get("tgt") {
        None | Some(Value::Null) => return Err(Fault::unexpected("a chunk for hosts needs `tgt`")),
        Some(Value::List(ids)) => (HostsBy::List, ids.iter().map(text::str).collect::<Vec<_>>().join(",")),
        Some(one) => (by, text::str(one)),
    };
    let port = match chunk.text("ssh_port") {
        None => None,
        Some(port) => Some(port.parse().map_err(|_| Fault::bad(format!("`ssh_port` is `{port}`, which is no port")))?),
    };
    let seconds = |name: &str| chunk.0.get(name).and_then(Value::as_float).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let user = chunk.text("ssh_user");
    if let Some(user) = user.as_ref().filter(|user| !is_user(user)) {
        return Err(Fault::bad(format!("`ssh_user` is `{user}`, which is no name of a user")));
    }
    Ok(OverSsh {
        by,
        expression,
        errand: errand(chunk)?,
        roster: chunk.text("roster"),
        roster_file: chunk.text("roster_file").map(Into::into),
        user,
        password: chunk.text("ssh_passwd").map(Into::into),
        port,
        sudo: chunk.flag("ssh_sudo"),
        timeout: seconds("ssh_timeout"),
        ignore_host_keys: chunk.flag("ignore_host_keys"),
        wipe: chunk.flag("ssh_wipe"),
        minion_opts: chunk.0.get("minion_opts").and_then(Value::as_map).cloned().unwrap_or_default(),
    })
}

/// With `raw_shell` the function is the command, as with Salt, unless it holds the command itself.
fn errand(chunk: &Chunk) -> Result<Errand, Fault> {
    match chunk.0.get("raw_shell") {
        Some(Value::Str(command)) if chunk.text("fun").is_none() => return Ok(Errand::Shell(command.clone())),
        Some(wanted) if wanted.is_truthy() => {
            let mut words = vec![chunk.function()?];
            words.extend(chunk.for_minions()?.args.iter().map(text::str));
            return Ok(Errand::Shell(words.join(" ")));
        }
        Some(_) | None => {}
    }
    let names: Vec<String> = match chunk.0.get("fun") {
        Some(Value::List(names)) => names.iter().map(text::str).collect(),
        _ => vec![chunk.function()?],
    };
    let given = if names.len() == 1 { vec![chunk.for_minions()?] } else { chunk.for_each(names.len())? };
    let call = |(name, Given { args, kwargs }): (String, Given)| {
        let function = FunctionName::new(&name).map_err(|error| Fault::unexpected(error.to_string()))?;
        Ok(Call { function, args, kwargs })
    };
    names.into_iter().zip(given).map(call).collect::<Result<_, Fault>>().map(Errand::Calls)
}

/// No option of a program: it goes to `ssh` as a word of its own.
fn is_user(name: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | '\\' | '+');
    !name.is_empty() && !name.starts_with('-') && name.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use value::Map;

    fn of(json: &str) -> Result<OverSsh, Fault> {
        request(&Chunk(serde_json::from_str::<Map>(json).unwrap()))
    }

    #[test]
    fn whom_what_and_as_whom_are_read() {
        let asked =
            of(r#"{"client": "ssh", "tgt": ["a", "b"], "fun": "test.arg", "arg": ["x"], "ssh_user": "deploy", "ssh_port": "2222"}"#)
                .unwrap();
        assert_eq!((asked.by, asked.expression.as_str(), asked.port), (HostsBy::List, "a,b", Some(2222)));
        assert!(matches!(&asked.errand, Errand::Calls(calls) if calls[0].args == ["x".into()]));
        for raw in [r#"{"tgt": "*", "fun": "uptime", "arg": ["-p"], "raw_shell": true}"#, r#"{"tgt": "*", "raw_shell": "uptime -p"}"#] {
            assert_eq!(of(raw).unwrap().errand, Errand::Shell("uptime -p".to_owned()), "{raw}");
        }
        assert!(matches!(of(r#"{"tgt": "*", "fun": "test.ping", "raw_shell": false}"#).unwrap().errand, Errand::Calls(_)));
    }

    #[test]
    fn what_would_touch_the_master_is_refused_and_says_so() {
        for name in OF_THE_MASTER {
            let refused = of(&format!(r#"{{"tgt": "*", "fun": "test.ping", "{name}": "x"}}"#)).unwrap_err();
            assert!(refused.status == 400 && refused.text.contains(name) && refused.text.contains("the roster"), "{refused:?}");
        }
        assert!(of(r#"{"tgt": "*", "fun": "test.ping", "ssh_usr": "x"}"#).unwrap_err().text.contains("did you mean `ssh_user`?"));
        for user in ["-oProxyCommand=x", "", "a b"] {
            let chunk = format!(r#"{{"tgt": "*", "fun": "test.ping", "ssh_user": "{user}"}}"#);
            assert_eq!(of(&chunk).unwrap_err().status, 400, "{user}");
        }
        assert_eq!(of(r#"{"tgt": "os:x", "tgt_type": "grain", "fun": "test.ping"}"#).unwrap_err().status, 500);
    }
}
