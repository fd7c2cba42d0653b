//! Zone files: the records in them.

use sdk::{Args, Failure, Map, Query, Read, Value};

/// Return the records of a zone file: values by name and kind.
///
/// ```salt
/// salt ns1 dnsutil.parse_zone /var/lib/named/example.com.zone
/// ```
#[derive(Args)]
pub struct ParseZone {
    /// Zone file.
    zonefile: Option<String>,
    /// Its text, instead.
    zone: Option<String>,
}

impl Query for ParseZone {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        let text = match (self.zonefile, self.zone) {
            (Some(path), _) => read.host().read_text(&path).map_err(crate::failure)?,
            (None, Some(text)) => text,
            (None, None) => return Err(Failure::bad_arguments("dnsutil.parse_zone needs `zonefile` or `zone`")),
        };
        Ok(parse(&text))
    }
}

/// The words of each record, lines that brackets hold together joined; a line that begins with a blank goes on with the name before it.
fn records(text: &str) -> Vec<(bool, Vec<String>)> {
    let mut found: Vec<(bool, Vec<String>)> = Vec::new();
    let mut depth = 0_usize;
    for line in text.lines() {
        let (mut words, mut word, mut quoted, starts_open) = (Vec::new(), String::new(), false, depth > 0);
        for letter in line.chars() {
            match letter {
                '"' => {
                    quoted = !quoted;
                    word.push(letter);
                }
                ';' if !quoted => break,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth = depth.saturating_sub(1),
                letter if letter.is_whitespace() && !quoted => {
                    if !word.is_empty() {
                        words.push(std::mem::take(&mut word));
                    }
                }
                letter => word.push(letter),
            }
        }
        if !word.is_empty() {
            words.push(word);
        }
        if words.is_empty() {
            continue;
        }
        match found.last_mut() {
            Some((_, last)) if starts_open => last.extend(words),
            _ => found.push((line.starts_with(char::is_whitespace), words)),
        }
    }
    found
}

fn parse(text: &str) -> Map {
    let mut all = Map::new();
    let (mut origin, mut name) = (String::new(), String::new());
    for (goes_on, words) in records(text) {
        let mut words = words.into_iter().peekable();
        match words.peek().map(String::as_str) {
            Some("$ORIGIN") => {
                origin = words.nth(1).unwrap_or_default();
                all.insert("ORIGIN", origin.as_str());
                continue;
            }
            Some("$TTL") => {
                all.insert("TTL", words.nth(1));
                continue;
            }
            _ => {}
        }
        if !goes_on {
            name = match words.next() {
                Some(word) if word == "@" => origin.clone(),
                Some(word) => word,
                None => continue,
            };
        }
        let is_ttl = |word: &String| word.starts_with(|c: char| c.is_ascii_digit());
        let is_class = |word: &String| matches!(word.as_str(), "IN" | "CH" | "HS");
        while words.next_if(|word| is_ttl(word) || is_class(word)).is_some() {}
        let Some(kind) = words.next() else { continue };
        let rest: Vec<String> = words.collect();
        if !matches!(all.get(&name), Some(Value::Map(_))) {
            all.insert(name.as_str(), Map::new());
        }
        let Some(Value::Map(of_name)) = all.get_mut(&name) else { continue };
        if kind == "SOA" {
            let keys = ["master", "contact", "serial", "refresh", "retry", "expire", "minimum"];
            of_name.insert("SOA", keys.into_iter().zip(rest).collect::<Map>());
            continue;
        }
        let value = rest.join(" ");
        match of_name.entry_or_insert_with(kind, || Value::List(Vec::new())) {
            Value::List(values) => values.push(value.into()),
            other => *other = vec![value].into(),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_kept_by_name_and_kind() {
        let text = "$ORIGIN example.com.\n$TTL 1d\n@ IN SOA ns1 admin (\n  2026112401 ; serial\n  1h 15m 4w 1h )\n  IN NS ns1\n  NS ns2\nwww 300 IN A 192.0.2.1\nwww A 192.0.2.2\ntxt TXT \"a; b\"\n";
        let seen = parse(text);
        let expected: Value = serde_json::from_str(
            r#"{"ORIGIN": "example.com.", "TTL": "1d", "example.com.": {"SOA": {"master": "ns1", "contact": "admin", "serial": "2026112401", "refresh": "1h", "retry": "15m", "expire": "4w", "minimum": "1h"}, "NS": ["ns1", "ns2"]},
                "www": {"A": ["192.0.2.1", "192.0.2.2"]}, "txt": {"TXT": ["\"a; b\""]}}"#,
        )
        .unwrap();
        assert_eq!(Value::Map(seen), expected);
    }
}
