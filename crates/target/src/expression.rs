//! The parsed form of a target and its evaluation.

use crate::{Facts, Nodegroups, ParseError, Stored, compound, data, operand};
use fancy_regex::Regex;
use ipnet::IpNet;
use model::{Glob, Target};
use std::net::IpAddr;
use value::Value;

/// A parsed target expression.
#[derive(Clone, Debug)]
pub enum Expression {
    /// Shell pattern over the id.
    Glob(Glob),
    /// Regular expression over the id, anchored at its start.
    Pcre(Box<Regex>),
    /// Exact ids.
    List(Vec<String>),
    /// Pattern over a grain.
    Grain(data::DataPattern),
    /// Pattern over a pillar value.
    Pillar(data::DataPattern),
    /// Pattern over what the estate says of the host.
    Asset(data::DataPattern),
    /// Value that the minion keeps.
    Stored(Stored),
    /// An address of the minion.
    Address(IpAddr),
    /// A network in which the minion has an address.
    Network(IpNet),
    /// Nobody: an operand that cannot match, kept because the expression was parsed leniently.
    Never(Box<ParseError>),
    /// Whoever does not match.
    Not(Box<Expression>),
    /// Who matches all.
    And(Vec<Expression>),
    /// Who matches any.
    Or(Vec<Expression>),
}

/// Parses a target; everything that cannot have been meant is an error.
///
/// # Errors
/// When the expression is malformed, or an operand of it could never match.
pub fn parse(target: &Target, nodegroups: &Nodegroups) -> Result<Expression, ParseError> {
    operand::whole(target, nodegroups, operand::Strictness::Strict)
}

/// Parses a target as Salt would read it: an operand that cannot match (a network with host bits, a grain without a pattern) matches
/// nobody instead of being an error.
///
/// # Errors
/// When the structure is malformed. Salt then logs and matches nobody.
pub fn parse_leniently(target: &Target, nodegroups: &Nodegroups) -> Result<Expression, ParseError> {
    operand::whole(target, nodegroups, operand::Strictness::Lenient)
}

/// Parses a compound expression given as a list of words, which may then contain blanks.
///
/// # Errors
/// When the expression is malformed, or an operand of it could never match.
pub fn parse_words<W: AsRef<str>>(words: &[W], nodegroups: &Nodegroups) -> Result<Expression, ParseError> {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let text = words.join(" ");
    let mut column = 1;
    let placed: Vec<_> = words
        .iter()
        .map(|word| {
            let here = column;
            column += word.chars().count() + 1;
            (*word, here)
        })
        .collect();
    compound::parse(&text, &placed, &compound::Context::new(nodegroups, operand::Strictness::Strict))
}

impl Expression {
    /// Whether a minion matches.
    #[must_use]
    pub fn matches(&self, facts: &dyn Facts) -> bool {
        match self {
            Self::Glob(glob) => glob.matches(facts.id()),
            Self::Pcre(regex) => data::matches_at_start(regex, facts.id()),
            Self::List(ids) => ids.iter().any(|id| id == facts.id()),
            Self::Grain(pattern) => pattern.matches(facts.grains()),
            Self::Pillar(pattern) => pattern.matches(facts.pillar()),
            Self::Asset(pattern) => pattern.matches(facts.asset()),
            Self::Stored(stored) => stored.matches(facts.stored()),
            Self::Address(address) => addresses(facts.grains()).any(|own| own == *address),
            Self::Network(network) => addresses(facts.grains()).any(|own| network.contains(&own)),
            Self::Never(_) => false,
            Self::Not(inner) => !inner.matches(facts),
            Self::And(all) => all.iter().all(|inner| inner.matches(facts)),
            Self::Or(any) => any.iter().any(|inner| inner.matches(facts)),
        }
    }

    /// The same with pillar compared for equality: a pattern must not open what an authorisation means to keep.
    #[must_use]
    pub fn with_exact_pillar(self) -> Self {
        let each = |parts: Vec<Self>| parts.into_iter().map(Self::with_exact_pillar).collect();
        match self {
            Self::Pillar(pattern) => Self::Pillar(pattern.exact()),
            Self::Not(inner) => Self::Not(Box::new(inner.with_exact_pillar())),
            Self::And(parts) => Self::And(each(parts)),
            Self::Or(parts) => Self::Or(each(parts)),
            other => other,
        }
    }

    /// Whether the answer depends on pillar, which not every room may look at.
    #[must_use]
    pub fn needs_pillar(&self) -> bool {
        match self {
            Self::Pillar(_) => true,
            Self::Not(inner) => inner.needs_pillar(),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::needs_pillar),
            Self::Glob(_)
            | Self::Pcre(_)
            | Self::List(_)
            | Self::Grain(_)
            | Self::Asset(_)
            | Self::Stored(_)
            | Self::Address(_)
            | Self::Network(_)
            | Self::Never(_) => false,
        }
    }

    /// Whether the answer depends on what the estate says of hosts, which only the master knows.
    #[must_use]
    pub fn needs_asset(&self) -> bool {
        match self {
            Self::Asset(_) => true,
            Self::Not(inner) => inner.needs_asset(),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::needs_asset),
            Self::Glob(_)
            | Self::Pcre(_)
            | Self::List(_)
            | Self::Grain(_)
            | Self::Pillar(_)
            | Self::Stored(_)
            | Self::Address(_)
            | Self::Network(_)
            | Self::Never(_) => false,
        }
    }

    /// Whether the answer depends on what a minion keeps, which only the minion knows.
    #[must_use]
    pub fn needs_store(&self) -> bool {
        match self {
            Self::Stored(_) => true,
            Self::Not(inner) => inner.needs_store(),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::needs_store),
            Self::Glob(_)
            | Self::Pcre(_)
            | Self::List(_)
            | Self::Grain(_)
            | Self::Pillar(_)
            | Self::Asset(_)
            | Self::Address(_)
            | Self::Network(_)
            | Self::Never(_) => false,
        }
    }

    /// Whether the answer depends on grains: without, ids alone decide.
    #[must_use]
    pub fn needs_grains(&self) -> bool {
        match self {
            Self::Grain(_) | Self::Address(_) | Self::Network(_) => true,
            Self::Not(inner) => inner.needs_grains(),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::needs_grains),
            Self::Glob(_) | Self::Pcre(_) | Self::List(_) | Self::Pillar(_) | Self::Asset(_) | Self::Stored(_) | Self::Never(_) => false,
        }
    }

    /// Ids named outright, if the expression is a list: they are waited for even when nobody knows them.
    #[must_use]
    pub fn named_ids(&self) -> Option<&[String]> {
        match self {
            Self::List(ids) => Some(ids),
            _ => None,
        }
    }
}

/// The addresses in the grains `ipv4` and `ipv6`.
fn addresses(grains: &Value) -> impl Iterator<Item = IpAddr> + '_ {
    ["ipv4", "ipv6"].into_iter().filter_map(|key| grains.get(key)?.as_list()).flatten().filter_map(|item| item.as_str()?.parse().ok())
}
