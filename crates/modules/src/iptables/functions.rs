//! The functions of `iptables`.

use super::rule::{build, shown};
use super::{act, argv, has_chain, has_rule, policy, program, save, saved_file};
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

sdk::module!(
    iptables,
    [
        Version,
        BuildRule,
        GetRules,
        GetSavedRules,
        GetPolicy,
        GetSavedPolicy,
        SetPolicy,
        Save,
        Check,
        CheckChain,
        NewChain,
        DeleteChain,
        Append,
        Insert,
        Delete,
        Flush
    ]
);

/// Return the version of iptables.
///
/// ```salt
/// salt '*' iptables.version
/// ```
#[derive(Args)]
pub struct Version {
    /// `ipv4` or `ipv6`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Query for Version {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let text = read.ask([program(read, &self.family)?.as_str(), "--version"]).await?;
        Ok(text.split_whitespace().nth(1).unwrap_or_default().to_owned())
    }
}

/// Return the words of a rule.
///
/// ```salt
/// salt '*' iptables.build_rule match=state connstate=NEW dport=22 proto=tcp jump=ACCEPT
/// ```
#[derive(Args)]
pub struct BuildRule {
    /// Table, for a whole command.
    #[arg(default = "filter")]
    table: String,
    /// Chain, for a whole command.
    chain: Option<String>,
    /// `append`, `insert` or `delete`, for a whole command.
    command: Option<String>,
    /// Place of an inserted rule.
    #[arg(default = "")]
    position: String,
    /// Give the whole command.
    #[arg(default = false)]
    full: bool,
    /// `ipv4` or `ipv6`.
    #[arg(default = "ipv4")]
    family: String,
    /// Words of the rule.
    #[arg(extra)]
    rule: Map,
}

impl Query for BuildRule {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let rule = shown(&build(&self.rule));
        if !self.full {
            return Ok(rule);
        }
        let chain = self.chain.ok_or_else(|| Failure::bad_arguments("Error: Chain needs to be specified"))?;
        let flag = match self.command.as_deref() {
            Some("insert" | "I") => "-I",
            Some("delete" | "D") => "-D",
            _ => "-A",
        };
        Ok(format!("{} --wait -t {} {flag} {chain} {} {rule}", program(read, &self.family)?, self.table, self.position))
    }
}

/// Rules by table and chain, as `iptables-save` prints them.
fn parse(text: &str) -> Map {
    let mut tables = Map::new();
    let mut table = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('*') {
            table = name.to_owned();
            tables.insert(name, Value::map());
        }
        let Some(chains) = tables.get_mut(&table).and_then(Value::as_map_mut) else { continue };
        if let Some(rest) = line.strip_prefix(':') {
            let mut words = rest.split_whitespace();
            let mut entry = Map::new();
            let name = words.next().unwrap_or_default().to_owned();
            entry.insert("policy", words.next().unwrap_or_default());
            entry.insert("rules", Value::List(Vec::new()));
            chains.insert(name, entry);
        } else if let Some(rest) = line.strip_prefix("-A ") {
            let (chain, rule) = rest.split_once(' ').unwrap_or((rest, ""));
            let list =
                chains.get_mut(chain).and_then(Value::as_map_mut).and_then(|entry| entry.get_mut("rules")).and_then(Value::as_list_mut);
            if let Some(list) = list {
                list.push(rule.into());
            }
        }
    }
    tables
}

/// Return the present rules, by table and chain.
///
/// ```salt
/// salt '*' iptables.get_rules
/// ```
#[derive(Args)]
pub struct GetRules {
    /// `ipv4` or `ipv6`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Query for GetRules {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        Ok(parse(&read.ask([format!("{}-save", program(read, &self.family)?)]).await?))
    }
}

/// Return the rules that are kept for the next boot, by table and chain.
///
/// ```salt
/// salt '*' iptables.get_saved_rules
/// ```
#[derive(Args)]
pub struct GetSavedRules {
    /// File.
    conf_file: Option<String>,
    /// `ipv4` or `ipv6`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Query for GetSavedRules {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let file = self.conf_file.unwrap_or_else(|| saved_file(&self.family, read.grain_text("os_family")).to_owned());
        Ok(parse(&read.host().read_text(&file).map_err(crate::failure)?))
    }
}

/// Return what happens to a packet that no rule of a chain takes.
///
/// ```salt
/// salt '*' iptables.get_policy filter INPUT
/// ```
#[derive(Args)]
pub struct GetPolicy {
    /// Table.
    #[arg(default = "filter")]
    table: String,
    /// Chain.
    #[arg(default = "INPUT")]
    chain: String,
    /// `ipv4` or `ipv6`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Query for GetPolicy {
    type Output = Option<String>;
    async fn call(self, read: &Read) -> Result<Option<String>, Failure> {
        policy(read, &self.family, &self.table, &self.chain).await
    }
}

/// Return the policy that a chain has in the file that is loaded on boot.
///
/// ```salt
/// salt '*' iptables.get_saved_policy filter INPUT
/// ```
#[derive(Args)]
pub struct GetSavedPolicy {
    /// Table.
    #[arg(default = "filter")]
    table: String,
    /// Chain.
    chain: String,
    /// File.
    conf_file: Option<String>,
    /// `ipv4` or `ipv6`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Query for GetSavedPolicy {
    type Output = Option<String>;
    async fn call(self, read: &Read) -> Result<Option<String>, Failure> {
        let file = self.conf_file.unwrap_or_else(|| saved_file(&self.family, read.grain_text("os_family")).to_owned());
        Ok(saved_policy(&read.host().read_text(&file).map_err(crate::failure)?, &self.table, &self.chain))
    }
}

/// The policy of a chain in a file of `iptables-save`: `*filter` begins a table, `:INPUT ACCEPT [0:0]` is a chain.
fn saved_policy(text: &str, table: &str, chain: &str) -> Option<String> {
    let lines = text.lines().skip_while(|line| line.strip_prefix('*') != Some(table)).skip(1);
    let mut chains = lines.take_while(|line| !line.starts_with('*')).filter_map(|line| line.strip_prefix(':'));
    chains.find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some(chain)).then(|| words.next().map(str::to_owned)).flatten()
    })
}

/// Set what happens to a packet that no rule of a chain takes.
///
/// ```salt
/// salt '*' iptables.set_policy filter INPUT ACCEPT
/// ```
#[derive(Args)]
pub struct SetPolicy {
    /// Table.
    #[arg(default = "filter")]
    table: String,
    /// Chain.
    chain: String,
    /// `ACCEPT` or `DROP`.
    policy: String,
    /// `ipv4` or `ipv6`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Action for SetPolicy {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        act(cx, &self.family, &self.table, &["-P".to_owned(), self.chain, self.policy]).await?;
        Ok(true)
    }
}

/// Keep the present rules for the next boot; give the file.
///
/// ```salt
/// salt '*' iptables.save
/// ```
#[derive(Args)]
pub struct Save {
    /// File.
    filename: Option<String>,
    /// `ipv4` or `ipv6`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Action for Save {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let file = save(cx, &self.family, self.filename.as_deref()).await?;
        Ok(format!("Wrote the rules to \"{file}\""))
    }
}

fn words(rule: &str) -> Vec<String> {
    split(rule)
}

/// Splits a rule into words; quotes hold one together.
fn split(rule: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut open) = (Vec::new(), String::new(), None, false);
    for c in rule.chars() {
        match (quote, c) {
            (Some(mark), c) if c == mark => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                open = true;
            }
            (None, c) if c.is_whitespace() => {
                if open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                open = false;
            }
            (_, c) => word.push(c),
        }
    }
    if open || !word.is_empty() {
        words.push(word);
    }
    words
}

/// Tell whether a chain has a rule.
///
/// ```salt
/// salt '*' iptables.check filter INPUT rule='-p tcp --dport 22 -j ACCEPT'
/// ```
#[derive(Args)]
pub struct Check {
    /// Table.
    #[arg(default = "filter")]
    table: String,
    /// Chain.
    chain: String,
    /// Rule.
    rule: String,
    /// `ipv4` or `ipv6`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Query for Check {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        has_rule(read, &self.family, &self.table, &self.chain, &words(&self.rule)).await
    }
}

/// Tell whether a table has a chain.
///
/// ```salt
/// salt '*' iptables.check_chain filter INPUT
/// ```
#[derive(Args)]
pub struct CheckChain {
    /// Table.
    #[arg(default = "filter")]
    table: String,
    /// Chain.
    chain: String,
    /// `ipv4` or `ipv6`.
    #[arg(default = "ipv4")]
    family: String,
}

impl Query for CheckChain {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        has_chain(read, &self.family, &self.table, &self.chain).await
    }
}

macro_rules! chain_function {
    ($(#[$doc:meta])* $name:ident, $flag:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Table.
            #[arg(default = "filter")]
            table: String,
            /// Chain.
            #[arg(default = "")]
            chain: String,
            /// `ipv4` or `ipv6`.
            #[arg(default = "ipv4")]
            family: String,
        }

        impl Action for $name {
            type Output = bool;
            async fn call(self, cx: &Cx) -> Result<bool, Failure> {
                let words: Vec<String> = [$flag.to_owned(), self.chain].into_iter().filter(|word| !word.is_empty()).collect();
                act(cx, &self.family, &self.table, &words).await?;
                Ok(true)
            }
        }
    };
}

chain_function! {
    /// Make a chain.
    ///
    /// ```salt
    /// salt '*' iptables.new_chain filter CUSTOM
    /// ```
    NewChain, "-N"
}
chain_function! {
    /// Remove a chain.
    ///
    /// ```salt
    /// salt '*' iptables.delete_chain filter CUSTOM
    /// ```
    DeleteChain, "-X"
}
chain_function! {
    /// Remove every rule of a chain, or of all.
    ///
    /// ```salt
    /// salt '*' iptables.flush filter INPUT
    /// ```
    Flush, "-F"
}

macro_rules! rule_function {
    ($(#[$doc:meta])* $name:ident, $flag:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Table.
            #[arg(default = "filter")]
            table: String,
            /// Chain.
            chain: String,
            /// Place in the chain.
            position: Option<Value>,
            /// Rule.
            rule: Option<String>,
            /// `ipv4` or `ipv6`.
            #[arg(default = "ipv4")]
            family: String,
        }

        impl Action for $name {
            type Output = bool;
            async fn call(self, cx: &Cx) -> Result<bool, Failure> {
                let mut all = vec![$flag.to_owned(), self.chain];
                all.extend(self.position.iter().filter(|place| place.is_truthy()).map(text::str));
                all.extend(self.rule.iter().flat_map(|rule| words(rule)));
                let output = cx.try_run(argv(&program(cx, &self.family)?, &self.table, &all)).await?;
                if output.is_ok() { Ok(true) } else { Err(Failure::failed(output.err().trim().to_owned()).with_retcode(output.retcode())) }
            }
        }
    };
}

rule_function! {
    /// Add a rule at the end of a chain.
    ///
    /// ```salt
    /// salt '*' iptables.append filter INPUT rule='-p tcp --dport 22 -j ACCEPT'
    /// ```
    Append, "-A"
}
rule_function! {
    /// Put a rule into a chain.
    ///
    /// ```salt
    /// salt '*' iptables.insert filter INPUT position=3 rule='-p tcp --dport 22 -j ACCEPT'
    /// ```
    Insert, "-I"
}
rule_function! {
    /// Remove a rule from a chain.
    ///
    /// ```salt
    /// salt '*' iptables.delete filter INPUT rule='-p tcp --dport 22 -j ACCEPT'
    /// ```
    Delete, "-D"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_words_together() {
        assert_eq!(split("-m comment --comment \"a b\" -j ACCEPT"), ["-m", "comment", "--comment", "a b", "-j", "ACCEPT"]);
    }

    #[test]
    fn rules_stand_below_their_chains() {
        let tables = parse("*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n");
        assert_eq!(serde_json::to_string(&tables).unwrap(), r#"{"filter":{"INPUT":{"policy":"DROP","rules":["-i lo -j ACCEPT"]}}}"#);
    }
}
