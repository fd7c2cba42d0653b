//! Processors.

use crate::{About, System};
use value::{Map, Value};

pub(crate) const NAMES: &[&str] = &["num_cpus", "cpu_model", "cpu_flags"];

pub(crate) fn collect(system: &System, _: &About, grains: &mut Map) {
    let Some(text) = system.read("/proc/cpuinfo") else { return };
    let seen = parse(&text);
    grains.insert("num_cpus", seen.count.max(1));
    grains.insert("cpu_model", seen.model.unwrap_or("Unknown"));
    grains.insert("cpu_flags", Value::List(seen.flags.into_iter().map(Value::from).collect()));
}

#[derive(Debug, Default, PartialEq)]
struct Seen<'a> {
    count: usize,
    model: Option<&'a str>,
    flags: Vec<&'a str>,
}

/// `/proc/cpuinfo` names the same things differently on every architecture.
fn parse(text: &str) -> Seen<'_> {
    let mut seen = Seen::default();
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match key.trim() {
            "processor" => seen.count += 1,
            // s390 gives one line for all: `# processors : 4`.
            "# processors" => seen.count = value.parse().unwrap_or(seen.count),
            // `Processor` on old ARM, `cpu` on POWER, `vendor_id` on s390 are the only names there.
            "model name" => seen.model = Some(value),
            "Processor" | "cpu" if seen.model.is_none() => seen.model = Some(value),
            "vendor_id" if seen.model.is_none() && value.starts_with("IBM") => seen.model = Some(value),
            "flags" | "Features" | "features" if seen.flags.is_empty() => seen.flags = value.split_whitespace().collect(),
            _ => {}
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intel_host_and_a_raspberry_and_a_mainframe_are_read() {
        let intel = "processor\t: 0\nmodel name\t: Xeon\nflags\t\t: fpu vme\n\nprocessor\t: 1\nmodel name\t: Xeon\nflags\t\t: fpu vme\n";
        assert_eq!(parse(intel), Seen { count: 2, model: Some("Xeon"), flags: vec!["fpu", "vme"] });
        let arm = "processor\t: 0\nFeatures\t: fp asimd\n\nprocessor\t: 1\nFeatures\t: fp asimd\n";
        assert_eq!(parse(arm), Seen { count: 2, model: None, flags: vec!["fp", "asimd"] });
        let s390 = "vendor_id       : IBM/S390\n# processors    : 2\nfeatures\t: esan3 zarch\n";
        assert_eq!(parse(s390), Seen { count: 2, model: Some("IBM/S390"), flags: vec!["esan3", "zarch"] });
    }
}
