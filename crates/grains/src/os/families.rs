//! From what a system calls itself to the `os` and `os_family` that trees are written against.

/// Systems whose `os` is not their own name without the word Linux.
const NAMES: &[(&str, &str)] = &[
    ("rhel", "RedHat"),
    ("ol", "OEL"),
    ("scientific", "ScientificLinux"),
    ("linuxmint", "Mint"),
    ("pop", "Pop"),
    ("sles", "SUSE"),
    ("sled", "SUSE"),
    ("sles_sap", "SUSE"),
    ("sl-micro", "SUSE"),
    ("suse-micro-os", "SUSE"),
    ("alinux", "Alinux"),
    ("virtuozzo", "Virtuozzo"),
    ("archarm", "Arch ARM"),
    ("altlinux", "ALT"),
    ("poky", "Poky"),
];

/// Families by `os`. A system that stands in no row is asked for what it is like, and else is its own family.
const FAMILIES: &[(&str, &[&str])] = &[
    (
        "Debian",
        &[
            "Debian",
            "Ubuntu",
            "Mint",
            "Raspbian",
            "Devuan",
            "Kali",
            "Pop",
            "Deepin",
            "KDE neon",
            "neon",
            "elementary OS",
            "elementary",
            "Astra",
            "AstraLinuxCE",
            "AstraLinuxSE",
            "Univention",
            "Trisquel",
            "Parrot OS",
            "Cumulus",
            "antiX",
            "TurnKey",
            "Linaro",
            "Mendel",
            "OSMC",
        ],
    ),
    (
        "RedHat",
        &[
            "RedHat",
            "Fedora",
            "CentOS",
            "CentOS Stream",
            "Rocky",
            "AlmaLinux",
            "AlmaLinux Kitten",
            "Amazon",
            "OEL",
            "Scientific",
            "ScientificLinux",
            "CloudLinux",
            "Virtuozzo",
            "openEuler",
            "VMware Photon OS",
            "ALT",
            "XCP-ng",
            "XenServer",
            "Alinux",
            "OVS",
            "Sangoma",
            "RED OS",
            "AlterOS",
        ],
    ),
    ("Suse", &["SUSE", "SLES", "SLED", "SLES_SAP", "openSUSE", "openSUSE Leap", "openSUSE Tumbleweed"]),
    ("Arch", &["Arch", "Arch ARM", "Manjaro", "Manjaro ARM", "Antergos", "EndeavourOS"]),
    ("Gentoo", &["Gentoo", "Funtoo"]),
];

/// The `os` grain.
pub(super) fn os_of(id: &str, name: &str, cpe: Option<&str>) -> String {
    if let Some((_, os)) = NAMES.iter().find(|(known, _)| *known == id) {
        return (*os).to_owned();
    }
    if id == "astra" {
        match name {
            "Astra Linux (Orel)" => return "AstraLinuxCE".to_owned(),
            "Astra Linux (Smolensk)" => return "AstraLinuxSE".to_owned(),
            _ => {}
        }
    }
    // `cpe:/o:opensuse:leap:15.5`: all products of this vendor are one system to those who target them.
    let vendor = cpe.and_then(|cpe| cpe.split(':').nth(2));
    if matches!(vendor, Some("suse" | "opensuse")) {
        return "SUSE".to_owned();
    }
    without_linux(name)
}

/// A name without the words `Linux` and `GNU/Linux`.
fn without_linux(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().filter(|word| !matches!(*word, "Linux" | "GNU/Linux" | "linux")).collect();
    if words.is_empty() { name.to_owned() } else { words.join(" ") }
}

/// The `os_family` grain.
pub(super) fn family_of(os: &str, like: Option<&str>) -> String {
    if let Some((family, _)) = FAMILIES.iter().find(|(_, members)| members.contains(&os)) {
        return (*family).to_owned();
    }
    let of_kind = |kind: &str| match kind {
        "debian" | "ubuntu" => Some("Debian"),
        "rhel" | "fedora" | "centos" => Some("RedHat"),
        "suse" | "opensuse" => Some("Suse"),
        "arch" => Some("Arch"),
        "gentoo" => Some("Gentoo"),
        "alpine" => Some("Alpine"),
        _ => None,
    };
    like.unwrap_or_default().split_whitespace().find_map(of_kind).unwrap_or(os).to_owned()
}
