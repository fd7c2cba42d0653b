//! What the minion knows of itself: versions, grains, functions, options.

use sdk::{Args, Failure, Map, Query, Read, Value};
use std::collections::BTreeSet;

/// Return the versions of this minion and of the system below it, in groups.
///
/// ```salt
/// salt '*' test.versions_information
/// ```
#[derive(Args)]
pub struct VersionsInformation;

impl Query for VersionsInformation {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let group = |entries: &[(&str, &str)]| entries.iter().filter(|(_, text)| !text.is_empty()).copied().collect::<Map>();
        let mut all = Map::new();
        all.insert("Sylvite Version", group(&[("Sylvite", env!("CARGO_PKG_VERSION"))]));
        all.insert("Salt Version", group(&[("Salt", read.grain_text("saltversion"))]));
        let system = [
            ("dist", read.grain_text("osfinger")),
            ("machine", read.grain_text("cpuarch")),
            ("release", read.grain_text("kernelrelease")),
            ("system", read.grain_text("kernel")),
            ("version", read.grain_text("osrelease")),
        ];
        all.insert("System Versions", group(&system));
        Ok(all)
    }
}

/// Return the grains, as a function sees them.
///
/// ```salt
/// salt '*' test.attr_call
/// ```
#[derive(Args)]
pub struct AttrCall;

impl Query for AttrCall {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(Value::clone(&read.facts().grains))
    }
}

/// Return which functions there are, and which modules they are in.
///
/// ```salt
/// salt '*' test.module_report
/// ```
#[derive(Args)]
pub struct ModuleReport;

impl Query for ModuleReport {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let names: Vec<&str> = read.agent().registry().functions().map(|(name, _)| name).collect();
        let modules: BTreeSet<&str> = names.iter().filter_map(|name| name.split_once('.').map(|(module, _)| module)).collect();
        let mut report = Map::new();
        report.insert("functions", names.iter().copied().map(Value::from).collect::<Vec<_>>());
        report.insert("modules", modules.into_iter().map(Value::from).collect::<Vec<_>>());
        report.insert("missing_attrs", Vec::<Value>::new());
        report.insert("missing_subs", Vec::<Value>::new());
        Ok(report)
    }
}

/// Return the value of `test.foo` in the configuration, or `unconfigured`.
///
/// ```salt
/// salt '*' test.conf_test
/// ```
#[derive(Args)]
pub struct ConfTest;

impl Query for ConfTest {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let facts = read.facts();
        let places = [&facts.opts, &facts.grains, &facts.pillar];
        Ok(places.into_iter().find_map(|place| place.get("test.foo")).cloned().unwrap_or_else(|| "unconfigured".into()))
    }
}
