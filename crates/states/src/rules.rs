//! What the states of both packet filters have in common: whether there is anything to do for a rule, a policy or a chain, and the words for it.
//!
//! Salt's words for the two differ in places; those places are the only ones where this asks which filter it is.

use sdk::{Applied, Check, Failure, Map, Value};

/// A packet filter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// iptables and ip6tables.
    Iptables,
    /// nft.
    Nftables,
}

impl Filter {
    const fn name(self) -> &'static str {
        match self {
            Self::Iptables => "iptables",
            Self::Nftables => "nftables",
        }
    }
}

/// What is wanted of a rule.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It stands at the end.
    Append,
    /// It stands at a place.
    Insert,
    /// It is not there.
    Delete,
}

/// Salt's word for what changed.
pub fn changed(name: &str) -> Map {
    [("locale", name)].into_iter().collect()
}

/// Something that did not work, with what the filter said.
pub fn failed(what: &str, failure: &Failure) -> Applied {
    Applied::failed(format!("{what}: {} (status {})", failure.message, failure.retcode))
}

/// Whether rules are kept for the next boot: `None` not at all, else in a file of their own or at the usual place.
pub fn kept(save: &Value) -> Option<Option<&str>> {
    match save {
        Value::Str(file) if file.contains('/') => Some(Some(file)),
        other => other.is_truthy().then_some(None),
    }
}

/// A rule as a state speaks of it.
pub struct Rule<'a> {
    /// Filter.
    pub filter: Filter,
    /// What is wanted.
    pub verb: Verb,
    /// Name of the state.
    pub name: &'a str,
    /// Family of addresses.
    pub family: &'a str,
    /// The rule, or the command that makes it.
    pub shown: String,
}

impl Rule<'_> {
    /// What is to be done, from whether the rule is there.
    pub fn check<C>(&self, is_there: bool, change: C) -> Check<C> {
        let Self { name, family, shown, .. } = self;
        let start = format!("{} rule for {name}", self.filter.name());
        match (self.verb, is_there) {
            (Verb::Append, true) => Check::desired(format!("{start} already set ({shown}) for {family}")),
            (Verb::Insert, true) => Check::desired(format!("{start} already set for {family} ({shown})")),
            (Verb::Delete, false) => Check::desired(format!("{start} already absent for {family} ({shown})")),
            (Verb::Append, false) => Check::change(format!("{start} needs to be set ({shown}) for {family}"), Map::new(), change),
            (Verb::Insert, false) => Check::change(format!("{start} needs to be set for {family} ({shown})"), Map::new(), change),
            (Verb::Delete, true) => Check::change(format!("{start} needs to be deleted for {family} ({shown})"), Map::new(), change),
        }
    }

    /// What was done; `file` is where the rules are kept for the next boot.
    pub fn done(&self, file: Option<&str>) -> Applied {
        let Self { name, family, shown, .. } = self;
        let filter = self.filter.name();
        let is_delete = self.verb == Verb::Delete;
        let comment = match (file, self.filter) {
            (None, _) if is_delete => format!("Delete {filter} rule for {name} {shown}"),
            (None, _) => format!("Set {filter} rule for {name} to: {shown} for {family}"),
            (Some(file), Filter::Iptables) => {
                let word = if is_delete { "Deleted" } else { "Set" };
                format!("{word} and saved iptables rule {name} for {family}\n{shown}\nWrote the rules to \"{file}\"")
            }
            (Some(_), Filter::Nftables) if is_delete => format!("Deleted and Saved nftables rule for {name} for {family} {shown}"),
            (Some(_), Filter::Nftables) => format!("Set and Saved nftables rule for {name} to: {shown} for {family}"),
        };
        Applied::ok(comment, changed(self.name))
    }

    /// Why it was not done.
    pub fn failed(&self, failure: &Failure) -> Applied {
        let word = if self.verb == Verb::Delete { "delete" } else { "set" };
        let end = if self.filter == Filter::Iptables { ".\n" } else { ". " };
        let Self { name, family, shown, .. } = self;
        failed(&format!("Failed to {word} {} rule for {name}{end}Attempted rule was {shown} for {family}", self.filter.name()), failure)
    }
}

/// A policy as a state speaks of it: what happens to a packet that no rule of a chain takes.
pub struct Policy<'a> {
    /// Filter.
    pub filter: Filter,
    /// Name of the state.
    pub name: &'a str,
    /// Family of addresses.
    pub family: &'a str,
    /// Table.
    pub table: &'a str,
    /// Chain.
    pub chain: &'a str,
    /// What is wanted.
    pub wanted: &'a str,
}

impl Policy<'_> {
    /// What is to be done, from what holds now.
    pub fn check(&self, now: Option<&str>) -> Check<()> {
        let Self { chain, table, family, wanted, .. } = self;
        let start = format!("{} default policy for chain {chain} on table {table} for {family}", self.filter.name());
        if now.is_some_and(|now| now.eq_ignore_ascii_case(wanted)) {
            return Check::desired(format!("{start} already set to {wanted}"));
        }
        Check::change(format!("{start} needs to be set to {wanted}"), Map::new(), ())
    }

    /// What was done.
    pub fn done(&self, is_kept: bool) -> Applied {
        let word = if is_kept { "Set and saved" } else { "Set" };
        Applied::ok(format!("{word} default policy for {} to {} family {}", self.chain, self.wanted, self.family), changed(self.name))
    }

    /// Why it was not done.
    pub fn failed(&self, failure: &Failure) -> Applied {
        failed(&format!("Failed to set {} default policy", self.filter.name()), failure)
    }
}

/// A chain as a state speaks of it.
pub struct Chain<'a> {
    /// Filter.
    pub filter: Filter,
    /// Its name.
    pub name: &'a str,
    /// Family of addresses.
    pub family: &'a str,
    /// Table.
    pub table: &'a str,
    /// Whether it is to be there.
    pub wanted: bool,
}

impl Chain<'_> {
    /// What is to be done, from whether it is there.
    pub fn check(&self, is_there: bool) -> Check<()> {
        let Self { name, table, family, .. } = self;
        let filter = self.filter.name();
        if is_there == self.wanted {
            let word = if is_there { "exist" } else { "absent" };
            return Check::desired(format!("{filter} {name} chain is already {word} in {table} table for {family}"));
        }
        let comment = match (self.filter, self.wanted) {
            (Filter::Iptables, true) => format!("iptables {name} chain in {table} table needs to be set for {family}"),
            (Filter::Iptables, false) => format!("iptables {name} chain in {table} table needs to be removed {family}"),
            (Filter::Nftables, true) => format!("nftables chain {name} would be created in table {table} for family {family}"),
            (Filter::Nftables, false) => format!("nftables chain {name} would be deleted from table {table} for family {family}"),
        };
        Check::change(comment, Map::new(), ())
    }

    const fn word(&self) -> &'static str {
        if self.wanted { "create" } else { "delete" }
    }

    /// What was done, or why it was not.
    pub fn done(&self, outcome: Result<(), Failure>) -> Applied {
        let Self { name, table, family, .. } = self;
        match outcome {
            Ok(()) => {
                let comment = format!("{} {name} chain in {table} table {} success for {family}", self.filter.name(), self.word());
                Applied::ok(comment, changed(name))
            }
            Err(failure) => failed(&format!("Failed to {} {name} chain in {table} table for {family}", self.word()), &failure),
        }
    }
}

/// What came of taking every rule out of a chain or a table.
pub fn flushed(filter: Filter, (name, table, chain, family): (&str, &str, &str, &str), outcome: Result<(), Failure>) -> Applied {
    let filter = filter.name();
    match outcome {
        Ok(()) => Applied::ok(format!("Flush {filter} rules in {table} table {chain} chain {family} family"), changed(name)),
        Err(failure) => failed(&format!("Failed to flush {filter} rules"), &failure),
    }
}
