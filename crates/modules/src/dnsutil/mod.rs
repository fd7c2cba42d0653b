//! Names and addresses: of zones, of the DNS, and of files of hosts.

mod records;
mod zone;

use sdk::{Action, Args, CallArgs, Cx, Failure, Map, text};

sdk::module!(
    dnsutil,
    [
        Serial,
        records::ParseHosts,
        records::HostsAppend,
        records::HostsRemove,
        records::CheckIp,
        records::A,
        records::Aaaa,
        records::Ns,
        records::Mx,
        records::Spf,
        zone::ParseZone
    ]
);

/// Return the serial number of a zone: the kept one, or today's first.
///
/// ```salt
/// salt '*' dnsutil.serial example.com update=True
/// ```
#[derive(Args)]
pub struct Serial {
    /// The zone.
    #[arg(default = "")]
    zone: String,
    /// Count it up, and keep it in the grain `dnsserial_<zone>`.
    #[arg(default = false)]
    update: bool,
}

impl Action for Serial {
    type Output = String;

    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let read = cx.read();
        let now = jiff::Timestamp::try_from(read.host().now()).map_err(|error| Failure::failed(error.to_string()))?;
        let day = jiff::ZonedDateTime::new(now, jiff::tz::TimeZone::system());
        let today = format!("{:04}{:02}{:02}01", day.year(), day.month(), day.day());
        let key = if self.zone.is_empty() { "dnsserial".to_owned() } else { format!("dnsserial_{}", self.zone) };
        let kept = read.grain(&key).map(text::str).filter(|kept| !kept.is_empty());
        if !self.update {
            return Ok(kept.unwrap_or(today));
        }
        let next = counted(kept.as_deref(), &today);
        let call = CallArgs::new(vec![key.into(), next.as_str().into()], Map::new());
        read.agent().call("grains.setval", call).await?;
        Ok(next)
    }
}

/// One more than the kept number, but never before today's first.
fn counted(kept: Option<&str>, today: &str) -> String {
    match kept.and_then(|kept| kept.parse::<u64>().ok()) {
        Some(number) if kept >= Some(today) => (number + 1).to_string(),
        _ => today.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn a_serial_counts_up_within_a_day_and_jumps_to_the_next() {
        assert_eq!(counted(None, "2026112401"), "2026112401");
        assert_eq!(counted(Some("2026112401"), "2026112401"), "2026112402");
        assert_eq!(counted(Some("2026112307"), "2026112401"), "2026112401");
    }
}
