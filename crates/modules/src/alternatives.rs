//! The names that stand for one of several programs, as `update-alternatives` keeps them.

use sdk::{Action, Args, Cx, Failure, Query, Read, Value};

sdk::module!(alternatives, [ShowCurrent, CheckInstalled, CheckExists, Display, ShowLink, Install, Remove, Auto, Set]);

/// Folders of the lists: of Debian and its relatives, and of Red Hat and its own.
const LISTS: [&str; 2] = ["/var/lib/dpkg/alternatives", "/var/lib/alternatives"];

/// What is known of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Chosen by priority, not by hand.
    pub is_auto: bool,
    /// The link that stands for it.
    pub link: String,
    /// Paths with their priorities.
    pub choices: Vec<(String, i64)>,
}

/// Reads a list: mode, link, pairs of further links ended by an empty line, then each path with its priority and the further paths.
fn parse(text: &str) -> Group {
    let mut lines = text.lines();
    let is_auto = lines.next().is_some_and(|mode| mode == "auto");
    let link = lines.next().unwrap_or_default().to_owned();
    let mut further = 0;
    while lines.next().is_some_and(|name| !name.is_empty()) {
        lines.next();
        further += 1;
    }
    let mut choices = Vec::new();
    while let Some(path) = lines.next().filter(|path| !path.is_empty()) {
        // Red Hat writes a family before the priority: `@family@20`.
        let priority = lines.next().unwrap_or_default().rsplit('@').next().unwrap_or_default().trim().parse().unwrap_or(0);
        choices.push((path.to_owned(), priority));
        for _ in 0..further {
            lines.next();
        }
    }
    Group { is_auto, link, choices }
}

/// What is known of a name; `None` when it stands for nothing.
#[must_use]
pub fn group(name: &str, read: &Read) -> Option<Group> {
    let text = LISTS.iter().find_map(|folder| read.host().read_text(&format!("{folder}/{name}")).ok())?;
    Some(parse(&text))
}

/// Runs the tool of this machine; its errors are the words it says.
pub async fn run(cx: &Cx, words: &[&str]) -> Result<String, Failure> {
    let programs = ["update-alternatives", "alternatives"];
    let program = programs.into_iter().find(|program| cx.host().which(program).is_some());
    let program = program.ok_or_else(|| Failure::unavailable(format!("no alternatives here; looked for {}", programs.join(", "))))?;
    let output = cx.try_run(std::iter::once(program).chain(words.iter().copied())).await?;
    if output.is_ok() {
        return Ok(output.out().trim().to_owned());
    }
    let said = if output.stderr.is_empty() { output.out() } else { output.err() };
    Err(Failure::failed(said.trim().to_owned()).with_retcode(output.retcode()))
}

/// Return what is known of a name, as the tool tells it.
///
/// ```salt
/// salt '*' alternatives.display editor
/// ```
#[derive(Args)]
pub struct Display {
    /// The name.
    name: String,
}

impl Query for Display {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let programs = ["update-alternatives", "alternatives"];
        let program = programs.into_iter().find(|program| read.host().which(program).is_some());
        let program = program.ok_or_else(|| Failure::unavailable(format!("no alternatives here; looked for {}", programs.join(", "))))?;
        let output = read.try_run([program, "--display", &self.name]).await?;
        Ok(if output.is_ok() { output.out() } else { output.err() }.trim_end().to_owned())
    }
}

/// Return the link that stands for a name, or `False`.
///
/// ```salt
/// salt '*' alternatives.show_link editor
/// ```
#[derive(Args)]
pub struct ShowLink {
    /// The name.
    name: String,
}

impl Query for ShowLink {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(group(&self.name, read).map_or(Value::Bool(false), |group| group.link.into()))
    }
}

/// Add a program that a name may stand for.
///
/// ```salt
/// salt '*' alternatives.install editor /usr/bin/editor /usr/bin/emacs23 50
/// ```
#[derive(Args)]
pub struct Install {
    /// The name.
    name: String,
    /// The link.
    link: String,
    /// The program.
    path: String,
    /// The higher, the sooner it is chosen.
    priority: i64,
}

impl Action for Install {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        run(cx, &["--install", &self.link, &self.name, &self.path, &self.priority.to_string()]).await
    }
}

/// Take a program from those that a name may stand for.
///
/// ```salt
/// salt '*' alternatives.remove editor /usr/bin/emacs23
/// ```
#[derive(Args)]
pub struct Remove {
    /// The name.
    name: String,
    /// The program.
    path: String,
}

impl Action for Remove {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        run(cx, &["--remove", &self.name, &self.path]).await
    }
}

/// Have a name stand for the program of the highest priority.
///
/// ```salt
/// salt '*' alternatives.auto editor
/// ```
#[derive(Args)]
pub struct Auto {
    /// The name.
    name: String,
}

impl Action for Auto {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        run(cx, &["--auto", &self.name]).await
    }
}

/// Have a name stand for a program.
///
/// ```salt
/// salt '*' alternatives.set editor /usr/bin/vim.basic
/// ```
#[derive(Args)]
pub struct Set {
    /// The name.
    name: String,
    /// The program.
    path: String,
}

impl Action for Set {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        run(cx, &["--set", &self.name, &self.path]).await
    }
}

/// Return the program that a name stands for now, or `False`.
///
/// ```salt
/// salt '*' alternatives.show_current editor
/// ```
#[derive(Args)]
pub struct ShowCurrent {
    /// The name.
    name: String,
}

impl Query for ShowCurrent {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(current(&self.name, read).map_or(Value::Bool(false), Value::from))
    }
}

/// Return whether a name stands for this program now.
///
/// ```salt
/// salt '*' alternatives.check_installed editor /usr/bin/vim.basic
/// ```
#[derive(Args)]
pub struct CheckInstalled {
    /// The name.
    name: String,
    /// The program.
    path: String,
}

impl Query for CheckInstalled {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(current(&self.name, read).is_some_and(|found| found == self.path))
    }
}

/// Return whether this program is among those that a name may stand for.
///
/// ```salt
/// salt '*' alternatives.check_exists editor /usr/bin/vim.basic
/// ```
#[derive(Args)]
pub struct CheckExists {
    /// The name.
    name: String,
    /// The program.
    path: String,
}

impl Query for CheckExists {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(group(&self.name, read).is_some_and(|group| group.choices.iter().any(|(path, _)| *path == self.path)))
    }
}

/// The program that a name stands for now.
#[must_use]
pub fn current(name: &str, read: &Read) -> Option<String> {
    read.host().real_path(&format!("/etc/alternatives/{name}")).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_list_is_read_with_its_further_links() {
        let text = "auto\n/usr/bin/editor\neditor.1.gz\n/usr/share/man/man1/editor.1.gz\n\n/bin/ed\n-100\n/usr/share/man/man1/ed.1.gz\n/usr/bin/vim\n30\n\n\n";
        let group = super::parse(text);
        assert_eq!(group.choices, [("/bin/ed".to_owned(), -100), ("/usr/bin/vim".to_owned(), 30)]);
        assert!(group.is_auto && group.link == "/usr/bin/editor");
        assert_eq!(super::parse("manual\n/usr/bin/x\n\n/opt/x\n10\n\n").choices, [("/opt/x".to_owned(), 10)]);
    }

    use sdk::host::FakeHost;
    use sdk::{Facts, Query as _, Value, testing};
    use std::sync::Arc;

    #[tokio::test]
    async fn a_name_without_alternatives_stands_for_nothing() {
        let cx = testing::context(Arc::new(FakeHost::new()), Facts::default());
        let shown = super::ShowCurrent { name: "editor".to_owned() }.call(cx.read()).await;
        assert_eq!(shown.ok(), Some(Value::Bool(false)));
    }
}
