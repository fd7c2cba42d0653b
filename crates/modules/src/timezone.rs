//! The time zone of this machine, and whether its clock is kept in UTC. The clock itself is never touched here.

use sdk::host::{Look, Write, join};
use sdk::{Action, Args, Cx, Failure, Query, Read};

sdk::module!(timezone, [GetZone, GetOffset, GetZonecode, ZoneCompare, SetZone, ListZones, GetHwclock, SetHwclock]);

const ZONES: &str = "/usr/share/zoneinfo";
const LOCALTIME: &str = "/etc/localtime";
const NAME: &str = "/etc/timezone";
const ADJTIME: &str = "/etc/adjtime";

/// The zone of this machine; empty when it cannot be told.
pub fn zone(host: &dyn Look) -> String {
    let linked = host.read_link(LOCALTIME).ok();
    let linked = linked.as_deref().and_then(|target| target.split_once("zoneinfo/")).map(|(_, zone)| zone.to_owned());
    linked.unwrap_or_else(|| host.read_text(NAME).unwrap_or_default().trim().to_owned())
}

/// Whether the clock is kept in UTC; it is unless the file says otherwise.
pub fn is_utc(host: &dyn Look) -> bool {
    host.read_text(ADJTIME).map_or(true, |text| text.lines().nth(2).is_none_or(|line| line.trim() != "LOCAL"))
}

/// Why a zone cannot be set; nothing if it can.
pub fn problem(host: &dyn Look, zone: &str) -> Option<String> {
    let path = join(ZONES, zone);
    let is_odd = zone.is_empty() || zone.starts_with('/') || zone.split('/').any(|part| part == "..");
    (is_odd || !host.is_file(&path)).then(|| format!("Zone does not exist: {path}"))
}

/// Sets the zone: the link, and the name where the system keeps one.
pub fn set_zone(cx: &Cx, zone: &str) -> Result<(), Failure> {
    if let Some(problem) = problem(cx.host(), zone) {
        return Err(Failure::failed(problem));
    }
    let new = format!("{LOCALTIME}.new");
    if cx.host().link_stat(&new).ok().flatten().is_some() {
        cx.host().remove_file(&new).map_err(crate::failure)?;
    }
    // In one step: a process that starts in between would run in UTC.
    cx.host().symlink(&join(ZONES, zone), &new).map_err(crate::failure)?;
    cx.host().rename(&new, LOCALTIME).map_err(crate::failure)?;
    if cx.host().exists(NAME) || cx.grain_text("os_family") == "Debian" {
        cx.host().write(NAME, format!("{zone}\n").as_bytes(), &Write::default()).map_err(crate::failure)?;
    }
    Ok(())
}

/// Writes down whether the clock is kept in UTC.
pub fn set_utc(cx: &Cx, utc: bool) -> Result<(), Failure> {
    let text = cx.host().read_text(ADJTIME).unwrap_or_default();
    let mut lines: Vec<&str> = text.lines().take(2).collect();
    while lines.len() < 2 {
        lines.push(if lines.is_empty() { "0.0 0 0.0" } else { "0" });
    }
    lines.push(if utc { "UTC" } else { "LOCAL" });
    cx.host().write(ADJTIME, format!("{}\n", lines.join("\n")).as_bytes(), &Write::default()).map_err(crate::failure)
}

/// Return the time zone.
///
/// ```salt
/// salt '*' timezone.get_zone
/// ```
#[derive(Args)]
pub struct GetZone;

impl Query for GetZone {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        Ok(zone(read.host()))
    }
}

/// Return the distance from UTC, such as `+0100`.
///
/// ```salt
/// salt '*' timezone.get_offset
/// ```
#[derive(Args)]
pub struct GetOffset;

impl Query for GetOffset {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        Ok(read.ask(["date", "+%z"]).await?.trim().to_owned())
    }
}

/// Return the short name of the time zone, such as `CET`.
///
/// ```salt
/// salt '*' timezone.get_zonecode
/// ```
#[derive(Args)]
pub struct GetZonecode;

impl Query for GetZonecode {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        Ok(read.ask(["date", "+%Z"]).await?.trim().to_owned())
    }
}

/// Tell whether this is the time zone.
///
/// ```salt
/// salt '*' timezone.zone_compare 'Europe/Berlin'
/// ```
#[derive(Args)]
pub struct ZoneCompare {
    /// Zone.
    timezone: String,
}

impl Query for ZoneCompare {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(zone(read.host()) == self.timezone)
    }
}

/// Set the time zone.
///
/// ```salt
/// salt '*' timezone.set_zone 'Europe/Berlin'
/// ```
#[derive(Args)]
pub struct SetZone {
    /// Zone.
    timezone: String,
}

impl Action for SetZone {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        set_zone(cx, &self.timezone)?;
        Ok(true)
    }
}

/// List the time zones that this machine knows.
///
/// ```salt
/// salt '*' timezone.list_zones
/// ```
#[derive(Args)]
pub struct ListZones;

impl Query for ListZones {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        let table = [join(ZONES, "tzdata.zi"), join(ZONES, "zone1970.tab"), join(ZONES, "zone.tab")];
        let text = table.iter().find_map(|path| read.host().read_text(path).ok());
        let text = text.ok_or_else(|| Failure::unavailable(format!("no table of time zones found; looked for {}", table.join(", "))))?;
        let mut names: Vec<String> = text.lines().filter_map(zone_of_line).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }
}

/// The zone of a line: `Z Europe/Berlin …`, `L Europe/Berlin Arctic/Longyearbyen`, or a table's third column.
fn zone_of_line(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    match words.next()? {
        "Z" => words.next().map(str::to_owned),
        "L" => words.nth(1).map(str::to_owned),
        first if first.starts_with('#') => None,
        _ => line.split('\t').nth(2).map(str::to_owned),
    }
}

/// Return how the clock is kept: `UTC` or `LOCAL`.
///
/// ```salt
/// salt '*' timezone.get_hwclock
/// ```
#[derive(Args)]
pub struct GetHwclock;

impl Query for GetHwclock {
    type Output = &'static str;
    async fn call(self, read: &Read) -> Result<&'static str, Failure> {
        Ok(if is_utc(read.host()) { "UTC" } else { "LOCAL" })
    }
}

/// Write down how the clock is kept: `UTC` or `localtime`.
///
/// ```salt
/// salt '*' timezone.set_hwclock UTC
/// ```
#[derive(Args)]
pub struct SetHwclock {
    /// `UTC` or `localtime`.
    clock: String,
}

impl Action for SetHwclock {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        match self.clock.to_lowercase().as_str() {
            "utc" => set_utc(cx, true)?,
            "localtime" | "local" => set_utc(cx, false)?,
            other => return Err(Failure::bad_arguments(format!("a clock is kept in `UTC` or `localtime`, not `{other}`"))),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::host::{FakeHost, Host};

    #[test]
    fn the_zone_is_read_from_the_link_or_else_from_the_name() {
        let host = FakeHost::new();
        host.file(NAME, "Etc/UTC\n");
        assert_eq!(zone(&host), "Etc/UTC");
        host.symlink("/usr/share/zoneinfo/Europe/Berlin", LOCALTIME).unwrap();
        assert_eq!(zone(&host), "Europe/Berlin");
        assert!(problem(&host, "Europe/Nowhere").is_some());
    }

    #[test]
    fn tables_of_zones_have_three_forms() {
        for line in ["Z Europe/Berlin 0:53:28 - LMT 1893 Ap", "L Europe/Brussels Europe/Berlin", "DE\t+5230+01322\tEurope/Berlin\tmost"] {
            assert_eq!(zone_of_line(line).as_deref(), Some("Europe/Berlin"));
        }
    }
}
