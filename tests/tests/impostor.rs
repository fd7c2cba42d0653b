//! A minion that has a session and lies: what it says of others, and what it asks for that is not its own, changes nothing and is given to nobody.

#[path = "support/minion.rs"]
mod minion;

use model::{Env, JobId, MinionId, Return, Timestamp};
use net::DialHandle;
use proto::{FromMinion, RequestBody, ResponseBody, Stream};
use serde_json::json;
use tests::{good, job_id, json};
use value::{Map, Value};

/// The answer to a question by name, or why there is none.
async fn ask(handle: &DialHandle, function: &str, data: &str) -> Result<ResponseBody, String> {
    let data: Value = serde_json::from_str(data).unwrap();
    handle.request(RequestBody::Custom { function: function.to_owned(), data }).await.map_err(|error| error.to_string())
}

fn forged(job: JobId) -> Return {
    Return {
        job,
        minion: MinionId::new("b").unwrap(),
        function: "cmd.run".to_owned(),
        value: "forged".into(),
        retcode: 0,
        success: true,
        out: None,
        started: Timestamp::now(),
        finished: Timestamp::now(),
        notes: Vec::new(),
    }
}

#[test]
fn nothing_that_a_minion_says_of_another_counts() {
    let mut lab = tests::lab();
    lab.write("states/mine.txt", "content").unwrap();
    lab.write("pillar/top.sls", "base:\n  'b': [secret]\n").unwrap();
    lab.write("pillar/secret.sls", "word: only for b\n").unwrap();
    lab.start_master("auto_accept: true\nfile_recv: true\n").unwrap();
    lab.start_minion("b", "mine_functions: {test.ping: []}\n").unwrap();
    lab.until_online(&["b"]).unwrap();
    lab.until("its mine is filled", |lab| Ok(lab.program("salt-run", &["mine.get", "b", "test.ping"])?.stdout.contains("True"))).unwrap();
    let mark = lab.path("mark");
    let command = format!("while [ ! -e {} ]; do sleep 0.1; done; echo real", mark.display());
    let job = job_id(&good(&lab, &["run", "b", "cmd.run", &command, "--async"]));
    let id: JobId = job.parse().unwrap();
    lab.until("it runs", |lab| Ok(json(lab, &["job", "show", &job])["minions"][0]["progress"]["stage"] == "running")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let evil = minion::connect(&lab, "evil").await;
        let bytes = bytes::Bytes::from_static(b"forged");
        for message in [
            FromMinion::Ack { job: id },
            FromMinion::Started { job: id, pid: 1 },
            FromMinion::Output { job: id, sequence: 0, stream: Stream::Stdout, bytes },
            FromMinion::Progress { job: id, data: "forged".into() },
            FromMinion::Return { outcome: forged(id), sequence: 0 },
            FromMinion::Holding { jobs: vec![id] },
            FromMinion::Facts { grains: Map::from_iter([("id", "b"), ("host", "forged")]), version: "0".to_owned() },
        ] {
            evil.send(&message).await.unwrap();
        }
        for path in ["../master/master", "/etc/passwd", "a/../../x", "salt://../x", "a\0b"] {
            let body = RequestBody::FileRead { env: Env::new("base").unwrap(), path: path.to_owned(), offset: 0, length: 100 };
            let refused = evil.request(body).await.unwrap_err().to_string();
            assert!(refused.contains("path") || refused.contains("no file"), "{path}: {refused}");
        }
        for env in ["..", "../../etc", "a/b", "/"] {
            let Ok(env) = Env::new(env) else { continue };
            let body = RequestBody::FileRead { env: env.clone(), path: "passwd".to_owned(), offset: 0, length: 100 };
            assert!(evil.request(body).await.is_err(), "{env}");
        }
        let body = RequestBody::Pillar { env: None, pillar_env: None, overrides: Map::new(), grains: Some(Map::from_iter([("id", "b")])) };
        let Ok(ResponseBody::Pillar { pillar, .. }) = evil.request(body).await else { panic!("no pillar") };
        assert!(pillar.get("word").is_none(), "the pillar of another: {pillar:?}");
        let content = "eA==";
        for path in ["../b/x", "/../b/x", "a/../../b/x", ""] {
            let data = json!({"path": path, "data": content, "offset": 0, "last": true}).to_string();
            assert!(ask(&evil, "file.push", &data).await.is_err(), "{path}");
        }
        let own = r#"{"calls": [{"function": "test.ping", "args": [], "kwargs": {}}], "keep": true, "minion": "b", "id": "b", "user": "root", "return": 1}"#;
        assert!(ask(&evil, "job.own", own).await.is_ok());
        assert!(ask(&evil, "mine.delete", r#"{"id": "b", "minion": "b"}"#).await.is_ok());
        for (function, data) in [
            ("publish", r#"{"tgt": "*", "fun": "cmd.run", "arg": ["touch /tmp/x"], "user": "root", "id": "b"}"#),
            ("runner", r#"{"fun": "salt.cmd", "arg": ["cmd.run", "true"], "user": "root"}"#),
            ("wheel", r#"{"fun": "key.accept", "match": "*"}"#),
            ("_ext_nodes", "{}"),
            ("", "null"),
        ] {
            let refused = ask(&evil, function, data).await;
            assert!(!matches!(&refused, Ok(ResponseBody::Value { value }) if value.is_truthy()), "{function}: {refused:?}");
        }
    });
    let mine = lab.program("salt-run", &["mine.get", "b", "test.ping"]).unwrap();
    assert!(mine.stdout.contains("True"), "the mine of another is not emptied: {mine:#?}");
    assert_ne!(json(&lab, &["minion", "show", "b"])["grains"]["host"], "forged");
    let own = &json(&lab, &["job", "list", "--function", "test.ping"])[0];
    assert_eq!((&own["user"], &own["target"]["expression"]), (&json!("minion:evil"), &json!("evil")), "{own}");
    assert!(!lab.path("master/cache/pushed/b").exists());
    std::fs::write(&mark, "").unwrap();
    lab.until("the job is done", |lab| Ok(json(lab, &["job", "show", &job])["minions"][0]["progress"]["stage"] == "returned")).unwrap();
    let shown = json(&lab, &["job", "show", &job]);
    assert_eq!((shown["minions"].as_array().unwrap().len(), &shown["minions"][0]["returned"]["value"]), (1, &json!("real")), "{shown}");
    assert!(lab.log(lab::MASTER).contains("a return for a job that was not for this minion"), "the master says so");
}
