//! Interfaces of ifupdown: `/etc/network/interfaces` and scripts for routes.
//!
//! What the file says of other interfaces, its comments and its `source` lines stay as they are; the stanzas of one interface are replaced
//! where they stand.

use super::stanza::stanza;
use super::{Interface, Provider, Route, with_values, write, yes};
use async_trait::async_trait;
use sdk::{Cx, Failure, Map, Read, Value, text};

pub(super) const FILE: &str = "/etc/network/interfaces";
const DEFAULTS: &str = "/etc/default/networking";
const RESOLV: &str = "/etc/resolv.conf";

/// Words that begin a part of the file of their own.
const HEADS: [&str; 8] = ["auto", "iface", "mapping", "source", "source-directory", "no-auto-down", "no-scripts", "template"];

/// A part of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Interfaces that come up on boot, or when they are there.
    Auto(String, Vec<String>),
    /// How an interface is configured: its name and all lines.
    Iface(String, Vec<String>),
    /// Anything else: comments, blank lines, further files.
    Other(String),
}

fn is_head(word: &str) -> bool {
    HEADS.contains(&word) || word.starts_with("allow-")
}

fn parse(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    // Blank lines and comments belong to a stanza only when more of it follows.
    let mut loose: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let head = words.next().unwrap_or_default();
        if head.is_empty() || head.starts_with('#') {
            loose.push(line.to_owned());
            continue;
        }
        if !is_head(head)
            && let Some(Part::Iface(_, lines)) = parts.last_mut()
        {
            lines.append(&mut loose);
            lines.push(line.to_owned());
            continue;
        }
        parts.extend(loose.drain(..).map(Part::Other));
        parts.push(match head {
            "iface" => Part::Iface(words.next().unwrap_or_default().to_owned(), vec![line.to_owned()]),
            word if word == "auto" || word.starts_with("allow-") => Part::Auto(word.to_owned(), words.map(str::to_owned).collect()),
            _ => Part::Other(line.to_owned()),
        });
    }
    parts.extend(loose.into_iter().map(Part::Other));
    parts
}

fn shown(parts: &[Part]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Auto(word, names) => text.push_str(&format!("{word} {}\n", names.join(" "))),
            Part::Iface(_, lines) => lines.iter().for_each(|line| text.push_str(&format!("{line}\n"))),
            Part::Other(line) => text.push_str(&format!("{line}\n")),
        }
    }
    text
}

/// Lines of one interface in the form in which they are made.
fn lines(parts: &[Part], iface: &str) -> Vec<String> {
    let mut out = Vec::new();
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        match part {
            Part::Auto(word, names) if names.iter().any(|name| name == iface) => out.push(format!("{word} {iface}\n")),
            Part::Iface(name, lines) if name == iface => {
                out.extend(
                    lines
                        .iter()
                        .enumerate()
                        .map(|(row, line)| if row == 0 { format!("{}\n", words(line)) } else { format!("    {}\n", words(line)) }),
                );
            }
            Part::Auto(..) | Part::Iface(..) | Part::Other(_) => {}
        }
    }
    if !out.is_empty() {
        out.push("\n".to_owned());
    }
    out
}

/// Puts the lines of one interface where its first stanza stands, or at the end.
fn replaced(mut parts: Vec<Part>, iface: &str, wanted: &[String]) -> Vec<Part> {
    let is_its = |part: &Part| match part {
        Part::Auto(_, names) => names.len() == 1 && names.iter().any(|name| name == iface),
        Part::Iface(name, _) => name == iface,
        Part::Other(_) => false,
    };
    let place = parts.iter().position(is_its).unwrap_or(parts.len());
    for part in &mut parts {
        if let Part::Auto(_, names) = part
            && names.len() > 1
        {
            names.retain(|name| name != iface);
        }
    }
    let mut kept = Vec::new();
    let put = |kept: &mut Vec<Part>| {
        kept.extend(
            wanted.iter().map(|line| line.trim_end_matches('\n')).filter(|line| !line.is_empty()).map(|line| Part::Other(line.to_owned())),
        )
    };
    let count = parts.len();
    for (index, part) in parts.into_iter().enumerate() {
        if index == place {
            put(&mut kept);
        }
        if !is_its(&part) {
            kept.push(part);
        }
    }
    if place == count {
        put(&mut kept);
    }
    kept
}

fn script(verb: &str, iface: &str, routes: &[Route]) -> String {
    let mut text = format!("#!/bin/sh\n# {verb}\ntest \"${{IFACE}}\" = \"{iface}\" || exit 0\n");
    for route in routes {
        let program = if route.is_v6 { "ip -6" } else { "ip" };
        text.push_str(&format!("# {}\n{program} route {verb} {}\n", route.name, route.words(Some(iface))));
    }
    text
}

fn script_path(folder: &str, iface: &str) -> String {
    format!("/etc/network/{folder}/route-{iface}")
}

/// ifupdown.
pub(super) struct Debian;

impl Debian {
    fn parts(read: &Read) -> Vec<Part> {
        parse(&read.host().read_text(FILE).unwrap_or_default())
    }

    fn resolv(read: &Read, word: &str) -> Option<String> {
        let text = read.host().read_text(RESOLV).ok()?;
        text.lines().find_map(|line| Some(line.strip_prefix(word)?.strip_prefix(' ')?.trim().to_owned()))
    }

    fn is_configured(read: &Read) -> bool {
        let text = read.host().read_text(DEFAULTS).unwrap_or_default();
        !text.lines().any(|line| line.trim() == "CONFIGURE_INTERFACES=no")
    }
}

/// The values of [`Provider::wanted_system`] by their names.
fn system_values(settings: &Map) -> Vec<(&'static str, String)> {
    let of = |key: &str| settings.get(key).filter(|value| !value.is_null()).map(text::str);
    let mut values = Vec::new();
    if let Some(enabled) = settings.get("enabled") {
        values.push(("NETWORKING", yes(sdk::is_true(enabled)).to_owned()));
    }
    // The name is set by who asked for it: it is one of the machine, not of its interfaces.
    values.extend(of("domain").map(|domain| ("DOMAIN", domain)));
    let search = match settings.get("search") {
        Some(Value::List(items)) => Some(items.iter().map(text::str).collect::<Vec<_>>().join(" ")),
        _ => of("search"),
    };
    values.extend(search.map(|search| ("SEARCH", search)));
    values
}

fn with_ends(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

#[async_trait]
impl Provider for Debian {
    fn name(&self) -> &'static str {
        "ifupdown"
    }

    fn present(&self, read: &Read, iface: &str) -> Result<Vec<String>, Failure> {
        let parts = Self::parts(read);
        let source = format!("source {iface}");
        if parts.iter().any(|part| matches!(part, Part::Other(line) if line.trim() == source)) {
            return Ok(vec![format!("{source}\n"), "\n".to_owned()]);
        }
        Ok(lines(&parts, iface))
    }

    fn wanted(&self, _read: &Read, interface: &Interface) -> Result<Vec<String>, Failure> {
        Ok(stanza(interface))
    }

    fn put(&self, cx: &Cx, interface: &Interface, lines: &[String]) -> Result<(), Failure> {
        let parts = replaced(Self::parts(cx), &interface.name, lines);
        write(cx, FILE, &shown(&parts), None)
    }

    fn present_routes(&self, read: &Read, iface: &str) -> Result<Vec<String>, Failure> {
        let text = |folder: &str| read.host().read_text(&script_path(folder, iface)).unwrap_or_default();
        Ok(["if-up.d", "if-down.d"]
            .iter()
            .flat_map(|folder| text(folder).lines().map(|line| format!("{line}\n")).collect::<Vec<_>>())
            .collect())
    }

    fn wanted_routes(&self, _read: &Read, iface: &str, routes: &[Route]) -> Result<Vec<String>, Failure> {
        let both = [script("add", iface, routes), script("del", iface, routes)];
        Ok(both.iter().flat_map(|text| text.lines().map(|line| format!("{line}\n"))).collect())
    }

    fn put_routes(&self, cx: &Cx, iface: &str, routes: &[Route]) -> Result<(), Failure> {
        for (folder, verb) in [("if-up.d", "add"), ("if-down.d", "del")] {
            write(cx, &script_path(folder, iface), &script(verb, iface, routes), Some(0o755))?;
        }
        Ok(())
    }

    fn present_system(&self, read: &Read) -> Result<Vec<String>, Failure> {
        let hostname = crate::system::hostname(read).unwrap_or_default();
        let mut lines = vec![format!("NETWORKING={}", yes(Self::is_configured(read))), format!("HOSTNAME={hostname}")];
        for (name, word) in [("DOMAIN", "domain"), ("SEARCH", "search")] {
            lines.extend(Self::resolv(read, word).map(|value| format!("{name}={value}")));
        }
        Ok(with_ends(lines))
    }

    fn wanted_system(&self, read: &Read, settings: &Map) -> Result<Vec<String>, Failure> {
        let present = self.present_system(read)?.into_iter().map(|line| line.trim_end().to_owned()).collect();
        Ok(with_ends(with_values(present, &system_values(settings))))
    }

    fn put_system(&self, cx: &Cx, settings: &Map) -> Result<(), Failure> {
        for (name, value) in system_values(settings) {
            match name {
                "NETWORKING" => {
                    let lines = with_values(super::lines_of(cx, DEFAULTS), &[("CONFIGURE_INTERFACES", value)]);
                    write(cx, DEFAULTS, &with_ends(lines).concat(), None)?;
                }
                "DOMAIN" | "SEARCH" => {
                    let word = name.to_lowercase();
                    let mut lines = super::lines_of(cx, RESOLV);
                    let line = format!("{word} {value}");
                    match lines.iter_mut().find(|have| have.split_whitespace().next() == Some(&word)) {
                        Some(have) => *have = line,
                        None => lines.push(line),
                    }
                    write(cx, RESOLV, &with_ends(lines).concat(), None)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn apply_system(&self, cx: &Cx) -> Result<(), Failure> {
        restart(cx, "networking").await
    }

    async fn up(&self, cx: &Cx, iface: &str) -> Result<(), Failure> {
        cx.run(["ifup", iface]).await.map(drop)
    }

    async fn down(&self, cx: &Cx, iface: &str) -> Result<(), Failure> {
        cx.run(["ifdown", iface]).await.map(drop)
    }

    async fn drop_routes(&self, cx: &Cx, iface: &str) -> Result<(), Failure> {
        let script = script_path("if-down.d", iface);
        if cx.host().is_file(&script) {
            // A route that is gone already is no failure; adding one twice would be.
            cx.try_run(["env", &format!("IFACE={iface}"), &script]).await?;
        }
        Ok(())
    }

    async fn apply_routes(&self, cx: &Cx, iface: &str) -> Result<(), Failure> {
        // The script asks which interface it is for.
        cx.run(["env", &format!("IFACE={iface}"), &script_path("if-up.d", iface)]).await.map(drop)
    }
}

/// Restarts the service that brings interfaces up.
pub(super) async fn restart(cx: &Cx, service: &str) -> Result<(), Failure> {
    let init = crate::service::find(cx)?;
    if init.act(cx, service, crate::service::Verb::Restart, crate::service::Wait::Yes).await? {
        return Ok(());
    }
    Err(Failure::failed(format!("the service `{service}` did not restart; its log says why")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# mine\nauto lo eth1\niface lo inet loopback\n\nauto eth0\niface eth0 inet static\n  address  10.1.0.5/24\n\n  # the router\n  gateway 10.1.0.1\n\n# more\nsource /etc/network/interfaces.d/*\n";

    fn wanted(kind: &str, name: &str, settings: &str) -> Vec<String> {
        stanza(&Interface::parse(name, kind, true, &serde_json::from_str(settings).unwrap()).unwrap())
    }

    #[test]
    fn a_file_is_written_back_as_it_was() {
        assert_eq!(shown(&parse(TEXT)), TEXT);
    }

    #[test]
    fn the_lines_of_one_interface_are_replaced_and_all_else_stays() {
        let parts = parse(TEXT);
        assert_eq!(lines(&parts, "lo"), ["auto lo\n", "iface lo inet loopback\n", "\n"]);
        let new = wanted("eth", "eth0", r#"{"proto": "dhcp"}"#);
        let text = shown(&replaced(parts.clone(), "eth0", &new));
        assert_eq!(
            text,
            "# mine\nauto lo eth1\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n\n# more\nsource /etc/network/interfaces.d/*\n"
        );
        assert_eq!(lines(&parse(&text), "eth0"), new, "what was put there is found again");
        let more = shown(&replaced(parts, "eth1", &wanted("eth", "eth1", r#"{"proto": "dhcp"}"#)));
        assert!(more.starts_with("# mine\nauto lo\n") && more.ends_with("auto eth1\niface eth1 inet dhcp\n"), "{more}");
    }

    #[test]
    fn routes_are_scripts_that_ask_for_their_interface() {
        let routes =
            serde_json::from_str(r#"{"routes": [{"name": "n", "ipaddr": "10.2.0.0", "netmask": "255.255.255.0", "gateway": "10.1.0.3"}]}"#)
                .unwrap();
        let routes = Route::parse_all("eth0", &routes).unwrap();
        assert_eq!(
            script("add", "eth0", &routes),
            "#!/bin/sh\n# add\ntest \"${IFACE}\" = \"eth0\" || exit 0\n# n\nip route add 10.2.0.0/255.255.255.0 via 10.1.0.3 dev eth0\n"
        );
    }
}
