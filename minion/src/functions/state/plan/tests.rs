//! Plans on a minion with a tree of its own, over the real table of functions.

use crate::config::{Loaded, Place, Unknown};
use crate::core::{Core, Look};
use crate::functions;
use crate::source::Source;
use model::{JobId, Timestamp};
use sdk::{CallArgs, Returned, Value};
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use value::Map;

/// A minion in a temporary folder.
struct Minion {
    folder: tempfile::TempDir,
    core: Arc<Core>,
    jobs: i64,
}

impl Minion {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let roots = |name: &str| Value::Map([("base", Value::List(vec![text(&folder.path().join(name))]))].into_iter().collect());
        let set = vec![
            ("file_client".to_owned(), Value::from("local")),
            ("id".to_owned(), Value::from("web01")),
            ("file_roots".to_owned(), roots("states")),
            ("pillar_roots".to_owned(), roots("pillar")),
            ("cachedir".to_owned(), text(&folder.path().join("cache"))),
        ];
        let loaded = Loaded::read(Place { folder: folder.path().join("etc") }, &set, Unknown::Keep).unwrap();
        let source = Source::local(&loaded).unwrap();
        let core = Core::new(loaded, functions::registry(), source, tokio::runtime::Handle::current(), Look::Bare).unwrap();
        let minion = Self { folder, core, jobs: 0 };
        minion.grains(&[("os", "Debian"), ("noise", "1")]);
        minion.write("pillar/top.sls", "base:\n  '*':\n    - data\n");
        minion.write("pillar/data.sls", "text: hello\n");
        let target = minion.path("motd");
        minion.write(
            "states/web.sls",
            &format!("motd:\n  file.managed:\n    - name: {target}\n    - contents: '{{{{ pillar.text }}}} {{{{ grains.os }}}}'\n"),
        );
        minion
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn motd(&self) -> Option<String> {
        std::fs::read_to_string(self.folder.path().join("motd")).ok()
    }

    fn grains(&self, pairs: &[(&str, &str)]) {
        let mut grains: Map = pairs.iter().map(|(name, value)| (*name, Value::from(*value))).collect();
        grains.insert("id", "web01");
        self.core.use_grains(grains);
    }

    async fn call(&mut self, function: &str, args: &[&str]) -> Returned {
        self.jobs += 1;
        let job = JobId::at(Timestamp(1_790_000_000_000_000 + self.jobs));
        let desk = self.core.desk(Some(job), CancellationToken::new());
        let args = CallArgs::new(args.iter().copied().map(Value::from).collect(), Map::new());
        self.core.registry.call(function, args, &desk.cx()).await.unwrap()
    }

    async fn plan(&mut self) -> String {
        let plan = self.call("state.plan", &["web"]).await.value;
        assert_eq!(plan.get("would_change"), Some(&Value::Int(1)), "{plan:?}");
        value::text::str(plan.get("plan").unwrap())
    }

    async fn refusal(&mut self, id: &str) -> String {
        let returned = self.call("state.plan_apply", &[id]).await;
        assert_eq!(returned.retcode, 1, "{returned:?}");
        value::text::str(&returned.value)
    }
}

fn text(path: &Path) -> Value {
    Value::from(path.to_string_lossy())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_changes_nothing_until_it_is_applied_by_its_id() {
    let mut minion = Minion::new();
    let id = minion.plan().await;
    assert_eq!(minion.motd(), None);
    let shown = minion.call("state.plan_show", &[&id]).await.value;
    assert_eq!(shown.get("states").and_then(Value::as_map).map(Map::len), Some(1));
    assert_eq!(shown.get("grains"), Some(&Value::List(vec!["os".into()])));
    // A grain that no file speaks of may change.
    minion.grains(&[("os", "Debian"), ("noise", "2")]);
    let applied = minion.call("state.plan_apply", &[&id]).await;
    assert_eq!(applied.retcode, 0, "{applied:?}");
    assert_eq!(minion.motd().as_deref(), Some("hello Debian\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_is_refused_with_what_has_changed() {
    let mut minion = Minion::new();
    let id = minion.plan().await;
    minion.grains(&[("os", "Arch"), ("noise", "1")]);
    assert!(minion.refusal(&id).await.contains("the grain `os` has changed"));
    minion.grains(&[("os", "Debian"), ("noise", "1")]);
    minion.write("pillar/data.sls", "text: bye\n");
    assert!(minion.refusal(&id).await.contains("the pillar has changed"));
    minion.write("pillar/data.sls", "text: hello\n");
    minion.write("states/other.sls", "x:\n  test.nop: []\n");
    assert!(minion.refusal(&id).await.contains("the file `base:other.sls` has changed"));
    std::fs::remove_file(minion.path("states/other.sls")).unwrap();
    minion.write("motd", "somebody else was here\n");
    assert!(minion.refusal(&id).await.contains("the host would be changed otherwise"));
    assert_eq!(minion.motd().as_deref(), Some("somebody else was here\n"));
}
