//! `mount.swap`.

use modules::mount::fstab::{By, Entry, FSTAB, Put, entries, plan, put};
use modules::mount::{real_device, swap, swaps};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State};

/// Ensure a swap area is in use, now and on boot.
///
/// ```salt
/// /swapfile:
///   mount.swap: []
/// ```
#[derive(Args)]
pub struct Swap {
    /// Path of the file or device.
    name: String,
    /// Use it on boot as well.
    #[arg(default = true)]
    persist: bool,
    /// Table of what is mounted on boot.
    #[arg(default = FSTAB)]
    config: String,
}

/// What is to be done.
pub struct Steps {
    now: bool,
}

impl Swap {
    fn is_on(&self, read: &Read) -> bool {
        let own = real_device(read, &self.name);
        swaps(read).iter().any(|[path, ..]| *path == self.name || *path == own)
    }

    fn entry(&self) -> Entry {
        let [fstype, opts, zero] = ["swap", "defaults", "0"].map(str::to_owned);
        Entry { device: self.name.clone(), name: "none".to_owned(), fstype, opts, dump: zero.clone(), pass: zero }
    }
}

impl State for Swap {
    type Change = Steps;

    async fn check(&self, read: &Read) -> Result<Check<Steps>, Failure> {
        let (name, on) = (&self.name, self.is_on(read));
        let has_line = !self.persist || plan(&entries(read, &self.config), &self.entry(), &By::device()) != Put::New;
        if on && has_line {
            return Ok(Check::desired(format!("Swap {name} already active")));
        }
        let comment =
            if on { format!("Swap {name} is set to be added to the fstab") } else { format!("Swap {name} is set to be activated") };
        Ok(Check::change(comment, Map::new(), Steps { now: !on }))
    }

    async fn apply(&self, steps: Steps, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let mut changes = Map::new();
        let mut failed = None;
        if steps.now {
            match swap(cx, name, true, None).await {
                Ok(()) => drop(changes.insert("swap", true)),
                Err(failure) => failed = Some(format!("{} (status {})", failure.message, failure.retcode)),
            }
        }
        let mut comment = match (&failed, steps.now) {
            (Some(said), _) => format!("Swap {name} failed to activate: {said}"),
            (None, true) => format!("Swap {name} activated"),
            (None, false) => format!("Swap {name} already active"),
        };
        // A swap area that does not work now would stop the next boot from having any.
        if self.persist && failed.is_none() {
            let entry = self.entry();
            if plan(&entries(cx, &self.config), &entry, &By::device()) == Put::New {
                put(cx, &self.config, &entry, &By::device())?;
                changes.insert("persist", "new");
                comment.push_str(". Added new entry to the fstab.");
            }
        }
        Ok(if failed.is_some() { Applied::failed(comment).with_changes(changes) } else { Applied::ok(comment, changes) })
    }
}
