//! Functions that change the beacons until the next start of the agent, or for good with `beacons.save`.

use super::answer;
use crate::beacons::{Options, make};
use crate::desk::Desk;
use sdk::{Action, Args, Cx, Failure, Map, Read, Value};
use std::sync::Arc;

/// Where a beacon comes from.
enum Origin {
    Own,
    Pillar,
    Nowhere,
}

fn find(read: &Read, name: &str) -> Result<(Arc<Desk>, Origin), Failure> {
    let desk = super::super::desk(read)?;
    let pillar = desk.core.known_pillar().unwrap_or_default();
    let origin = if desk.core.beacons.own().contains_key(name) {
        Origin::Own
    } else if desk.core.beacons.all(&pillar).contains_key(name) {
        Origin::Pillar
    } else {
        Origin::Nowhere
    };
    Ok((desk, origin))
}

/// What is wrong with a beacon, if anything.
fn trouble(name: &str, data: &Value) -> Option<String> {
    let options = Options::read(data);
    make(options.module.as_deref().unwrap_or(name), &options.own).err()
}

/// Add a beacon.
///
/// ```salt
/// salt '*' beacons.add memusage '[{percent: 75%}, {interval: 30}]'
/// ```
#[derive(Args)]
pub struct Add {
    /// Its name.
    name: String,
    /// Its options.
    beacon_data: Value,
}

impl Action for Add {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let (desk, origin) = find(cx.read(), &self.name)?;
        if !matches!(origin, Origin::Nowhere) {
            return Ok(answer(false, format!("Beacon {} is already configured.", self.name)));
        }
        if let Some(why) = trouble(&self.name, &self.beacon_data) {
            return Ok(answer(false, format!("Beacon {} configuration invalid, not adding: {why}", self.name)));
        }
        desk.core.beacons.change(|own| own.insert(self.name.as_str(), self.beacon_data));
        Ok(answer(true, format!("Added beacon: {}.", self.name)))
    }
}

/// Replace the options of a beacon.
///
/// ```salt
/// salt '*' beacons.modify memusage '[{percent: 85%}]'
/// ```
#[derive(Args)]
pub struct Modify {
    /// Its name.
    name: String,
    /// Its options.
    beacon_data: Value,
}

impl Action for Modify {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let (desk, origin) = find(cx.read(), &self.name)?;
        match origin {
            Origin::Nowhere => return Ok(answer(false, format!("Beacon {} is not configured.", self.name))),
            Origin::Pillar => return Ok(answer(false, format!("Beacon {} is in pillar and cannot be changed here.", self.name))),
            Origin::Own => {}
        }
        if let Some(why) = trouble(&self.name, &self.beacon_data) {
            return Ok(answer(false, format!("Beacon {} configuration invalid, not modifying: {why}", self.name)));
        }
        let old = desk.core.beacons.change(|own| own.insert(self.name.as_str(), self.beacon_data.clone()));
        if old.as_ref() == Some(&self.beacon_data) {
            return Ok(answer(true, format!("Job {} in correct state", self.name)));
        }
        Ok(answer(true, format!("Modified beacon: {}.", self.name)))
    }
}

/// Take a beacon away.
///
/// ```salt
/// salt '*' beacons.delete memusage
/// ```
#[derive(Args)]
pub struct Delete {
    /// Its name.
    name: String,
}

impl Action for Delete {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let (desk, origin) = find(cx.read(), &self.name)?;
        Ok(match origin {
            Origin::Nowhere => answer(false, format!("Beacon {} is not configured.", self.name)),
            Origin::Pillar => answer(false, format!("Beacon {} is in pillar and cannot be deleted here.", self.name)),
            Origin::Own => {
                desk.core.beacons.change(|own| own.remove(&self.name));
                answer(true, format!("Deleted beacon: {}.", self.name))
            }
        })
    }
}

fn set_one(cx: &Cx, name: &str, wanted: bool) -> Result<Value, Failure> {
    let (desk, origin) = find(cx.read(), name)?;
    let word = if wanted { "Enabled" } else { "Disabled" };
    Ok(match origin {
        Origin::Nowhere => answer(false, format!("Beacon {name} is not currently configured.")),
        Origin::Pillar => answer(false, format!("Beacon {name} is in pillar and cannot be changed here.")),
        Origin::Own => {
            desk.core.beacons.change(|own| match own.get_mut(name) {
                Some(Value::List(items)) => {
                    items.retain(|item| item.get("enabled").is_none());
                    items.push(Value::Map(Map::from_iter([("enabled", wanted)])));
                }
                Some(Value::Map(map)) => drop(map.insert("enabled", wanted)),
                Some(_) | None => {}
            });
            answer(true, format!("{word} beacon {name} on minion."))
        }
    })
}

/// Let a beacon look.
///
/// ```salt
/// salt '*' beacons.enable_beacon memusage
/// ```
#[derive(Args)]
pub struct EnableBeacon {
    /// Its name.
    name: String,
}

impl Action for EnableBeacon {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        set_one(cx, &self.name, true)
    }
}

/// Do not let a beacon look.
///
/// ```salt
/// salt '*' beacons.disable_beacon memusage
/// ```
#[derive(Args)]
pub struct DisableBeacon {
    /// Its name.
    name: String,
}

impl Action for DisableBeacon {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        set_one(cx, &self.name, false)
    }
}

/// Let the beacons look.
///
/// ```salt
/// salt '*' beacons.enable
/// ```
#[derive(Args)]
pub struct Enable;

impl Action for Enable {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        super::super::desk(cx.read())?.core.beacons.change(|own| own.insert("enabled", true));
        Ok(answer(true, "Enabled beacons on minion."))
    }
}

/// Do not let any beacon look.
///
/// ```salt
/// salt '*' beacons.disable
/// ```
#[derive(Args)]
pub struct Disable;

impl Action for Disable {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        super::super::desk(cx.read())?.core.beacons.change(|own| own.insert("enabled", false));
        Ok(answer(true, "Disabled beacons on minion."))
    }
}

/// Take back every change since the configuration was read.
///
/// ```salt
/// salt '*' beacons.reset
/// ```
#[derive(Args)]
pub struct Reset;

impl Action for Reset {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        super::super::desk(cx.read())?.core.beacons.reset();
        Ok(answer(true, "Beacon configuration reset."))
    }
}

/// Save the beacons that are not from pillar, so that the next start has them.
///
/// ```salt
/// salt '*' beacons.save
/// ```
#[derive(Args)]
pub struct Save;

impl Action for Save {
    type Output = Value;

    async fn call(self, cx: &Cx) -> Result<Value, Failure> {
        let desk = super::super::desk(cx.read())?;
        desk.blocking(|desk| {
            let book = &desk.core.beacons;
            Ok(match book.save() {
                Ok(()) => answer(true, format!("Beacons saved to {}.", book.saved().display())),
                Err(error) => answer(false, format!("cannot write {}: {error}", book.saved().display())),
            })
        })
        .await
    }
}
