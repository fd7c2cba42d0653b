//! Logins at GitLab, through the real binaries and a real provider of OpenID Connect: `oidc-provider` of the npm registry with GitLab's
//! paths, claims and API. `cargo xtask test` installs it with npm and names its folder.

#[path = "support/browser.rs"]
mod browser;

use browser::{Browser, Page, origin};
use lab::{Lab, MASTER};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tests::{good, json as told, lab};

/// The folder with the packages; nothing, with a word, where `cargo xtask test` could not install them.
#[expect(clippy::print_stderr, reason = "whoever reads the log is to see that the test did not run")]
fn packages() -> Option<PathBuf> {
    if let Some(reason) = std::env::var_os("OIDC_PROVIDER_MISSING") {
        eprintln!("NOT RUN: the provider of logins is not there: {}", reason.display());
        return None;
    }
    let folder = std::env::var_os("OIDC_PROVIDER_FROM");
    Some(folder.expect("`cargo xtask test` installs the provider of logins and names its folder in OIDC_PROVIDER_FROM").into())
}

struct Gitlab {
    process: Child,
    url: String,
}

impl Drop for Gitlab {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Gitlab {
    fn start() -> Option<Self> {
        let packages = packages()?;
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("oidc/provider.mjs");
        let own = packages.join("node_modules/.bin/node");
        let mut command = Command::new(if own.exists() { own } else { "node".into() });
        command.arg(script).env("OIDC_PACKAGES", packages).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("this test needs Node.js 20 or later");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().to_owned();
        assert!(url.starts_with("http://"), "the provider did not come up: {line:?}");
        Some(Self { process, url })
    }

    /// Changes what it says.
    fn say(&self, what: &Value) {
        assert_eq!(Browser::default().ask("POST", &format!("{}/control", self.url), &[], &what.to_string()).status, 200);
    }
}

fn configuration(gitlab: &Gitlab, more: &str) -> String {
    format!(
        "auto_accept: true\napi: {{host: 127.0.0.1, port: 0, disable_ssl: true}}\noidc: {{gitlab: {{kind: gitlab, title: GitLab, issuer: '{}', \
         client_id: sylvite, client_secret: secret of sylvite, every: 1, ask: ops@example.com{more}}}}}\n",
        gitlab.url
    )
}

fn master(gitlab: &Gitlab, more: &str) -> (Lab, String) {
    let mut lab = lab();
    lab.start_master(&configuration(gitlab, more)).unwrap();
    let port = std::fs::read_to_string(lab.path("master/cache/api_port")).unwrap();
    (lab, format!("http://127.0.0.1:{}", port.trim()))
}

/// Begins a login and goes on to the provider's answer, which is not yet given to the master.
fn answer_of(browser: &mut Browser, api: &str, person: &str) -> String {
    let begun = browser.get(&format!("{api}/auth/gitlab/login?return_to=/auth"));
    assert_eq!(begun.status, 303, "{begun:#?}");
    let page = browser.follow(begun, "/auth/gitlab/callback");
    let back = if (300..400).contains(&page.status) {
        page
    } else {
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let sent = browser.ask("POST", &page.url, &[form], &format!("prompt=login&login={person}&password=x"));
        browser.follow(sent, "/auth/gitlab/callback")
    };
    back.location()
}

fn log_in(browser: &mut Browser, api: &str, person: &str) -> Page {
    let answer = answer_of(browser, api, person);
    browser.get(&answer)
}

fn me(browser: &mut Browser, api: &str) -> Page {
    browser.get(&format!("{api}/api/v1/me"))
}

fn body(page: &Page) -> Value {
    serde_json::from_str(&page.body).unwrap_or_else(|error| panic!("{error}: {page:#?}"))
}

/// What a mapping and a project with a number at GitLab give.
fn estate(lab: &Lab) {
    good(lab, &["project", "add", "shop", "gitlab_id=501"]);
    good(lab, &["mapping", "add", "provider=gitlab", "path=acme/ops", "level=30", "role=operator", "scope=system"]);
}

#[test]
fn who_is_in_a_group_or_project_at_gitlab_has_its_roles_and_a_session() {
    let Some(gitlab) = Gitlab::start() else { return };
    let (lab, api) = master(&gitlab, "");
    estate(&lab);
    let mut anna = Browser::default();
    let back = log_in(&mut anna, &api, "7");
    assert!(back.status == 303 && back.location() == format!("{api}/auth"), "{back:#?}");
    let cookie = back.head.lines().find(|line| line.to_lowercase().starts_with("set-cookie")).unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let who = body(&me(&mut anna, &api));
    assert_eq!((&who["user"], &who["administrator"]), (&json!("anna"), &json!(false)), "{who:#}");
    let roles = who["roles"].to_string();
    assert!(roles.contains("operator") && roles.contains("maintainer") && roles.contains("shop"), "{roles}");
    let account = told(&lab, &["account", "list"]);
    assert!(account.to_string().contains("oidc:gitlab:7") && account.to_string().contains("Anna Müller"), "{account:#}");
    // A cookie alone changes nothing; with the page's word it does.
    let csrf = who["csrf"].as_str().unwrap().to_owned();
    let kind = ("Content-Type", "application/json");
    let make = |browser: &mut Browser, headers: &[(&str, &str)]| {
        browser.ask("POST", &format!("{api}/api/v1/services"), headers, &json!({"name": "web", "project": "shop"}).to_string()).status
    };
    assert_eq!(make(&mut anna, &[kind]), 403);
    assert_eq!(make(&mut anna, &[kind, ("X-CSRF-Token", &csrf)]), 201);
    // Sessions are seen and ended; the end is told to the provider and the cookie goes.
    let sessions = body(&anna.get(&format!("{api}/api/v1/me/logins")));
    assert!(sessions[0]["agent"] == "browser of a test" && sessions.as_array().unwrap().len() == 1, "{sessions:#}");
    assert_eq!(anna.ask("POST", &format!("{api}/auth/logout"), &[("X-CSRF-Token", &csrf)], "").status, 204);
    assert_eq!(me(&mut anna, &api).status, 401);
    // Whoever has no role is told whom to ask, in both languages.
    let nobody = log_in(&mut Browser::default(), &api, "9");
    assert!(nobody.status == 403 && nobody.body.contains("ops@example.com") && nobody.body.contains("没有权限"), "{nobody:#?}");
    // What a person does stands in the log under the person's name.
    let logins = told(&lab, &["audit", "list", "--verb", "login"]);
    assert!(logins.to_string().contains("anna@sylvite") && logins.to_string().contains("no role"), "{logins:#}");
    let given = told(&lab, &["audit", "list", "--verb", "binding.create"]);
    assert!(given.to_string().contains("\"gitlab\""), "{given:#}");
}

#[test]
fn roles_follow_gitlab_at_the_next_login_and_in_the_background_and_hand_made_ones_stay() {
    let Some(gitlab) = Gitlab::start() else { return };
    let (mut lab, api) = master(&gitlab, ", api_token: token of the group");
    estate(&lab);
    let mut anna = Browser::default();
    log_in(&mut anna, &api, "7");
    good(&lab, &["binding", "add", "subject=user:anna", "role=viewer", "scope=system"]);
    let preview = told(&lab, &["account", "mappings", "anna"]);
    assert!(preview.to_string().contains("maintainer"), "{preview:#}");
    // The person has another name there, and the same number: it is the same account. The name is somebody else's by now.
    gitlab.say(&json!({"people": {"7": {"username": "anna2", "groups": {}, "projects": {"renamed/shop": [501, 30]}}, "10": {"username": "anna", "name": "Another", "projects": {"renamed/shop": [501, 20]}}}}));
    lab.until("roles follow", |_| {
        let roles = body(&me(&mut anna, &api))["roles"].to_string();
        Ok(!roles.contains("operator") && roles.contains("developer") && roles.contains("viewer"))
    })
    .unwrap();
    assert_eq!(body(&me(&mut anna, &api))["user"], "anna");
    let mut other = Browser::default();
    log_in(&mut other, &api, "10");
    let who = body(&me(&mut other, &api));
    assert!(who["user"] == "anna-gitlab" && !who["roles"].to_string().contains("developer"), "{who:#}");
    // A hundred groups and more.
    let many: serde_json::Map<String, Value> = (0..230).map(|n| (format!("g/{n}"), json!([1000 + n, 30]))).collect();
    gitlab.say(&json!({"people": {"7": {"groups": many}}}));
    good(&lab, &["mapping", "add", "provider=gitlab", "path=g/229", "role=auditor", "scope=system"]);
    log_in(&mut anna, &api, "7");
    assert!(body(&me(&mut anna, &api))["roles"].to_string().contains("auditor"));
}

#[test]
fn who_is_blocked_or_removed_at_gitlab_is_out_with_tokens_and_all() {
    let Some(gitlab) = Gitlab::start() else { return };
    let (mut lab, api) = master(&gitlab, ", api_token: token of the group");
    estate(&lab);
    let (mut anna, mut bert) = (Browser::default(), Browser::default());
    log_in(&mut anna, &api, "7");
    log_in(&mut bert, &api, "8");
    let token = good(&lab, &["token", "add", "ci", "--account", "anna"]).stdout.trim().to_owned();
    let by_token = |token: &str| Browser::default().ask("GET", &format!("{api}/api/v1/me"), &[("X-Auth-Token", token)], "").status;
    assert_eq!(by_token(&token), 200);
    gitlab.say(&json!({"people": {"7": {"blocked": true}, "8": null}}));
    lab.until("both are out", |_| Ok(me(&mut anna, &api).status == 401 && me(&mut bert, &api).status == 401 && by_token(&token) == 401))
        .unwrap();
    let accounts = told(&lab, &["account", "list"]).to_string();
    assert!(accounts.matches("disabled").count() == 2, "{accounts}");
    assert!(!told(&lab, &["binding", "list"]).to_string().contains("user:anna"));
    let begun = anna.get(&format!("{api}/auth/gitlab/login"));
    assert!(anna.follow(begun, "/auth/gitlab/callback").status >= 400, "the provider knows nobody of that number");
    // Unblocked there, a person comes back; disabled here, not.
    gitlab.say(&json!({"people": {"7": {"blocked": false}}}));
    log_in(&mut anna, &api, "7");
    assert_eq!(me(&mut anna, &api).status, 200);
    good(&lab, &["account", "disable", "anna"]);
    assert_eq!(me(&mut anna, &api).status, 401);
    assert_eq!(log_in(&mut anna, &api, "7").status, 403);
}

#[test]
fn without_a_token_of_its_own_the_master_asks_in_the_name_of_each_person() {
    let Some(gitlab) = Gitlab::start() else { return };
    let (mut lab, api) = master(&gitlab, "");
    estate(&lab);
    let mut anna = Browser::default();
    log_in(&mut anna, &api, "7");
    gitlab.say(&json!({"people": {"7": {"groups": {}}}}));
    lab.until("the role of the group is gone", |_| Ok(!body(&me(&mut anna, &api))["roles"].to_string().contains("operator"))).unwrap();
    // Also after a restart: what it asks by stands in the database, and nobody reads it there.
    lab.end(MASTER, lab::Signal::SIGTERM).unwrap();
    let database =
        std::fs::read(lab.path("master/cache/cmdb.sqlite")).or_else(|_| std::fs::read(lab.path("master/cache/cmdb.db"))).unwrap();
    assert!(!String::from_utf8_lossy(&database).contains("secret of sylvite"));
    let port = api.rsplit_once(':').unwrap().1.to_owned();
    lab.start_master(&configuration(&gitlab, "").replace("port: 0", &format!("port: {port}"))).unwrap();
    assert_eq!(me(&mut anna, &api).status, 200);
    gitlab.say(&json!({"people": {"7": {"blocked": true}}}));
    lab.until("she is out", |_| Ok(me(&mut anna, &api).status == 401)).unwrap();
}

#[test]
fn a_provider_that_is_away_or_slow_ends_no_session_and_lets_nobody_in() {
    let Some(gitlab) = Gitlab::start() else { return };
    let (mut lab, api) = master(&gitlab, "");
    estate(&lab);
    let mut anna = Browser::default();
    log_in(&mut anna, &api, "7");
    let answer = answer_of(&mut Browser::default(), &api, "8");
    gitlab.say(&json!({"down": true}));
    assert!(anna.get(&answer).status >= 400);
    let mut bert = Browser::default();
    let away = bert.get(&answer);
    assert!(away.status == 401, "the code is another browser's: {away:#?}");
    lab.until("a round was missed", |lab| {
        Ok(lab.log(MASTER).contains("502") || body(&anna.get(&format!("{api}/api/v1/login/providers")))[0]["trouble"].is_string())
    })
    .unwrap();
    assert_eq!(me(&mut anna, &api).status, 200, "who is in stays in for a while");
    gitlab.say(&json!({}));
    assert_eq!(log_in(&mut bert, &api, "8").status, 303);
}

#[test]
fn whatever_a_provider_or_a_stranger_lies_about_nobody_gets_in() {
    let Some(gitlab) = Gitlab::start() else { return };
    let (lab, api) = master(&gitlab, "");
    estate(&lab);
    for lie in ["iss", "aud", "nonce", "expired", "sub", "none", "shared", "key"] {
        gitlab.say(&json!({"lie": lie}));
        let mut browser = Browser::default();
        let page = log_in(&mut browser, &api, "7");
        assert_eq!((page.status, me(&mut browser, &api).status), (401, 401), "{lie}: {page:#?}");
    }
    gitlab.say(&json!({}));
    // Another state, none, an answer twice, one of another browser, of another provider, a code that is none or another client's.
    let mut browser = Browser::default();
    let answer = answer_of(&mut browser, &api, "7");
    let (place, query) = answer.split_once('?').unwrap();
    let part = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap_or_default().to_owned();
    let (code, state) = (part("code"), part("state"));
    for bad in [format!("{place}?code={code}&state=other"), format!("{place}?code={code}"), place.to_owned()] {
        assert_eq!(browser.get(&bad).status, 401, "{bad}");
    }
    assert_eq!(Browser::default().get(&answer).status, 401, "another browser");
    assert_eq!(browser.get(&answer).status, 401, "it was used up by the stranger");
    for change in ["code=bogus", "iss=https://evil.example", "error=access_denied"] {
        let answer = answer_of(&mut browser, &api, "7");
        let (name, _) = change.split_once('=').unwrap();
        let (place, query) = answer.split_once('?').unwrap();
        let rest: Vec<_> = query.split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
        assert_eq!(browser.get(&format!("{place}?{}&{change}", rest.join("&"))).status, 401, "{change}");
    }
    let answer = answer_of(&mut browser, &api, "7");
    assert_eq!(browser.get(&answer).status, 303);
    assert_eq!(browser.get(&answer).status, 401, "a second time");
    // No open redirect.
    for away in ["https://evil.example/", "//evil.example", "/%5Cevil.example"] {
        let begun = browser.get(&format!("{api}/auth/gitlab/login?return_to={away}"));
        let back = browser.follow(begun, "/auth/gitlab/callback").location();
        assert_eq!(browser.get(&back).location(), format!("{api}/auth"), "{away}");
    }
    assert_eq!(browser.get(&format!("{api}/auth/nobody/login")).status, 404);
    let refused = told(&lab, &["audit", "list", "--verb", "login", "--result", "refused"]);
    assert!(refused.as_array().unwrap().len() >= 14, "{refused:#}");
    let _ = (state, origin(&api));
}

#[test]
fn a_provider_that_says_it_is_somebody_else_is_not_used() {
    let Some(gitlab) = Gitlab::start() else { return };
    gitlab.say(&json!({"issuer": "https://evil.example"}));
    let (_lab, api) = master(&gitlab, "");
    let page = Browser::default().get(&format!("{api}/auth/gitlab/login"));
    assert_eq!(page.status, 401, "{page:#?}");
}

#[test]
fn a_command_line_is_let_in_by_a_browser_and_may_no_more_than_its_person() {
    let Some(gitlab) = Gitlab::start() else { return };
    let (lab, api) = master(&gitlab, "");
    estate(&lab);
    let mut anna = Browser::default();
    log_in(&mut anna, &api, "7");
    let csrf = body(&me(&mut anna, &api))["csrf"].as_str().unwrap().to_owned();
    let kind = ("Content-Type", "application/json");
    let begin = || body(&Browser::default().ask("POST", &format!("{api}/api/v1/login/device"), &[kind], r#"{"name":"laptop"}"#));
    let poll = |device: &Value| {
        let ask = json!({"device_code": device["device_code"]}).to_string();
        Browser::default().ask("POST", &format!("{api}/api/v1/login/device/token"), &[kind], &ask)
    };
    let answer = |anna: &mut Browser, device: &Value, give: bool| {
        let body = json!({"user_code": device["user_code"], "give": give}).to_string();
        anna.ask("POST", &format!("{api}/api/v1/login/device/answer"), &[kind, ("X-CSRF-Token", &csrf)], &body).status
    };
    let device = begin();
    assert_eq!(body(&poll(&device))["state"], "pending");
    let view = body(&anna.get(&format!("{api}/api/v1/login/device/{}", device["user_code"].as_str().unwrap())));
    assert_eq!(view["name"], "laptop");
    assert_eq!(answer(&mut anna, &device, true), 204);
    let given = body(&poll(&device));
    let token = given["login"]["token"].as_str().unwrap_or_else(|| panic!("{given:#}")).to_owned();
    let who = body(&Browser::default().ask("GET", &format!("{api}/api/v1/me"), &[("X-Auth-Token", &token)], ""));
    assert!(who["user"] == "anna" && who["administrator"] == false, "{who:#}");
    assert_eq!(poll(&device).status, 401, "the login is told once");
    let denied = begin();
    assert_eq!(answer(&mut anna, &denied, false), 204);
    assert_eq!(body(&poll(&denied))["state"], "denied");
    assert_eq!(answer(&mut anna, &json!({"user_code": "BBBB-BBBB"}), true), 404);
    // A stranger gives nothing.
    let stranger = begin();
    let body = json!({"user_code": stranger["user_code"], "give": true}).to_string();
    assert_eq!(Browser::default().ask("POST", &format!("{api}/api/v1/login/device/answer"), &[kind], &body).status, 401);
}
