//! `selinux.boolean`: switches.

use modules::selinux::{boolean, set_boolean};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, text};

/// Ensure switches are on or off.
///
/// ```salt
/// httpd_can_network_connect:
///   selinux.boolean:
///     - value: True
///     - persist: True
///
/// several:
///   selinux.boolean:
///     - booleans:
///         httpd_can_network_connect: True
///         httpd_enable_homedirs: False
/// ```
#[derive(Args)]
pub struct Boolean {
    /// Switch, where there are no `booleans`.
    name: String,
    /// On or off.
    value: Option<Value>,
    /// Several switches: a list of names, some of them with a value of their own, or a mapping.
    booleans: Option<Value>,
    /// On the next boot too.
    #[arg(default = false)]
    persist: bool,
}

/// A switch that is to be turned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    name: String,
    on: bool,
}

/// What a value means, as words of SELinux, of YAML and of old trees have it.
fn is_on(value: &Value) -> Option<bool> {
    match text::str(value).to_lowercase().as_str() {
        "1" | "on" | "yes" | "true" => Some(true),
        "0" | "off" | "no" | "false" => Some(false),
        _ => None,
    }
}

const fn word(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

impl Boolean {
    /// Every switch with what it is to be.
    fn wanted(&self) -> Vec<(String, Value)> {
        let usual = self.value.clone().unwrap_or_default();
        match self.booleans.as_ref().filter(|booleans| booleans.is_truthy()) {
            None => vec![(self.name.clone(), usual)],
            Some(Value::Map(all)) => all.iter().map(|(name, value)| (text::str(name), value.clone())).collect(),
            Some(Value::List(all)) => all
                .iter()
                .flat_map(|one| match one {
                    Value::Map(own) => own.iter().map(|(name, value)| (text::str(name), value.clone())).collect(),
                    name => vec![(text::str(name), usual.clone())],
                })
                .collect(),
            Some(one) => vec![(text::str(one), usual)],
        }
    }
}

/// Names in order, with commas between them.
fn listed(names: &[String]) -> String {
    let mut names = names.to_vec();
    names.sort();
    names.join(", ")
}

/// The lines of a comment that are there.
fn lines(right: &[String], rest: Option<String>) -> String {
    let right = (!right.is_empty()).then(|| format!("The following booleans were in the correct state: {}", listed(right)));
    right.into_iter().chain(rest).collect::<Vec<_>>().join("\n")
}

impl State for Boolean {
    type Change = (Vec<Turn>, Vec<String>, Map);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let (mut turns, mut right, mut changes) = (Vec::new(), Vec::new(), Map::new());
        for (name, value) in self.wanted() {
            let Some((now, boot)) = boolean(read, &name).await? else {
                return Ok(Check::fails(format!("Boolean {name} is not available")));
            };
            let Some(on) = is_on(&value) else {
                return Ok(Check::fails(format!("{} is not a valid value for the boolean {name}", text::str(&value))));
            };
            if now == on && (!self.persist || boot == on) {
                right.push(name);
                continue;
            }
            // Now, and on the next boot where that is meant too.
            let shown = |now: bool, boot: bool| -> Value {
                if self.persist { vec![Value::from(word(now)), word(boot).into()].into() } else { word(now).into() }
            };
            let change: Map = [("old", shown(now, boot)), ("new", shown(on, on))].into_iter().collect();
            changes.insert(name.as_str(), change);
            turns.push(Turn { name, on });
        }
        if turns.is_empty() {
            return Ok(Check::desired(lines(&right, None)));
        }
        let names: Vec<String> = turns.iter().map(|turn| turn.name.clone()).collect();
        let comment = lines(&right, Some(format!("The following booleans would be changed: {}", listed(&names))));
        Ok(Check::change(comment, changes.clone(), (turns, right, changes)))
    }

    async fn apply(&self, (turns, right, changes): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        for turn in &turns {
            if let Err(failure) = set_boolean(cx, &turn.name, turn.on, self.persist).await {
                return Ok(Applied::failed(format!("Failed to set the boolean {} to {}: {}", turn.name, word(turn.on), failure.message)));
            }
        }
        let names: Vec<String> = turns.into_iter().map(|turn| turn.name).collect();
        Ok(Applied::ok(lines(&right, Some(format!("The following booleans have been changed: {}", listed(&names)))), changes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_switches_stand_in_a_list_or_a_mapping() {
        let of = |booleans: &str| {
            let booleans: Value = serde_json::from_str(booleans).unwrap();
            Boolean { name: "x".into(), value: Some(true.into()), booleans: Some(booleans), persist: false }.wanted()
        };
        let expected = [("a".to_owned(), Value::from(true)), ("b".to_owned(), false.into())];
        assert_eq!(of(r#"["a", {"b": false}]"#), expected);
        assert_eq!(of(r#"{"a": true, "b": false}"#), expected);
        assert_eq!(of("[]"), [("x".to_owned(), Value::from(true))]);
        assert_eq!(is_on(&"maybe".into()), None);
    }
}
