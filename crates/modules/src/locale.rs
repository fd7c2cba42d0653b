//! Languages and character sets: which are there, and which one the system speaks.

use sdk::host::{Look, Write};
use sdk::{Action, Args, Cx, Failure, Query, Read};

sdk::module!(locale, [ListAvail, GetLocale, SetLocale, Avail, GenLocale]);

const GEN: &str = "/etc/locale.gen";

/// A name as `locale -a` spells it: the character set in small letters without dashes.
#[must_use]
pub fn normalized(name: &str) -> String {
    let name = name.split_whitespace().next().unwrap_or_default();
    let (base, modifier) = name.split_once('@').map_or((name, None), |(base, modifier)| (base, Some(modifier)));
    let mut out = match base.split_once('.') {
        Some((language, charset)) => format!("{language}.{}", charset.to_lowercase().replace('-', "")),
        None => base.to_owned(),
    };
    if let Some(modifier) = modifier {
        out.push_str(&format!("@{modifier}"));
    }
    out
}

/// Locales that are there.
pub async fn available(read: &Read) -> Result<Vec<String>, Failure> {
    Ok(read.ask(["locale", "-a"]).await?.lines().map(str::to_owned).collect())
}

/// Whether a locale is there.
pub async fn is_available(read: &Read, name: &str) -> Result<bool, Failure> {
    let wanted = normalized(name);
    Ok(available(read).await?.iter().any(|have| normalized(have) == wanted))
}

/// File where the system's language is written down.
fn config(host: &dyn Look, family: &str) -> &'static str {
    if family == "Debian" && !host.is_file("/etc/locale.conf") {
        "/etc/default/locale"
    } else if family == "RedHat" && host.is_file("/etc/sysconfig/i18n") && !host.is_file("/etc/locale.conf") {
        "/etc/sysconfig/i18n"
    } else {
        "/etc/locale.conf"
    }
}

/// The system's language; empty when none is written down.
pub fn system(read: &Read) -> String {
    let path = config(read.host(), read.grain_text("os_family"));
    let text = read.host().read_text(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.trim().strip_prefix("LANG="));
    line.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
}

/// Writes down the system's language; other lines stay.
pub fn set_system(cx: &Cx, name: &str) -> Result<(), Failure> {
    let path = config(cx.host(), cx.grain_text("os_family"));
    let text = cx.host().read_text(path).unwrap_or_default();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let new = format!("LANG={name}");
    match lines.iter_mut().find(|line| line.trim().starts_with("LANG=")) {
        Some(line) => *line = new,
        None => lines.push(new),
    }
    cx.host().write(path, format!("{}\n", lines.join("\n")).as_bytes(), &Write::default()).map_err(crate::failure)
}

/// Text of `/etc/locale.gen` with a locale switched on; `None` if the file does not know it.
fn switched_on(text: &str, name: &str) -> Option<String> {
    let wanted = normalized(name);
    let mut found = false;
    let mut out = String::new();
    for line in text.lines() {
        let bare = line.trim().trim_start_matches('#').trim();
        let is_entry = bare.split_whitespace().count() == 2;
        if is_entry && normalized(bare) == wanted {
            // A language with two character sets has two lines; one is enough.
            out.push_str(&if found { format!("{line}\n") } else { format!("{bare}\n") });
            found = true;
        } else {
            out.push_str(&format!("{line}\n"));
        }
    }
    found.then_some(out)
}

/// Makes a locale; says whether it is there then.
pub async fn generate(cx: &Cx, name: &str) -> Result<bool, Failure> {
    if let Ok(text) = cx.host().read_text(GEN) {
        let Some(new) = switched_on(&text, name) else { return Ok(false) };
        if new != text {
            cx.host().write(GEN, new.as_bytes(), &Write::default()).map_err(crate::failure)?;
        }
        cx.run(["locale-gen"]).await?;
    } else if cx.host().which("locale-gen").is_some() {
        cx.run(["locale-gen", name]).await?;
    } else if cx.host().which("localedef").is_some() {
        let (language, charset) = name.split_once('.').unwrap_or((name, "UTF-8"));
        // Status 1 says that there were warnings, which there are for many.
        cx.try_run(["localedef", "--force", "-i", language, "-f", charset, name]).await?;
    } else {
        return Err(Failure::unavailable("neither locale-gen nor localedef is here to make a locale"));
    }
    is_available(cx, name).await
}

/// List the locales that are there.
///
/// ```salt
/// salt '*' locale.list_avail
/// ```
#[derive(Args)]
pub struct ListAvail;

impl Query for ListAvail {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        available(read).await
    }
}

/// Return the system's locale.
///
/// ```salt
/// salt '*' locale.get_locale
/// ```
#[derive(Args)]
pub struct GetLocale;

impl Query for GetLocale {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        Ok(system(read))
    }
}

/// Set the system's locale.
///
/// ```salt
/// salt '*' locale.set_locale en_US.UTF-8
/// ```
#[derive(Args)]
pub struct SetLocale {
    /// Locale.
    locale: String,
}

impl Action for SetLocale {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        set_system(cx, &self.locale)?;
        Ok(true)
    }
}

/// Tell whether a locale is there.
///
/// ```salt
/// salt '*' locale.avail en_US.UTF-8
/// ```
#[derive(Args)]
pub struct Avail {
    /// Locale.
    locale: String,
}

impl Query for Avail {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        is_available(read, &self.locale).await
    }
}

/// Make a locale.
///
/// ```salt
/// salt '*' locale.gen_locale en_US.UTF-8
/// ```
#[derive(Args)]
#[args(extra)]
pub struct GenLocale {
    /// Locale.
    locale: String,
}

impl Action for GenLocale {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        generate(cx, &self.locale).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_spelled_in_many_ways() {
        for name in ["de_DE.UTF-8", "de_DE.utf8", "de_DE.UTF-8 UTF-8"] {
            assert_eq!(normalized(name), "de_DE.utf8");
        }
        assert_eq!(normalized("ca_ES.UTF-8@valencia"), "ca_ES.utf8@valencia");
    }

    #[test]
    fn the_line_of_a_locale_is_switched_on() {
        let text = "# This file lists locales\n# de_DE.UTF-8 UTF-8\n# en_US.UTF-8 UTF-8\n";
        assert_eq!(switched_on(text, "de_DE.UTF-8").unwrap(), "# This file lists locales\nde_DE.UTF-8 UTF-8\n# en_US.UTF-8 UTF-8\n");
        assert_eq!(switched_on(text, "xx_XX.UTF-8"), None);
    }
}
