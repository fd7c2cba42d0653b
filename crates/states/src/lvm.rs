//! Logical volumes.

use modules::lvm::{act, bytes, create, group, logical, options, physical};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, Words};

sdk::states!(lvm, [PvPresent, PvAbsent, VgPresent, VgAbsent, LvPresent, LvAbsent]);

fn created(name: &str, said: String) -> Map {
    [("created", [(name, said)].into_iter().collect::<Map>())].into_iter().collect()
}

fn removed(name: &str, said: String) -> Map {
    [("removed", [(name, said)].into_iter().collect::<Map>())].into_iter().collect()
}

/// Ensure a device is a physical volume.
///
/// ```salt
/// /dev/sdb:
///   lvm.pv_present: []
/// ```
#[derive(Args)]
pub struct PvPresent {
    /// Device.
    name: String,
    /// Further options of `pvcreate`.
    #[arg(extra)]
    options: Map,
}

impl State for PvPresent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        Ok(if physical(read, name).await?.is_some() {
            Check::desired(format!("Physical Volume {name} already present"))
        } else {
            Check::change(format!("Physical Volume {name} is set to be created"), Map::new(), ())
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let words = ["pvcreate".to_owned(), name.clone()].into_iter().chain(options(&self.options));
        Ok(match act(cx, words).await {
            Ok(said) => Applied::ok(format!("Created Physical Volume {name}"), created(name, said)),
            Err(failure) => Applied::failed(format!("Failed to create Physical Volume {name}: {}", failure.message)),
        })
    }
}

/// Ensure a device is no physical volume.
///
/// ```salt
/// /dev/sdb:
///   lvm.pv_absent: []
/// ```
#[derive(Args)]
pub struct PvAbsent {
    /// Device.
    name: String,
}

impl State for PvAbsent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        Ok(if physical(read, name).await?.is_none() {
            Check::desired(format!("Physical Volume {name} does not exist"))
        } else {
            Check::change(format!("Physical Volume {name} is set to be removed"), Map::new(), ())
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        Ok(match act(cx, ["pvremove".to_owned(), name.clone()]).await {
            Ok(said) => Applied::ok(format!("Removed Physical Volume {name}"), removed(name, said)),
            Err(failure) => Applied::failed(format!("Failed to remove Physical Volume {name}: {}", failure.message)),
        })
    }
}

/// Ensure there is a group of physical volumes.
///
/// ```salt
/// data:
///   lvm.vg_present:
///     - devices: [/dev/sdb, /dev/sdc]
/// ```
#[derive(Args)]
pub struct VgPresent {
    /// Group.
    name: String,
    /// Devices.
    devices: Option<Words>,
    /// Further options of `vgcreate`.
    #[arg(extra)]
    options: Map,
}

/// What a group lacks.
pub enum VgStep {
    /// All of it.
    Create,
    /// These devices.
    Extend(Vec<String>),
}

impl State for VgPresent {
    type Change = VgStep;

    async fn check(&self, read: &Read) -> Result<Check<VgStep>, Failure> {
        let name = &self.name;
        let devices = self.devices.clone().unwrap_or_default().0;
        if group(read, name).await?.is_none() {
            return Ok(Check::change(format!("Volume Group {name} is set to be created"), Map::new(), VgStep::Create));
        }
        let (mut lines, mut missing) = (Vec::new(), Vec::new());
        for device in devices {
            match physical(read, &device).await? {
                Some(of) if of == *name => lines.push(format!("{device} is part of Volume Group")),
                Some(of) if of.is_empty() => missing.push(device),
                Some(of) => return Ok(Check::fails(format!("{device} is in {of}"))),
                None => missing.push(device),
            }
        }
        if missing.is_empty() {
            return Ok(Check::desired(
                std::iter::once(format!("Volume Group {name} already present")).chain(lines).collect::<Vec<_>>().join("\n"),
            ));
        }
        let comment = format!("{} will be added to Volume Group {name}", missing.join(", "));
        Ok(Check::change(comment, Map::new(), VgStep::Extend(missing)))
    }

    async fn apply(&self, step: VgStep, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let (program, devices) = match step {
            VgStep::Create => ("vgcreate", self.devices.clone().unwrap_or_default().0),
            VgStep::Extend(devices) => ("vgextend", devices),
        };
        let words = [program.to_owned(), name.clone()].into_iter().chain(devices.iter().cloned());
        let words: Vec<String> = words.chain(if program == "vgcreate" { options(&self.options) } else { Vec::new() }).collect();
        Ok(match act(cx, words).await {
            Ok(said) if program == "vgcreate" => Applied::ok(format!("Created Volume Group {name}"), created(name, said)),
            Ok(said) => {
                let changes: Map = devices.iter().map(|device| (device.as_str(), format!("Added to Volume Group {name}"))).collect();
                Applied::ok(said, changes)
            }
            Err(failure) => Applied::failed(format!("Failed to create Volume Group {name}: {}", failure.message)),
        })
    }
}

/// Ensure there is no such group of physical volumes; what is in it goes too.
///
/// ```salt
/// data:
///   lvm.vg_absent: []
/// ```
#[derive(Args)]
pub struct VgAbsent {
    /// Group.
    name: String,
}

impl State for VgAbsent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        Ok(if group(read, name).await?.is_none() {
            Check::desired(format!("Volume Group {name} already absent"))
        } else {
            Check::change(format!("Volume Group {name} is set to be removed"), Map::new(), ())
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        Ok(match act(cx, ["vgremove".to_owned(), "--force".to_owned(), name.clone()]).await {
            Ok(said) => Applied::ok(format!("Removed Volume Group {name}"), removed(name, said)),
            Err(failure) => Applied::failed(format!("Failed to remove Volume Group {name}: {}", failure.message)),
        })
    }
}

/// Ensure there is a logical volume of at least a size.
///
/// ```salt
/// web:
///   lvm.lv_present:
///     - vgname: data
///     - size: 10G
/// ```
#[derive(Args)]
pub struct LvPresent {
    /// Volume.
    name: String,
    /// Group.
    vgname: Option<String>,
    /// Size.
    size: Option<String>,
    /// Size in extents, such as `100%FREE`.
    extents: Option<String>,
    /// Volume to make a snapshot of.
    snapshot: Option<String>,
    /// Physical volume to put it on.
    pv: Option<String>,
    /// Cut it from a pool that gives space when it is used.
    #[arg(default = false)]
    thinvolume: bool,
    /// Make such a pool.
    #[arg(default = false)]
    thinpool: bool,
    /// Known for compatibility: what is there is never asked about.
    #[arg(default = false, ignored)]
    force: bool,
    /// Make the file system larger too.
    #[arg(default = false)]
    resizefs: bool,
    /// Further options of `lvcreate`.
    #[arg(extra)]
    options: Map,
}

/// What a volume lacks.
pub enum LvStep {
    /// All of it.
    Create,
    /// Its size; this is the present one.
    Resize(String),
}

impl LvPresent {
    fn group(&self) -> &str {
        self.vgname.as_deref().unwrap_or_default()
    }
}

impl State for LvPresent {
    type Change = LvStep;

    async fn check(&self, read: &Read) -> Result<Check<LvStep>, Failure> {
        let name = &self.name;
        let Some(have) = logical(read, self.group(), name).await? else {
            return Ok(Check::change(format!("Logical Volume {name} is set to be created"), Map::new(), LvStep::Create));
        };
        let Some(size) = self.size.as_deref().filter(|_| self.snapshot.is_none()) else {
            return Ok(Check::desired(format!("Logical Volume {name} already present")));
        };
        match bytes(size) {
            None => Ok(Check::fails(format!("`{size}` is no size such as 10G"))),
            // A volume is cut in whole extents: a little more than asked for is what was asked for.
            Some(wanted) if have >= wanted && have - wanted < 64 << 20 => {
                Ok(Check::desired(format!("Logical Volume {name} already present, with the wanted size")))
            }
            Some(wanted) if have > wanted => {
                let comment =
                    format!("Logical Volume {name} is larger than {size}; it is made smaller only by hand, as data could be lost");
                Ok(Check::fails(comment))
            }
            Some(_) => {
                let change: Map = [("old", Value::from(have.to_string())), ("new", size.into())].into_iter().collect();
                let comment = format!("The {name} logical volume will be resized to {size}");
                Ok(Check::change(comment, [("resized", change)].into_iter().collect::<Map>(), LvStep::Resize(have.to_string())))
            }
        }
    }

    async fn apply(&self, step: LvStep, cx: &Cx) -> Result<Applied, Failure> {
        let (name, group) = (&self.name, self.group());
        match step {
            LvStep::Create => {
                let mut words = create(name, group, self.size.as_deref(), self.extents.as_deref(), &self.options);
                if let Some(origin) = &self.snapshot {
                    words.retain(|word| word != group);
                    words.extend(["--snapshot".to_owned(), format!("{group}/{origin}")]);
                }
                if self.thinvolume {
                    // The size of a thin volume is promised, not taken.
                    for word in words.iter_mut().filter(|word| *word == "-L") {
                        *word = "-V".to_owned();
                    }
                    words.push("--thin".to_owned());
                }
                if self.thinpool {
                    words.extend(["--type".to_owned(), "thin-pool".to_owned()]);
                }
                words.extend(self.pv.clone());
                Ok(match act(cx, words).await {
                    Ok(said) => Applied::ok(format!("Created Logical Volume {name}"), created(name, said)),
                    Err(failure) => Applied::failed(format!("Failed to create Logical Volume {name}: {}", failure.message)),
                })
            }
            LvStep::Resize(old) => {
                let size = self.size.clone().unwrap_or_default();
                let mut words = vec!["lvresize".to_owned(), "-L".to_owned(), size.clone(), format!("{group}/{name}")];
                if self.resizefs {
                    words.push("--resizefs".to_owned());
                }
                Ok(match act(cx, words).await {
                    Ok(_) => {
                        let change: Map = [("old", old), ("new", size.clone())].into_iter().collect();
                        Applied::ok(format!("Resized Logical Volume {name} to {size}"), [("resized", change)].into_iter().collect::<Map>())
                    }
                    Err(failure) => Applied::failed(format!("Failed to resize Logical Volume {name}: {}", failure.message)),
                })
            }
        }
    }
}

/// Ensure there is no such logical volume.
///
/// ```salt
/// web:
///   lvm.lv_absent:
///     - vgname: data
/// ```
#[derive(Args)]
pub struct LvAbsent {
    /// Volume.
    name: String,
    /// Group.
    vgname: Option<String>,
}

impl State for LvAbsent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        let name = &self.name;
        Ok(if logical(read, self.vgname.as_deref().unwrap_or_default(), name).await?.is_none() {
            Check::desired(format!("Logical Volume {name} already absent"))
        } else {
            Check::change(format!("Logical Volume {name} is set to be removed"), Map::new(), ())
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let path = format!("{}/{name}", self.vgname.as_deref().unwrap_or_default());
        Ok(match act(cx, ["lvremove".to_owned(), "--force".to_owned(), path]).await {
            Ok(said) => Applied::ok(format!("Removed Logical Volume {name}"), removed(name, said)),
            Err(failure) => Applied::failed(format!("Failed to remove Logical Volume {name}: {}", failure.message)),
        })
    }
}
