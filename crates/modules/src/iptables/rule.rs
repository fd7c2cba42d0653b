//! A rule of iptables from the words of a state: `dport: 80`, `jump: ACCEPT`.

use sdk::{Map, Value, text};

/// Words that are about the state and not the rule.
const NOT_OF_THE_RULE: [&str; 12] =
    ["name", "table", "chain", "family", "save", "position", "rules", "full", "command", "policy", "names", "aggregate"];

/// Options of targets: they stand behind `--jump`, where their target is known.
const OF_TARGETS: [&str; 50] = [
    "to-port",
    "to-ports",
    "to-destination",
    "to-source",
    "checksum-fill",
    "clamp-mss-to-pmtu",
    "ctevents",
    "ecn-tcp-remove",
    "gateway",
    "hashmode",
    "hash-init",
    "hl-dec",
    "hl-inc",
    "hl-set",
    "log-ip-options",
    "log-level",
    "log-prefix",
    "log-tcp-options",
    "log-tcp-sequence",
    "log-uid",
    "mask",
    "nfmask",
    "nflog-group",
    "nflog-prefix",
    "nflog-range",
    "nflog-threshold",
    "nodst",
    "notrack",
    "or-mark",
    "xor-mark",
    "and-mark",
    "random",
    "reject-with",
    "restore",
    "restore-mark",
    "save-mark",
    "selctx",
    "set-class",
    "set-dscp",
    "set-dscp-class",
    "set-mark",
    "set-mss",
    "set-tos",
    "set-xmark",
    "strip-options",
    "to",
    "total-nodes",
    "ttl-dec",
    "ttl-inc",
    "ttl-set",
];

/// The words of a rule. Values that begin with `!` mean the opposite.
#[must_use]
pub fn build(args: &Map) -> Vec<String> {
    let mut args: Map = args.iter().filter(|(key, _)| !is_about_the_state(key)).map(|(key, value)| (key.clone(), value.clone())).collect();
    let mut rule = Vec::new();
    let mut modules: Vec<String> = Vec::new();
    for key in ["if", "in-interface", "i"] {
        if let Some(value) = args.remove(key) {
            option(&mut rule, "-i", &text::str(&value));
        }
    }
    for key in ["of", "out-interface", "o"] {
        if let Some(value) = args.remove(key) {
            option(&mut rule, "-o", &text::str(&value));
        }
    }
    for key in ["proto", "protocol", "p"] {
        if let Some(value) = args.remove(key) {
            option(&mut rule, "-p", &text::str(&value));
        }
    }
    for word in args.remove("match").map(words).unwrap_or_default() {
        rule.extend(["-m".to_owned(), word.clone()]);
        modules.push(word);
    }
    let mut load = |rule: &mut Vec<String>, module: &str| {
        if !modules.iter().any(|have| have == module) {
            rule.extend(["-m".to_owned(), module.to_owned()]);
            modules.push(module.to_owned());
        }
    };
    if let Some(states) = args.remove("connstate") {
        load(&mut rule, "state");
        option(&mut rule, "--state", &words(states).join(","));
    }
    for key in ["dport", "sport"] {
        if let Some(value) = args.remove(key) {
            let value = text::str(&value);
            if value.contains(',') {
                load(&mut rule, "multiport");
                option(&mut rule, &format!("--{key}s"), &value);
            } else {
                // A dash is what people write; the tool wants a colon.
                option(&mut rule, &format!("--{key}"), &value.replace('-', ":"));
            }
        }
    }
    for key in ["dports", "sports"] {
        if let Some(value) = args.remove(key) {
            load(&mut rule, "multiport");
            option(&mut rule, &format!("--{key}"), &words(value).join(",").replace('-', ":"));
        }
    }
    if let Some(sets) = args.remove("match-set") {
        load(&mut rule, "set");
        for set in lines(sets) {
            let (not, set) = opposite(&set);
            rule.extend(not.then(|| "!".to_owned()));
            rule.push("--match-set".to_owned());
            rule.extend(set.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned));
        }
    }
    if let Some(comment) = args.remove("comment") {
        load(&mut rule, "comment");
        rule.extend(["--comment".to_owned(), text::str(&comment).trim_matches(['"', '\'']).to_owned()]);
    }
    if let Some(set) = args.remove("set") {
        rule.extend(["--set".to_owned(), text::str(&set)]);
    }
    let jump = ["jump", "j"].into_iter().filter_map(|key| args.remove(key)).last();
    let goto = ["goto", "g"].into_iter().filter_map(|key| args.remove(key)).last();
    let (of_target, others): (Vec<_>, Vec<_>) =
        args.into_iter().map(|(key, value)| (text::str(&key), value)).partition(|(key, _)| OF_TARGETS.contains(&key.as_str()));
    for (key, value) in others {
        flag(&mut rule, &key, &value);
    }
    if let Some(target) = jump {
        rule.extend(["--jump".to_owned(), text::str(&target)]);
    }
    if let Some(chain) = goto {
        rule.extend(["--goto".to_owned(), text::str(&chain)]);
    }
    for (key, value) in of_target {
        flag(&mut rule, &key, &value);
    }
    rule
}

fn is_about_the_state(key: &Value) -> bool {
    let key = text::str(key);
    NOT_OF_THE_RULE.contains(&key.as_str()) || key.starts_with("__")
}

/// An option by its name: `--name value`, or `-n value` for a single letter; without a value where it is a mere switch.
fn flag(rule: &mut Vec<String>, key: &str, value: &Value) {
    let name = if key.len() == 1 { format!("-{key}") } else { format!("--{key}") };
    match value {
        Value::Bool(true) | Value::Null => rule.push(name),
        Value::Str(text) if text.is_empty() => rule.push(name),
        Value::Bool(false) => {}
        other => option(rule, &name, &lines(other.clone()).join(",")),
    }
}

fn option(rule: &mut Vec<String>, name: &str, value: &str) {
    let (not, value) = opposite(value);
    rule.extend(not.then(|| "!".to_owned()));
    rule.extend([name.to_owned(), value]);
}

/// Takes `!` or `not` off a value.
fn opposite(value: &str) -> (bool, String) {
    let value = value.trim();
    let rest = value.strip_prefix('!').or_else(|| value.strip_prefix("not "));
    rest.map_or_else(|| (false, value.to_owned()), |rest| (true, rest.trim().to_owned()))
}

fn words(value: Value) -> Vec<String> {
    match value {
        Value::List(items) => items.iter().map(text::str).collect(),
        other => text::str(&other).split(',').map(|word| word.trim().to_owned()).collect(),
    }
}

fn lines(value: Value) -> Vec<String> {
    match value {
        Value::List(items) => items.iter().map(text::str).collect(),
        other => vec![text::str(&other)],
    }
}

/// The rule as a person would type it.
#[must_use]
pub fn shown(words: &[String]) -> String {
    let quoted = |word: &String| if word.contains(char::is_whitespace) { format!("\"{word}\"") } else { word.clone() };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(json: &str) -> String {
        shown(&build(&serde_json::from_str(json).unwrap()))
    }

    #[test]
    fn rules_are_built_in_the_order_the_tool_wants() {
        for (args, rule) in [
            (
                r#"{"name": "x", "table": "filter", "chain": "INPUT", "jump": "ACCEPT", "match": "state", "connstate": "NEW", "dport": 80, "proto": "tcp", "sport": "1025:65535"}"#,
                "-p tcp -m state --state NEW --dport 80 --sport 1025:65535 --jump ACCEPT",
            ),
            (
                r#"{"jump": "ACCEPT", "protocol": "tcp", "dports": [443, 8443], "comment": "Allow HTTPS", "save": true}"#,
                "-p tcp -m multiport --dports 443,8443 -m comment --comment \"Allow HTTPS\" --jump ACCEPT",
            ),
            (
                r#"{"jump": "REJECT", "source": "! 127.0.0.0/8", "reject-with": "icmp-host-unreachable"}"#,
                "! --source 127.0.0.0/8 --jump REJECT --reject-with icmp-host-unreachable",
            ),
            (r#"{"if": "eth0", "of": "!eth1", "jump": "MASQUERADE"}"#, "-i eth0 ! -o eth1 --jump MASQUERADE"),
        ] {
            assert_eq!(built(args), rule);
        }
    }
}
