//! The REST API of Salt's clients, through the real binaries and a real port: every endpoint, its shapes, its statuses, its limits.

#[path = "support/http.rs"]
mod http;

use http::{Answer, ask, get, json_of, login, post, with};
use lab::{Lab, MASTER};
use serde_json::{Value, json};
use tests::{good, lab};

const RULES: &str = r#"
auto_accept: true
netapi_enable_clients: [local, local_async, local_batch, local_subset, runner, runner_async, wheel, wheel_async, ssh]
rest_cherrypy: {port: 0, host: 127.0.0.1, disable_ssl: true, max_request_body_size: 100000}
api: {slowest_request: 2}
saltgui_templates: {ping: {command: test.ping}}
nodegroups: {webs: 'web*'}
external_auth:
  sylvite:
    boss: ['.*', '@runner', '@wheel']
    fred: [test.ping, {'web1': [test.arg]}, '@jobs']
    idle: []
"#;

/// A master with the API open, two minions, and accounts boss, fred and idle, whose password is `correct horse`.
fn guarded(further: &str) -> Lab {
    let mut lab = lab();
    lab.start_master(&format!("{RULES}{further}")).unwrap();
    for name in ["boss", "fred", "idle"] {
        let password = lab.path("password");
        std::fs::write(&password, "correct horse\n").unwrap();
        let input = std::fs::File::open(&password).unwrap();
        let made = lab.command("sylvite", MASTER).args(["account", "add", name, "--stdin"]).stdin(input).status().unwrap();
        assert!(made.success());
    }
    for id in ["web1", "web2"] {
        lab.start_minion(id, "").unwrap();
    }
    lab.until_online(&["web1", "web2"]).unwrap();
    lab
}

fn run(lab: &Lab, token: &str, low: Value) -> Answer {
    post(lab, "/", &[("X-Auth-Token", token), ("Content-Type", "application/json")], &low.to_string())
}

/// The first element of what a lowstate gave.
fn first(lab: &Lab, token: &str, low: Value) -> Value {
    let answer = run(lab, token, low);
    assert_eq!(answer.status, 200, "{answer:#?}");
    json_of(&answer)["return"][0].clone()
}

#[test]
fn a_login_opens_a_session_and_a_logout_ends_it() {
    let lab = guarded("");
    let welcome = json_of(&get(&lab, "/", &[]));
    assert!(welcome["return"] == "Welcome" && welcome["clients"].as_array().unwrap().contains(&json!("local_batch")), "{welcome}");
    let asked = get(&lab, "/login/", &[]);
    assert!(asked.status == 200 && asked.head.contains("www-authenticate: session"), "{asked:#?}");
    assert_eq!(asked.body, r#"{"status":null,"return":"Please log in"}"#);

    let credentials = json!({"username": "fred", "password": "correct horse", "eauth": "sylvite"}).to_string();
    let opened = post(&lab, "/login", &[("Content-Type", "text/plain;charset=UTF-8")], &credentials);
    let entry = json_of(&opened)["return"][0].clone();
    let token = entry["token"].as_str().unwrap().to_owned();
    assert!(token.len() == 40 && opened.head.contains(&format!("x-auth-token: {token}")), "{opened:#?}");
    assert!(opened.head.contains(&format!("set-cookie: session_id={token}; ")) && opened.head.contains("samesite=lax"), "{opened:#?}");
    assert_eq!((&entry["user"], &entry["eauth"]), (&json!("fred"), &json!("sylvite")));
    let (start, expire) = (entry["start"].as_f64().unwrap(), entry["expire"].as_f64().unwrap());
    assert!((expire - start - 43_200.0).abs() < 0.001, "{entry}");
    assert_eq!(entry["perms"], json!(["@jobs", "test.ping", {"web1": ["test.arg"]}]), "texts first, then mappings");
    // In a form, and as the only member of a list, with a shorter time of its own.
    let form = post(&lab, "/login", &[], "username=idle&password=correct+horse&eauth=sylvite&token_expire=60");
    let entry = json_of(&form)["return"][0].clone();
    assert_eq!(entry["perms"], json!({}), "no permissions are an empty mapping");
    assert!((entry["expire"].as_f64().unwrap() - entry["start"].as_f64().unwrap() - 60.0).abs() < 0.001, "{entry}");

    // The cookie does as well as the header, and the header wins.
    let cookie = format!("a=b; session_id={token}");
    assert_eq!(get(&lab, "/stats", &[("Cookie", &cookie)]).status, 200);
    assert_eq!(get(&lab, "/stats", &[("Cookie", &cookie), ("X-Auth-Token", "c0ffee")]).status, 401);
    let closed = post(&lab, "/logout", &[("X-Auth-Token", &token)], "");
    assert!(closed.body.contains("Your token has been cleared") && closed.head.contains("max-age=0"), "{closed:#?}");
    for path in ["/stats", "/minions", "/jobs", "/keys", "/events", "/minions/web1"] {
        let refused = get(&lab, path, &[("X-Auth-Token", &token)]);
        assert!(refused.status == 401 && refused.body.contains("No permission -- see authorization schemes"), "{path}: {refused:#?}");
    }
    assert_eq!(post(&lab, "/logout", &[("X-Auth-Token", &token)], "").status, 401);

    // Whatever is wrong with a login, it looks the same.
    let bad = [("fred", "wrong horse", "sylvite"), ("nobody", "correct horse", "sylvite"), ("fred", "correct horse", "pam"), ("", "", "x")];
    for (username, password, eauth) in bad {
        let body = json!({"username": username, "password": password, "eauth": eauth}).to_string();
        let refused = post(&lab, "/login", &[("Content-Type", "application/json")], &body);
        assert!(refused.status == 401 && refused.body.contains("<p>Could not authenticate using provided credentials</p>"), "{refused:#?}");
    }
    assert_eq!(post(&lab, "/login", &[], "").status, 400);
    // Neither tokens nor passwords are in the log.
    let log = lab.log(MASTER);
    assert!(!log.contains(&token) && !log.contains("horse"), "{log}");
}

#[test]
fn every_client_answers_in_its_own_shape() {
    let mut lab = guarded("");
    let boss = login(&lab, "boss");
    let local = |fields: Value| first(&lab, &boss, with(json!({"client": "local", "tgt": "*"}), fields));
    assert_eq!(local(json!({"fun": "test.ping"})), json!({"web1": true, "web2": true}));
    assert_eq!(local(json!({"fun": "test.ping", "tgt": "nobody"})), json!({}));
    let args = local(json!({"fun": "test.arg", "tgt": "web1", "arg": ["7", "[1]", "n=7", 8], "kwarg": {"s": "9"}}));
    assert_eq!(args, json!({"web1": {"args": ["7", "[1]", 8], "kwargs": {"n": 7, "s": "9"}}}));
    let full = local(json!({"fun": "test.ping", "tgt": "web1", "full_return": true}));
    assert_eq!((&full["web1"]["ret"], &full["web1"]["retcode"]), (&json!(true), &json!(0)));
    assert_eq!(full["web1"]["jid"].as_str().unwrap().len(), 20);
    for (kind, target) in [
        ("list", json!(["web1", "web2"])),
        ("compound", json!("web* and not web3")),
        ("nodegroup", json!("webs")),
        ("pcre", json!("web[12]")),
    ] {
        assert_eq!(local(json!({"fun": "test.ping", "tgt_type": kind, "tgt": target})), json!({"web1": true, "web2": true}), "{kind}");
    }
    assert_eq!(local(json!({"fun": "test.ping", "expr_form": "list", "tgt": "web2"})), json!({"web2": true}));
    let missing = local(json!({"fun": "no.such", "tgt": "web1", "full_return": true}));
    assert!(missing["web1"]["retcode"] == 1 && missing["web1"]["out"] == "nested", "{missing}");
    let missing = local(json!({"fun": "no.such", "tgt": "web1"}));
    assert!(missing["web1"].as_str().unwrap().starts_with("'no.such' is not available."), "{missing}");
    let several = local(json!({"fun": ["test.ping", "test.arg"], "arg": [[], ["x"]], "tgt": "web1"}));
    assert_eq!(several, json!({"web1": {"test.ping": true, "test.arg": {"args": ["x"], "kwargs": {}}}}));

    let started = first(&lab, &boss, json!({"client": "local_async", "tgt": "*", "fun": "test.ping"}));
    assert_eq!((started["jid"].as_str().unwrap().len(), &started["minions"]), (20, &json!(["web1", "web2"])));
    assert_eq!(first(&lab, &boss, json!({"client": "local_async", "tgt": "nobody", "fun": "test.ping"})), json!({}));
    let batch = json_of(&run(&lab, &boss, json!({"client": "local_batch", "tgt": "*", "fun": "test.ping", "batch": "1"})));
    let mut parts: Vec<String> = batch["return"].as_array().unwrap().iter().map(Value::to_string).collect();
    parts.sort();
    assert_eq!(parts, [r#"{"web1":true}"#, r#"{"web2":true}"#], "one element for each minion");
    let subset = first(&lab, &boss, json!({"client": "local_subset", "tgt": "*", "fun": "test.ping", "subset": 1}));
    assert_eq!(subset.as_object().unwrap().len(), 1, "{subset}");

    let runner = |fields: Value| first(&lab, &boss, with(json!({"client": "runner"}), fields));
    let up = runner(json!({"fun": "manage.up"}));
    assert_eq!(up, json!(["web1", "web2"]));
    let full = runner(json!({"fun": "manage.up", "full_return": true}));
    let tag = full["tag"].as_str().unwrap();
    assert!(tag.starts_with("salt/run/") && tag.ends_with("/ret"), "{full}");
    assert!(full["data"]["fun"] == "runner.manage.up" && full["data"]["success"] == true && full["data"]["return"] == up, "{full}");
    assert!(full["data"]["user"] == "boss" && full["data"]["_stamp"].is_string() && full["data"]["fun_args"] == json!([]), "{full}");
    let wrong = runner(json!({"fun": "jobs.lookup_jid", "nosuch": 1}));
    let wrong = wrong.as_str().unwrap();
    assert!(
        wrong.starts_with("\nPassed invalid arguments: ")
            && wrong.contains("\n\nUsage:\njobs.lookup_jid(jid, ext_source, returned, missing, display_progress)"),
        "{wrong}"
    );
    let begun = first(&lab, &boss, json!({"client": "runner_async", "fun": "manage.up"}));
    assert_eq!(begun["tag"], json!(format!("salt/run/{}", begun["jid"].as_str().unwrap())));
    let lookup = runner(json!({"fun": "jobs.lookup_jid", "jid": started["jid"]}));
    assert_eq!(lookup, json!({"web1": true, "web2": true}), "fields are named arguments");
    assert_eq!(runner(json!({"fun": "jobs.lookup_jid", "kwarg": {"jid": started["jid"]}})), lookup);

    let wheel = |fields: Value| first(&lab, &boss, with(json!({"client": "wheel"}), fields));
    let keys = wheel(json!({"fun": "key.list_all"}));
    assert_eq!(keys["data"]["return"]["minions"], json!(["web1", "web2"]), "{keys}");
    assert!(keys["data"]["fun"] == "wheel.key.list_all" && keys["data"]["tag"] == keys["tag"] && keys["data"]["success"] == true, "{keys}");
    let values = wheel(json!({"fun": "config.values"}))["data"]["return"].clone();
    assert_eq!(values["saltgui_templates"], json!({"ping": {"command": "test.ping"}}));
    assert!(values["state_verbose"] == true && values["nodegroups"] == json!({"webs": "web*"}) && values["external_auth"].is_null());
    // Functions of the master are jobs as well, whether they were waited for or not.
    let jobs = runner(json!({"fun": "jobs.list_jobs"}));
    let of = |function: &str| {
        jobs.as_object().unwrap().iter().find(|(_, job)| job["Function"] == function).unwrap_or_else(|| panic!("{function}: {jobs}"))
    };
    let (jid, job) = of("runner.manage.up");
    assert!(job["Target"] == json!(["lab_master"]) || job["Target"] == "lab_master", "{job}");
    assert!(job["Target-type"] == "list" && job["User"] == "boss@sylvite", "{job}");
    let kept = runner(json!({"fun": "jobs.list_job", "jid": jid}));
    assert_eq!(kept["Result"]["lab_master"]["return"]["return"], up, "{kept}");
    of("wheel.key.list_all");
    let begun = first(&lab, &boss, json!({"client": "wheel_async", "fun": "key.list_all"}));
    assert!(begun["tag"].as_str().unwrap().starts_with("salt/wheel/"), "{begun}");
    // Several chunks run in their order.
    let two = json!([{"client": "local", "tgt": "web1", "fun": "test.ping"}, {"client": "runner", "fun": "manage.up"}]);
    assert_eq!(json_of(&run(&lab, &boss, two))["return"], json!([{"web1": true}, ["web1", "web2"]]));

    // A minion that is away is `false`, and nobody waits for it.
    lab.end("web2", lab::Signal::SIGKILL).unwrap();
    lab.until("web2 is away", |lab| Ok(lab.sylvite(&["minion", "list", "--out", "json"])?.stdout.contains("\"offline\""))).unwrap();
    let away = first(&lab, &boss, json!({"client": "local", "tgt": "*", "fun": "test.ping"}));
    assert_eq!(away, json!({"web1": true, "web2": false}));
}

#[test]
fn what_is_not_allowed_is_refused_and_says_by_which_rule() {
    let lab = guarded("access_deny: {boss: ['test.echo', '@key']}\n");
    let (fred, boss) = (login(&lab, "fred"), login(&lab, "boss"));
    let low = |fields: Value| with(json!({"client": "local", "tgt": "*", "fun": "test.ping"}), fields);
    assert_eq!(run(&lab, &fred, low(json!({}))).status, 200);
    assert_eq!(run(&lab, &fred, low(json!({"fun": "test.arg", "tgt": "web1"}))).status, 200);
    assert_eq!(run(&lab, &fred, json!({"client": "runner", "fun": "jobs.list_jobs"})).status, 200);
    let refused = [
        (
            &fred,
            low(json!({"fun": "test.arg"})),
            401,
            "Authorization error occurred. fred@sylvite may not do this: `test.arg` is not allowed on web2",
        ),
        (&fred, low(json!({"fun": "cmd.run", "arg": ["id"]})), 401, "external_auth:sylvite:fred"),
        (&fred, low(json!({"client": "local_async", "fun": "cmd.run", "arg": ["id"]})), 401, "Authorization error occurred."),
        (&fred, json!({"client": "runner", "fun": "manage.up"}), 401, "occurred for user fred."),
        (&fred, json!({"client": "wheel", "fun": "key.list_all"}), 401, "external_auth:sylvite:fred"),
        (&boss, low(json!({"fun": "test.echo", "arg": ["x"]})), 401, "`access_deny:boss` denies it"),
        (&boss, json!({"client": "wheel", "fun": "key.delete", "match": "*"}), 401, "`access_deny:boss` denies it"),
        (&boss, json!({"client": "locl", "fun": "x"}), 400, "Invalid client specified: &#39;locl&#39;"),
        (&boss, json!({"client": "ssh", "tgt": "*", "raw_shell": "id"}), 401, "Raw shell option not allowed."),
        (&boss, json!("text"), 400, "Lowstates must be a list"),
        (&boss, json!([1]), 400, "must be a mapping"),
    ];
    for (token, low, status, text) in refused {
        let answer = run(&lab, token, low.clone());
        assert!(answer.status == status && answer.body.contains(text), "{low}: {answer:#?}");
    }
    let unexpected = [
        json!({"client": "local", "fun": "test.ping"}),
        json!({"client": "local", "tgt": "*"}),
        json!({"client": "local", "tgt": "nogroup", "tgt_type": "nodegroup", "fun": "test.ping"}),
        json!({"client": "runner", "fun": "no.such"}),
    ];
    for low in unexpected {
        let answer = run(&lab, &boss, low.clone());
        let body = json_of(&answer);
        assert!(answer.status == 500 && body["return"] == "An unexpected error occurred" && body["status"] == 500, "{low}: {answer:#?}");
    }
    // What was refused is in the audit log, and ran nowhere.
    assert!(!good(&lab, &["job", "list", "--out", "json"]).stdout.contains("cmd.run"));
    // Routes of our own know nobody over TCP but a login.
    assert_eq!(get(&lab, "/api/v1/status", &[]).status, 401);
    assert_eq!(get(&lab, "/api/v1/keys", &[("X-Auth-Token", &fred)]).status, 403);
}

#[test]
fn clients_that_are_not_open_are_refused() {
    let mut lab = lab();
    lab.start_master("auto_accept: true\nrest_cherrypy: {port: 0, host: 127.0.0.1, disable_ssl: true, webhook_disable_auth: true, stats_disable_auth: true}\nexternal_auth: {sharedsecret: {ci: ['.*', '@runner', '@wheel']}}\nsharedsecret: a-shared-secret\n").unwrap();
    let body = json!({"username": "ci", "password": "a-shared-secret", "eauth": "sharedsecret"}).to_string();
    let opened = json_of(&post(&lab, "/login", &[("Content-Type", "application/json")], &body));
    let token = opened["return"][0]["token"].as_str().unwrap();
    for client in ["local", "runner", "wheel"] {
        let answer = run(&lab, token, json!({"client": client, "tgt": "*", "fun": "test.ping"}));
        let text = format!("Client disabled: &#39;{client}&#39;. Add to &#39;netapi_enable_clients&#39;");
        assert!(answer.status == 400 && answer.body.contains(&text), "{answer:#?}");
    }
    for path in ["/minions", "/jobs", "/keys"] {
        assert_eq!(get(&lab, path, &[("X-Auth-Token", token)]).status, 400, "{path}");
    }
    assert_eq!(post(&lab, "/hook/open/door", &[], "a=b").body, r#"{"success":true}"#);
    let stats = json_of(&get(&lab, "/stats", &[]));
    assert!(stats["CherryPy Applications"]["Enabled"] == true && stats["Cheroot HTTPServer 1"]["Accepts"].as_u64() > Some(0), "{stats}");
}

#[test]
fn who_may_ask_from_where_and_how_long_is_waited_is_configured() {
    let mut lab = lab();
    let start = |lab: &mut Lab, api: &str| {
        lab.start_master(&format!(
            "auto_accept: true\nrest_timeout: 1\nnetapi_enable_clients: [runner]\nexternal_auth: {{sharedsecret: {{ci: ['@runner']}}}}\n\
             sharedsecret: a-shared-secret\nrest_cherrypy: {{port: 0, host: 127.0.0.1, disable_ssl: true}}\napi: {api}\n"
        ))
        .unwrap();
    };
    let login = |lab: &Lab| {
        let body = json!({"username": "ci", "password": "a-shared-secret", "eauth": "sharedsecret"}).to_string();
        post(lab, "/login", &[("Content-Type", "application/json")], &body)
    };
    start(&mut lab, "{authorized_ips: [192.0.2.1]}");
    let stranger = get(&lab, "/login", &[]);
    assert!(stranger.status == 403 && stranger.body.contains("is not one of `authorized_ips`"), "{stranger:#?}");
    lab.end(MASTER, lab::Signal::SIGTERM).unwrap();
    start(&mut lab, "{api_acl: {users: {ci: [192.0.2.1]}}}");
    let refused = login(&lab);
    assert!(refused.status == 401 && refused.body.contains("Could not authenticate"), "{refused:#?}");
    lab.end(MASTER, lab::Signal::SIGTERM).unwrap();
    start(&mut lab, "{api_acl: {users: {'*': [127.0.0.1]}}, root_prefix: /salt}");
    let body = json!({"username": "ci", "password": "a-shared-secret", "eauth": "sharedsecret"}).to_string();
    let opened = json_of(&post(&lab, "/salt/login", &[("Content-Type", "application/json")], &body));
    let token = opened["return"][0]["token"].as_str().unwrap().to_owned();
    assert_eq!(get(&lab, "/stats", &[("X-Auth-Token", &token)]).status, 404);
    // A runner that takes longer than `rest_timeout` is not waited for; it goes on and its return is kept.
    let low = json!({"client": "runner", "fun": "test.sleep", "s_time": 2}).to_string();
    let late = post(&lab, "/salt/", &[("X-Auth-Token", &token), ("Content-Type", "application/json")], &low);
    assert!(late.status == 504 && late.body.contains("rest_timeout"), "{late:#?}");
    lab.until("it has come to its end", |lab| {
        let jobs = lab.sylvite(&["job", "list", "--out", "json"])?.stdout;
        let jobs: Value = serde_json::from_str(&jobs)?;
        let slept = jobs.as_array().into_iter().flatten().find(|job| job.to_string().contains("runner.test.sleep"));
        Ok(slept.is_some_and(|job| job["counts"]["returned"] == 1))
    })
    .unwrap();
    lab.end(MASTER, lab::Signal::SIGTERM).unwrap();
    start(&mut lab, "{enable_sessions: false}");
    for path in ["/login", "/logout", "/minions", "/jobs"] {
        assert_eq!(get(&lab, path, &[]).status, 404, "{path}");
    }
    assert_eq!(json_of(&get(&lab, "/", &[]))["return"], "Welcome");
}

#[test]
fn a_session_that_nobody_uses_ends() {
    let mut lab = guarded("");
    lab.end(MASTER, lab::Signal::SIGTERM).unwrap();
    lab.start_master(&RULES.replace("api: {slowest_request: 2}", "api: {session_idle: 1}")).unwrap();
    let boss = login(&lab, "boss");
    assert_eq!(get(&lab, "/stats", &[("X-Auth-Token", &boss)]).status, 200);
    // Others come and go meanwhile.
    lab.until("it is over", |lab| {
        login(lab, "fred");
        let logins = tests::json(lab, &["account", "logins"]);
        Ok(!logins.as_array().into_iter().flatten().any(|login| login["user"] == "boss"))
    })
    .unwrap();
    let refused = get(&lab, "/stats", &[("X-Auth-Token", &boss)]);
    assert!(refused.status == 401 && refused.body.contains("No permission -- see authorization schemes"), "{refused:#?}");
}

#[test]
fn minions_jobs_and_keys_have_addresses_of_their_own() {
    let lab = guarded("");
    let boss = login(&lab, "boss");
    let token = [("X-Auth-Token", boss.as_str())];
    let minions = json_of(&get(&lab, "/minions", &token));
    assert!(minions["return"][0]["web1"]["id"] == "web1" && minions["return"][0]["web2"]["saltversion"].is_string(), "{minions}");
    let one = json_of(&get(&lab, "/minions/web2", &token))["return"][0].clone();
    assert_eq!(one.as_object().unwrap().keys().collect::<Vec<_>>(), ["web2"]);
    let started =
        post(&lab, "/minions", &[token[0], ("Content-Type", "application/x-www-form-urlencoded")], "tgt=*&fun=test.arg&arg=7&arg=x");
    let body = json_of(&started);
    let jid = body["return"][0]["jid"].as_str().unwrap().to_owned();
    assert!(started.status == 202 && body["_links"]["jobs"][0]["href"] == json!(format!("/jobs/{jid}")), "{started:#?}");
    // As Jenkins does: until as many have returned as are meant.
    let mut job = Value::Null;
    for _ in 0..600 {
        job = json_of(&get(&lab, &format!("/jobs/{jid}"), &token));
        assert_eq!(job["info"][0]["Minions"], json!(["web1", "web2"]), "{job}");
        if job["return"][0].as_object().unwrap().len() == 2 {
            break;
        }
    }
    assert_eq!(job["return"][0]["web1"], json!({"args": [7, "x"], "kwargs": {}}), "{job}");
    assert_eq!(job["info"][0]["Result"]["web1"]["success"], json!(true), "{job}");
    let jobs = json_of(&get(&lab, "/jobs", &token));
    assert!(jobs["return"][0][&jid]["Function"] == "test.arg" && jobs["return"][0][&jid]["Minions"].is_null(), "{jobs}");
    let unknown = json_of(&get(&lab, "/jobs/20200101000000000000", &token));
    assert!(unknown["info"][0]["Error"].is_string() && unknown["return"] == json!([{}]), "{unknown}");

    let keys = json_of(&get(&lab, "/keys", &token));
    assert!(keys["return"]["minions"] == json!(["web1", "web2"]) && keys["return"]["minions_pre"] == json!([]), "{keys}");
    let finger = json_of(&get(&lab, "/keys/web1", &token));
    let finger = finger["return"]["minions"]["web1"].as_str().unwrap();
    assert!(finger.len() == 95 && finger.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':'), "{finger}");
    let made = post(&lab, "/keys", &[], "mid=new1&keysize=2048&username=boss&password=correct+horse&eauth=sylvite");
    assert!(made.status == 200 && made.head.contains("application/x-tar") && made.head.contains("saltkeys-new1.tar"), "{}", made.head);
    assert!(made.body.contains("minion.pem") && made.body.contains("PRIVATE KEY") && made.body.contains("minion.pub"));
    assert!(json_of(&get(&lab, "/keys", &token))["return"]["minions"].to_string().contains("new1"));
    let refused = post(&lab, "/keys", &[], "mid=new2&username=fred&password=correct+horse&eauth=sylvite");
    assert!(refused.status == 401 && refused.body.contains("fred"), "{refused:#?}");
}

#[test]
fn programs_run_by_a_token_or_a_password_in_each_chunk() {
    let lab = guarded("");
    let json = [("Content-Type", "application/json")];
    let ask_run = |chunk: Value| post(&lab, "/run", &json, &json!([chunk]).to_string());
    let ping = |fields: Value| ask_run(with(json!({"client": "local", "tgt": "web1", "fun": "test.ping"}), fields));
    let by_password = ping(json!({"username": "fred", "password": "correct horse", "eauth": "sylvite"}));
    assert_eq!((by_password.status, by_password.body.as_str()), (200, r#"{"return":[{"web1":true}]}"#));
    assert!(!by_password.head.contains("set-cookie"), "{}", by_password.head);
    let creds = json!({"username": "boss", "password": "correct horse", "eauth": "sylvite"}).to_string();
    let made = json_of(&post(&lab, "/token", &json, &creds));
    let token = made[0]["token"].as_str().unwrap();
    assert!(token.len() == 64 && made[0]["name"] == "boss" && made[0]["expire"].is_f64(), "{made}");
    assert_eq!(ping(json!({"token": token})).status, 200);
    let refused = [
        (ping(json!({})), 401, "No authentication credentials given"),
        (ping(json!({"token": "../../etc/passwd"})), 401, "Invalid token"),
        (ping(json!({"token": "c0ffee"})), 401, "Authentication error occurred."),
        (ping(json!({"username": "fred", "password": "wrong", "eauth": "sylvite"})), 401, "Authentication error occurred."),
        (post(&lab, "/token", &json, r#"{"username": "boss"}"#), 400, "Require &#34;username&#34;"),
        (post(&lab, "/token", &json, &creds.replace("boss", "fred")), 401, "of type &#34;eauth&#34; occurred for user fred."),
    ];
    for (answer, status, text) in refused {
        assert!(answer.status == status && answer.body.contains(text), "{text}: {answer:#?}");
    }
    // Logins for one chunk ended with it: what is open is the token of boss.
    assert_eq!(tests::json(&lab, &["account", "logins"]).as_array().unwrap().len(), 1);
}

#[test]
fn bodies_answers_and_origins_are_negotiated_and_bounded() {
    let mut lab = guarded("");
    let boss = login(&lab, "boss");
    let auth = ("X-Auth-Token", boss.as_str());
    let yaml = post(
        &lab,
        "/",
        &[auth, ("Content-Type", "application/x-yaml"), ("Accept", "application/x-yaml")],
        "- {client: local, tgt: web1, fun: test.ping}\n",
    );
    assert_eq!((yaml.status, yaml.body.as_str()), (200, "return:\n- web1: true\n"));
    assert!(yaml.head.contains("content-type: application/x-yaml"), "{}", yaml.head);
    let form = post(&lab, "/", &[auth], "client=local&tgt=web1&fun=test.arg&arg=7&kwarg={n: 8}");
    assert_eq!(form.body, r#"{"return":[{"web1":{"args":[7],"kwargs":{"n":8}}}]}"#);
    for (answer, status, text) in [
        (post(&lab, "/", &[auth, ("Content-Type", "application/json")], "{"), 400, "Invalid JSON document"),
        (post(&lab, "/", &[auth, ("Content-Type", "text/csv")], "a"), 406, "Content type not supported"),
        (get(&lab, "/login", &[("Accept", "text/csv")]), 406, "application/x-yaml"),
        (get(&lab, "/nowhere", &[]), 404, "was not found"),
        (ask(&lab, "DELETE", "/login", &[], ""), 405, "invalid for this resource"),
        (post(&lab, "/", &[auth, ("Content-Type", "application/json")], &"[".repeat(100_001)), 413, "max_request_body_size"),
        (get(&lab, &format!("/events?token={boss}"), &[]), 400, "ends in logs"),
    ] {
        assert!(answer.status == status && answer.body.contains(text), "{text}: {answer:#?}");
    }
    assert!(ask(&lab, "DELETE", "/login", &[], "").head.contains("allow: get,head,post"));
    // Not one of ten thousand chunks is run.
    let many: Vec<Value> = (0..10_000).map(|_| json!({"fun": ""})).collect();
    let refused = post(&lab, "/", &[auth, ("Content-Type", "application/json")], &json!(many).to_string());
    assert!(refused.status == 413 || refused.body.contains("lowstate_limit"), "{}", refused.status);
    let some: Vec<Value> = (0..101).map(|_| json!({"client": "local", "tgt": "*", "fun": "test.ping"})).collect();
    let refused = run(&lab, &boss, json!(some));
    assert!(refused.status == 400 && refused.body.contains("101 chunks, and 100 are allowed (lowstate_limit)"), "{refused:#?}");
    assert!(tests::json(&lab, &["job", "list"]).as_array().unwrap().len() < 5);
    let packed = get(&lab, "/minions", &[auth, ("Accept-Encoding", "gzip")]);
    assert!(packed.head.contains("content-encoding: gzip"), "{}", packed.head);
    // A page of another place may ask first, and gets its origin back.
    let preflight = ask(&lab, "OPTIONS", "/login", &[("Origin", "https://gui.example")], "");
    assert!(preflight.status == 200 && preflight.head.contains("access-control-allow-origin: https://gui.example"), "{preflight:#?}");
    assert!(preflight.head.contains("access-control-allow-headers: content-type, x-auth-token, x-requested-with"), "{preflight:#?}");
    // Whoever sends half a request is not waited for, and holds up nobody.
    let mut slow = http::connect(&lab);
    std::io::Write::write_all(&mut slow, b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nuser").unwrap();
    assert_eq!(get(&lab, "/", &[]).status, 200);
    let mut said = String::new();
    std::io::Read::read_to_string(&mut slow, &mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 408"), "{said}");
    lab.check().unwrap();
}
