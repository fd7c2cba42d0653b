//! Rules of the packet filter, by iptables.

use crate::rules::{Chain, Filter, Policy, Rule, Verb, flushed, kept};
use modules::iptables::rule::{build, shown};
use modules::iptables::{act, has_chain, has_rule, policy, program, save};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value};

sdk::states!(iptables, [Append, Insert, Delete, SetPolicy, Flush, ChainPresent, ChainAbsent]);

/// Keeps the rules for the next boot, where that is wanted: at the usual place, or in a file.
async fn keep(cx: &Cx, family: &str, wish: &Value) -> Result<Option<String>, Failure> {
    match kept(wish) {
        Some(file) => save(cx, family, file).await.map(Some),
        None => Ok(None),
    }
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

        impl $name {
            fn rule(&self, read: &Read) -> Result<Rule<'_>, Failure> {
                Ok(Rule { filter: Filter::Iptables, verb: $verb, name: &self.name, family: &self.family, shown: self.shown(read)? })
            }
        }

        impl State for $name {
            type Change = ();

            async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
                if self.chain.is_empty() {
                    return Ok(Check::fails("Error: Chain needs to be specified"));
                }
                if $verb == Verb::Insert && self.position.is_empty() {
                    return Ok(Check::fails("You must specify a position when inserting a rule"));
                }
                let (_, rule) = self.words();
                let has = if $verb == Verb::Delete && !self.position.is_empty() && rule.is_empty() {
                    true
                } else {
                    has_rule(read, &self.family, &self.table, &self.chain, &rule).await?
                };
                Ok(self.rule(read)?.check(has, ()))
            }

            async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
                let (mut words, _) = self.words();
                if $verb == Verb::Append {
                    // The end of a chain is no place.
                    words.retain(|word| self.position.is_empty() || *word != self.position);
                }
                let rule = self.rule(cx)?;
                if let Err(failure) = act(cx, &self.family, &self.table, &words).await {
                    return Ok(rule.failed(&failure));
                }
                Ok(rule.done(keep(cx, &self.family, &self.save).await?.as_deref()))
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

impl SetPolicy {
    fn wish(&self) -> Policy<'_> {
        let Self { name, family, table, chain, policy, .. } = self;
        Policy { filter: Filter::Iptables, name, family, table, chain, wanted: policy }
    }
}

impl State for SetPolicy {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        Ok(self.wish().check(policy(read, &self.family, &self.table, &self.chain).await?.as_deref()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let words = ["-P".to_owned(), self.chain.clone(), self.policy.clone()];
        if let Err(failure) = act(cx, &self.family, &self.table, &words).await {
            return Ok(self.wish().failed(&failure));
        }
        Ok(self.wish().done(keep(cx, &self.family, &self.save).await?.is_some()))
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

        impl $name {
            fn wish(&self) -> Chain<'_> {
                Chain { filter: Filter::Iptables, name: &self.name, family: &self.family, table: &self.table, wanted: $present }
            }
        }

        impl State for $name {
            type Change = ();

            async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
                Ok(self.wish().check(has_chain(read, &self.family, &self.table, &self.name).await?))
            }

            async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
                let (name, table, family) = (&self.name, &self.table, &self.family);
                if !$present {
                    // A chain with rules cannot be removed.
                    act(cx, family, table, &["-F".to_owned(), name.clone()]).await?;
                }
                Ok(self.wish().done(act(cx, family, table, &[$flag.to_owned(), name.clone()]).await))
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
        let place = (self.name.as_str(), self.table.as_str(), self.chain.as_str(), self.family.as_str());
        Ok(flushed(Filter::Iptables, place, act(cx, &self.family, &self.table, &words).await))
    }
}
