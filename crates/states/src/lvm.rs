//! Logical volumes.

use modules::lvm::{Kind, Size, act, bytes, create, is_group, logical, options, physical, shown};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, Words};

sdk::states!(lvm, [PvPresent, PvAbsent, VgPresent, VgAbsent, LvPresent, LvAbsent]);

/// Changes of one kind: `created`, `removed` or `resized`.
fn changes(what: &'static str, of: impl Into<Value>) -> Map {
    [(what, of.into())].into_iter().collect()
}

/// What is known of a thing that was just made, with what the program says of it.
async fn made(kind: Kind, name: &str, program: &str, said: String, read: &Read) -> Result<Map, Failure> {
    let mut known = shown(read, kind, Some(name)).await?;
    known.insert(format!("Output from {program}"), said);
    Ok(changes("created", known))
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
            Ok(_) => Applied::ok(format!("Created Physical Volume {name}"), changes("created", true)),
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
            Ok(_) => Applied::ok(format!("Removed Physical Volume {name}"), changes("removed", true)),
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
    /// Some devices.
    Extend {
        /// These.
        missing: Vec<String>,
        /// What is told of all.
        comment: String,
    },
}

impl State for VgPresent {
    type Change = VgStep;

    async fn check(&self, read: &Read) -> Result<Check<VgStep>, Failure> {
        let name = &self.name;
        if !is_group(read, name).await? {
            return Ok(Check::change(format!("Volume Group {name} is set to be created"), Map::new(), VgStep::Create));
        }
        let devices = self.devices.clone().unwrap_or_default().0;
        let (mut lines, mut missing, mut wrong) = (vec![format!("Volume Group {name} already present")], Vec::new(), false);
        for device in devices {
            let of = physical(read, &device).await?;
            wrong |= of.as_ref().is_none_or(|of| !of.is_empty() && of != name);
            match of {
                Some(of) if of == *name => lines.push(format!("{device} is part of Volume Group")),
                Some(of) if of.is_empty() => missing.push(device),
                Some(of) => lines.push(format!("{device} is part of {of}")),
                None => lines.push(format!("pv {device} is not present")),
            }
        }
        let comment = lines.join("\n");
        if wrong {
            return Ok(Check::fails(comment));
        }
        if missing.is_empty() {
            return Ok(Check::desired(comment));
        }
        let outlook = format!("{} will be added to Volume Group {name}", missing.join(", "));
        Ok(Check::change(outlook, added(&missing, name), VgStep::Extend { missing, comment }))
    }

    async fn apply(&self, step: VgStep, cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let words = |program: &str, devices: Vec<String>| [program.to_owned(), name.clone()].into_iter().chain(devices);
        match step {
            VgStep::Create => {
                let words = words("vgcreate", self.devices.clone().unwrap_or_default().0).chain(options(&self.options));
                if let Err(failure) = act(cx, words).await {
                    return Ok(Applied::failed(format!("Failed to create Volume Group {name}: {}", failure.message)));
                }
                let said = format!("Volume group \"{name}\" successfully created");
                Ok(Applied::ok(format!("Created Volume Group {name}"), made(Kind::Group, name, "vgcreate", said, cx.read()).await?))
            }
            VgStep::Extend { missing, comment } => Ok(match act(cx, words("vgextend", missing.clone())).await {
                Ok(_) => Applied::ok(comment, added(&missing, name)),
                Err(failure) => Applied::failed(format!("{comment}\n{} could not be added: {}", missing.join(", "), failure.message)),
            }),
        }
    }
}

fn added(devices: &[String], group: &str) -> Map {
    devices.iter().map(|device| (device.as_str(), format!("added to {group}"))).collect()
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
        Ok(if !is_group(read, name).await? {
            Check::desired(format!("Volume Group {name} already absent"))
        } else {
            Check::change(format!("Volume Group {name} is set to be removed"), Map::new(), ())
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        Ok(match act(cx, ["vgremove".to_owned(), "--force".to_owned(), name.clone()]).await {
            Ok(_) => {
                let said = format!("Volume group \"{name}\" successfully removed");
                Applied::ok(format!("Removed Volume Group {name}"), changes("removed", said))
            }
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
    /// Make the volume smaller where it is larger; what lies beyond the new end is lost.
    #[arg(default = false)]
    force: bool,
    /// Make the file system larger or smaller too.
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
    /// Its size.
    Resize,
}

impl LvPresent {
    fn group(&self) -> &str {
        self.vgname.as_deref().unwrap_or_default()
    }

    /// The volume that is made: a snapshot has a name of its own.
    fn volume(&self) -> &str {
        self.snapshot.as_deref().unwrap_or(&self.name)
    }

    fn path(&self) -> String {
        // A thin volume is given as `group/pool`.
        let group = self.group().split('/').next().unwrap_or_default();
        format!("/dev/{}/{}", if self.thinvolume { group } else { self.group() }, self.volume())
    }

    fn words(&self) -> Vec<String> {
        let (group, volume) = (self.group(), self.volume());
        let mut words = create(volume, group, self.size.as_deref(), self.extents.as_deref(), &self.options);
        if self.snapshot.is_some() {
            words.retain(|word| word != group);
            words.extend(["--snapshot".to_owned(), format!("{group}/{}", self.name)]);
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
        words
    }

    /// Whether the size is to change, and to less; nothing where no size is asked for that could be compared.
    fn differs(&self, have: Size) -> Result<Option<std::cmp::Ordering>, String> {
        match (&self.size, &self.extents) {
            (Some(size), _) => {
                bytes(size).map(|wanted| Some(wanted.cmp(&have.bytes))).ok_or_else(|| format!("`{size}` is no size such as 10G"))
            }
            (None, Some(extents)) if !extents.contains('%') => {
                let wanted = extents.parse::<u64>().map_err(|_| format!("`{extents}` is no number of extents"))?;
                Ok(Some(wanted.cmp(&have.extents)))
            }
            (None, _) => Ok(None),
        }
    }
}

impl State for LvPresent {
    type Change = LvStep;

    async fn check(&self, read: &Read) -> Result<Check<LvStep>, Failure> {
        let name = self.volume();
        if self.size.is_some() && self.extents.is_some() {
            return Ok(Check::fails("Only one of extents or size can be specified."));
        }
        let Some(have) = logical(read, &self.path()).await? else {
            return Ok(Check::change(format!("Logical Volume {name} is set to be created"), Map::new(), LvStep::Create));
        };
        Ok(match self.differs(have) {
            Err(why) => Check::fails(why),
            Ok(None) => Check::desired(match &self.extents {
                Some(extents) => format!("Logical Volume {name} already present, {extents} won't be resized."),
                None => format!("Logical Volume {name} already present"),
            }),
            Ok(Some(std::cmp::Ordering::Equal)) => Check::desired(format!("Logical Volume {name} already present")),
            Ok(Some(std::cmp::Ordering::Less)) if !self.force => Check::fails("To reduce a Logical Volume option 'force' must be True."),
            Ok(Some(_)) => Check::change(format!("Logical Volume {name} is set to be resized"), Map::new(), LvStep::Resize),
        })
    }

    async fn apply(&self, step: LvStep, cx: &Cx) -> Result<Applied, Failure> {
        let (name, path) = (self.volume(), self.path());
        match step {
            LvStep::Create => {
                if let Err(failure) = act(cx, self.words()).await {
                    return Ok(Applied::failed(format!("Failed to create Logical Volume {name}. Error: {}", failure.message)));
                }
                let said = format!("Logical volume \"{name}\" created.");
                Ok(Applied::ok(format!("Created Logical Volume {name}"), made(Kind::Logical, &path, "lvcreate", said, cx.read()).await?))
            }
            LvStep::Resize => {
                let mut words = vec!["lvresize".to_owned()];
                words.extend(self.force.then(|| "--force".to_owned()));
                words.extend(self.resizefs.then(|| "--resizefs".to_owned()));
                match (&self.size, &self.extents) {
                    (Some(size), _) => words.extend(["-L".to_owned(), size.clone()]),
                    (None, extents) => words.extend(["-l".to_owned(), extents.clone().unwrap_or_default()]),
                }
                words.push(path.clone());
                Ok(match act(cx, words).await {
                    Ok(_) => {
                        let said = format!("Logical volume \"{path}\" successfully resized.");
                        let said: Map = [("Output from lvresize", said)].into_iter().collect();
                        Applied::ok(format!("Resized Logical Volume {name}"), changes("resized", said))
                    }
                    Err(failure) => Applied::failed(format!("Failed to resize Logical Volume {name}.\nError: {}", failure.message)),
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
        let path = format!("/dev/{}/{name}", self.vgname.as_deref().unwrap_or_default());
        Ok(if logical(read, &path).await?.is_none() {
            Check::desired(format!("Logical Volume {name} already absent"))
        } else {
            Check::change(format!("Logical Volume {name} is set to be removed"), Map::new(), ())
        })
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let name = &self.name;
        let path = format!("{}/{name}", self.vgname.as_deref().unwrap_or_default());
        Ok(match act(cx, ["lvremove".to_owned(), "--force".to_owned(), path]).await {
            Ok(_) => {
                let said = format!("Logical volume \"{name}\" successfully removed");
                Applied::ok(format!("Removed Logical Volume {name}"), changes("removed", said))
            }
            Err(failure) => Applied::failed(format!("Failed to remove Logical Volume {name}: {}", failure.message)),
        })
    }
}
