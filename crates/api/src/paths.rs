//! The table of all routes: what the server serves, what the document says, what tests go through.

/// One route.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// Method, in capitals.
    pub method: &'static str,
    /// Path under [`crate::BASE`]; `{id}` is the variable part.
    pub path: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// Schema of the query.
    pub query: Option<&'static str>,
    /// Schema of the body.
    pub body: Option<&'static str>,
    /// What it answers.
    pub answer: Answer,
}

/// What a route answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// One value of a schema.
    One(&'static str),
    /// One value of a schema that was made now (201).
    Made(&'static str),
    /// A list of them.
    List(&'static str),
    /// A part of a long list.
    Page(&'static str),
    /// A stream of them: JSON lines, or server-sent events when `text/event-stream` is accepted.
    Stream(&'static str),
    /// Nothing (204).
    Nothing,
    /// This document.
    Document,
}

const fn get(path: &'static str, query: Option<&'static str>, answer: Answer, summary: &'static str) -> Route {
    Route { method: "GET", path, summary, query, body: None, answer }
}

const fn post(path: &'static str, body: &'static str, answer: Answer, summary: &'static str) -> Route {
    Route { method: "POST", path, summary, query: None, body: Some(body), answer }
}

const fn delete(path: &'static str, summary: &'static str) -> Route {
    Route { method: "DELETE", path, summary, query: None, body: None, answer: Answer::Nothing }
}

/// Every route.
pub const ROUTES: &[Route] = &[
    Route {
        query: Some("RunQuery"),
        ..post("/jobs", "RunJob", Answer::One("Submitted"), "Run functions on minions; with `watch`, follow the job in the same answer.")
    },
    get("/jobs", Some("JobFilter"), Answer::Page("JobSummary"), "List jobs, newest first."),
    get("/jobs/{id}", None, Answer::One("JobView"), "Show a job with all its minions and returns."),
    get("/jobs/{id}/watch", Some("WatchJob"), Answer::Stream("JobEvent"), "Follow a job."),
    post("/jobs/{id}/signal", "SignalJob", Answer::One("Signalled"), "Signal the processes of a job."),
    get("/keys", Some("KeyFilter"), Answer::List("Key"), "List keys of minions."),
    post("/keys/change", "ChangeKeys", Answer::One("KeysChanged"), "Accept, reject or delete keys."),
    get("/keys/history", Some("KeyHistoryFilter"), Answer::List("KeyChange"), "Changes of keys, newest first."),
    get("/keys/master", None, Answer::One("MasterKey"), "The master's own key."),
    get("/join-tokens", None, Answer::List("JoinToken"), "Join tokens that still live."),
    post("/join-tokens", "CreateToken", Answer::Made("NewToken"), "Make a join token; the answer is the only one with its secret."),
    delete("/join-tokens/{id}", "End a join token."),
    get("/minions", Some("MinionFilter"), Answer::Page("MinionSummary"), "List minions."),
    get("/minions/{id}", None, Answer::One("MinionView"), "Show a minion with its grains."),
    get("/minions/{id}/grains/history", Some("GrainFilter"), Answer::List("GrainChange"), "Changes of a minion's grains, newest first."),
    post("/targets/preview", "Target", Answer::One("Preview"), "Whom a target means now."),
    post("/runners", "RunFunction", Answer::One("RunResult"), "Call a runner."),
    post("/wheel", "RunFunction", Answer::One("RunResult"), "Call a wheel function."),
    get("/events", Some("EventFilter"), Answer::Stream("EventItem"), "Follow the event bus; `Last-Event-ID` resumes."),
    post("/events", "FireEvent", Answer::One("Fired"), "Fire an event."),
    post("/login", "Login", Answer::One("OpenLogin"), "Log in by a backend of `external_auth`."),
    Route { method: "POST", path: "/logout", summary: "End a login.", query: None, body: None, answer: Answer::Nothing },
    post("/policy/explain", "Explain", Answer::One("Explained"), "Why somebody may or may not do something."),
    get("/accounts", None, Answer::List("Account"), "Accounts of this system's own."),
    post("/accounts", "AddAccount", Answer::Made("Account"), "Make an account."),
    get("/accounts/{id}", None, Answer::One("Account"), "Show an account, by its name."),
    Route {
        method: "PATCH",
        path: "/accounts/{id}",
        summary: "Change an account; its logins end when its password, groups or state change.",
        query: None,
        body: Some("ChangeAccount"),
        answer: Answer::One("Account"),
    },
    delete("/accounts/{id}", "Delete an account and end its logins."),
    get("/logins", None, Answer::List("LoginView"), "Logins that are open."),
    delete("/logins/{id}", "End a login."),
    get("/status", None, Answer::One("Status"), "The master at a glance."),
    get("/doctor", None, Answer::List("Finding"), "What the master finds when it looks at the usual faults."),
    get("/openapi.json", None, Answer::Document, "This document."),
];
