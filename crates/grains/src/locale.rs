//! Language, encoding and time zone of the agent.

use crate::{About, System};
use value::{Map, Value};

pub(crate) const NAMES: &[&str] = &["locale_info"];

pub(crate) fn collect(system: &System, _: &About, grains: &mut Map) {
    let setting = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| std::env::var(name).ok().filter(|text| !text.is_empty()));
    let (language, encoding) = split(setting.as_deref().unwrap_or("C"));
    let mut info = Map::new();
    info.insert("defaultlanguage", language.map_or(Value::Null, Value::from));
    info.insert("defaultencoding", encoding.map_or(Value::Null, Value::from));
    // We read and write UTF-8 whatever the locale says.
    info.insert("detectedencoding", "utf-8");
    info.insert("timezone", time_zone(system));
    grains.insert("locale_info", info);
}

/// `de_DE.UTF-8@euro` in its two parts. Python calls `C.UTF-8` English, and trees compare with that.
fn split(setting: &str) -> (Option<String>, Option<String>) {
    let plain = setting.split('@').next().unwrap_or_default();
    match plain.split_once('.') {
        Some(("C" | "POSIX", encoding)) => (Some("en_US".into()), Some(encoding.to_owned())),
        Some((language, encoding)) => (Some(language.to_owned()), Some(encoding.to_owned())),
        None if matches!(plain, "" | "C" | "POSIX") => (None, None),
        None => (Some(plain.to_owned()), Some("ISO8859-1".into())),
    }
}

/// The short name of the zone, such as `UTC` or `CET`.
fn time_zone(system: &System) -> String {
    if let Ok(zone) = std::env::var("TZ")
        && !zone.is_empty()
        && !zone.contains('/')
    {
        return zone.trim_start_matches(':').to_owned();
    }
    let rules = system.bytes("/etc/localtime").and_then(|bytes| abbreviation(&bytes));
    rules.unwrap_or_else(|| "UTC".to_owned())
}

/// The standard name in the rule that ends a zone file: `\nCET-1CEST,M3.5.0,M10.5.0/3\n`.
fn abbreviation(bytes: &[u8]) -> Option<String> {
    let body = bytes.strip_suffix(b"\n")?;
    let start = body.iter().rposition(|byte| *byte == b'\n')? + 1;
    let rule = std::str::from_utf8(body.get(start..)?).ok()?;
    let name = match rule.strip_prefix('<') {
        Some(rest) => rest.split('>').next()?,
        None => rule.split(|c: char| !c.is_ascii_alphabetic()).next()?,
    };
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_language_and_encoding() {
        assert_eq!(split("de_DE.UTF-8@euro"), (Some("de_DE".into()), Some("UTF-8".into())));
        assert_eq!(split("C.UTF-8"), (Some("en_US".into()), Some("UTF-8".into())));
        assert_eq!(split("POSIX"), (None, None));
    }

    #[test]
    fn a_zone_file_ends_with_its_rule() {
        assert_eq!(abbreviation(b"TZif2....\nCET-1CEST,M3.5.0,M10.5.0/3\n").as_deref(), Some("CET"));
        assert_eq!(abbreviation(b"TZif2....\n<+0530>-5:30\n").as_deref(), Some("+0530"));
        assert_eq!(abbreviation(b"garbage"), None);
    }
}
