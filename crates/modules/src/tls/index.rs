//! The list of an authority's certificates, in the form of `openssl ca`: state, end, day of revocation, number, file, name.

use crate::x509::{Certificate, moment, name_map};
use der::DateTime;
use sdk::host::Host;
use sdk::{Failure, text};
use std::time::SystemTime;

/// A moment as that list has it: `260131134500Z`.
#[must_use]
pub fn stamp(time: SystemTime) -> String {
    let text = DateTime::from_system_time(time).map(moment).unwrap_or_default();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    format!("{}Z", digits.get(2..).unwrap_or_default())
}

/// The last three columns of a certificate.
fn tail(certificate: &Certificate) -> String {
    let number = hex::encode_upper(certificate.serial());
    let name: String = name_map(certificate.subject())
        .iter()
        .map(|(part, value)| {
            let part = text::str(part);
            format!("/{}={}", if part == "MAIL" { "emailAddress" } else { &part }, text::str(value))
        })
        .collect();
    format!("{}\tunknown\t{name}", number.trim_start_matches('0'))
}

/// Notes a certificate as a good one.
pub fn add(path: &str, certificate: &Certificate, host: &dyn Host) -> Result<(), Failure> {
    let line = format!("V\t{}\t\t{}\n", stamp(certificate.not_after()), tail(certificate));
    host.append(path, line.as_bytes()).map_err(crate::failure)
}

/// Notes a certificate as revoked, unless it is so already.
pub fn revoke(path: &str, certificate: &Certificate, host: &dyn Host) -> Result<Revoked, Failure> {
    let tail = tail(certificate);
    let old = host.read_text(path).unwrap_or_default();
    if old.lines().any(|line| line.starts_with("R\t") && line.ends_with(&tail)) {
        return Ok(Revoked::Already);
    }
    let new = format!("R\t{}\t{}\t{tail}", stamp(certificate.not_after()), stamp(host.now()));
    let mut lines: Vec<&str> = old.lines().filter(|line| !line.ends_with(&tail)).collect();
    lines.push(&new);
    host.write(path, format!("{}\n", lines.join("\n")).as_bytes(), &sdk::host::Write::default()).map_err(crate::failure)?;
    Ok(Revoked::Now)
}

/// What came of revoking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// It is revoked now.
    Now,
    /// It was before.
    Already,
}

/// Numbers and days of what is revoked, as a list of revoked certificates takes them.
pub fn revoked(text: &str) -> Vec<sdk::Value> {
    let rows = text.lines().filter(|line| line.starts_with("R\t")).filter_map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let (day, number) = (columns.get(2)?, columns.get(3)?);
        let part = |from: usize| day.get(from..from + 2);
        let date = format!("20{}-{}-{} {}:{}:{}", part(0)?, part(2)?, part(4)?, part(6)?, part(8)?, part(10)?);
        let row = [("serial_number", (*number).to_owned()), ("revocation_date", date)];
        Some(sdk::Value::Map(row.into_iter().collect()))
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revoked_rows_are_read_and_others_are_not() {
        let text = "V\t300101000000Z\t\t01\tunknown\t/CN=a\nR\t300101000000Z\t260203040506Z\t0ABC\tunknown\t/CN=b\n";
        let expected: sdk::Value =
            serde_json::from_str(r#"[{"serial_number": "0ABC", "revocation_date": "2026-02-03 04:05:06"}]"#).unwrap();
        assert_eq!(sdk::Value::List(revoked(text)), expected);
    }
}
