//! Rules of the packet filter, by nft.

use crate::rules::{Chain, Filter, Policy, Rule, Verb, changed, failed, flushed, kept};
use modules::nftables::{Listed, act, build, chain, family_word, find_rule, flush, has_table, new_chain, policy, save};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, text};

sdk::states!(nftables, [Append, Insert, Delete, SetPolicy, Flush, ChainPresent, ChainAbsent, TablePresent, TableAbsent]);

/// Keeps the rules for the next boot, where that is wanted: at the usual place, or in a file.
async fn keep(cx: &Cx, wish: &Value) -> Result<Option<String>, Failure> {
    match kept(wish) {
        Some(file) => save(cx, file).await.map(Some),
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
            /// `ipv4`, `ipv6` or `inet`.
            #[arg(default = "ipv4")]
            family: String,
            /// Table.
            #[arg(default = "filter", named)]
            table: String,
            /// Chain.
            #[arg(default = "", named)]
            chain: String,
            /// Known for compatibility: a new rule goes to the end or the beginning.
            #[arg(named, ignored)]
            position: Option<Value>,
            /// Keep the rules for the next boot, at the usual place or in this file.
            #[arg(default = false, named)]
            save: Value,
            /// The rule: `proto`, `dport`, `source`, `connstate`, `jump`, ….
            #[arg(extra)]
            rule: Map,
        }

        impl $name {
            fn rule(&self) -> Rule<'_> {
                Rule { filter: Filter::Nftables, verb: $verb, name: &self.name, family: &self.family, shown: build(&self.rule) }
            }
        }

        impl State for $name {
            type Change = Option<Listed>;

            async fn check(&self, read: &Read) -> Result<Check<Option<Listed>>, Failure> {
                if self.chain.is_empty() {
                    return Ok(Check::fails("Error: Chain needs to be specified"));
                }
                let found = find_rule(read, &self.family, &self.table, &self.chain, &build(&self.rule)).await?;
                Ok(self.rule().check(found.is_some(), found))
            }

            async fn apply(&self, found: Option<Listed>, cx: &Cx) -> Result<Applied, Failure> {
                let rule = self.rule();
                let place = format!("{} {} {}", family_word(&self.family), self.table, self.chain);
                let script = match (&found, $verb) {
                    (Some(listed), _) => format!("delete rule {place} handle {}", listed.handle),
                    (None, Verb::Append) => format!("add rule {place} {}", rule.shown),
                    (None, Verb::Insert | Verb::Delete) => format!("insert rule {place} {}", rule.shown),
                };
                if let Err(failure) = act(cx, &script).await {
                    return Ok(rule.failed(&failure));
                }
                Ok(rule.done(keep(cx, &self.save).await?.as_deref()))
            }
        }
    };
}

rule_state! {
    /// Ensure a chain has a rule; a new one goes to its end.
    ///
    /// ```salt
    /// http:
    ///   nftables.append:
    ///     - table: filter
    ///     - chain: input
    ///     - jump: accept
    ///     - connstate: new
    ///     - dport: 80
    ///     - proto: tcp
    /// ```
    Append, Verb::Append
}
rule_state! {
    /// Ensure a chain has a rule; a new one goes to its beginning.
    ///
    /// ```salt
    /// http:
    ///   nftables.insert:
    ///     - table: filter
    ///     - chain: input
    ///     - jump: accept
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
    ///   nftables.delete:
    ///     - table: filter
    ///     - chain: input
    ///     - jump: accept
    ///     - dport: 80
    ///     - proto: tcp
    /// ```
    Delete, Verb::Delete
}

/// Ensure what happens to a packet that no rule of a chain takes.
///
/// ```salt
/// drop by default:
///   nftables.set_policy:
///     - chain: input
///     - policy: drop
/// ```
#[derive(Args)]
pub struct SetPolicy {
    /// Any name.
    name: String,
    /// Table.
    #[arg(default = "filter")]
    table: String,
    /// `ipv4`, `ipv6` or `inet`.
    #[arg(default = "ipv4")]
    family: String,
    /// Chain.
    #[arg(named)]
    chain: String,
    /// `accept` or `drop`.
    #[arg(named)]
    policy: String,
    /// Keep the rules for the next boot.
    #[arg(default = false, named)]
    save: Value,
}

impl SetPolicy {
    fn wish(&self) -> Policy<'_> {
        let Self { name, family, table, chain, policy, .. } = self;
        Policy { filter: Filter::Nftables, name, family, table, chain, wanted: policy }
    }
}

impl State for SetPolicy {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        Ok(self.wish().check(policy(read, &self.family, &self.table, &self.chain).await?.as_deref()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let policy = self.policy.to_lowercase();
        let script = format!("chain {} {} {} {{ policy {policy}; }}", family_word(&self.family), self.table, self.chain);
        if let Err(failure) = act(cx, &script).await {
            return Ok(self.wish().failed(&failure));
        }
        Ok(self.wish().done(keep(cx, &self.save).await?.is_some()))
    }
}

/// Ensure a table or chain has no rules.
///
/// ```salt
/// nothing:
///   nftables.flush:
///     - table: filter
///     - chain: input
/// ```
#[derive(Args)]
#[args(extra)]
pub struct Flush {
    /// Any name.
    name: String,
    /// Table.
    #[arg(default = "filter")]
    table: String,
    /// `ipv4`, `ipv6` or `inet`.
    #[arg(default = "ipv4")]
    family: String,
    /// Chain; the whole table unless given.
    #[arg(default = "", named)]
    chain: String,
    /// Take a table or chain that is not there for one that is empty.
    #[arg(default = false)]
    ignore_absence: bool,
}

impl State for Flush {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        if !has_table(read, &self.family, &self.table).await? {
            if self.ignore_absence {
                return Ok(Check::desired(format!("table {} in family {} does not exist, nothing to flush", self.table, self.family)));
            }
            return Ok(Check::fails(format!("Failed to flush table {} in family {}, table does not exist.", self.table, self.family)));
        }
        if !self.chain.is_empty() && chain(read, &self.family, &self.table, &self.chain).await?.is_some_and(|rules| rules.is_empty()) {
            return Ok(Check::desired(format!(
                "nftables rules in {} table {} chain {} family are already flushed",
                self.table, self.chain, self.family
            )));
        }
        Ok(Check::change("nftables flush not performed in test mode.", Map::new(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let place = (self.name.as_str(), self.table.as_str(), self.chain.as_str(), self.family.as_str());
        Ok(flushed(Filter::Nftables, place, act(cx, &flush(&self.family, &self.table, &self.chain)).await))
    }
}

/// Ensure a table has a chain.
///
/// ```salt
/// input:
///   nftables.chain_present:
///     - table: filter
///     - table_type: filter
///     - hook: input
///     - priority: 0
/// ```
#[derive(Args)]
pub struct ChainPresent {
    /// Chain.
    name: String,
    /// Table.
    #[arg(default = "filter")]
    table: String,
    /// `filter`, `nat` or `route`, for a chain at a hook.
    table_type: Option<String>,
    /// Hook.
    hook: Option<String>,
    /// Priority at the hook.
    priority: Option<Value>,
    /// `ipv4`, `ipv6` or `inet`.
    #[arg(default = "ipv4")]
    family: String,
}

impl ChainPresent {
    fn wish(&self) -> Chain<'_> {
        Chain { filter: Filter::Nftables, name: &self.name, family: &self.family, table: &self.table, wanted: true }
    }
}

impl State for ChainPresent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        Ok(self.wish().check(chain(read, &self.family, &self.table, &self.name).await?.is_some()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let (name, table, family) = (&self.name, &self.table, &self.family);
        let priority = self.priority.as_ref().map_or_else(|| "0".to_owned(), text::str);
        let base = self.table_type.as_deref().zip(self.hook.as_deref()).map(|(kind, hook)| (kind, hook, priority.as_str()));
        Ok(self.wish().done(act(cx, &new_chain(family, table, name, base)).await))
    }
}

/// Ensure a table does not have a chain.
///
/// ```salt
/// input:
///   nftables.chain_absent:
///     - table: filter
/// ```
#[derive(Args)]
pub struct ChainAbsent {
    /// Chain.
    name: String,
    /// Table.
    #[arg(default = "filter")]
    table: String,
    /// `ipv4`, `ipv6` or `inet`.
    #[arg(default = "ipv4")]
    family: String,
}

impl ChainAbsent {
    fn wish(&self) -> Chain<'_> {
        Chain { filter: Filter::Nftables, name: &self.name, family: &self.family, table: &self.table, wanted: false }
    }
}

impl State for ChainAbsent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        Ok(self.wish().check(chain(read, &self.family, &self.table, &self.name).await?.is_some()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let (name, table, family) = (&self.name, &self.table, &self.family);
        // A chain with rules cannot be removed: both in one transaction.
        let script = format!("{}\ndelete chain {} {table} {name}", flush(family, table, name), family_word(family));
        Ok(self.wish().done(act(cx, &script).await))
    }
}

macro_rules! table_state {
    ($(#[$doc:meta])* $name:ident, $present:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Table.
            name: String,
            /// `ipv4`, `ipv6` or `inet`.
            #[arg(default = "ipv4")]
            family: String,
        }

        impl State for $name {
            type Change = ();

            async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
                let (name, family) = (&self.name, &self.family);
                Ok(match (has_table(read, family, name).await?, $present) {
                    (true, true) => Check::desired(format!("nftables table {name} already exists in family {family}")),
                    (false, false) => Check::desired(format!("nftables table {name} is already absent from family {family}")),
                    (false, true) => Check::change(format!("nftables table {name} would be created in family {family}"), Map::new(), ()),
                    (true, false) => Check::change(format!("nftables table {name} would be deleted from family {family}"), Map::new(), ()),
                })
            }

            async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
                let (name, family) = (&self.name, &self.family);
                let (verb, done) = if $present { ("add", "successfully created in") } else { ("delete", "successfully deleted from") };
                match act(cx, &format!("{verb} table {} {name}", family_word(family))).await {
                    Ok(()) => Ok(Applied::ok(format!("nftables table {name} {done} family {family}"), changed(name))),
                    Err(failure) => Ok(failed(&format!("Failed to {verb} table {name} for family {family}"), &failure)),
                }
            }
        }
    };
}

table_state! {
    /// Ensure there is a table.
    ///
    /// ```salt
    /// filter:
    ///   nftables.table_present:
    ///     - family: inet
    /// ```
    TablePresent, true
}
table_state! {
    /// Ensure there is no such table.
    ///
    /// ```salt
    /// filter:
    ///   nftables.table_absent:
    ///     - family: inet
    /// ```
    TableAbsent, false
}
