//! What the manager asks of the daemon.

use crate::{Caller, Estate, Followed, HostSaid, Need, Origin, OverSsh, People};
use api::{
    Account, AddAccount, ApiToken, ChangeAccount, ChangeKeys, CreateToken, ErrorCode, EventFilter, Explain, Explained, Finding, FireEvent,
    Fired, GrainChange, GrainFilter, JobEvent, JobFilter, JobSummary, JobView, JoinToken, KeyChange, KeyFilter, KeyHistoryFilter,
    KeysChanged, Login, LoginView, MadeApiToken, MakeApiToken, MasterKey, MinionFilter, MinionSummary, MinionView, NewToken, OpenLogin,
    Page, Preview, RunFunction, RunJob, RunResult, Setup, SignalJob, Signalled, Status, Submitted, WatchJob,
};
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use model::{JobId, Key, MinionId, Target};
use std::collections::BTreeMap;
use std::fmt;
use value::Map;

/// A stream that the daemon feeds; it ends when the daemon stops or nothing more can come.
pub type Stream<T> = BoxStream<'static, T>;

/// Why the daemon did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    /// Its kind.
    pub code: ErrorCode,
    /// What was refused and why.
    pub message: String,
    /// The way out, where one is known.
    pub hint: Option<String>,
    /// What is wrong, field by field, where it is about fields.
    pub errors: BTreeMap<String, String>,
}

impl Refusal {
    /// A refusal of a kind.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, errors: BTreeMap::new() }
    }

    /// The request makes no sense as it is.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Invalid, message)
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::NotFound, message)
    }

    /// This master does not do that.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unsupported, message)
    }

    /// A part that is needed is away.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unavailable, message)
    }

    /// Something broke.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Internal, message)
    }

    /// Fields make no sense.
    pub fn fields(message: impl Into<String>, errors: BTreeMap<String, String>) -> Self {
        Self { errors, ..Self::invalid(message) }
    }

    /// The same with a way out.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

/// The daemon as the manager sees it. Every call says who asks. The manager lets only administrators through to calls that no rule speaks
/// of; jobs, runners, wheel functions and what comes of them are judged by the daemon, by one policy for all ways in.
#[async_trait]
pub trait Control: Estate + People {
    /// Whether somebody may ask anything at all.
    ///
    /// Law: an administrator may; of others only those for whom there is a rule.
    fn admits(&self, caller: &Caller) -> bool {
        caller.is_administrator()
    }

    /// Whether somebody who is no administrator may do what a function of the master does.
    ///
    /// Law: it is judged by the rules for that function, and a refusal stands in the audit log.
    async fn permits(&self, caller: &Caller, need: Need) -> Result<(), Refusal> {
        let _ = need;
        Err(Refusal::new(ErrorCode::Forbidden, format!("{caller} may not administer this master")))
    }

    /// Makes the first administrator.
    ///
    /// Law: it happens once, and only as long as there is none.
    async fn setup(&self, request: Setup, origin: Origin) -> Result<Account, Refusal> {
        let _ = (request, origin);
        Err(Refusal::unsupported("this master keeps no accounts"))
    }

    /// Tokens that programs show: one's own, or all for whoever may see them.
    async fn api_tokens(&self, caller: &Caller) -> Result<Vec<ApiToken>, Refusal> {
        let _ = caller;
        Err(Refusal::unsupported("this master keeps no accounts"))
    }

    /// Makes a token.
    ///
    /// Law: it never may more than its owner, and the secret is told this once.
    async fn make_api_token(&self, caller: &Caller, request: MakeApiToken) -> Result<MadeApiToken, Refusal> {
        let _ = (caller, request);
        Err(Refusal::unsupported("this master keeps no accounts"))
    }

    /// Ends a token, by its id in that list.
    async fn delete_api_token(&self, caller: &Caller, id: &str) -> Result<(), Refusal> {
        let _ = (caller, id);
        Err(Refusal::unsupported("this master keeps no accounts"))
    }

    /// Opens a login.
    ///
    /// Law: whatever is wrong with it, the refusal is the same.
    async fn login(&self, request: Login, origin: Origin) -> Result<OpenLogin, Refusal> {
        let _ = (request, origin);
        Err(Refusal::unsupported("this master knows no logins"))
    }

    /// As [`Control::login`], for a program: the token has 64 digits.
    async fn token(&self, request: Login, origin: Origin) -> Result<OpenLogin, Refusal> {
        let _ = (request, origin);
        Err(Refusal::unsupported("this master knows no logins"))
    }

    /// Ends the login of a token; says whether there was one.
    async fn logout(&self, token: &str) -> Result<bool, Refusal> {
        let _ = token;
        Ok(false)
    }

    /// Whose token it is, shown from there.
    async fn whose(&self, token: &str, origin: &Origin) -> Option<Caller> {
        let _ = (token, origin);
        None
    }

    /// Comes back when the login of a token is over: a stream that was opened by it ends then.
    async fn until_over(&self, token: &str) {
        let _ = token;
    }

    /// Says whether somebody may do something, and why.
    async fn explain(&self, caller: &Caller, question: Explain) -> Result<Explained, Refusal> {
        let _ = (caller, question);
        Err(Refusal::unsupported("this master explains no rules"))
    }

    /// Accounts of this system's own, by name.
    async fn accounts(&self, caller: &Caller) -> Result<Vec<Account>, Refusal> {
        let _ = caller;
        Err(Refusal::unsupported("this master keeps no accounts"))
    }

    /// The account of a name.
    async fn account(&self, caller: &Caller, name: &str) -> Result<Account, Refusal> {
        let _ = (caller, name);
        Err(Refusal::unsupported("this master keeps no accounts"))
    }

    /// Makes an account.
    async fn add_account(&self, caller: &Caller, request: AddAccount) -> Result<Account, Refusal> {
        let _ = (caller, request);
        Err(Refusal::unsupported("this master keeps no accounts"))
    }

    /// Changes an account.
    ///
    /// Law: another password, other groups and another state end its logins.
    async fn change_account(&self, caller: &Caller, name: &str, request: ChangeAccount) -> Result<Account, Refusal> {
        let _ = (caller, name, request);
        Err(Refusal::unsupported("this master keeps no accounts"))
    }

    /// Deletes an account and ends its logins.
    async fn delete_account(&self, caller: &Caller, name: &str) -> Result<(), Refusal> {
        let _ = (caller, name);
        Err(Refusal::unsupported("this master keeps no accounts"))
    }

    /// Logins that are open.
    async fn logins(&self, caller: &Caller) -> Result<Vec<LoginView>, Refusal> {
        let _ = caller;
        Err(Refusal::unsupported("this master knows no logins"))
    }

    /// Ends a login by its id in that list.
    async fn end_login(&self, caller: &Caller, id: &str) -> Result<(), Refusal> {
        let _ = (caller, id);
        Err(Refusal::unsupported("this master knows no logins"))
    }

    /// Makes a job and sends it.
    ///
    /// Law: the job is stored, with its expected set, before any minion is sent it. Law: when no minion matches, no job is made and
    /// `Submitted::job` is `None`; that is no refusal.
    async fn submit(&self, caller: &Caller, request: RunJob) -> Result<Submitted, Refusal>;

    /// A job with all its minions and returns.
    async fn job(&self, caller: &Caller, id: JobId) -> Result<JobView, Refusal>;

    /// Jobs, newest first.
    async fn jobs(&self, caller: &Caller, filter: JobFilter) -> Result<Page<JobSummary>, Refusal>;

    /// Follows a job.
    ///
    /// Law: the stream begins with one `Stage` for each minion as it stands now, then the returns that are in; from there on every change,
    /// each once. Law: a return is told as `Returned` and its stage (`returned` or `failed`) as `Stage`, the return first. Law: a minion
    /// whose session ends while it has the job keeps its stage and gets the reason `offline since …`; when it is back the reason goes.
    /// Law: the stream ends with `Done`, or, unless `until_done`, with `Idle` once every minion that is there is at a final stage.
    async fn watch(&self, caller: &Caller, id: JobId, how: WatchJob) -> Result<Stream<JobEvent>, Refusal>;

    /// Signals the processes of a job.
    async fn signal(&self, caller: &Caller, id: JobId, signal: SignalJob) -> Result<Signalled, Refusal>;

    /// Runs something on hosts without an agent; what each of them said, by id.
    ///
    /// Law: it is judged as the same on minions of those ids is, a command of the shell as `cmd.run`.
    async fn over_ssh(&self, caller: &Caller, request: OverSsh) -> Result<Vec<(String, HostSaid)>, Refusal> {
        let _ = (caller, request);
        Err(Refusal::unsupported("this master runs nothing over SSH"))
    }

    /// Keys, by id.
    async fn keys(&self, caller: &Caller, filter: KeyFilter) -> Result<Vec<Key>, Refusal>;

    /// Accepts, rejects or deletes keys.
    ///
    /// Law: a deleted or rejected key's session ends at once, and no other does.
    async fn change_keys(&self, caller: &Caller, change: ChangeKeys) -> Result<KeysChanged, Refusal>;

    /// Changes of keys, newest first.
    async fn key_history(&self, caller: &Caller, filter: KeyHistoryFilter) -> Result<Vec<KeyChange>, Refusal>;

    /// The master's own key.
    async fn master_key(&self, caller: &Caller) -> Result<MasterKey, Refusal>;

    /// Join tokens that still live.
    async fn join_tokens(&self, caller: &Caller) -> Result<Vec<JoinToken>, Refusal>;

    /// Makes a join token.
    async fn create_join_token(&self, caller: &Caller, request: CreateToken) -> Result<NewToken, Refusal>;

    /// Ends a join token.
    async fn delete_join_token(&self, caller: &Caller, id: &str) -> Result<(), Refusal>;

    /// Minions, by id.
    async fn minions(&self, caller: &Caller, filter: MinionFilter) -> Result<Page<MinionSummary>, Refusal>;

    /// A minion with its grains.
    async fn minion(&self, caller: &Caller, id: &MinionId) -> Result<MinionView, Refusal>;

    /// Changes of a minion's grains, newest first.
    async fn grain_history(&self, caller: &Caller, id: &MinionId, filter: GrainFilter) -> Result<Vec<GrainChange>, Refusal>;

    /// Whom a target means now.
    async fn preview(&self, caller: &Caller, target: Target) -> Result<Preview, Refusal>;

    /// Calls a runner: a function of the master.
    async fn runner(&self, caller: &Caller, request: RunFunction) -> Result<RunResult, Refusal>;

    /// Calls a wheel function: one that manages the master itself.
    async fn wheel(&self, caller: &Caller, request: RunFunction) -> Result<RunResult, Refusal> {
        let _ = caller;
        Err(Refusal::unsupported(format!("this master has no wheel function `{}`", request.function)))
    }

    /// Follows the event bus; what is there at once comes as one piece.
    ///
    /// Law: events come in the order of their sequence, each once; what was left out is told by `Lagged`.
    async fn events(&self, caller: &Caller, filter: EventFilter) -> Result<Stream<Vec<Followed>>, Refusal>;

    /// Fires an event.
    async fn fire(&self, caller: &Caller, event: FireEvent) -> Result<Fired, Refusal>;

    /// Fires what a webhook was told, as it was told.
    async fn hook(&self, caller: &Caller, tag: String, data: Map) -> Result<Fired, Refusal> {
        let _ = (caller, tag, data);
        Err(Refusal::unsupported("this master takes no webhooks"))
    }

    /// The master at a glance.
    async fn status(&self, caller: &Caller) -> Result<Status, Refusal>;

    /// Looks at the usual faults.
    async fn doctor(&self, caller: &Caller) -> Result<Vec<Finding>, Refusal> {
        let _ = caller;
        Ok(Vec::new())
    }
}
