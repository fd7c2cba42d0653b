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

#[test]
fn of_two_masters_on_one_database_one_serves_and_the_other_takes_over() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(Database::create()).unwrap();
    let config = format!("auto_accept: true\ndatabase_url: {}\nschedule: {{beat: {{function: test.arg, seconds: 1}}}}\n", database.url());
    let (mut first, mut second) = (lab(), lab());
    first.start_master(&config).unwrap();
    first.start_minion("a", "").unwrap();
    first.until_online(&["a"]).unwrap();
    assert_eq!(json(&first, &["run", "a", "test.ping"]), json!({"a": true}));
    second.launch_master(&config).unwrap();
    second.until("the second one stands by", |lab| Ok(lab.log(lab::MASTER).contains("this one stands by"))).unwrap();
    assert!(!second.sylvite(&["status"]).unwrap().is_good() && second.port().is_none(), "it opens no port and runs nothing");
    assert!(!second.log(lab::MASTER).contains("scheduled runner"), "{}", second.log(lab::MASTER));
    // The one that is killed gives nothing back; its lease runs out.
    first.end(lab::MASTER, lab::Signal::SIGKILL).unwrap();
    second.until("the second one serves", |lab| Ok(lab.sylvite(&["status"])?.is_good())).unwrap();
    let jobs = json(&second, &["job", "list", "--function", "test.ping"]);
    assert_eq!(jobs.as_array().map(Vec::len), Some(1), "it knows what the first one did: {jobs}");
    second.until("it runs the schedule", |lab| Ok(lab.log(lab::MASTER).contains("a scheduled runner begins"))).unwrap();
    // The first one, back again, stands by in its turn, and serves as soon as the second one ends in good order.
    first.launch_master(&config).unwrap();
    first.until("the first one stands by", |lab| Ok(lab.log(lab::MASTER).contains("this one stands by"))).unwrap();
    second.end(lab::MASTER, lab::Signal::SIGTERM).unwrap();
    first.until("the first one serves again", |lab| Ok(lab.sylvite(&["status"])?.is_good())).unwrap();
    first.until_online(&["a"]).unwrap();
    assert_eq!(json(&first, &["run", "a", "test.ping"]), json!({"a": true}));
}
