//! Ubuntu's front of the packet filter, `ufw`.

use sdk::{Action, Args, Cx, Failure, Query, Read, Value};

sdk::module!(ufw, [IsEnabled, Status, Enable, Disable, Reload, Reset, GetDefaultIncoming, GetDefaultOutgoing, SetEnabled, AddRule]);

const CONFIG: &str = "/etc/ufw/ufw.conf";
const DEFAULTS: &str = "/etc/default/ufw";

/// Whether the firewall is on.
#[must_use]
pub fn is_enabled(read: &Read) -> bool {
    read.host().read_text(CONFIG).is_ok_and(|text| text.lines().any(|line| line.trim().eq_ignore_ascii_case("ENABLED=yes")))
}

/// What happens to packets that no rule takes: of `INPUT`, `OUTPUT` or `FORWARD`.
#[must_use]
pub fn default_of(read: &Read, direction: &str) -> Option<&'static str> {
    let text = read.host().read_text(DEFAULTS).ok()?;
    let key = format!("DEFAULT_{direction}_POLICY=");
    let word = text.lines().find_map(|line| line.trim().strip_prefix(key.as_str()))?.trim_matches('"').to_uppercase();
    match word.as_str() {
        "ACCEPT" => Some("allow"),
        "DROP" => Some("deny"),
        "REJECT" => Some("reject"),
        _ => None,
    }
}

/// A rule.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// `allow`, `deny`, `limit`, or `insert 1 deny`.
    pub method: String,
    /// Application profile.
    pub app: Option<String>,
    /// Interface it comes in by.
    pub interface: Option<String>,
    /// Protocol.
    pub protocol: Option<String>,
    /// Address it comes from.
    pub from_addr: Option<String>,
    /// Port it comes from.
    pub from_port: Option<String>,
    /// Address it goes to.
    pub to_addr: Option<String>,
    /// Port it goes to.
    pub to_port: Option<String>,
    /// Comment.
    pub comment: Option<String>,
}

impl Rule {
    /// The words behind `ufw`.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = self.method.split(' ').map(str::to_owned).collect();
        let mut put = |label: &[&str], value: &str| {
            words.extend(label.iter().map(|word| (*word).to_owned()));
            words.push(value.to_owned());
        };
        if let Some(interface) = &self.interface {
            put(&["in", "on"], interface);
        }
        match &self.app {
            Some(app) => {
                if self.from_addr.is_some() || self.to_addr.is_some() {
                    put(&["from"], self.from_addr.as_deref().unwrap_or("any"));
                    put(&["to"], self.to_addr.as_deref().unwrap_or("any"));
                    put(&["app"], app);
                } else {
                    put(&[], app);
                }
            }
            None => {
                if let Some(protocol) = &self.protocol {
                    put(&["proto"], protocol);
                }
                put(&["from"], self.from_addr.as_deref().unwrap_or("0.0.0.0/0"));
                if let Some(port) = &self.from_port {
                    put(&["port"], port);
                }
                put(&["to"], self.to_addr.as_deref().unwrap_or("0.0.0.0/0"));
                if let Some(port) = &self.to_port {
                    put(&["port"], port);
                }
            }
        }
        if let Some(comment) = &self.comment {
            put(&["comment"], comment);
        }
        words
    }
}

/// What adding a rule came to, or would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was there.
    Skipped,
    /// It is new.
    Added,
    /// It is new and comes before others.
    Inserted,
    /// It was there in another form.
    Updated,
}

/// Reads what ufw says of a rule.
fn outcome(text: &str) -> Option<Outcome> {
    text.lines().map(str::trim).find_map(|line| match line {
        line if line.starts_with("Skipping") => Some(Outcome::Skipped),
        line if line.starts_with("Rules updated") || line.starts_with("Rule added") => Some(Outcome::Added),
        line if line.starts_with("Rule inserted") => Some(Outcome::Inserted),
        line if line.starts_with("Rule updated") => Some(Outcome::Updated),
        _ => None,
    })
}

/// Whether a rule is there: ufw is asked what it would do.
pub async fn is_there(read: &Read, rule: &Rule) -> Result<bool, Failure> {
    let words = ["ufw".to_owned(), "--dry-run".to_owned()].into_iter().chain(rule.words());
    let output = read.try_run(words).await?;
    if !output.is_ok() {
        return Err(Failure::failed(said(&output)).with_retcode(output.retcode()));
    }
    Ok(outcome(&output.out()) == Some(Outcome::Skipped))
}

fn said(output: &sdk::host::Output) -> String {
    if output.stderr.is_empty() { output.out().trim().to_owned() } else { output.err().trim().to_owned() }
}

/// Runs ufw.
pub async fn act(cx: &Cx, words: &[String]) -> Result<String, Failure> {
    let output = cx.try_run(std::iter::once("ufw".to_owned()).chain(words.iter().cloned())).await?;
    if output.is_ok() { Ok(output.out()) } else { Err(Failure::failed(said(&output)).with_retcode(output.retcode())) }
}

/// Adds a rule.
pub async fn add(cx: &Cx, rule: &Rule) -> Result<Outcome, Failure> {
    let text = act(cx, &rule.words()).await?;
    outcome(&text).ok_or_else(|| Failure::failed(text.trim().to_owned()))
}

macro_rules! ufw_query {
    ($(#[$doc:meta])* $name:ident -> $output:ty, |$read:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name;

        impl Query for $name {
            type Output = $output;
            async fn call(self, $read: &Read) -> Result<$output, Failure> {
                Ok($body)
            }
        }
    };
}

ufw_query! {
    /// Tell whether the firewall is on.
    ///
    /// ```salt
    /// salt '*' ufw.is_enabled
    /// ```
    IsEnabled -> bool, |read| is_enabled(read)
}
ufw_query! {
    /// Return the firewall's status and rules.
    ///
    /// ```salt
    /// salt '*' ufw.status
    /// ```
    Status -> String, |read| read.ask(["ufw", "status", "verbose"]).await?
}
ufw_query! {
    /// Return what happens to packets that come in and that no rule takes.
    ///
    /// ```salt
    /// salt '*' ufw.get_default_incoming
    /// ```
    GetDefaultIncoming -> Value, |read| default_of(read, "INPUT").map_or(Value::Null, Value::from)
}
ufw_query! {
    /// Return what happens to packets that go out and that no rule takes.
    ///
    /// ```salt
    /// salt '*' ufw.get_default_outgoing
    /// ```
    GetDefaultOutgoing -> Value, |read| default_of(read, "OUTPUT").map_or(Value::Null, Value::from)
}

macro_rules! ufw_action {
    ($(#[$doc:meta])* $name:ident, [$($word:literal),+]) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name;

        impl Action for $name {
            type Output = String;
            async fn call(self, cx: &Cx) -> Result<String, Failure> {
                act(cx, &[$($word.to_owned()),+]).await
            }
        }
    };
}

ufw_action! {
    /// Switch the firewall on.
    ///
    /// ```salt
    /// salt '*' ufw.enable
    /// ```
    Enable, ["--force", "enable"]
}
ufw_action! {
    /// Switch the firewall off.
    ///
    /// ```salt
    /// salt '*' ufw.disable
    /// ```
    Disable, ["disable"]
}
ufw_action! {
    /// Have the firewall read its rules again.
    ///
    /// ```salt
    /// salt '*' ufw.reload
    /// ```
    Reload, ["reload"]
}
ufw_action! {
    /// Switch the firewall off and remove every rule.
    ///
    /// ```salt
    /// salt '*' ufw.reset
    /// ```
    Reset, ["--force", "reset"]
}

/// Switch the firewall on or off.
///
/// ```salt
/// salt '*' ufw.set_enabled True
/// ```
#[derive(Args)]
pub struct SetEnabled {
    /// On or off.
    enabled: bool,
}

impl Action for SetEnabled {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        let words: &[&str] = if self.enabled { &["--force", "enable"] } else { &["disable"] };
        act(cx, &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).await
    }
}

/// Add a rule by its words.
///
/// ```salt
/// salt '*' ufw.add_rule 'allow 22/tcp'
/// ```
#[derive(Args)]
pub struct AddRule {
    /// Words.
    rule: String,
}

impl Action for AddRule {
    type Output = String;
    async fn call(self, cx: &Cx) -> Result<String, Failure> {
        act(cx, &self.rule.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_written_as_ufw_reads_it() {
        let some = |text: &str| Some(text.to_owned());
        let rule = Rule { method: "limit".into(), protocol: some("tcp"), to_port: some("22"), comment: some("ssh"), ..Rule::default() };
        assert_eq!(rule.words().join(" "), "limit proto tcp from 0.0.0.0/0 to 0.0.0.0/0 port 22 comment ssh");
        let rule = Rule { method: "allow".into(), app: some("OpenSSH"), ..Rule::default() };
        assert_eq!(rule.words().join(" "), "allow OpenSSH");
        assert_eq!(outcome("Skipping adding existing rule\n"), Some(Outcome::Skipped));
        assert_eq!(outcome("Rules updated\nRules updated (v6)\n"), Some(Outcome::Added));
    }
}
