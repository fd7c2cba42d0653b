//! The table of all routes: what the server serves, what the document says, what tests go through.

use crate::nouns::Kind;

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
    /// A part of a list by range; `Content-Range` tells how many there are.
    Range(&'static str),
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

/// Every route: those of one kind, and the five of each noun of the catalogue.
pub fn routes() -> impl Iterator<Item = Route> {
    ROUTES.iter().copied().chain(Kind::ALL.iter().flat_map(|kind| of_kind(*kind)))
}

const ROUTES: &[Route] = &[
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
    post("/setup", "Setup", Answer::Made("Account"), "Make the first administrator, by the link of the first start."),
    get("/login/providers", None, Answer::List("Provider"), "Providers where people may log in with a browser."),
    post("/login/device", "DeviceAsk", Answer::One("DeviceStart"), "A command line asks for a login that a person gives it in a browser."),
    post("/login/device/token", "DevicePoll", Answer::One("DeviceState"), "It asks whether that was given; the login is told once."),
    post("/login/device/answer", "DeviceAnswer", Answer::Nothing, "Give a command line a login of one's own, or refuse it."),
    get("/login/device/{id}", None, Answer::One("DeviceView"), "Who asks, by the code."),
    get("/me", None, Answer::One("Me"), "Who asks, and what roles they have."),
    get("/me/logins", None, Answer::List("LoginView"), "One's own open logins."),
    delete("/me/logins", "End one's own logins, but for the one that asks."),
    delete("/me/logins/{id}", "End one of one's own logins."),
    Route {
        method: "POST",
        path: "/accounts/{id}/otp",
        summary: "Make a second factor for an account; the answer is the only one with its secret.",
        query: None,
        body: None,
        answer: Answer::Made("SecondFactor"),
    },
    delete("/accounts/{id}/otp", "Take the second factor of an account away."),
    get("/mappings/preview/{id}", None, Answer::List("MeasuredMapping"), "What the mappings give an account now."),
    get("/tokens", None, Answer::List("ApiToken"), "Tokens that programs show: one's own, or all for whoever may see them."),
    post("/tokens", "MakeApiToken", Answer::Made("MadeApiToken"), "Make a token; the answer is the only one with its secret."),
    delete("/tokens/{id}", "End a token."),
    get("/audit", Some("AuditFilter"), Answer::Page("AuditEntry"), "Entries of the audit log, newest first."),
    get("/audit/export", Some("AuditFilter"), Answer::Stream("AuditEntry"), "All entries of a time, oldest first; `since` is wanted."),
    get("/audit/checkpoints", None, Answer::List("Checkpoint"), "Signed notes of where the audit log ended."),
    post("/audit/verify", "AuditVerify", Answer::One("AuditReport"), "Check that the audit log is whole."),
    get("/hosts", Some("ListParams"), Answer::Range("Host"), "Hosts, with filter, order and range."),
    get("/hosts/{id}", None, Answer::One("Host"), "Show a host."),
    Route {
        method: "PATCH",
        path: "/hosts/{id}",
        summary: "Change what is said of a host; `If-Match` compares versions.",
        query: Some("ChangeParams"),
        body: Some("HostPatch"),
        answer: Answer::One("Host"),
    },
    delete("/hosts/{id}", "Forget a host."),
    Route {
        query: Some("ChangeParams"),
        ..post("/hosts/change", "ChangeHosts", Answer::One("HostsChanged"), "Change many hosts at once.")
    },
    get("/hosts/export", None, Answer::One("HostTable"), "All hosts as a table."),
    Route {
        query: Some("ChangeParams"),
        ..post("/hosts/import", "HostTable", Answer::One("HostsImported"), "Change hosts by a table: all of its rows, or none.")
    },
    get("/facts/history", Some("FactHistory"), Answer::Page("FactChange"), "How facts of hosts have changed, newest first."),
    get("/status", None, Answer::One("Status"), "The master at a glance."),
    get("/doctor", None, Answer::List("Finding"), "What the master finds when it looks at the usual faults."),
    get("/openapi.json", None, Answer::Document, "This document."),
];

macro_rules! of_kinds {
    ($($kind:ident $plural:literal $what:literal $a:literal;)*) => {
        /// The routes of a noun of the catalogue.
        const fn of_kind(kind: Kind) -> [Route; 6] {
            match kind {
                $(Kind::$kind => {
                    const SCHEMA: &str = stringify!($kind);
                    let (all, one) = (concat!("/", $plural), concat!("/", $plural, "/{id}"));
                    let change = Route { query: Some("ChangeParams"), ..post(one, SCHEMA, Answer::One(SCHEMA), "") };
                    [
                        get(all, Some("ListParams"), Answer::Range(SCHEMA), concat!("List ", $what, ", with filter, order and range.")),
                        Route {
                            query: Some("ChangeParams"),
                            ..post(all, SCHEMA, Answer::Made(SCHEMA), concat!("Make ", $a, "; `Idempotency-Key` makes it once."))
                        },
                        get(one, None, Answer::One(SCHEMA), concat!("Show ", $a, ", by its id or name.")),
                        Route { method: "PUT", summary: concat!("Write ", $a, " anew; `If-Match` compares versions."), ..change },
                        Route { method: "PATCH", summary: concat!("Change fields of ", $a, "; `If-Match` compares versions."), ..change },
                        delete(one, concat!("Delete ", $a, ".")),
                    ]
                })*
            }
        }
    };
}

of_kinds! {
    Role "roles" "roles" "a role";
    Binding "bindings" "bindings of roles" "a binding";
    Project "projects" "projects" "a project";
    Environment "environments" "environments" "an environment";
    Service "services" "services" "a service";
    Group "groups" "groups of hosts" "a group";
    Tag "tags" "tags" "a tag";
    Relation "relations" "relations" "a relation";
    Field "fields" "custom fields" "a custom field";
    Mapping "mappings" "mappings of groups of providers" "a mapping";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_noun_has_its_routes_under_its_own_name() {
        for kind in Kind::ALL {
            let routes = of_kind(*kind);
            assert!(routes.iter().all(|route| route.path.trim_start_matches('/').split('/').next() == Some(kind.plural())), "{kind:?}");
            assert_eq!(routes[0].answer, Answer::Range(kind.schema()));
        }
    }
}
