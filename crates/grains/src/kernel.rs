//! The kernel and how it was started.

use crate::{About, System};
use value::{Map, Value};

pub(crate) const NAMES: &[&str] = &["kernel", "nodename", "kernelrelease", "kernelversion", "cpuarch", "kernelparams"];

pub(crate) fn collect(system: &System, _: &About, grains: &mut Map) {
    if let Ok(name) = nix::sys::utsname::uname() {
        grains.insert("kernel", name.sysname().to_string_lossy());
        grains.insert("nodename", name.nodename().to_string_lossy());
        grains.insert("kernelrelease", name.release().to_string_lossy());
        grains.insert("kernelversion", name.version().to_string_lossy());
        grains.insert("cpuarch", name.machine().to_string_lossy());
    }
    if let Some(line) = system.line("/proc/cmdline") {
        grains.insert("kernelparams", parameters(&line));
    }
}

/// Each word as a pair of name and value; a word without `=` has no value.
fn parameters(line: &str) -> Value {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    let pair = |word: String| match word.split_once('=') {
        Some((name, value)) => Value::List(vec![name.into(), value.into()]),
        None => Value::List(vec![word.into(), Value::Null]),
    };
    Value::List(words.into_iter().filter(|word| !word.is_empty()).map(pair).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_a_pair_and_quotes_hold_words_together() {
        let got = serde_json::to_string(&parameters("quiet root=UUID=1-2 opt=\"a b\"")).unwrap();
        assert_eq!(got, r#"[["quiet",null],["root","UUID=1-2"],["opt","a b"]]"#);
    }
}
