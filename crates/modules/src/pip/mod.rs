//! Python packages with `pip`, of the system or of a virtual environment.

mod functions;
mod install;
mod place;
mod requirement;

pub use functions::{requirements, upgrade};
pub use install::{Options, install, uninstall};
pub use place::Place;
pub use requirement::{Requirement, normalized};

sdk::module!(
    pip,
    [
        functions::Version,
        functions::List,
        functions::Freeze,
        functions::ListFreezeParse,
        functions::ListUpgrades,
        functions::ListAllVersions,
        functions::IsInstalled,
        functions::UpgradeAvailable,
        functions::Normalize,
        functions::Upgrade,
        functions::Install,
        functions::Uninstall,
    ]
);
