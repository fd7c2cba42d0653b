//! Mail aliases of this machine.

use sdk::host::Write;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Value, text};

sdk::module!(aliases, [ListAliases, GetTarget, HasTarget, SetTarget, RmAlias]);

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum AliasLine {
    /// An alias, its target, and the comment behind it.
    Alias(String, String, String),
    /// Anything else.
    Other(String),
}

/// The file of aliases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases(Vec<AliasLine>);

impl Aliases {
    /// Reads the file's text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let (body, comment) = line.find('#').map_or((line, ""), |at| line.split_at(at));
            let space = body.len() - body.trim_end().len();
            match body.split_once(':') {
                Some((name, target)) if !name.trim().is_empty() && !target.trim().is_empty() && !body.starts_with([' ', '\t']) => {
                    let comment = if comment.is_empty() { String::new() } else { format!("{}{comment}", " ".repeat(space)) };
                    AliasLine::Alias(name.trim().to_owned(), target.trim().to_owned(), comment)
                }
                _ => AliasLine::Other(line.trim().to_owned()),
            }
        };
        Self(text.lines().map(line).collect())
    }

    /// Text of the file.
    #[must_use]
    pub fn render(&self) -> String {
        let line = |line: &AliasLine| match line {
            AliasLine::Alias(name, target, comment) => format!("{name}: {target}{comment}\n"),
            AliasLine::Other(text) => format!("{text}\n"),
        };
        self.0.iter().map(line).collect()
    }

    /// Where an alias leads.
    #[must_use]
    pub fn target(&self, name: &str) -> Option<&str> {
        self.all().filter(|(alias, _)| *alias == name).last().map(|(_, target)| target)
    }

    /// Every alias and where it leads.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|line| match line {
            AliasLine::Alias(name, target, _) => Some((name.as_str(), target.as_str())),
            AliasLine::Other(_) => None,
        })
    }

    /// Sets where an alias leads, in its place and with its comment.
    pub fn set(&mut self, name: &str, target: &str) {
        let first = self.0.iter().position(|line| matches!(line, AliasLine::Alias(alias, _, _) if alias == name));
        let comment = match first.and_then(|at| self.0.get(at)) {
            Some(AliasLine::Alias(_, _, comment)) => comment.clone(),
            Some(AliasLine::Other(_)) | None => String::new(),
        };
        self.remove(name);
        let line = AliasLine::Alias(name.to_owned(), target.to_owned(), comment);
        self.0.insert(first.unwrap_or(self.0.len()), line);
    }

    /// Takes an alias out.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|line| !matches!(line, AliasLine::Alias(alias, _, _) if alias == name));
    }
}

/// Where the file is: the option `aliases.file`, or `/etc/aliases`.
fn place(read: &Read) -> String {
    let option = |of: Option<&Value>| of.and_then(Value::as_str).map(str::to_owned);
    let path =
        option(read.opt("aliases.file")).or_else(|| option(read.pillar("aliases.file"))).unwrap_or_else(|| "/etc/aliases".to_owned());
    read.host().real_path(&path).unwrap_or(path)
}

/// Reads the file; none is as good as an empty one.
pub fn load(read: &Read) -> Result<Aliases, Failure> {
    let path = place(read);
    if !read.host().is_file(&path) {
        return Ok(Aliases::default());
    }
    read.host().read_text(&path).map(|text| Aliases::parse(&text)).map_err(crate::failure)
}

/// Writes the file and tells the mail system, where `newaliases` is how.
pub async fn store(aliases: &Aliases, cx: &Cx) -> Result<(), Failure> {
    let path = place(cx.read());
    let how = if cx.host().exists(&path) { Write::default() } else { Write::mode(0o644) };
    cx.host().write(&path, aliases.render().as_bytes(), &how).map_err(crate::failure)?;
    if let Some(program) = cx.host().which("newaliases") {
        cx.run([program]).await?;
    }
    Ok(())
}

/// Text of a target: a list is joined with commas.
#[must_use]
pub fn target_text(target: &Value) -> String {
    match target {
        Value::List(items) => items.iter().map(text::str).collect::<Vec<_>>().join(", "),
        other => text::str(other),
    }
}

/// Return every alias and where it leads.
///
/// ```salt
/// salt '*' aliases.list_aliases
/// ```
#[derive(Args)]
pub struct ListAliases;

impl Query for ListAliases {
    type Output = Map;
    async fn call(self, read: &Read) -> Result<Map, Failure> {
        Ok(load(read)?.all().collect())
    }
}

/// Return where an alias leads; empty text where there is no such alias.
///
/// ```salt
/// salt '*' aliases.get_target root
/// ```
#[derive(Args)]
pub struct GetTarget {
    /// The alias.
    alias: String,
}

impl Query for GetTarget {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        Ok(load(read)?.target(&self.alias).unwrap_or_default().to_owned())
    }
}

/// Tell whether an alias leads somewhere.
///
/// ```salt
/// salt '*' aliases.has_target root bob@example.org
/// ```
#[derive(Args)]
pub struct HasTarget {
    /// The alias.
    alias: String,
    /// Where it leads, or a list.
    target: Value,
}

impl Query for HasTarget {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        let target = target_text(&self.target);
        if target.is_empty() {
            return Err(Failure::bad_arguments("target can not be an empty string"));
        }
        Ok(load(read)?.target(&self.alias) == Some(&target))
    }
}

/// Set where an alias leads.
///
/// ```salt
/// salt '*' aliases.set_target root bob@example.org
/// ```
#[derive(Args)]
pub struct SetTarget {
    /// The alias.
    alias: String,
    /// Where it leads, or a list.
    target: Value,
}

impl Action for SetTarget {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let target = target_text(&self.target);
        if self.alias.is_empty() || target.is_empty() {
            let what = if target.is_empty() { "target" } else { "alias" };
            return Err(Failure::bad_arguments(format!("{what} can not be an empty string")));
        }
        let mut aliases = load(cx.read())?;
        if aliases.target(&self.alias) != Some(&target) {
            aliases.set(&self.alias, &target);
            store(&aliases, cx).await?;
        }
        Ok(true)
    }
}

/// Remove an alias.
///
/// ```salt
/// salt '*' aliases.rm_alias bob
/// ```
#[derive(Args)]
pub struct RmAlias {
    /// The alias.
    alias: String,
}

impl Action for RmAlias {
    type Output = bool;
    async fn call(self, cx: &Cx) -> Result<bool, Failure> {
        let mut aliases = load(cx.read())?;
        if aliases.target(&self.alias).is_some() {
            aliases.remove(&self.alias);
            store(&aliases, cx).await?;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# See man 5 aliases\npostmaster:    root\nbob: bob@example.org, carol # both\n\n";

    #[test]
    fn an_alias_is_set_in_its_place_and_keeps_its_comment() {
        let mut aliases = Aliases::parse(TEXT);
        assert_eq!(aliases.target("bob"), Some("bob@example.org, carol"));
        aliases.set("bob", "dan");
        aliases.set("new", "bob");
        assert_eq!(aliases.render(), "# See man 5 aliases\npostmaster: root\nbob: dan # both\n\nnew: bob\n");
        aliases.remove("postmaster");
        assert_eq!(aliases.target("postmaster"), None);
    }
}
