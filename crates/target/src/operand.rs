//! One operand of an expression: an id pattern, a grain, an address and so on, each parsed by its kind.

use crate::compound::{self, Context};
use crate::data::{DataPattern, Style};
use crate::{Expression, Nodegroups, ParseError, Stored};
use fancy_regex::Regex;
use ipnet::IpNet;
use model::{Glob, Target, TargetKind};
use std::net::{IpAddr, Ipv4Addr};

/// What becomes of an operand that could never match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// It is an error.
    Strict,
    /// It matches nobody.
    Lenient,
}

/// Parses a whole target.
pub(crate) fn whole(target: &Target, nodegroups: &Nodegroups, strictness: Strictness) -> Result<Expression, ParseError> {
    let context = Context::new(nodegroups, strictness);
    let text = target.expression.as_str();
    match target.kind {
        TargetKind::Compound => compound::parse_text(text, &context),
        TargetKind::Nodegroup => compound::nodegroup(text, text, 1, &context),
        kind => simple(kind, text, &target.delimiter, strictness),
    }
}

/// Parses an operand of any kind but `compound` and `nodegroup`, which are made of others.
pub(crate) fn simple(kind: TargetKind, text: &str, delimiter: &str, strictness: Strictness) -> Result<Expression, ParseError> {
    let data = |style| DataPattern::new(text, delimiter, style);
    let result = match kind {
        TargetKind::Glob | TargetKind::Compound | TargetKind::Nodegroup => return Ok(Expression::Glob(Glob::new(text))),
        TargetKind::List => return Ok(Expression::List(list(text))),
        // A regular expression that does not compile ends the whole match in Salt too.
        TargetKind::Pcre => return regex(text, text, 1).map(|regex| Expression::Pcre(Box::new(regex))),
        TargetKind::Grain => data(Style::Glob).map(Expression::Grain),
        TargetKind::GrainPcre => data(Style::Regex).map(Expression::Grain),
        TargetKind::Pillar => data(Style::Glob).map(Expression::Pillar),
        TargetKind::PillarPcre => data(Style::Regex).map(Expression::Pillar),
        TargetKind::PillarExact => data(Style::Exact).map(Expression::Pillar),
        TargetKind::Ipcidr => address(text),
        TargetKind::Data => Stored::new(text)
            .map(Expression::Stored)
            .ok_or_else(|| ParseError::new(text, 1, format!("`{text}` names no value to compare with")).hint("write `key:pattern`")),
        // Without a service nobody can say who is meant, nor who is not: `not R@…` matches nobody either.
        TargetKind::Range => {
            return Err(ParseError::new(text, 1, "range targets need a range service, and none is configured")
                .hint("use a nodegroup or a list instead"));
        }
    };
    match (result, strictness) {
        (Err(error), Strictness::Lenient) => Ok(Expression::Never(Box::new(error))),
        (result, _) => result,
    }
}

/// Ids separated by commas. Blanks belong to the ids: taking them away is the command line's business.
fn list(text: &str) -> Vec<String> {
    text.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

/// Compiles a regular expression; the column of the fault counts from `column` in `whole`.
pub(crate) fn regex(text: &str, whole: &str, column: usize) -> Result<Regex, ParseError> {
    Regex::new(text).map_err(|error| {
        let (offset, reason) = match &error {
            fancy_regex::Error::ParseError(offset, reason) => (*offset, reason.to_string()),
            other => (0, other.to_string()),
        };
        let before = text.get(..offset).map_or(0, |before| before.chars().count());
        ParseError::new(whole, column + before, format!("`{text}` is no regular expression: {}", reason.trim()))
    })
}

fn address(text: &str) -> Result<Expression, ParseError> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(Expression::Address(address));
    }
    let fault = |message: String| ParseError::new(text, 1, message);
    let Some((address, mask)) = text.split_once('/') else {
        return Err(fault(format!("`{text}` is neither an address nor a network")).hint("write `10.0.0.5` or `10.0.0.0/24`"));
    };
    let address: IpAddr = address.parse().map_err(|_| fault(format!("`{address}` is no address")))?;
    let length = prefix_length(address, mask).ok_or_else(|| fault(format!("`{mask}` is no network mask")))?;
    let network = IpNet::new(address, length).map_err(|_| fault(format!("`/{mask}` is longer than the address")))?;
    if network.network() == address {
        Ok(Expression::Network(network))
    } else {
        Err(fault(format!("`{text}` has bits set behind its mask")).hint(format!("the network is `{}`", network.trunc())))
    }
}

/// A prefix length from `24`, `255.255.255.0` or `0.0.0.255`.
fn prefix_length(address: IpAddr, mask: &str) -> Option<u8> {
    if !mask.is_empty() && mask.bytes().all(|b| b.is_ascii_digit()) {
        return mask.parse().ok();
    }
    if !address.is_ipv4() {
        return None;
    }
    let bits = u32::from(mask.parse::<Ipv4Addr>().ok()?);
    let length = |bits: u32| (bits.leading_ones() + bits.trailing_zeros() == 32 || bits == u32::MAX).then_some(bits.leading_ones());
    length(bits).or_else(|| length(!bits)).and_then(|length| u8::try_from(length).ok())
}
