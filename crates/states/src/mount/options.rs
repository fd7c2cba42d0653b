//! Options of mounts: which of the wanted ones a mounted file system lacks.

/// Options that only the tools know; the kernel never shows them.
const SILENT: [&str; 20] = [
    "defaults", "auto", "noauto", "nofail", "user", "nouser", "users", "owner", "group", "_netdev", "bind", "rbind", "remount", "loop",
    "async", "exec", "suid", "dev", "fail", "bg",
];

/// Beginnings of options that only the tools know, or that hold secrets.
const SILENT_BEGINS: [&str; 8] = ["x-", "comment=", "loop=", "offset=", "credentials=", "cred=", "password=", "username="];

/// Wanted options that are not in effect.
pub fn lacking(wanted: &[String], active: &[String], hidden: &[String]) -> Vec<String> {
    let is_shown = |option: &&String| {
        !SILENT.contains(&option.as_str()) && !SILENT_BEGINS.iter().any(|begin| option.starts_with(begin)) && !hidden.contains(option)
    };
    let has = |option: &String| active.iter().any(|have| same(have, option));
    wanted.iter().filter(is_shown).filter(|option| !has(option)).map(|option| plain(option)).collect()
}

fn same(have: &str, wanted: &str) -> bool {
    have == wanted || plain(have) == plain(wanted)
}

/// Sizes in KiB, modes without leading zeros, as the kernel shows them.
fn plain(option: &str) -> String {
    match option.split_once('=') {
        Some(("size", size)) => {
            let (digits, factor) = match size.to_lowercase().strip_suffix(|c: char| c.is_ascii_alphabetic()) {
                Some(digits) => (
                    digits.to_owned(),
                    match size.chars().last().map(|c| c.to_ascii_lowercase()) {
                        Some('k') => 1024,
                        Some('m') => 1024 * 1024,
                        Some('g') => 1024 * 1024 * 1024,
                        Some(_) | None => return option.to_owned(),
                    },
                ),
                None => (size.to_owned(), 1),
            };
            digits.parse::<u64>().map_or_else(|_| option.to_owned(), |bytes| format!("size={}k", bytes.saturating_mul(factor) / 1024))
        }
        Some(("mode", mode)) => format!("mode={}", mode.trim_start_matches('0')),
        Some(_) | None => option.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn what_only_the_tools_know_is_never_missed() {
        assert!(lacking(&list("defaults,nofail,x-systemd.automount,noatime"), &list("rw,noatime"), &[]).is_empty());
        assert_eq!(lacking(&list("noatime,nodev"), &list("rw,noatime"), &[]), ["nodev"]);
        assert!(lacking(&list("secret"), &list("rw"), &list("secret")).is_empty());
    }

    #[test]
    fn a_size_is_the_same_in_any_unit() {
        assert!(lacking(&list("size=1m,mode=0755"), &list("rw,size=1024k,mode=755"), &[]).is_empty());
        assert_eq!(lacking(&list("size=2m"), &list("rw,size=1024k"), &[]), ["size=2048k"]);
    }
}
