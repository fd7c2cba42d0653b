//! Rules of the packet filter, by iptables.

use modules::iptables::rule::{build, shown};
use modules::iptables::{act, has_chain, has_rule, policy, program, save};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value};

sdk::states!(iptables, [Append, Insert, Delete, SetPolicy, Flush, ChainPresent, ChainAbsent]);

/// Salt's word for what changed.
fn changed(name: &str) -> Map {
    [("locale", name)].into_iter().collect()
}

/// The rules are kept for the next boot: at the present place, or in a file.
async fn keep(cx: &Cx, family: &str, save_as: &Value) -> Result<Option<String>, Failure> {
    match save_as {
        Value::Str(file) if file.contains('/') => save(cx, family, Some(file)).await.map(Some),
        other if other.is_truthy() => save(cx, family, None).await.map(Some),
        _ => Ok(None),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Append,
    Insert,
    Delete,
}

macro_rules! rule_state {
    ($(#[$doc:meta])* $name:ident, $verb:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Any name.
            name: String,
            /// Table.
            #[arg(default = "filter")]
            table: String,
            /// Chain.
            #[arg(default = "", named)]
            chain: String,
            /// `ipv4` or `ipv6`.
            #[arg(default = "ipv4")]
            family: String,
            /// Place in the chain.
            #[arg(default = "", named)]
            position: String,
            /// Keep the rules for the next boot, at the usual place or in this file.
            #[arg(default = false, named)]
            save: Value,
            /// The rule: `proto`, `dport`, `source`, `match`, `connstate`, `jump`, … and any other option of iptables.
            #[arg(extra)]
            rule: Map,
        }

        impl $name {
            /// The words of the command, and those of the rule alone.
            fn words(&self) -> (Vec<String>, Vec<String>) {
                let rule = build(&self.rule);
                let flag = match $verb {
                    Verb::Append => "-A",
                    Verb::Insert => "-I",
                    Verb::Delete => "-D",
                };
                let mut words = vec![flag.to_owned(), self.chain.clone()];
                let by_place = $verb == Verb::Delete && !self.position.is_empty();
                words.extend(Some(self.position.clone()).filter(|place| !place.is_empty()));
                if !by_place {
                    words.extend(rule.iter().cloned());
                }
                (words, rule)
            }

            /// The command as Salt prints it: two blanks where no place is given.
            fn shown(&self, read: &Read) -> Result<String, Failure> {
                let (words, rule) = self.words();
                let flag = words.first().cloned().unwrap_or_default();
                let place = if $verb == Verb::Append { String::new() } else { self.position.clone() };
                let rule = if $verb == Verb::Delete && !place.is_empty() { String::new() } else { shown(&rule) };
                Ok(format!("{} --wait -t {} {flag} {} {place} {rule}", program(read, &self.family)?, self.table, self.chain).trim_end().to_owned())
            }
        }

        impl State for $name {
            type Change = ();

            async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
                let (name, family) = (&self.name, &self.family);
                if self.chain.is_empty() {
                    return Ok(Check::fails("Error: Chain needs to be specified"));
                }
                if $verb == Verb::Insert && self.position.is_empty() {
                    return Ok(Check::fails("You must specify a position when inserting a rule"));
                }
                let (_, rule) = self.words();
                let shown = self.shown(read)?;
                let has = if $verb == Verb::Delete && !self.position.is_empty() && rule.is_empty() {
                    true
                } else {
                    has_rule(read, family, &self.table, &self.chain, &rule).await?
                };
                Ok(match ($verb, has) {
                    (Verb::Append | Verb::Insert, true) => {
                        Check::desired(format!("iptables rule for {name} already set ({shown}) for {family}"))
                    }
                    (Verb::Delete, false) => Check::desired(format!("iptables rule for {name} already absent for {family} ({shown})")),
                    (Verb::Append, false) => {
                        Check::change(format!("iptables rule for {name} needs to be set ({shown}) for {family}"), Map::new(), ())
                    }
                    (Verb::Insert, false) => {
                        Check::change(format!("iptables rule for {name} needs to be set for {family} ({shown})"), Map::new(), ())
                    }
                    (Verb::Delete, true) => {
                        Check::change(format!("iptables rule for {name} needs to be deleted for {family} ({shown})"), Map::new(), ())
                    }
                })
            }

            async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
                let (name, family) = (&self.name, &self.family);
                let shown = self.shown(cx)?;
                let (mut words, _) = self.words();
                if $verb == Verb::Append {
                    // The end of a chain is no place.
                    words.retain(|word| self.position.is_empty() || *word != self.position);
                }
                if let Err(failure) = act(cx, family, &self.table, &words).await {
                    let what = if $verb == Verb::Delete { "delete" } else { "set" };
                    let said = format!("Failed to {what} iptables rule for {name}.\nAttempted rule was {shown} for {family}: {} (status {})", failure.message, failure.retcode);
                    return Ok(Applied::failed(said));
                }
                let kept = keep(cx, family, &self.save).await?;
                let comment = match ($verb, kept) {
                    (Verb::Delete, None) => format!("Delete iptables rule for {name} {shown}"),
                    (Verb::Delete, Some(file)) => format!("Deleted and saved iptables rule {name} for {family}\n{shown}\nWrote the rules to \"{file}\""),
                    (_, None) => format!("Set iptables rule for {name} to: {shown} for {family}"),
                    (_, Some(file)) => format!("Set and saved iptables rule {name} for {family}\n{shown}\nWrote the rules to \"{file}\""),
                };
                Ok(Applied::ok(comment, changed(name)))
            }
        }
    };
}

rule_state! {
    /// Ensure a chain has a rule; a new one goes to its end.
    ///
    /// ```salt
    /// http:
    ///   iptables.append:
    ///     - chain: INPUT
    ///     - jump: ACCEPT
    ///     - match: state
    ///     - connstate: NEW
    ///     - dport: 80
    ///     - proto: tcp
    ///     - save: True
    /// ```
    Append, Verb::Append
}
rule_state! {
    /// Ensure a chain has a rule; a new one goes to a place.
    ///
    /// ```salt
    /// http:
    ///   iptables.insert:
    ///     - position: 1
    ///     - chain: INPUT
    ///     - jump: ACCEPT
    ///     - dport: 80
    ///     - proto: tcp
    /// ```
    Insert, Verb::Insert
}
rule_state! {
    /// Ensure a chain does not have a rule.
    ///
    /// ```salt
    /// http:
    ///   iptables.delete:
    ///     - chain: INPUT
    ///     - jump: ACCEPT
    ///     - dport: 80
    ///     - proto: tcp
    /// ```
    Delete, Verb::Delete
}

/// Ensure what happens to a packet that no rule of a chain takes.
///
/// ```salt
/// drop by default:
///   iptables.set_policy:
///     - chain: INPUT
///     - policy: DROP
/// ```
#[derive(Args)]
pub struct SetPolicy {
    /// Any name.
    name: String,
    /// Table.
    #[arg(default = "filter")]
    table: String,
    /// `ipv4` or `ipv6`.
    #[arg(default = "ipv4")]
    family: String,
    /// Chain.
    #[arg(named)]
    chain: String,
    /// `ACCEPT` or `DROP`.
    #[arg(named)]
    policy: String,
    /// Keep the rules for the next boot.
    #[arg(default = false, named)]
    save: Value,
}

impl State for SetPolicy {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let (chain, table, family, wanted) = (&self.chain, &self.table, &self.family, &self.policy);
        if policy(read, family, table, chain).await?.as_deref() == Some(wanted) {
            return Ok(Check::desired(format!(
                "iptables default policy for chain {chain} on table {table} for {family} already set to {wanted}"
            )));
        }
        let comment = format!("iptables default policy for chain {chain} on table {table} for {family} needs to be set to {wanted}");
        Ok(Check::change(comment, Map::new(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let words = ["-P".to_owned(), self.chain.clone(), self.policy.clone()];
        if let Err(failure) = act(cx, &self.family, &self.table, &words).await {
            return Ok(Applied::failed(format!("Failed to set iptables default policy: {} (status {})", failure.message, failure.retcode)));
        }
        let kept = keep(cx, &self.family, &self.save).await?;
        let word = if kept.is_some() { "Set and saved" } else { "Set" };
        Ok(Applied::ok(format!("{word} default policy for {} to {} family {}", self.chain, self.policy, self.family), changed(&self.name)))
    }
}

macro_rules! chain_state {
    ($(#[$doc:meta])* $name:ident, $present:literal, $flag:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Chain.
            name: String,
            /// Table.
            #[arg(default = "filter")]
            table: String,
            /// `ipv4` or `ipv6`.
            #[arg(default = "ipv4")]
            family: String,
        }

        impl State for $name {
            type Change = ();

            async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
                let (name, table, family) = (&self.name, &self.table, &self.family);
                let has = has_chain(read, family, table, name).await?;
                Ok(match (has, $present) {
                    (true, true) => Check::desired(format!("iptables {name} chain is already exist in {table} table for {family}")),
                    (false, false) => Check::desired(format!("iptables {name} chain is already absent in {table} table for {family}")),
                    (false, true) => Check::change(format!("iptables {name} chain in {table} table needs to be set for {family}"), Map::new(), ()),
                    (true, false) => Check::change(format!("iptables {name} chain in {table} table needs to be removed {family}"), Map::new(), ()),
                })
            }

            async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
                let (name, table, family) = (&self.name, &self.table, &self.family);
                if !$present {
                    // A chain with rules cannot be removed.
                    act(cx, family, table, &["-F".to_owned(), name.clone()]).await?;
                }
                let word = if $present { "create" } else { "delete" };
                match act(cx, family, table, &[$flag.to_owned(), name.clone()]).await {
                    Ok(()) => Ok(Applied::ok(format!("iptables {name} chain in {table} table {word} success for {family}"), changed(name))),
                    Err(failure) => {
                        Ok(Applied::failed(format!("Failed to {word} {name} chain in {table} table: {} for {family} (status {})", failure.message, failure.retcode)))
                    }
                }
            }
        }
    };
}

chain_state! {
    /// Ensure a table has a chain.
    ///
    /// ```salt
    /// web:
    ///   iptables.chain_present: []
    /// ```
    ChainPresent, true, "-N"
}
chain_state! {
    /// Ensure a table does not have a chain.
    ///
    /// ```salt
    /// web:
    ///   iptables.chain_absent: []
    /// ```
    ChainAbsent, false, "-X"
}

/// Ensure a chain, or a whole table, has no rules.
///
/// ```salt
/// nothing:
///   iptables.flush:
///     - chain: INPUT
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Flush {
    /// Any name.
    name: String,
    /// Table.
    #[arg(default = "filter")]
    table: String,
    /// `ipv4` or `ipv6`.
    #[arg(default = "ipv4")]
    family: String,
    /// Chain; every one unless given.
    #[arg(default = "", named)]
    chain: String,
}

impl State for Flush {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let mut words = vec!["-S".to_owned()];
        words.extend(Some(self.chain.clone()).filter(|chain| !chain.is_empty()));
        let argv = modules::iptables::argv(&program(read, &self.family)?, &self.table, &words);
        let listed = read.try_run(argv).await?;
        let chain = if self.chain.is_empty() { "" } else { self.chain.as_str() };
        if listed.is_ok() && !listed.out().lines().any(|line| line.starts_with("-A")) {
            return Ok(Check::desired(format!(
                "iptables rules in {} table {} chain {} family are already flushed",
                self.table, chain, self.family
            )));
        }
        let comment = format!("iptables rules in {} table {} chain {} family needs to be flushed", self.name, self.table, self.family);
        Ok(Check::change(comment, Map::new(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let mut words = vec!["-F".to_owned()];
        words.extend(Some(self.chain.clone()).filter(|chain| !chain.is_empty()));
        match act(cx, &self.family, &self.table, &words).await {
            Ok(()) => {
                let comment = format!("Flush iptables rules in {} table {} chain {} family", self.table, self.chain, self.family);
                Ok(Applied::ok(comment, changed(&self.name)))
            }
            Err(failure) => {
                Ok(Applied::failed(format!("Failed to flush iptables rules: {} (status {})", failure.message, failure.retcode)))
            }
        }
    }
}
