//! Options of `salt-ssh` that mean nothing here: those that can be left out without harm are told of, the others are refused with what to do
//! instead, so that no script believes in something that did not happen.

use crate::{Console, Error};
use clap::Args;

/// Options of `salt-ssh` that are known and not taken as they are.
#[derive(Args, Debug)]
pub(crate) struct Foreign {
    #[arg(short = 't', long = "regen-thin", visible_alias = "thin", hide = true)]
    regen_thin: bool,
    #[arg(long, hide = true)]
    refresh: bool,
    #[arg(long, hide = true, value_name = "FILES")]
    extra_filerefs: Option<String>,
    #[arg(long, hide = true, value_name = "MODULES")]
    thin_extra_modules: Option<String>,
    #[arg(long, hide = true, value_name = "MODULES")]
    min_extra_modules: Option<String>,
    #[arg(short = 's', long = "static", hide = true)]
    whole: bool,
    #[arg(long, hide = true, value_name = "PATH")]
    python2_bin: Option<String>,
    #[arg(long, hide = true, value_name = "PATH")]
    python3_bin: Option<String>,
    #[arg(long, hide = true)]
    pre_flight: bool,
    #[arg(long, hide = true, value_name = "PORTS")]
    scan_ports: Option<String>,
    #[arg(long, hide = true, value_name = "SECONDS")]
    scan_timeout: Option<String>,
    #[arg(long, hide = true, value_name = "JID")]
    jid: Option<String>,
}

impl Foreign {
    /// Refuses what would not happen, and says what is not needed.
    pub fn check(&self, console: &mut Console) -> Result<(), Error> {
        let refused = [
            (self.python2_bin.is_some(), "--python2-bin", "no Python is needed on the hosts; leave it out"),
            (self.python3_bin.is_some(), "--python3-bin", "no Python is needed on the hosts; leave it out"),
            (self.pre_flight, "--pre-flight", "no script runs before a guest; run it with -r first"),
            (self.scan_ports.is_some(), "--scan-ports", "networks are not scanned; name the hosts with -L, or keep a roster"),
            (self.scan_timeout.is_some(), "--scan-timeout", "networks are not scanned; name the hosts with -L, or keep a roster"),
            (self.jid.is_some(), "--jid", "the master gives a job its id, which `sylvite job list` shows"),
        ];
        if let Some((_, name, way_out)) = refused.iter().find(|(is_given, ..)| *is_given) {
            return Err(Error::Usage(format!("{name} is not taken: {way_out}")));
        }
        let idle = [
            (self.regen_thin, "--regen-thin", "the program is known by its hash, and pushed where it is another one"),
            (self.refresh, "--refresh", "rosters are read anew every time"),
            (self.extra_filerefs.is_some(), "--extra-filerefs", "guests ask the master for every file they need"),
            (self.thin_extra_modules.is_some(), "--thin-extra-modules", "all modules are in the program"),
            (self.min_extra_modules.is_some(), "--min-extra-modules", "all modules are in the program"),
            (self.whole, "--static", "one document in all is `--out json` of one host; results are printed as they come"),
        ];
        for (_, name, why) in idle.iter().filter(|(is_given, ..)| *is_given) {
            console.complain(&format!("{name} does nothing here: {why}"));
        }
        Ok(())
    }
}
