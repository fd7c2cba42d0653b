//! Rules of the packet filter, by `nft`.

mod functions;

pub use functions::functions;

use sdk::host::{Command, Write};
use sdk::{Cx, Failure, Map, Read, Value, text};

/// File where the rules are kept for the next boot.
pub const CONFIG: &str = "/etc/nftables/salt-all-in-one.nft";

/// nft's word for a family of addresses.
#[must_use]
pub fn family_word(family: &str) -> &str {
    match family {
        "ipv4" | "ip4" => "ip",
        "ipv6" => "ip6",
        other => other,
    }
}

/// The words of a rule, and the name of the chain it is for, from the words of a state.
#[must_use]
pub fn build(args: &Map) -> String {
    let value = |key: &str| {
        args.get(key).filter(|value| !value.is_null()).map(|value| match value {
            Value::List(items) => items.iter().map(text::str).collect::<Vec<_>>().join(", "),
            other => text::str(other),
        })
    };
    let protocol = value("proto").or_else(|| value("protocol"));
    let mut parts = Vec::new();
    for (keys, word) in [(["if", "in-interface"], "meta iifname"), (["of", "out-interface"], "meta oifname")] {
        if let Some(interface) = keys.into_iter().find_map(value) {
            parts.push(format!("{word} {interface}"));
        }
    }
    let ports = ["dport", "sport", "dports", "sports"].iter().any(|key| value(key).is_some());
    if let Some(protocol) = &protocol
        && !ports
    {
        parts.push(format!("ip protocol {protocol}"));
    }
    for (key, word) in [("source", "saddr"), ("destination", "daddr")] {
        if let Some(address) = value(key) {
            let family = if address.contains(':') { "ip6" } else { "ip" };
            parts.push(format!("{family} {word} {address}"));
        }
    }
    if let Some(states) = value("connstate") {
        parts.push(format!("ct state {{ {} }}", states.to_lowercase()));
    }
    for (keys, word) in [(["dport", "dports"], "dport"), (["sport", "sports"], "sport")] {
        if let Some(ports) = keys.into_iter().find_map(value) {
            let ports = ports.replace(':', "-");
            parts.push(format!("{} {word} {{ {ports} }}", protocol.as_deref().unwrap_or("tcp")));
        }
    }
    if value("counter").is_some() {
        parts.push("counter".to_owned());
    }
    if let Some(prefix) = value("log").or_else(|| value("log-prefix")) {
        parts.push(format!("log prefix \"{prefix}\""));
    }
    let jump = value("jump").or_else(|| value("j"));
    if let Some(jump) = jump {
        let lower = jump.to_lowercase();
        let is_verdict = ["accept", "drop", "queue", "continue", "return", "reject", "masquerade"].contains(&lower.as_str());
        let to = value("to-destination").or_else(|| value("to-source"));
        parts.push(match (lower.as_str(), to) {
            ("dnat", Some(to)) => format!("dnat to {to}"),
            ("snat", Some(to)) => format!("snat to {to}"),
            ("reject", _) => value("reject-with").map_or_else(|| "reject".to_owned(), |with| format!("reject with {with}")),
            (_, _) if is_verdict => lower,
            (_, _) => format!("jump {jump}"),
        });
    }
    if let Some(comment) = value("comment") {
        parts.push(format!("comment \"{comment}\""));
    }
    parts.join(" ")
}

/// A rule with what listing it may change taken out: counters, sets of one, blanks.
fn plain(rule: &str) -> String {
    let mut words: Vec<&str> = rule.split_whitespace().collect();
    if let Some(at) = words.iter().position(|word| *word == "packets") {
        words.drain(at..(at + 4).min(words.len()));
    }
    let text = words.join(" ").replace(", ", ",");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find("{ ") {
        let (head, tail) = rest.split_at(start);
        out.push_str(head);
        let Some((inner, after)) = tail.trim_start_matches("{ ").split_once(" }") else { break };
        out.push_str(&if inner.contains(',') { format!("{{{inner}}}") } else { inner.to_owned() });
        rest = after;
    }
    out.push_str(rest);
    // Names in listings have quotes, and a protocol that a port implies is left out.
    out.replace('"', "").replace("meta iifname", "iifname").replace("meta oifname", "oifname")
}

/// A rule of a chain with its handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The rule as it is listed.
    pub rule: String,
    /// Its number.
    pub handle: String,
}

/// Reads the rules of one chain from a listing with handles.
fn parse_chain(text: &str) -> Vec<Listed> {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("type ") && !line.ends_with('{') && !line.contains("{ # handle") && *line != "}");
    let entry = |line: &str| {
        let (rule, handle) = line.rsplit_once(" # handle ")?;
        Some(Listed { rule: rule.to_owned(), handle: handle.trim().to_owned() })
    };
    lines.filter_map(entry).collect()
}

/// Rules of a chain; `None` when there is no such chain.
pub async fn chain(read: &Read, family: &str, table: &str, chain: &str) -> Result<Option<Vec<Listed>>, Failure> {
    let output = read.try_run(["nft", "--handle", "--numeric", "list", "chain", family_word(family), table, chain]).await?;
    Ok(output.is_ok().then(|| parse_chain(&output.out())))
}

/// The rule of a chain that says the same.
pub async fn find_rule(read: &Read, family: &str, table: &str, name: &str, rule: &str) -> Result<Option<Listed>, Failure> {
    let wanted = plain(rule);
    Ok(chain(read, family, table, name).await?.unwrap_or_default().into_iter().find(|listed| plain(&listed.rule) == wanted))
}

/// Whether there is such a table.
pub async fn has_table(read: &Read, family: &str, table: &str) -> Result<bool, Failure> {
    Ok(read.try_run(["nft", "list", "table", family_word(family), table]).await?.is_ok())
}

/// What happens to a packet that no rule of a chain takes.
pub async fn policy(read: &Read, family: &str, table: &str, chain: &str) -> Result<Option<String>, Failure> {
    let output = read.try_run(["nft", "list", "chain", family_word(family), table, chain]).await?;
    let text = output.out();
    Ok(text.split("policy ").nth(1).and_then(|rest| rest.split(';').next()).map(|word| word.trim().to_owned()))
}

/// Runs commands of nft in one transaction.
pub async fn act(cx: &Cx, script: &str) -> Result<(), Failure> {
    let command = Command::new(["nft", "-f", "-"]).env("LC_ALL", "C").stdin(format!("{script}\n"));
    let output = cx.run_command(command).await?;
    if output.is_ok() { Ok(()) } else { Err(Failure::failed(output.err().trim().to_owned()).with_retcode(output.retcode())) }
}

/// Writes the present rules down for the next boot; gives the file.
pub async fn save(cx: &Cx, file: Option<&str>) -> Result<String, Failure> {
    let rules = cx.ask(["nft", "list", "ruleset"]).await?;
    let file = file.unwrap_or(CONFIG);
    if let Some(folder) = sdk::host::parent(file) {
        cx.host().make_dirs(folder, None).map_err(crate::failure)?;
    }
    cx.host().write(file, format!("#! nft -f\nflush ruleset\n{rules}").as_bytes(), &Write::default()).map_err(crate::failure)?;
    Ok(file.to_owned())
}

/// The command that makes a chain.
#[must_use]
pub fn new_chain(family: &str, table: &str, chain: &str, base: Option<(&str, &str, &str)>) -> String {
    let head = format!("add chain {} {table} {chain}", family_word(family));
    base.map_or_else(|| head.clone(), |(kind, hook, priority)| format!("{head} {{ type {kind} hook {hook} priority {priority}; }}"))
}

/// The command that empties a table or a chain.
#[must_use]
pub fn flush(family: &str, table: &str, chain: &str) -> String {
    let kind = if chain.is_empty() { "table" } else { "chain" };
    ["flush", kind, family_word(family), table, chain].join(" ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_built_and_known_again_in_a_listing() {
        let args: Map =
            serde_json::from_str(r#"{"jump": "accept", "connstate": "new", "dport": 80, "proto": "tcp", "sport": "1025:65535"}"#).unwrap();
        let rule = build(&args);
        assert_eq!(rule, "ct state { new } tcp dport { 80 } tcp sport { 1025-65535 } accept");
        let listing = "table ip filter { # handle 1\n\tchain input { # handle 2\n\t\ttype filter hook input priority 0; policy accept;\n\t\tct state { new } tcp dport { 80 } tcp sport { 1025-65535 } accept # handle 4\n\t\tct state new tcp dport 22 counter packets 3 bytes 180 accept # handle 7\n\t}\n}\n";
        let rules = parse_chain(listing);
        assert_eq!(rules.iter().map(|rule| rule.handle.as_str()).collect::<Vec<_>>(), ["4", "7"]);
        assert_eq!(plain(&rules.first().unwrap().rule), plain(&rule));
        assert_eq!(plain("ct state { new } tcp dport { 22 } counter accept"), plain(&rules.last().unwrap().rule));
        assert_ne!(plain("tcp dport { 22, 80 } accept"), plain("tcp dport { 22 } accept"));
    }
}
