//! Rules of the packet filter, by nft.

use modules::nftables::{Listed, act, build, chain, family_word, find_rule, flush, has_table, new_chain, policy, save};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, text};

sdk::states!(nftables, [Append, Insert, Delete, SetPolicy, Flush, ChainPresent, ChainAbsent, TablePresent, TableAbsent]);

/// Salt's word for what changed.
fn changed(name: &str) -> Map {
    [("locale", name)].into_iter().collect()
}

fn failed(what: &str, failure: &Failure) -> Applied {
    Applied::failed(format!("{what}: {} (status {})", failure.message, failure.retcode))
}

async fn keep(cx: &Cx, save_as: &Value) -> Result<bool, Failure> {
    match save_as {
        Value::Str(file) if file.contains('/') => save(cx, Some(file)).await.map(|_| true),
        other if other.is_truthy() => save(cx, None).await.map(|_| true),
        _ => Ok(false),
    }
}

macro_rules! rule_state {
    ($(#[$doc:meta])* $name:ident, $verb:literal) => {
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

        impl State for $name {
            type Change = Option<Listed>;

            async fn check(&self, read: &Read) -> Result<Check<Option<Listed>>, Failure> {
                let (name, family, rule) = (&self.name, &self.family, build(&self.rule));
                if self.chain.is_empty() {
                    return Ok(Check::fails("Error: Chain needs to be specified"));
                }
                let found = find_rule(read, family, &self.table, &self.chain, &rule).await?;
                Ok(match ($verb, found) {
                    ("delete", None) => Check::desired(format!("nftables rule for {name} already absent for {family} ({rule})")),
                    ("delete", found) => {
                        Check::change(format!("nftables rule for {name} needs to be deleted for {family} ({rule})"), Map::new(), found)
                    }
                    (_, Some(_)) => Check::desired(format!("nftables rule for {name} already set for {family} ({rule})")),
                    ("append", None) => Check::change(format!("nftables rule for {name} needs to be set ({rule}) for {family}"), Map::new(), None),
                    (_, None) => Check::change(format!("nftables rule for {name} needs to be set for {family} ({rule})"), Map::new(), None),
                })
            }

            async fn apply(&self, found: Option<Listed>, cx: &Cx) -> Result<Applied, Failure> {
                let (name, family, rule) = (&self.name, &self.family, build(&self.rule));
                let place = format!("{} {} {}", family_word(family), self.table, self.chain);
                let script = match (&found, $verb) {
                    (Some(listed), _) => format!("delete rule {place} handle {}", listed.handle),
                    (None, "append") => format!("add rule {place} {rule}"),
                    (None, _) => format!("insert rule {place} {rule}"),
                };
                if let Err(failure) = act(cx, &script).await {
                    let what = format!("Failed to {} nftables rule for {name}. Attempted rule was {rule} for {family}", if $verb == "delete" { "delete" } else { "set" });
                    return Ok(failed(&what, &failure));
                }
                let kept = keep(cx, &self.save).await?;
                let comment = match ($verb, kept) {
                    ("delete", false) => format!("Delete nftables rule for {name} {rule}"),
                    ("delete", true) => format!("Deleted and Saved nftables rule for {name} for {family} {rule}"),
                    (_, false) => format!("Set nftables rule for {name} to: {rule} for {family}"),
                    (_, true) => format!("Set and Saved nftables rule for {name} to: {rule} for {family}"),
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
    ///   nftables.append:
    ///     - table: filter
    ///     - chain: input
    ///     - jump: accept
    ///     - connstate: new
    ///     - dport: 80
    ///     - proto: tcp
    /// ```
    Append, "append"
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
    Insert, "insert"
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
    Delete, "delete"
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

impl State for SetPolicy {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let (chain, table, family, wanted) = (&self.chain, &self.table, &self.family, &self.policy);
        if policy(read, family, table, chain).await?.is_some_and(|now| now.eq_ignore_ascii_case(wanted)) {
            return Ok(Check::desired(format!(
                "nftables default policy for chain {chain} on table {table} for {family} already set to {wanted}"
            )));
        }
        let comment = format!("nftables default policy for chain {chain} on table {table} for {family} needs to be set to {wanted}");
        Ok(Check::change(comment, Map::new(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let policy = self.policy.to_lowercase();
        let script = format!("chain {} {} {} {{ policy {policy}; }}", family_word(&self.family), self.table, self.chain);
        if let Err(failure) = act(cx, &script).await {
            return Ok(failed("Failed to set nftables default policy", &failure));
        }
        let word = if keep(cx, &self.save).await? { "Set and saved" } else { "Set" };
        Ok(Applied::ok(format!("{word} default policy for {} to {} family {}", self.chain, self.policy, self.family), changed(&self.name)))
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
}

impl State for Flush {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        if !has_table(read, &self.family, &self.table).await? {
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
        match act(cx, &flush(&self.family, &self.table, &self.chain)).await {
            Ok(()) => {
                let comment = format!("Flush nftables rules in {} table {} chain {} family", self.table, self.chain, self.family);
                Ok(Applied::ok(comment, changed(&self.name)))
            }
            Err(failure) => Ok(failed("Failed to flush nftables rules", &failure)),
        }
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

impl State for ChainPresent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let (name, table, family) = (&self.name, &self.table, &self.family);
        if chain(read, family, table, name).await?.is_some() {
            return Ok(Check::desired(format!("nftables {name} chain is already exist in {table} table for {family}")));
        }
        Ok(Check::change(format!("nftables chain {name} would be created in table {table} for family {family}"), Map::new(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let (name, table, family) = (&self.name, &self.table, &self.family);
        let priority = self.priority.as_ref().map_or_else(|| "0".to_owned(), text::str);
        let base = self.table_type.as_deref().zip(self.hook.as_deref()).map(|(kind, hook)| (kind, hook, priority.as_str()));
        match act(cx, &new_chain(family, table, name, base)).await {
            Ok(()) => Ok(Applied::ok(format!("nftables {name} chain in {table} table create success for {family}"), changed(name))),
            Err(failure) => Ok(failed(&format!("Failed to create {name} chain in {table} table for {family}"), &failure)),
        }
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

impl State for ChainAbsent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let (name, table, family) = (&self.name, &self.table, &self.family);
        if chain(read, family, table, name).await?.is_none() {
            return Ok(Check::desired(format!("nftables {name} chain is already absent in {table} table for {family}")));
        }
        Ok(Check::change(format!("nftables chain {name} would be deleted from table {table} for family {family}"), Map::new(), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let (name, table, family) = (&self.name, &self.table, &self.family);
        // A chain with rules cannot be removed: both in one transaction.
        let script = format!("{}\ndelete chain {} {table} {name}", flush(family, table, name), family_word(family));
        match act(cx, &script).await {
            Ok(()) => Ok(Applied::ok(format!("nftables {name} chain in {table} table delete success for {family}"), changed(name))),
            Err(failure) => Ok(failed(&format!("Failed to delete {name} chain in {table} table for {family}"), &failure)),
        }
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
