//! Signing policies: what an authority puts into every certificate that it signs under a name.

use super::issue::short_names;
use crate::lookup::glob;
use sdk::{Failure, Map, Read, Value, text};

/// The policy of a name, out of the pillar or the configuration; empty where there is none.
#[must_use]
pub fn find(name: &str, read: &Read) -> Map {
    let of = |all: Option<&Value>| all.and_then(|all| all.get(name)).cloned().filter(|policy| policy.is_truthy());
    let found = of(read.pillar("x509_signing_policies")).or_else(|| of(read.opt("x509_signing_policies")));
    let policy = match found {
        Some(Value::Map(map)) => map,
        Some(Value::List(parts)) => {
            parts.iter().filter_map(Value::as_map).flat_map(Map::iter).map(|(key, value)| (key.clone(), value.clone())).collect()
        }
        Some(_) | None => Map::new(),
    };
    short_names(policy)
}

/// Puts a policy over arguments: what it says counts.
pub fn enforce(mut policy: Map, arguments: &mut Map) {
    if let Some(subject) = arguments.get("subject").cloned() {
        if super::oid::NAMES.iter().any(|(name, _)| policy.contains_key(name)) {
            arguments.remove("subject");
        } else {
            match (subject, policy.get("subject").cloned()) {
                (Value::Map(mut mine), Some(Value::Map(theirs))) => {
                    mine.extend(theirs);
                    arguments.insert("subject", mine);
                    policy.remove("subject");
                }
                (Value::List(mine), Some(Value::List(theirs))) => {
                    arguments.insert("subject", [theirs, mine].concat());
                    policy.remove("subject");
                }
                _ => {}
            }
        }
    }
    arguments.extend(policy);
}

/// The policy of an authority on another minion.
///
/// # Errors
/// When it does not answer, or refuses.
pub async fn remote(ca_server: &str, name: &str, read: &Read) -> Result<Map, Failure> {
    match ask(ca_server, name, Map::new(), true, read).await? {
        Value::Map(policy) => Ok(short_names(policy)),
        _ => Err(Failure::failed("Received invalid return value from ca_server. See minion log for details")),
    }
}

/// Whether a policy is for a minion: by its id, or, where grains and pillar have to be known, as the master says.
///
/// # Errors
/// When the master may not be asked, or does not answer.
pub async fn is_for(minions: &str, id: &str, read: &Read) -> Result<bool, Failure> {
    if !minions.contains('@') {
        return Ok(glob(minions, id));
    }
    let call = sdk::CallArgs::new(
        vec!["match.compound_matches".into(), Value::List(vec![minions.into(), id.into()])],
        [("timeout", 60)].into_iter().collect(),
    );
    let answer = read.agent().call("publish.runner", call).await.map_err(|failure| {
        let way = "the master's `peer_run` has to let this minion run `match.compound_matches`";
        Failure::failed(format!("Could not check minion match for compound expression: {}", failure.message)).with_hint(way)
    })?;
    Ok(answer.get("res").map(text::str).as_deref() == Some(id))
}

/// Asks an authority on another minion, by way of the master.
///
/// # Errors
/// When it does not answer, or refuses.
pub async fn ask(ca_server: &str, name: &str, arguments: Map, policy_only: bool, read: &Read) -> Result<Value, Failure> {
    if read.agent().registry().function("publish.publish").is_none() {
        return Err(Failure::unavailable(format!("`{ca_server}` cannot be asked: this minion has no way to other minions")));
    }
    let mut call = Map::new();
    call.insert("timeout", 60);
    let arg = Value::List(vec![name.into(), arguments.into(), policy_only.into()]);
    let positional = vec![ca_server.into(), "x509.sign_remote_certificate".into(), arg];
    let answer = read.agent().call("publish.publish", sdk::CallArgs::new(positional, call)).await?;
    let given = answer.as_map().and_then(|minions| minions.iter().next()).map(|(_, given)| given.clone());
    let Some(given) = given else {
        let text = "ca_server did not respond. Salt master must permit peers to call the sign_remote_certificate function.";
        return Err(Failure::failed(text));
    };
    let errors: Vec<String> = given.get("errors").and_then(Value::as_list).unwrap_or_default().iter().map(text::str).collect();
    if !errors.is_empty() {
        return Err(Failure::failed(format!("ca_server reported errors:\n{}", errors.join("\n"))));
    }
    match given.get("data") {
        Some(data) if !data.is_null() => Ok(data.clone()),
        Some(_) | None => Err(Failure::failed(format!("Received invalid return value from ca_server: {}", text::str(&given)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(text: &str) -> Map {
        serde_json::from_str::<Value>(text).unwrap().as_map().unwrap().clone()
    }

    #[test]
    fn a_policy_counts_more_than_the_arguments() {
        let mut arguments = map(r#"{"subject": {"CN": "x", "O": "mine"}, "days_valid": 900, "keyUsage": "keyCertSign"}"#);
        enforce(map(r#"{"subject": {"O": "theirs"}, "days_valid": 30, "keyUsage": null}"#), &mut arguments);
        assert_eq!(arguments, map(r#"{"subject": {"CN": "x", "O": "theirs"}, "days_valid": 30, "keyUsage": null}"#));
        let mut arguments = map(r#"{"subject": "CN=x"}"#);
        enforce(map(r#"{"O": "theirs"}"#), &mut arguments);
        assert_eq!(arguments, map(r#"{"O": "theirs"}"#));
    }
}
