//! The machine as a whole: switched off or on again, its name, its time.

mod clock;

use sdk::host::Write;
use sdk::{Action, Args, Cx, Failure, Query, Read};

sdk::module!(
    system,
    [
        Halt,
        Poweroff,
        Reboot,
        Shutdown,
        GetComputerName,
        SetComputerName,
        GetComputerDesc,
        SetComputerDesc,
        GetSystemTime,
        GetSystemDate,
        GetSystemDateTime,
        GetRebootRequiredWitnessed,
        SetRebootRequiredWitnessed,
        Init,
        clock::HasSettableHwclock,
        clock::SetSystemTime,
        clock::SetSystemDate,
        clock::SetSystemDateTime
    ]
);

/// Minutes from now, as `shutdown` wants them.
fn when(at_time: Option<i64>) -> Vec<String> {
    vec![at_time.map_or_else(|| "now".to_owned(), |minutes| format!("+{minutes}"))]
}

macro_rules! down {
    ($(#[$doc:meta])* $name:ident, $flag:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// In so many minutes; now unless given.
            at_time: Option<i64>,
        }

        impl Action for $name {
            type Output = String;
            async fn call(self, cx: &Cx) -> Result<String, Failure> {
                let argv = ["shutdown", $flag].into_iter().map(str::to_owned).chain(when(self.at_time));
                cx.run(argv).await
            }
        }
    };
}

down! {
    /// Stop the machine.
    ///
    /// ```salt
    /// salt '*' system.halt
    /// ```
    Halt, "-H"
}
down! {
    /// Switch the machine off.
    ///
    /// ```salt
    /// salt '*' system.poweroff
    /// ```
    Poweroff, "-P"
}
down! {
    /// Start the machine anew.
    ///
    /// ```salt
    /// salt '*' system.reboot
    /// salt '*' system.reboot at_time=10
    /// ```
    Reboot, "-r"
}
down! {
    /// Shut the machine down.
    ///
    /// ```salt
    /// salt '*' system.shutdown at_time=5
    /// ```
    Shutdown, "-h"
}

const PRETTY: &str = "/etc/machine-info";

/// The name the kernel gives this machine.
pub fn hostname(read: &Read) -> Result<String, Failure> {
    Ok(read.host().read_text("/proc/sys/kernel/hostname").map_err(crate::failure)?.trim().to_owned())
}

/// Return the name of this machine.
///
/// ```salt
/// salt '*' system.get_computer_name
/// ```
#[derive(Args)]
pub struct GetComputerName;

impl Query for GetComputerName {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        hostname(read)
    }
}

/// Set the name of this machine, now and for every boot.
///
/// ```salt
/// salt '*' system.set_computer_name web7
/// ```
#[derive(Args)]
pub struct SetComputerName {
    /// Name.
    hostname: String,
}

/// Sets the name of this machine, now and for every boot.
pub async fn set_hostname(cx: &Cx, name: &str) -> Result<(), Failure> {
    if cx.host().which("hostnamectl").is_some() && cx.host().exists("/run/systemd/system") {
        cx.run(["hostnamectl", "set-hostname", name]).await?;
    } else {
        cx.run(["hostname", name]).await?;
    }
    store_hostname(cx, name)
}

/// Sets the name that the machine takes on its next boot.
pub fn store_hostname(cx: &Cx, name: &str) -> Result<(), Failure> {
    cx.host().write("/etc/hostname", format!("{name}\n").as_bytes(), &Write::default()).map_err(crate::failure)
}

/// The name that the machine takes on its next boot.
#[must_use]
pub fn stored_hostname(read: &Read) -> Option<String> {
    let text = read.host().read_text("/etc/hostname").ok()?;
    text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned)
}

impl Action for SetComputerName {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        set_hostname(cx, &self.hostname).await?;
        Ok(true)
    }
}

/// Return the description of this machine.
///
/// ```salt
/// salt '*' system.get_computer_desc
/// ```
#[derive(Args)]
pub struct GetComputerDesc;

impl Query for GetComputerDesc {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let text = read.host().read_text(PRETTY).unwrap_or_default();
        let line = text.lines().find_map(|line| line.trim().strip_prefix("PRETTY_HOSTNAME="));
        Ok(line.unwrap_or_default().trim_matches('"').to_owned())
    }
}

/// Set the description of this machine.
///
/// ```salt
/// salt '*' system.set_computer_desc 'the shop'
/// ```
#[derive(Args)]
pub struct SetComputerDesc {
    /// Description.
    desc: String,
}

impl Action for SetComputerDesc {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let text = cx.host().read_text(PRETTY).unwrap_or_default();
        let kept = text.lines().filter(|line| !line.trim().starts_with("PRETTY_HOSTNAME=")).map(|line| format!("{line}\n"));
        let quoted = self.desc.replace('\\', "\\\\").replace('"', "\\\"");
        let text: String = kept.chain([format!("PRETTY_HOSTNAME=\"{quoted}\"\n")]).collect();
        cx.host().write(PRETTY, text.as_bytes(), &Write::default()).map_err(crate::failure)?;
        Ok(true)
    }
}

macro_rules! clock {
    ($(#[$doc:meta])* $name:ident, $format:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Distance from UTC, such as `+0200`; the machine's own unless given.
            utc_offset: Option<String>,
        }

        impl Query for $name {
            type Output = String;
            async fn call(self, read: &Read) -> Result<String, Failure> {
                let mut command = sdk::host::Command::new(["date", $format]).env("LC_ALL", "C");
                if let Some(offset) = &self.utc_offset {
                    command = command.env("TZ", zone(offset)?);
                }
                let output = read.run_command(command).await?;
                Ok(output.out().trim().to_owned())
            }
        }
    };
}

/// A zone of the C library for a distance from UTC; there the sign is the other way round.
fn zone(offset: &str) -> Result<String, Failure> {
    let bad = || Failure::bad_arguments(format!("`{offset}` is no distance from UTC such as +0200"));
    let (sign, digits) = match offset.strip_prefix('-') {
        Some(digits) => ('+', digits),
        None => ('-', offset.trim_start_matches('+')),
    };
    let (hours, minutes) = digits.split_at_checked(2).filter(|_| digits.len() == 4).ok_or_else(bad)?;
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(bad());
    }
    Ok(format!("X{sign}{hours}:{minutes}"))
}

clock! {
    /// Return the time of day.
    ///
    /// ```salt
    /// salt '*' system.get_system_time
    /// ```
    GetSystemTime, "+%I:%M:%S %p"
}
clock! {
    /// Return the date.
    ///
    /// ```salt
    /// salt '*' system.get_system_date
    /// ```
    GetSystemDate, "+%a %m/%d/%Y"
}
clock! {
    /// Return date and time.
    ///
    /// ```salt
    /// salt '*' system.get_system_date_time
    /// ```
    GetSystemDateTime, "+%Y-%m-%d %H:%M:%S"
}

/// Tell whether the machine waits to be started anew.
///
/// ```salt
/// salt '*' system.get_reboot_required_witnessed
/// ```
#[derive(Args)]
pub struct GetRebootRequiredWitnessed;

impl Query for GetRebootRequiredWitnessed {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(["/run/reboot-required", "/var/run/reboot-required"].iter().any(|path| read.host().exists(path)))
    }
}

/// Note that the machine waits to be started anew, until it was.
///
/// ```salt
/// salt '*' system.set_reboot_required_witnessed
/// ```
#[derive(Args)]
pub struct SetRebootRequiredWitnessed;

impl Action for SetRebootRequiredWitnessed {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        // What lies there is gone after the next start.
        cx.host().write("/run/reboot-required", b"", &Write::mode(0o644)).map_err(crate::failure)?;
        Ok(true)
    }
}

/// Bring the machine to another runlevel.
///
/// ```salt
/// salt '*' system.init 3
/// ```
#[derive(Args)]
pub struct Init {
    /// Runlevel.
    runlevel: String,
}

impl Action for Init {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        cx.run(["init", &self.runlevel]).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_of_a_zone_is_turned_round() {
        assert_eq!(zone("+0200").unwrap(), "X-02:00");
        assert_eq!(zone("-0330").unwrap(), "X+03:30");
        assert!(zone("two hours").is_err());
    }
}
