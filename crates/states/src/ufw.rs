//! Ubuntu's front of the packet filter.

use modules::ufw::{Outcome, Rule, act, add, default_of, is_enabled, is_there};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State};

sdk::states!(ufw, [Enabled, Disabled, Allow, Allowed, Deny, Denied, Limit, Limited, DefaultIncoming, DefaultOutgoing]);

macro_rules! switch_state {
    ($(#[$doc:meta])* $name:ident, $on:literal, $words:expr, $already:literal, $would:literal, $done:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        #[args(extra)]
        pub struct $name {
            /// Any name.
            #[arg(ignored)]
            name: String,
        }

        impl State for $name {
            type Change = ();

            async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
                if is_enabled(read) == $on {
                    return Ok(Check::desired($already));
                }
                Ok(Check::change($would, [("enabled", $on)].into_iter().collect::<Map>(), ()))
            }

            async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
                let words: Vec<String> = $words.iter().map(|word: &&str| (*word).to_owned()).collect();
                match act(cx, &words).await {
                    Ok(_) => Ok(Applied::ok($done, [("enabled", $on)].into_iter().collect::<Map>())),
                    Err(failure) => Ok(Applied::failed(format!("{} (status {})", failure.message, failure.retcode))),
                }
            }
        }
    };
}

switch_state! {
    /// Ensure the firewall is on.
    ///
    /// ```salt
    /// firewall:
    ///   ufw.enabled: []
    /// ```
    Enabled, true, ["--force", "enable"], "UFW is already enabled", "UFW would have been enabled", "UFW is enabled"
}
switch_state! {
    /// Ensure the firewall is off.
    ///
    /// ```salt
    /// firewall:
    ///   ufw.disabled: []
    /// ```
    Disabled, false, ["disable"], "UFW is already disabled", "UFW would have been disabled", "UFW is disabled"
}

macro_rules! rule_state {
    ($(#[$doc:meta])* $name:ident, $method:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Any name.
            name: String,
            /// Application profile.
            app: Option<String>,
            /// Interface it comes in by.
            interface: Option<String>,
            /// Protocol.
            protocol: Option<String>,
            /// Address it comes from.
            from_addr: Option<String>,
            /// Port it comes from.
            from_port: Option<String>,
            /// Address it goes to.
            to_addr: Option<String>,
            /// Port it goes to.
            to_port: Option<String>,
            /// Comment.
            comment: Option<String>,
        }

        impl State for $name {
            type Change = Rule;

            async fn check(&self, read: &Read) -> Result<Check<Rule>, Failure> {
                let rule = Rule {
                    method: $method.to_owned(),
                    app: self.app.clone(),
                    interface: self.interface.clone(),
                    protocol: self.protocol.clone(),
                    from_addr: self.from_addr.clone(),
                    from_port: self.from_port.clone(),
                    to_addr: self.to_addr.clone(),
                    to_port: self.to_port.clone(),
                    comment: self.comment.clone(),
                };
                match is_there(read, &rule).await {
                    Ok(true) => Ok(Check::desired(format!("{} is already configured", self.name))),
                    Ok(false) => {
                        let changes: Map = [("rule", rule.words().join(" "))].into_iter().collect();
                        Ok(Check::change(format!("{} would have been configured", self.name), changes, rule))
                    }
                    Err(failure) => Ok(Check::fails(format!("{} (status {})", failure.message, failure.retcode))),
                }
            }

            async fn apply(&self, rule: Rule, cx: &Cx) -> Result<Applied, Failure> {
                let name = &self.name;
                let word = match add(cx, &rule).await {
                    Ok(Outcome::Skipped) => return Ok(Applied::ok(format!("{name} was already configured"), Map::new())),
                    Ok(Outcome::Added) => "added",
                    Ok(Outcome::Inserted) => "inserted",
                    Ok(Outcome::Updated) => "updated",
                    Err(failure) => return Ok(Applied::failed(format!("{} (status {})", failure.message, failure.retcode))),
                };
                Ok(Applied::ok(format!("{name} {word}"), [("rule", rule.words().join(" "))].into_iter().collect::<Map>()))
            }
        }
    };
}

rule_state! {
    /// Ensure packets are let in.
    ///
    /// ```salt
    /// web:
    ///   ufw.allow:
    ///     - protocol: tcp
    ///     - to_port: 80
    /// ```
    Allow, "allow"
}
rule_state! {
    /// Ensure packets are let in; the same as `ufw.allow`.
    ///
    /// ```salt
    /// ssh:
    ///   ufw.allowed:
    ///     - app: OpenSSH
    /// ```
    Allowed, "allow"
}
rule_state! {
    /// Ensure packets are kept out, before any other rule lets them in.
    ///
    /// ```salt
    /// bad neighbour:
    ///   ufw.deny:
    ///     - from_addr: 203.0.113.7
    /// ```
    Deny, "insert 1 deny"
}
rule_state! {
    /// Ensure packets are kept out.
    ///
    /// ```salt
    /// bad neighbour:
    ///   ufw.denied:
    ///     - from_addr: 203.0.113.7
    /// ```
    Denied, "deny"
}
rule_state! {
    /// Ensure that an address which comes too often is kept out for a while.
    ///
    /// ```salt
    /// ssh:
    ///   ufw.limit:
    ///     - protocol: tcp
    ///     - to_port: 22
    /// ```
    Limit, "limit"
}
rule_state! {
    /// Ensure that an address which comes too often is kept out for a while; the same as `ufw.limit`.
    ///
    /// ```salt
    /// ssh:
    ///   ufw.limited:
    ///     - protocol: tcp
    ///     - to_port: 22
    /// ```
    Limited, "limit"
}

macro_rules! default_state {
    ($(#[$doc:meta])* $name:ident, $direction:literal, $word:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Any name.
            name: String,
            /// `allow`, `deny` or `reject`.
            default: String,
        }

        impl State for $name {
            type Change = ();

            async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
                let (name, default) = (&self.name, &self.default);
                if default_of(read, $direction) == Some(default.as_str()) {
                    return Ok(Check::desired(format!("{name} was already set to {default}")));
                }
                let changes: Map = [("rule", format!("default {default} {}", $word))].into_iter().collect();
                Ok(Check::change(format!("{name}: default {default} {}", $word), changes, ()))
            }

            async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
                let words = ["default".to_owned(), self.default.clone(), $word.to_owned()];
                match act(cx, &words).await {
                    Ok(_) => Ok(Applied::ok(
                        format!("{} set to {}", self.name, self.default),
                        [("rule", words.join(" "))].into_iter().collect::<Map>(),
                    )),
                    Err(failure) => Ok(Applied::failed(format!("{} (status {})", failure.message, failure.retcode))),
                }
            }
        }
    };
}

default_state! {
    /// Ensure what happens to packets that come in and that no rule takes.
    ///
    /// ```salt
    /// incoming:
    ///   ufw.default_incoming:
    ///     - default: deny
    /// ```
    DefaultIncoming, "INPUT", "incoming"
}
default_state! {
    /// Ensure what happens to packets that go out and that no rule takes.
    ///
    /// ```salt
    /// outgoing:
    ///   ufw.default_outgoing:
    ///     - default: allow
    /// ```
    DefaultOutgoing, "OUTPUT", "outgoing"
}
