//! A fake host that states run on as the engine runs them.

use sdk::host::FakeHost;
use sdk::testing::{TestAgent, context_with};
use sdk::{Checked, Cx, Facts, Map, Value};
use std::sync::Arc;

pub struct World {
    pub host: Arc<FakeHost>,
    pub cx: Cx,
}

impl World {
    pub fn new() -> Self {
        let host = Arc::new(FakeHost::new());
        let grains: Value =
            serde_json::from_str(r#"{"os_family": "Debian", "os": "Debian", "osarch": "amd64", "oscodename": "bookworm"}"#).unwrap();
        let facts = Facts { grains: Arc::new(grains), ..Facts::default() };
        let agent = TestAgent { files: [("key.asc".to_owned(), "/srv/key.asc".to_owned())].into(), ..TestAgent::default() };
        let cx = context_with(Arc::<FakeHost>::clone(&host), facts, agent);
        Self { host, cx }
    }

    pub async fn run(&self, state: &str, args: &str, test: bool) -> (Option<bool>, String, String) {
        let args: Map = serde_json::from_str(args).unwrap();
        let object = (states::registry().state(state).unwrap().prepare)(args).unwrap();
        let json = |changes: &Value| serde_json::to_string(changes).unwrap();
        match object.check(self.cx.read()).await.unwrap() {
            Checked::Desired { comment } => (Some(true), comment, "{}".to_owned()),
            Checked::Fails(applied) => (Some(applied.result), applied.comment, json(&applied.changes)),
            Checked::Later(why) => (None, why, String::new()),
            Checked::Change { outlook, .. } if test => (outlook.result, outlook.comment, json(&outlook.changes)),
            Checked::Change { change, .. } => {
                let applied = object.apply(change, &self.cx).await.unwrap();
                (Some(applied.result), applied.comment, json(&applied.changes))
            }
        }
    }

    /// Test mode, a run, and a second run: their comments, and the changes of the run.
    pub async fn thrice(&self, state: &str, args: &str, [test, run, again]: [&str; 3], changes: &str) {
        let before = self.host.actions().iter().filter(|action| !action.starts_with("run ")).count();
        assert_eq!(self.run(state, args, true).await.1, test, "{state} in test mode");
        let after = self.host.actions().iter().filter(|action| !action.starts_with("run ")).count();
        assert_eq!(before, after, "{state} has changed something in test mode");
        assert_eq!(self.run(state, args, false).await, (Some(true), run.to_owned(), changes.to_owned()), "{state}");
        assert_eq!(self.run(state, args, false).await, (Some(true), again.to_owned(), "{}".to_owned()), "{state} again");
    }
}
