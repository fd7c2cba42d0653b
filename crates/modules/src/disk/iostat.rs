//! What disks do, and what they say of themselves.

use super::tools::needs;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, Words};

/// Return how busy disks are, averaged over a time of looking.
///
/// ```salt
/// salt '*' disk.iostat interval=1 count=5 disks=sda
/// ```
#[derive(Args)]
pub struct Iostat {
    /// Seconds between looks.
    #[arg(default = 1)]
    interval: u32,
    /// How often to look.
    #[arg(default = 5)]
    count: u32,
    /// Disks; every one unless given.
    #[arg(default)]
    disks: Words,
}

impl Query for Iostat {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        needs(read, "iostat", "sysstat")?;
        let mut argv = vec!["iostat".to_owned(), "-y".to_owned(), "-x".to_owned(), self.interval.to_string(), self.count.to_string()];
        argv.extend(self.disks.0);
        Ok(averages(&read.ask(argv).await?))
    }
}

/// A device, the sums of its columns, and of how many tables.
type Sums = (String, Vec<(String, f64)>, f64);

/// Middle values of all tables of `iostat`: by device, and of the processors under `sys`.
fn averages(text: &str) -> Map {
    let mut sums: Vec<Sums> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    let mut is_cpu = false;
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((first, rest)) = words.split_first() else { continue };
        if *first == "avg-cpu:" || first.starts_with("Device") {
            is_cpu = *first == "avg-cpu:";
            columns = rest.iter().map(|word| (*word).to_owned()).collect();
            continue;
        }
        let (name, numbers) = if is_cpu { ("sys", words.as_slice()) } else { (*first, rest) };
        let numbers: Vec<f64> = numbers.iter().filter_map(|word| word.replace(',', ".").parse().ok()).collect();
        if numbers.len() != columns.len() || columns.is_empty() {
            continue;
        }
        match sums.iter_mut().find(|(have, ..)| have == name) {
            Some((_, all, times)) => {
                all.iter_mut().zip(&numbers).for_each(|((_, sum), number)| *sum += number);
                *times += 1.0;
            }
            None => sums.push((name.to_owned(), columns.iter().cloned().zip(numbers).collect(), 1.0)),
        }
    }
    let rounded = |sum: f64, times: f64| (sum / times * 100.0).round() / 100.0;
    let row = |(name, all, times): Sums| (name, all.into_iter().map(|(column, sum)| (column, rounded(sum, times))).collect::<Map>());
    sums.into_iter().map(row).collect()
}

/// Return which part of disks their host protected area hides.
///
/// ```salt
/// salt '*' disk.hpa /dev/sda
/// ```
#[derive(Args)]
pub struct Hpa {
    /// Disks.
    disks: Words,
    /// Set this number of sectors, instead of telling it.
    size: Option<u64>,
}

impl Action for Hpa {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        needs(cx, "hdparm", "hdparm")?;
        let mut all = Map::new();
        for disk in self.disks.0 {
            let path = if disk.starts_with('/') { disk.clone() } else { format!("/dev/{disk}") };
            let mut argv = vec!["hdparm".to_owned()];
            match self.size {
                // `p` keeps it over a restart, and the program asks whether one means it.
                Some(sectors) => argv.extend(["--yes-i-know-what-i-am-doing".to_owned(), format!("-Np{sectors}")]),
                None => argv.push("-N".to_owned()),
            }
            argv.push(path);
            let text = cx.try_run(argv).await?.out();
            all.insert(disk, parse_hpa(&text));
        }
        Ok(all)
    }
}

/// `max sectors   = 488395055/488397168, HPA is enabled`.
fn parse_hpa(text: &str) -> Map {
    let mut map = Map::new();
    let Some((_, said)) = text.split_once("max sectors") else {
        map.insert("enabled", Value::Null);
        return map;
    };
    let sectors: Vec<i64> = said.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
    map.insert("enabled", said.contains("HPA is enabled"));
    if let [visible, total, ..] = sectors.as_slice() {
        map.insert("visible", *visible);
        map.insert("total", *total);
        map.insert("hidden", total - visible);
    }
    map
}

/// Return what a disk measures of itself (SMART).
///
/// ```salt
/// salt '*' disk.smart_attributes /dev/sda attributes='[9, 194]'
/// ```
#[derive(Args)]
pub struct SmartAttributes {
    /// Disk.
    dev: String,
    /// Only those of these numbers.
    attributes: Option<Vec<u32>>,
    /// Only these columns: `flag`, `value`, `worst`, `thresh`, `type`, `updated`, `when_failed`, `raw_value`, `attribute_name`.
    values: Option<Vec<String>>,
}

impl Query for SmartAttributes {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        needs(read, "smartctl", "smartmontools")?;
        let path = if self.dev.starts_with('/') { self.dev.clone() } else { format!("/dev/{}", self.dev) };
        let text = read.try_run(["smartctl", "--attributes", &path]).await?.out();
        let mut all = parse_attributes(&text);
        if let Some(wanted) = &self.attributes {
            all.retain(|id, _| id.as_int().is_some_and(|id| wanted.iter().any(|one| i64::from(*one) == id)));
        }
        if let Some(wanted) = &self.values {
            for row in all.values_mut() {
                if let Value::Map(row) = row {
                    row.retain(|key, _| key.as_str().is_some_and(|key| wanted.iter().any(|one| one == key)));
                }
            }
        }
        Ok(all)
    }
}

/// Rows of `ID# ATTRIBUTE_NAME FLAG VALUE WORST THRESH TYPE UPDATED WHEN_FAILED RAW_VALUE` by their number.
fn parse_attributes(text: &str) -> Map {
    let columns = ["attribute_name", "flag", "value", "worst", "thresh", "type", "updated", "when_failed", "raw_value"];
    let rows = text.lines().skip_while(|line| !line.trim_start().starts_with("ID#")).skip(1);
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let id: i64 = words.next()?.parse().ok()?;
        let mut map: Map = columns.iter().take(8).map(|column| (*column, words.next().map(typed).unwrap_or_default())).collect();
        map.insert("raw_value", typed(&words.collect::<Vec<_>>().join(" ")));
        Some((Value::from(id), map))
    };
    rows.take_while(|line| !line.trim().is_empty()).filter_map(row).collect()
}

fn typed(word: &str) -> Value {
    word.parse::<i64>().map_or_else(|_| word.into(), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_iostat_are_averaged() {
        let text = "Linux 6.1\n\navg-cpu:  %user   %idle\n           2.00   98.00\n\nDevice  r/s  w/s\nsda  1.00  4.00\n\navg-cpu:  %user   %idle\n           4.00   96.00\n\nDevice  r/s  w/s\nsda  2.00  6.00\n";
        let expected: Value = serde_json::from_str(r#"{"sys": {"%user": 3.0, "%idle": 97.0}, "sda": {"r/s": 1.5, "w/s": 5.0}}"#).unwrap();
        assert_eq!(Value::Map(averages(text)), expected);
    }

    #[test]
    fn protected_areas_are_read() {
        let seen = parse_hpa("\n/dev/sda:\n max sectors   = 488395055/488397168, HPA is enabled\n");
        assert_eq!(seen.get("hidden"), Some(&Value::from(2113)));
        assert_eq!(parse_hpa("no disk").get("enabled"), Some(&Value::Null));
    }

    #[test]
    fn attributes_are_read() {
        let text = "=== START ===\nID# ATTRIBUTE_NAME FLAG VALUE WORST THRESH TYPE UPDATED WHEN_FAILED RAW_VALUE\n  9 Power_On_Hours 0x0032 098 098 000 Old_age Always - 9873\n194 Temperature 0x0022 032 045 000 Old_age Always - 32 (Min/Max 20/45)\n\n";
        let seen = parse_attributes(text);
        let row = seen.get_value(&Value::from(194)).and_then(Value::as_map).unwrap();
        assert_eq!(row.get("raw_value"), Some(&Value::from("32 (Min/Max 20/45)")));
        assert_eq!(row.get("value"), Some(&Value::from(32)));
        assert_eq!(seen.len(), 2);
    }
}
