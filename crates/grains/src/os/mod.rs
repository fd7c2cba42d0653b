//! Which operating system this is, from `/etc/os-release`, with the names that Salt's users target.

mod families;
mod release;

pub use release::Release;

use crate::{About, System};
use value::{Map, Value};

pub(crate) const NAMES: &[&str] = &[
    "os",
    "os_family",
    "osfullname",
    "osrelease",
    "osrelease_info",
    "osmajorrelease",
    "osfinger",
    "oscodename",
    "osarch",
    "lsb_distrib_id",
    "lsb_distrib_release",
    "lsb_distrib_codename",
    "lsb_distrib_description",
];

pub(crate) fn collect(system: &System, _: &About, grains: &mut Map) {
    let text = ["/etc/os-release", "/usr/lib/os-release"].into_iter().find_map(|path| system.read(path)).unwrap_or_default();
    let lsb = system.read("/etc/lsb-release").unwrap_or_default();
    let older = Older {
        debian: system.line("/etc/debian_version"),
        redhat: system.line("/etc/centos-release").or_else(|| system.line("/etc/redhat-release")),
    };
    let described = describe(&Release::parse(&text), &Release::parse(&lsb), &older);
    let family = described.get("os_family").and_then(Value::as_str).unwrap_or_default().to_owned();
    grains.extend(described);
    let machine = nix::sys::utsname::uname().map(|name| name.machine().to_string_lossy().into_owned()).unwrap_or_default();
    grains.insert("osarch", package_architecture(system, &family, &machine));
}

/// Files of older systems that say more about the release than `os-release` does.
#[derive(Clone, Debug, Default)]
pub struct Older {
    /// `/etc/debian_version`.
    pub debian: Option<String>,
    /// `/etc/centos-release` or `/etc/redhat-release`.
    pub redhat: Option<String>,
}

/// The grains of an operating system that describes itself by `os-release` and, where there is one, `lsb-release`.
#[must_use]
pub fn describe(release: &Release, lsb: &Release, older: &Older) -> Map {
    let id = release.get("ID").unwrap_or("linux");
    let full = release.get("NAME").unwrap_or("Linux");
    let os = families::os_of(id, full, release.get("CPE_NAME"));
    let family = families::family_of(&os, release.get("ID_LIKE"));
    let number = release_number(release, id, older);
    let code = code_name(release, id);

    let mut grains = Map::new();
    grains.insert("os", os.as_str());
    grains.insert("os_family", family);
    grains.insert("osfullname", full);
    grains.insert("oscodename", code.as_str());
    grains.insert("osrelease", number.as_str());
    let info: Vec<Value> = number.split('.').map(|part| part.parse::<i64>().map_or_else(|_| Value::from(part), Value::Int)).collect();
    let major = info.first().and_then(Value::as_int);
    grains.insert("osrelease_info", Value::List(info));
    if let Some(major) = major {
        grains.insert("osmajorrelease", major);
    }
    // Where a release is a date or half a year, its first number alone says nothing.
    let finger_name = if matches!(os.as_str(), "Debian" | "Raspbian") { os.as_str() } else { full };
    let finger_number = match major {
        Some(major) if !matches!(os.as_str(), "Ubuntu" | "Pop" | "NixOS") => major.to_string(),
        _ => number.clone(),
    };
    grains.insert("osfinger", format!("{finger_name}-{finger_number}"));

    grains.insert("lsb_distrib_id", lsb.get("DISTRIB_ID").unwrap_or(full));
    if let Some(number) = lsb.get("DISTRIB_RELEASE").or_else(|| release.get("VERSION_ID")) {
        grains.insert("lsb_distrib_release", number);
    }
    grains.insert("lsb_distrib_codename", lsb.get("DISTRIB_CODENAME").unwrap_or(&code));
    if let Some(text) = lsb.get("DISTRIB_DESCRIPTION") {
        grains.insert("lsb_distrib_description", text);
    }
    grains
}

fn release_number(release: &Release, id: &str, older: &Older) -> String {
    // CentOS 7 and its kin write only the major number into os-release.
    if id == "centos"
        && release.get("VERSION_ID").is_some_and(|number| !number.contains('.'))
        && let Some(number) = older.redhat.as_deref().and_then(number_in)
    {
        return number;
    }
    release
        .get("VERSION_ID")
        .map(str::to_owned)
        .or_else(|| (id == "debian").then(|| older.debian.clone()).flatten())
        .or_else(|| release.get("BUILD_ID").map(str::to_owned))
        .unwrap_or_default()
}

/// The dotted number in a line such as `CentOS Linux release 7.9.2009 (Core)`.
fn number_in(line: &str) -> Option<String> {
    line.split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.chars().all(|c| c.is_ascii_digit() || c == '.'))
        .map(str::to_owned)
}

fn code_name(release: &Release, id: &str) -> String {
    let in_parentheses = || {
        let version = release.get("VERSION")?;
        let (_, rest) = version.split_once('(')?;
        rest.split_once(')').map(|(inside, _)| inside.to_owned())
    };
    match release.get("VERSION_CODENAME") {
        Some(code) => code.to_owned(),
        None if matches!(id, "almalinux" | "rocky" | "rhel") => in_parentheses().unwrap_or_default(),
        None => release.get("PRETTY_NAME").unwrap_or_default().to_owned(),
    }
}

/// The architecture in the package manager's words.
fn package_architecture(system: &System, family: &str, machine: &str) -> String {
    match family {
        "Debian" => debian_architecture(machine).to_owned(),
        "RedHat" if machine.len() == 4 && machine.starts_with('i') && machine.ends_with("86") => "i686".to_owned(),
        "Alpine" => system.line("/etc/apk/arch").unwrap_or_else(|| machine.to_owned()),
        _ => machine.to_owned(),
    }
}

fn debian_architecture(machine: &str) -> &str {
    match machine {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "i386" | "i486" | "i586" | "i686" => "i386",
        "armv6l" | "armv7l" | "armv8l" => "armhf",
        "ppc64le" => "ppc64el",
        "loongarch64" => "loong64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Map {
        let path = format!("{}/tests/os-release/{name}", env!("CARGO_MANIFEST_DIR"));
        describe(&Release::parse(&std::fs::read_to_string(path).unwrap()), &Release::default(), &Older::default())
    }

    /// One row a system: name of the recorded file, `os`, `os_family`, `osrelease`, `oscodename`, `osfinger`.
    const SYSTEMS: &[[&str; 6]] = &[
        ["debian-12", "Debian", "Debian", "12", "bookworm", "Debian-12"],
        ["debian-13", "Debian", "Debian", "13", "trixie", "Debian-13"],
        ["ubuntu-22.04", "Ubuntu", "Debian", "22.04", "jammy", "Ubuntu-22.04"],
        ["ubuntu-24.04", "Ubuntu", "Debian", "24.04", "noble", "Ubuntu-24.04"],
        ["raspbian-11", "Raspbian", "Debian", "11", "bullseye", "Raspbian-11"],
        ["devuan-5", "Devuan", "Debian", "5", "daedalus", "Devuan GNU/Linux-5"],
        ["kali", "Kali", "Debian", "2024.2", "kali-rolling", "Kali GNU/Linux-2024"],
        ["mint-21", "Mint", "Debian", "21.3", "virginia", "Linux Mint-21"],
        ["pop-22.04", "Pop", "Debian", "22.04", "jammy", "Pop!_OS-22.04"],
        ["neon", "KDE neon", "Debian", "22.04", "jammy", "KDE neon-22"],
        ["elementary", "elementary OS", "Debian", "7.1", "horus", "elementary OS-7"],
        ["deepin", "Deepin", "Debian", "20.9", "apricot", "Deepin-20"],
        ["astra-1.7", "Astra", "Debian", "1.7_x86-64", "1.7_x86-64", "Astra Linux-1"],
        ["rocky-9", "Rocky", "RedHat", "9.4", "Blue Onyx", "Rocky Linux-9"],
        ["alma-9", "AlmaLinux", "RedHat", "9.4", "Seafoam Ocelot", "AlmaLinux-9"],
        ["centos-7", "CentOS", "RedHat", "7", "CentOS Linux 7 (Core)", "CentOS Linux-7"],
        ["centos-stream-9", "CentOS Stream", "RedHat", "9", "CentOS Stream 9", "CentOS Stream-9"],
        ["rhel-7", "RedHat", "RedHat", "7.9", "Maipo", "Red Hat Enterprise Linux Server-7"],
        ["rhel-8", "RedHat", "RedHat", "8.9", "Ootpa", "Red Hat Enterprise Linux-8"],
        ["fedora-40", "Fedora", "RedHat", "40", "", "Fedora Linux-40"],
        ["oracle-8", "OEL", "RedHat", "8.9", "Oracle Linux Server 8.9", "Oracle Linux Server-8"],
        ["scientific-7", "ScientificLinux", "RedHat", "7.9", "Scientific Linux 7.9 (Nitrogen)", "Scientific Linux-7"],
        ["cloudlinux-8", "CloudLinux", "RedHat", "8.9", "CloudLinux 8.9 (Anatoly Levchenko)", "CloudLinux-8"],
        ["virtuozzo", "Virtuozzo", "RedHat", "8.9", "Virtuozzo Linux", "Virtuozzo Linux-8"],
        ["amazon-2", "Amazon", "RedHat", "2", "Amazon Linux 2", "Amazon Linux-2"],
        ["amazon-2023", "Amazon", "RedHat", "2023", "Amazon Linux 2023.5.20240722", "Amazon Linux-2023"],
        ["alinux-3", "Alinux", "RedHat", "3", "Alibaba Cloud Linux 3 (Soaring Falcon)", "Alibaba Cloud Linux-3"],
        ["openeuler-22", "openEuler", "RedHat", "22.03", "openEuler 22.03 (LTS-SP3)", "openEuler-22"],
        ["photon-5", "VMware Photon OS", "RedHat", "5.0", "VMware Photon OS/Linux", "VMware Photon OS-5"],
        [
            "kylin",
            "Kylin Advanced Server",
            "Kylin Advanced Server",
            "V10",
            "Kylin Linux Advanced Server V10 (Sword)",
            "Kylin Linux Advanced Server-V10",
        ],
        ["sles-12", "SUSE", "Suse", "12.5", "SUSE Linux Enterprise Server 12 SP5", "SLES-12"],
        ["sles-15", "SUSE", "Suse", "15.5", "SUSE Linux Enterprise Server 15 SP5", "SLES-15"],
        ["leap-15", "SUSE", "Suse", "15.5", "openSUSE Leap 15.5", "openSUSE Leap-15"],
        ["tumbleweed", "SUSE", "Suse", "20240707", "openSUSE Tumbleweed", "openSUSE Tumbleweed-20240707"],
        ["alpine-3.20", "Alpine", "Alpine", "3.20.1", "Alpine Linux v3.20", "Alpine Linux-3"],
        ["arch", "Arch", "Arch", "rolling", "Arch Linux", "Arch Linux-rolling"],
        ["manjaro", "Manjaro", "Arch", "rolling", "Manjaro Linux", "Manjaro Linux-rolling"],
        ["endeavouros", "EndeavourOS", "Arch", "2024.06.25", "EndeavourOS", "EndeavourOS-2024"],
        ["gentoo", "Gentoo", "Gentoo", "2.15", "Gentoo Linux", "Gentoo-2"],
        ["nixos", "NixOS", "NixOS", "24.05", "uakari", "NixOS-24.05"],
        ["void", "Void", "Void", "", "Void Linux", "Void-"],
    ];

    #[test]
    fn every_recorded_system_has_the_names_its_users_target() {
        for [file, os, family, number, code, finger] in SYSTEMS {
            let grains = of(file);
            let text = |name: &str| grains.get(name).and_then(Value::as_str).unwrap_or("(none)").to_owned();
            let got = [text("os"), text("os_family"), text("osrelease"), text("oscodename"), text("osfinger")];
            assert_eq!(got, [*os, *family, *number, *code, *finger], "{file}");
        }
    }

    #[test]
    fn a_release_that_is_no_number_has_no_major_number() {
        assert_eq!(of("kylin").get("osmajorrelease"), None);
        assert_eq!(of("ubuntu-22.04").get("osmajorrelease"), Some(&Value::Int(22)));
        assert_eq!(of("ubuntu-22.04").get("osrelease_info"), Some(&Value::List(vec![Value::Int(22), Value::Int(4)])));
    }

    #[test]
    fn centos_seven_takes_its_full_number_from_its_own_file() {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/os-release/centos-7")).unwrap();
        let older = Older { debian: None, redhat: Some("CentOS Linux release 7.9.2009 (Core)".into()) };
        let grains = describe(&Release::parse(&text), &Release::default(), &older);
        assert_eq!(grains.get("osrelease"), Some(&Value::from("7.9.2009")));
        assert_eq!(grains.get("osfinger"), Some(&Value::from("CentOS Linux-7")));
    }

    #[test]
    fn lsb_release_has_the_last_word_on_its_own_grains() {
        let lsb = Release::parse(
            "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\nDISTRIB_CODENAME=jammy\nDISTRIB_DESCRIPTION=\"Ubuntu 22.04.4 LTS\"\n",
        );
        let grains = describe(&Release::parse("NAME=Ubuntu\nID=ubuntu\nVERSION_ID=\"22.04\"\n"), &lsb, &Older::default());
        assert_eq!(grains.get("lsb_distrib_description"), Some(&Value::from("Ubuntu 22.04.4 LTS")));
        assert_eq!(grains.get("lsb_distrib_codename"), Some(&Value::from("jammy")));
    }
}
