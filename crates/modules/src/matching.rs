//! `match.*`: does a target expression mean this minion?

use crate::lookup::glob;
use model::{Target, TargetKind};
use sdk::{Args, Failure, Map, Query, Read, Value, text};
use value::{Strategy, merge};

sdk::module!(match, [Compound, Glob, Pcre, List, Grain, GrainPcre, Pillar, PillarPcre, Ipcidr, Data, FilterBy, SearchBy, Ifelse]);

fn matches(kind: TargetKind, expression: &str, delimiter: Option<String>, read: &Read) -> Result<bool, Failure> {
    let mut target = Target::new(kind, expression);
    if let Some(delimiter) = delimiter {
        target.delimiter = delimiter;
    }
    read.agent().matches(&target)
}

macro_rules! match_function {
    ($(#[$doc:meta])* $name:ident, $kind:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// The expression.
            tgt: Value,
            /// Id to compare with instead of this minion's.
            minion_id: Option<String>,
            /// Delimiter of grain and pillar paths.
            #[arg(named)]
            delimiter: Option<String>,
        }

        impl Query for $name {
            type Output = bool;
            async fn call(self, read: &Read) -> Result<bool, Failure> {
                let expression = words(&self.tgt, if TargetKind::$kind == TargetKind::Compound { " " } else { "," });
                match (self.minion_id, TargetKind::$kind) {
                    (Some(id), TargetKind::Glob) => Ok(glob(&expression, &id)),
                    (Some(id), TargetKind::List) => Ok(expression.split(',').any(|word| word.trim() == id)),
                    (Some(id), kind) if id != read.facts().id => {
                        let mut target = Target::new(kind, expression);
                        target.delimiter = self.delimiter.unwrap_or(target.delimiter);
                        read.agent().matches_id(&target, &id)
                    }
                    _ => matches(TargetKind::$kind, &expression, self.delimiter, read),
                }
            }
        }
    };
}

fn words(value: &Value, between: &str) -> String {
    match value {
        Value::List(items) => items.iter().map(text::str).collect::<Vec<_>>().join(between),
        other => text::str(other),
    }
}

match_function! {
    /// Tell whether a compound expression means this minion.
    ///
    /// ```salt
    /// salt '*' match.compound 'G@os:Debian and web*'
    /// ```
    Compound, Compound
}
match_function! {
    /// Tell whether a shell pattern fits this minion's id.
    ///
    /// ```salt
    /// salt '*' match.glob 'web*'
    /// ```
    Glob, Glob
}
match_function! {
    /// Tell whether a regular expression fits this minion's id.
    ///
    /// ```salt
    /// salt '*' match.pcre 'web\d+'
    /// ```
    Pcre, Pcre
}
match_function! {
    /// Tell whether this minion is in a list.
    ///
    /// ```salt
    /// salt '*' match.list 'web1,web2'
    /// ```
    List, List
}
match_function! {
    /// Tell whether a grain of this minion fits a pattern.
    ///
    /// ```salt
    /// salt '*' match.grain 'os:Deb*'
    /// ```
    Grain, Grain
}
match_function! {
    /// Tell whether a grain of this minion fits a regular expression.
    ///
    /// ```salt
    /// salt '*' match.grain_pcre 'os:(Debian|Ubuntu)'
    /// ```
    GrainPcre, GrainPcre
}
match_function! {
    /// Tell whether a pillar value of this minion fits a pattern.
    ///
    /// ```salt
    /// salt '*' match.pillar 'role:web*'
    /// ```
    Pillar, Pillar
}
match_function! {
    /// Tell whether a pillar value of this minion fits a regular expression.
    ///
    /// ```salt
    /// salt '*' match.pillar_pcre 'role:(web|db)'
    /// ```
    PillarPcre, PillarPcre
}
match_function! {
    /// Tell whether an address of this minion is in a network.
    ///
    /// ```salt
    /// salt '*' match.ipcidr 10.0.0.0/24
    /// ```
    Ipcidr, Ipcidr
}
match_function! {
    /// Tell whether a value that this minion keeps by `data.*` fits a pattern.
    ///
    /// ```salt
    /// salt '*' match.data 'role:web*'
    /// ```
    Data, Data
}

/// Choose from a mapping by the first expression that means this minion.
///
/// ```salt
/// salt '*' match.filter_by '{"web*": {port: 80}, default: {}}'
/// ```
#[derive(Args)]
pub struct FilterBy {
    /// What to choose from; keys are expressions.
    lookup: Map,
    /// Kind of the expressions.
    #[arg(default = "compound")]
    tgt_type: String,
    /// Known for compatibility: this minion is meant.
    #[arg(ignored)]
    minion_id: Option<String>,
    /// Merged over what was chosen.
    merge: Option<Map>,
    /// Known for compatibility: lists are replaced.
    #[arg(default = false, ignored)]
    merge_lists: bool,
    /// Key taken when nothing fits.
    #[arg(default = "default")]
    default: Value,
}

fn kind(name: &str) -> Result<TargetKind, Failure> {
    name.parse().map_err(Failure::bad_arguments)
}

impl Query for FilterBy {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let kind = kind(&self.tgt_type)?;
        let mut chosen = self.lookup.get_value(&self.default).cloned().unwrap_or_default();
        for (expression, value) in &self.lookup {
            if matches(kind, &text::str(expression), None, read)? {
                chosen = value.clone();
                break;
            }
        }
        if let (Value::Map(under), Some(over)) = (&mut chosen, self.merge) {
            merge(under, over, Strategy::default());
        }
        Ok(chosen)
    }
}

/// List the keys of a mapping whose expressions mean this minion.
///
/// ```salt
/// salt '*' match.search_by '{web: ["web*"], db: ["G@role:db"]}'
/// ```
#[derive(Args)]
pub struct SearchBy {
    /// Keys and their expressions.
    lookup: Map,
    /// Kind of the expressions.
    #[arg(default = "compound")]
    tgt_type: String,
    /// Known for compatibility: this minion is meant.
    #[arg(ignored)]
    minion_id: Option<String>,
}

impl Query for SearchBy {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let kind = kind(&self.tgt_type)?;
        let mut found = Vec::new();
        for (key, expressions) in &self.lookup {
            for expression in expressions.as_list().unwrap_or(std::slice::from_ref(expressions)) {
                if matches(kind, &text::str(expression), None, read)? {
                    found.push(key.clone());
                    break;
                }
            }
        }
        Ok(if found.is_empty() { Value::Null } else { found.into() })
    }
}
/// Return what stands behind the first compound target that means this minion; the last one stands alone and is for all others.
///
/// ```salt
/// salt '*' match.ifelse 'web* or G@role:web' nginx 'db*' mysql nothing
/// ```
#[derive(Args)]
pub struct Ifelse {
    /// Targets and values by turns, and a last value.
    #[arg(rest)]
    pairs: Vec<Value>,
}

impl Query for Ifelse {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        if self.pairs.len().is_multiple_of(2) {
            return Err(Failure::bad_arguments("The ifelse function must have an odd number of arguments!"));
        }
        for pair in self.pairs.chunks(2) {
            match pair {
                [expression, value] if matches(TargetKind::Compound, &text::str(expression), None, read)? => return Ok(value.clone()),
                [last] => return Ok(last.clone()),
                _ => {}
            }
        }
        Ok(Value::Null)
    }
}
