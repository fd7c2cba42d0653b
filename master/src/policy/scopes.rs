//! Scopes of tokens: what a token may of what its owner may. `host:read` and the like speak of things, `run:test.*` of functions on minions,
//! `runner:jobs.*` and `wheel:key.*` of functions of the master.

use super::roles::{covers, permission_of};
use super::{Ask, Side};
use model::Glob;

/// Whether the scopes of a token hold what is asked.
#[must_use]
pub fn hold(scopes: &[String], ask: Ask<'_>) -> bool {
    let names = |kind: &str, function: &str| {
        let mut patterns = scopes.iter().filter_map(|scope| scope.split_once(':')).filter(|(of, _)| *of == kind);
        patterns.any(|(_, pattern)| Glob::new(pattern).matches(function))
    };
    match ask {
        Ask::Job { calls, .. } => calls.iter().all(|call| names("run", call.function.as_str())),
        Ask::Master { side, function, .. } => {
            let kind = match side {
                Side::Runner => "runner",
                Side::Wheel => "wheel",
            };
            names(kind, function) || permission_of(function).is_some_and(|(thing, action)| permit(scopes, thing, action))
        }
        Ask::JobOf { action, .. } => permit(scopes, "job", action) || scopes.iter().any(|scope| scope.starts_with("run:")),
        Ask::Thing { thing, action, .. } => permit(scopes, thing, action),
    }
}

/// Whether something may be done with a thing.
#[must_use]
pub fn permit(scopes: &[String], thing: &str, action: &str) -> bool {
    scopes.iter().any(|scope| covers(scope, thing, action))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::roles::Place;
    use model::{Call, FunctionName};
    use value::Map;

    fn scopes() -> Vec<String> {
        ["host:read", "run:test.*", "runner:jobs.list_jobs"].map(str::to_owned).to_vec()
    }

    #[test]
    fn a_token_is_for_what_its_scopes_name_and_nothing_else() {
        let call = |name: &str| [Call { function: FunctionName::new(name).unwrap(), args: Vec::new(), kwargs: Map::new() }];
        let job = |name: &str| hold(&scopes(), Ask::Job { calls: &call(name), minions: &[] });
        assert!(job("test.ping") && !job("cmd.run"));
        let place = Place::default();
        let thing = |thing: &str, action: &str| hold(&scopes(), Ask::Thing { thing, action, place: &place, name: "" });
        assert!(thing("host", "read") && !thing("host", "change") && !thing("project", "read"));
        let master = |side, function: &str| hold(&scopes(), Ask::Master { side, function, args: &[], kwargs: &Map::new() });
        assert!(master(Side::Runner, "jobs.list_jobs") && !master(Side::Runner, "jobs.active") && !master(Side::Wheel, "key.accept"));
        assert!(master(Side::Runner, "cache.grains"), "it reads hosts");
    }
}
