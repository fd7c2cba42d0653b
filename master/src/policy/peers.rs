//! What minions may ask of each other (`peer`) and of the master (`peer_run`).

use super::rules::{BadRule, Side, Whole};
use super::{Ask, Verdict};
use crate::config::MasterConfig;
use value::{Map, Value, text};

/// Which minions may do what: patterns over ids, each with patterns over functions.
#[derive(Debug, Default)]
pub struct Peers {
    publish: Vec<(Whole, Vec<Whole>)>,
    run: Vec<(Whole, Vec<Whole>)>,
}

impl Peers {
    /// Reads `peer` and `peer_run`.
    ///
    /// # Errors
    /// With the first pattern that is none.
    pub fn new(config: &MasterConfig) -> Result<Self, BadRule> {
        Ok(Self { publish: read(&config.peer, "peer")?, run: read(&config.peer_run, "peer_run")? })
    }

    /// Whether a minion may do what it asks.
    pub fn judge(&self, minion: &str, ask: Ask<'_>) -> Verdict {
        let may = |rules: &[(Whole, Vec<Whole>)], function: &str| {
            rules.iter().any(|(who, functions)| who.fits(minion) && functions.iter().any(|pattern| pattern.fits(function)))
        };
        match ask {
            Ask::Job { calls, .. } => match calls.iter().find(|call| !may(&self.publish, call.function.as_str())) {
                None => Verdict::yes(format!("`peer` allows it to {minion}")),
                Some(call) => Verdict::no(format!("`peer` does not allow `{}` to {minion}", call.function)),
            },
            Ask::Master { side: Side::Runner, function, .. } if may(&self.run, function) => {
                Verdict::yes(format!("`peer_run` allows it to {minion}"))
            }
            Ask::Master { function, .. } => Verdict::no(format!("`peer_run` does not allow `{function}` to {minion}")),
            Ask::JobOf { user, .. } if user == minion => Verdict::yes("the job is its own"),
            Ask::JobOf { .. } => Verdict::no("the job is somebody else's"),
            Ask::Thing { .. } => Verdict::no("a minion has no business with the estate"),
        }
    }
}

fn read(map: &Map, key: &str) -> Result<Vec<(Whole, Vec<Whole>)>, BadRule> {
    let rule = |(who, functions): (&Value, &Value)| {
        let who = text::str(who);
        let place = format!("{key}:{who}");
        let functions = match functions {
            Value::List(items) => items.iter().map(|item| Whole::new(&text::str(item), &place)).collect::<Result<_, _>>()?,
            Value::Null => Vec::new(),
            one => vec![Whole::new(&text::str(one), &place)?],
        };
        Ok((Whole::new(&who, &place)?, functions))
    };
    map.iter().map(rule).collect()
}
