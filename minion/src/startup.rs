//! What a minion tells the master's bus when it begins a session of its own accord.

use crate::core::Core;
use model::Timestamp;
use value::{Map, Value};

/// Tags and data of the events of a start: `salt/minion/<id>/start`, and `minion_start` for those who wait for Salt's old tag.
#[must_use]
pub fn events(core: &Core, minion: &str, now: Timestamp) -> Vec<(String, Value)> {
    let config = &core.loaded().config;
    let tag = format!("salt/minion/{minion}/start");
    let tags = config.enable_legacy_startup_events.then(|| "minion_start".to_owned()).into_iter().chain([tag]);
    let grains = core.grains();
    let wanted = chosen(&grains, &config.start_event_grains);
    tags.map(|tag| {
        let data = event(minion, &tag, wanted.clone(), now);
        (tag, data)
    })
    .collect()
}

/// The grains that are told; nothing when none are asked for.
fn chosen(grains: &Value, names: &[String]) -> Option<Map> {
    let all = grains.as_map().filter(|_| !names.is_empty())?;
    let is_named = |name: &Value| name.as_str().is_some_and(|name| names.iter().any(|wanted| wanted == name));
    Some(all.iter().filter(|(name, _)| is_named(name)).map(|(name, grain)| (name.clone(), grain.clone())).collect())
}

fn event(minion: &str, tag: &str, grains: Option<Map>, now: Timestamp) -> Value {
    let at = jiff::ZonedDateTime::now().strftime("%a %b %e %H:%M:%S %Y").to_string();
    let mut data = Map::new();
    data.insert("id", minion);
    data.insert("cmd", "_minion_event");
    data.insert("pretag", Value::Null);
    data.insert("data", format!("Minion {minion} started at {at}"));
    data.insert("tag", tag);
    data.insert("ts", now.micros() / 1_000_000);
    if let Some(grains) = grains {
        data.insert("grains", grains);
    }
    Value::Map(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grains_are_told_that_are_asked_for_and_there() {
        let grains = Value::Map(Map::from_iter([("os", Value::from("Debian")), ("role", "web".into())]));
        let names = ["role".to_owned(), "nowhere".to_owned()];
        assert_eq!(chosen(&grains, &names), Some(Map::from_iter([("role", "web")])));
        assert_eq!(chosen(&grains, &[]), None);
        let told = event("a", "minion_start", chosen(&grains, &names), Timestamp(1_790_000_000_000_000));
        assert_eq!(
            (told.get("ts"), told.get("grains").and_then(|grains| grains.get("role"))),
            (Some(&1_790_000_000.into()), Some(&"web".into()))
        );
    }
}
