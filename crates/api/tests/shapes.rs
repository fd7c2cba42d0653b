//! Requests refuse what they do not know; what the document says of `model` nouns is what serde writes.

use api::{ChangeKeys, Counts, JobEvent, RunJob};
use model::{Fingerprint, JobId, Key, KeyState, Progress, Return, Stage, Timestamp};
use std::collections::BTreeSet;

#[test]
fn an_unknown_field_of_a_request_is_refused_at_every_level() {
    let good = r#"{"target": {"expression": "*"}, "calls": [{"function": "test.ping"}]}"#;
    assert!(serde_json::from_str::<RunJob>(good).is_ok());
    for bad in [
        r#"{"target": {"expression": "*"}, "calls": [{"function": "test.ping"}], "x": 1}"#,
        r#"{"target": {"expression": "*", "x": 1}, "calls": [{"function": "test.ping"}]}"#,
        r#"{"target": {"expression": "*"}, "calls": [{"function": "test.ping", "x": 1}]}"#,
        r#"{"target": {"expression": "*"}, "calls": [{"function": "ping"}]}"#,
        r#"{"target": {"expression": "*"}, "calls": [{"function": "test.ping"}], "deadline": -1}"#,
    ] {
        assert!(serde_json::from_str::<RunJob>(bad).is_err(), "{bad}");
    }
    assert!(serde_json::from_str::<ChangeKeys>(r#"{"action": "burn", "minions": ["*"]}"#).is_err());
}

#[test]
fn spans_are_seconds_and_moments_are_text() {
    let job: RunJob =
        serde_json::from_str(r#"{"target": {"expression": "*"}, "calls": [{"function": "test.ping"}], "deadline": 1.5}"#).unwrap();
    assert_eq!(job.deadline.unwrap().0.as_millis(), 1500);
    let event =
        JobEvent::Stage { minion: "web1".parse().unwrap(), progress: Progress { stage: Stage::Queued, reason: None, since: Timestamp(0) } };
    let text = serde_json::to_string(&event).unwrap();
    assert_eq!(
        text,
        r#"{"event":"stage","minion":"web1","progress":{"stage":"queued","reason":null,"since":"1970-01-01T00:00:00.000000+00:00"}}"#
    );
    assert_eq!(serde_json::from_str::<JobEvent>(&text).unwrap(), event);
}

#[test]
fn counts_are_a_plain_mapping() {
    let counts = Counts::of([Stage::Returned, Stage::Returned, Stage::Lost]);
    assert_eq!(serde_json::to_string(&counts).unwrap(), r#"{"returned":2,"lost":1}"#);
    assert!(counts.is_done() && counts.total() == 3);
    assert!(!Counts::of([Stage::Running]).is_done());
}

#[test]
fn the_document_describes_nouns_as_they_are_written() {
    let document: serde_json::Value = serde_json::from_str(&api::openapi()).unwrap();
    let fields = |name: &str| -> BTreeSet<String> {
        let properties = document.pointer(&format!("/components/schemas/{name}/properties")).unwrap();
        properties.as_object().unwrap().keys().cloned().collect()
    };
    let written = |value: serde_json::Value| -> BTreeSet<String> { value.as_object().unwrap().keys().cloned().collect() };
    let job: JobId = "20261124050000000000".parse().unwrap();
    let returned = Return {
        job,
        minion: "a".parse().unwrap(),
        function: String::new(),
        value: value::Value::Null,
        retcode: 0,
        success: true,
        out: None,
        started: Timestamp(0),
        finished: Timestamp(0),
        notes: Vec::new(),
    };
    assert_eq!(fields("Return"), written(serde_json::to_value(returned).unwrap()));
    let key = Key {
        minion: "a".parse().unwrap(),
        fingerprint: Fingerprint([0; 32]),
        public: String::new(),
        state: KeyState::Pending,
        first_seen: Timestamp(0),
        changed: Timestamp(0),
        changed_by: String::new(),
    };
    assert_eq!(fields("Key"), written(serde_json::to_value(key).unwrap()));
    let target = model::Target::new(model::TargetKind::Glob, "*");
    assert_eq!(fields("Target"), written(serde_json::to_value(target).unwrap()));
    let call = model::Call { function: "a.b".parse().unwrap(), args: vec![], kwargs: value::Map::new() };
    assert_eq!(fields("Call"), written(serde_json::to_value(call).unwrap()));
    let event = model::Event { sequence: 1, tag: String::new(), data: value::Value::Null, at: Timestamp(0) };
    assert_eq!(fields("Event"), written(serde_json::to_value(event).unwrap()));
}
