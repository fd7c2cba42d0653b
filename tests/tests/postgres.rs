//! The same master on PostgreSQL, and a database that goes away while jobs run.

use cmdb_postgres::testing::{Database, Server};
use lab::Lab;
use serde_json::json;
use tests::{good, job_id, json, lab};

fn start(lab: &mut Lab, url: &str, minions: &[&str]) {
    lab.start_master(&format!("auto_accept: true\ndatabase_url: {url}\n")).unwrap();
    for id in minions {
        lab.start_minion(id, "").unwrap();
    }
    lab.until_online(minions).unwrap();
}

#[test]
fn everything_of_a_job_is_in_postgresql() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(Database::create()).unwrap();
    let mut lab = lab();
    start(&mut lab, database.url(), &["a", "b"]);
    assert_eq!(json(&lab, &["run", "-C", "G@kernel:Linux", "test.ping"]), json!({"a": true, "b": true}));
    let status = good(&lab, &["status"]).stdout;
    assert!(status.contains("postgres"), "{status}");
    let jobs = json(&lab, &["job", "list"]);
    assert_eq!(jobs[0]["counts"], json!({"returned": 2}), "{jobs}");
    assert!(good(&lab, &["key", "history", "a"]).stdout.contains("auto_accept"));
}

#[test]
fn a_database_that_goes_away_is_waited_for_and_no_return_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("server")).unwrap();
    let mut lab = lab();
    start(&mut lab, &server.url(), &["a"]);
    let mark = lab.path("mark");
    let job = job_id(&good(&lab, &["run", "a", "cmd.run", &format!("sleep 1; echo done | tee {}", mark.display()), "--async"]));
    server.stop().unwrap();
    lab.until("the job is done", |_| Ok(mark.exists())).unwrap();
    // What needs the database says so, and the master lives on.
    let refused = lab.sylvite(&["run", "a", "test.ping"]).unwrap();
    assert!(!refused.is_good() && refused.stderr.contains("does not answer"), "{refused:#?}");
    lab.check().unwrap();
    server.resume().unwrap();
    lab.until("the return is in", |lab| Ok(json(lab, &["job", "show", &job])["minions"][0]["progress"]["stage"] == "returned")).unwrap();
    assert_eq!(json(&lab, &["job", "show", &job])["minions"][0]["returned"]["value"], "done");
    assert_eq!(json(&lab, &["run", "a", "test.ping"]), json!({"a": true}));
}
