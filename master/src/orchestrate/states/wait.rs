//! `salt.wait_for_event`: goes on when something has happened.

use super::super::events::{Wait, listen, wait};
use super::{core, is_test, names};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Outlook, Read, Value};
use std::time::Duration;

/// Wait for events.
///
/// ```salt
/// the web servers are back:
///   salt.wait_for_event:
///     - name: salt/minion/*/start
///     - id_list: [web1, web2]
///     - timeout: 600
/// ```
#[derive(Args)]
pub struct WaitForEvent {
    /// Pattern over the tags.
    name: String,
    /// Values that must all have been seen.
    id_list: Option<Value>,
    /// Where in the data the value stands.
    #[arg(default = "id")]
    event_id: String,
    /// Wait no longer than so many seconds.
    #[arg(default = 300.0)]
    timeout: f64,
    /// Known for compatibility: the events of the master are meant.
    #[arg(ignored)]
    node: Option<Value>,
}

impl sdk::State for WaitForEvent {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        if !is_test(read) {
            return Ok(Check::change("", Map::new(), ()));
        }
        let comment = format!("Orchestration would wait for event '{}'", self.name);
        Ok(Check::Change(Outlook::new(comment, Map::new()), ()))
    }

    async fn apply(&self, (): (), cx: &Cx) -> Result<Applied, Failure> {
        let events = listen(&*core(cx.read())?);
        let limit = Duration::try_from_secs_f64(self.timeout).map_err(|_| Failure::bad_arguments("`timeout` is a number of seconds"))?;
        let wanted = Wait { tag: self.name.clone(), ids: names(self.id_list.as_ref()), key: self.event_id.clone(), limit };
        let seen = wait(events, &wanted, &cx.facts().cancel).await?;
        let mut changes = Map::new();
        if !seen.ids.is_empty() {
            changes.insert("minions_seen", seen.ids.clone());
        }
        if seen.is_late {
            let mut comment = "Timeout value reached.".to_owned();
            if !seen.missing.is_empty() {
                comment.push_str(&format!(" Not seen: {}", seen.missing.join(", ")));
            }
            return Ok(Applied::failed(comment).with_changes(changes));
        }
        Ok(Applied::ok(format!("All events seen in {} seconds.", seen.took.as_secs()), changes))
    }
}
