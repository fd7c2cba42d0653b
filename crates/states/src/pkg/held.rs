//! `pkg.held` and `pkg.unheld`: packages that keep their version.

use super::wishes::wishes;
use modules::pkg::find;
use sdk::{Applied, Args, Check, Cx, Failure, Map, Names, Outlook, Read, State, Value};

macro_rules! hold_state {
    ($(#[$doc:meta])* $name:ident, $hold:literal, $would:literal) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Name, where there are no `pkgs`.
            name: String,
            /// Known for compatibility: the installed version is held.
            #[arg(ignored)]
            version: Option<Value>,
            /// Names.
            pkgs: Option<Names>,
            /// Known for compatibility: the installed version is held.
            #[arg(default = false, named, ignored)]
            replace: bool,
            /// With `unheld`: let every package go.
            #[arg(default = false, named)]
            all: bool,
        }

        impl State for $name {
            type Change = Vec<String>;

            async fn check(&self, read: &Read) -> Result<Check<Vec<String>>, Failure> {
                let held = find(read)?.held(read).await?;
                let named = wishes(&self.name, None, self.pkgs.as_ref()).into_iter().map(|wish| wish.name);
                let names: Vec<String> = if self.all && !$hold { held.clone() } else { named.collect() };
                let targets: Vec<String> = names.into_iter().filter(|name| held.contains(name) != $hold).collect();
                if targets.is_empty() {
                    return Ok(Check::desired("No changes made"));
                }
                let lines = targets.iter().map(|name| format!(concat!("The following package ", $would, ": {}"), name));
                let comment = lines.collect::<Vec<_>>().join("\n");
                Ok(Check::Change(Outlook::new(comment, Map::new()).with_result(Some(true)), targets))
            }

            async fn apply(&self, targets: Vec<String>, cx: &Cx) -> Result<Applied, Failure> {
                find(cx)?.hold(cx, &targets, $hold).await?;
                let mut changes = Map::new();
                let mut comments = Vec::new();
                for name in targets {
                    let (old, new) = if $hold { ("install", "hold") } else { ("hold", "install") };
                    let words = if $hold { "is now being held" } else { "is no longer being held." };
                    comments.push(format!("Package {name} {words}"));
                    let mut entry = Map::new();
                    entry.insert("name", name.as_str());
                    entry.insert("changes", [("old", old), ("new", new)].into_iter().collect::<Map>());
                    entry.insert("result", true);
                    entry.insert("comment", format!("Package {name} {}.", words.trim_end_matches('.')));
                    changes.insert(name, entry);
                }
                Ok(Applied::ok(comments.join("\n"), changes))
            }
        }
    };
}

hold_state! {
    /// Ensure packages keep their version.
    ///
    /// ```salt
    /// linux-image-amd64:
    ///   pkg.held: []
    /// ```
    Held, true, "would be held"
}
hold_state! {
    /// Ensure packages may change their version.
    ///
    /// ```salt
    /// linux-image-amd64:
    ///   pkg.unheld: []
    /// ```
    Unheld, false, "would be unheld"
}
