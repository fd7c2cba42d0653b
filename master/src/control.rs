//! What the manager asks of this daemon: the trait [`Control`], answered noun by noun.

mod access;
pub mod accounts;
mod api_tokens;
mod estate;
mod events;
mod jobs;
pub mod keys;
mod minions;
mod people;
mod status;
pub mod tokens;

use crate::core::Core;
use crate::policy::{self, Side};
use crate::runners;
use api::{
    Account, AddAccount, ApiToken, ChangeAccount, ChangeKeys, CreateToken, EventFilter, Explain, Explained, Finding, FireEvent, Fired,
    GrainChange, GrainFilter, JobEvent, JobFilter, JobSummary, JobView, JoinToken, KeyChange, KeyFilter, KeyHistoryFilter, KeysChanged,
    Login, LoginView, MadeApiToken, MakeApiToken, MasterKey, MinionFilter, MinionSummary, MinionView, NewToken, OpenLogin, Page, Preview,
    RunFunction, RunJob, RunResult, Setup, SignalJob, Signalled, Status, Submitted, WatchJob,
};
use async_trait::async_trait;
use manager::{Caller, Control, Followed, HostSaid, Need, Origin, OverSsh, Refusal, Stream};
use model::{JobId, Key, MinionId, Target, Timestamp};
use std::sync::Arc;
use std::time::Instant;
use value::Map;

pub use events::fire;
pub use jobs::{list, summary, view};
pub use minions::list as minions;
pub use status::status;
pub use tokens::create as create_token;

/// The daemon, as the manager sees it.
#[derive(Clone)]
pub struct Daemon(pub Arc<Core>);

#[async_trait]
impl Control for Daemon {
    async fn submit(&self, caller: &Caller, request: RunJob) -> Result<Submitted, Refusal> {
        let begin = Instant::now();
        let submitted = crate::jobs::submit(&self.0, caller, request).await;
        self.0.stats.count("publish", begin.elapsed());
        submitted
    }

    fn admits(&self, caller: &Caller) -> bool {
        self.0.settings().policy.admits(caller) || policy::roles::has_any(&self.0, caller, Timestamp::now())
    }

    async fn permits(&self, caller: &Caller, need: Need) -> Result<(), Refusal> {
        let side = if need.wheel { Side::Wheel } else { Side::Runner };
        let kwargs = Map::new();
        policy::require(&self.0, caller, policy::Ask::Master { side, function: need.function, args: &need.args, kwargs: &kwargs }).await
    }

    async fn setup(&self, request: Setup, origin: Origin) -> Result<Account, Refusal> {
        crate::setup::redeem(&self.0, request, origin).await
    }

    async fn api_tokens(&self, caller: &Caller) -> Result<Vec<ApiToken>, Refusal> {
        api_tokens::list(&self.0, caller).await
    }

    async fn make_api_token(&self, caller: &Caller, request: MakeApiToken) -> Result<MadeApiToken, Refusal> {
        api_tokens::make(&self.0, caller, request).await
    }

    async fn delete_api_token(&self, caller: &Caller, id: &str) -> Result<(), Refusal> {
        api_tokens::delete(&self.0, caller, id).await
    }

    async fn login(&self, request: Login, origin: Origin) -> Result<OpenLogin, Refusal> {
        access::login(&self.0, request, cmdb::LoginKind::Session, origin).await
    }

    async fn token(&self, request: Login, origin: Origin) -> Result<OpenLogin, Refusal> {
        access::login(&self.0, request, cmdb::LoginKind::Token, origin).await
    }

    async fn logout(&self, token: &str) -> Result<bool, Refusal> {
        crate::people::log_out(&self.0, token).await
    }

    async fn whose(&self, token: &str, origin: &Origin) -> Option<Caller> {
        self.0.logins.find(token, origin, Timestamp::now())
    }

    async fn until_over(&self, token: &str) {
        self.0.logins.over(token).await;
    }

    async fn explain(&self, _: &Caller, question: Explain) -> Result<Explained, Refusal> {
        access::explain(&self.0, question).await
    }

    async fn accounts(&self, _: &Caller) -> Result<Vec<Account>, Refusal> {
        accounts::list(&self.0).await
    }

    async fn account(&self, _: &Caller, name: &str) -> Result<Account, Refusal> {
        accounts::show(&self.0, name).await
    }

    async fn add_account(&self, caller: &Caller, request: AddAccount) -> Result<Account, Refusal> {
        accounts::add(&self.0, caller, request).await
    }

    async fn change_account(&self, caller: &Caller, name: &str, request: ChangeAccount) -> Result<Account, Refusal> {
        accounts::change(&self.0, caller, name, request).await
    }

    async fn delete_account(&self, caller: &Caller, name: &str) -> Result<(), Refusal> {
        accounts::delete(&self.0, caller, name).await
    }

    async fn logins(&self, _: &Caller) -> Result<Vec<LoginView>, Refusal> {
        Ok(accounts::logins(&self.0))
    }

    async fn end_login(&self, caller: &Caller, id: &str) -> Result<(), Refusal> {
        accounts::end_login(&self.0, caller, id).await
    }

    async fn job(&self, caller: &Caller, id: JobId) -> Result<JobView, Refusal> {
        access::of_job(&self.0, caller, id, "read").await?;
        jobs::view(&self.0, id).await
    }

    async fn jobs(&self, caller: &Caller, mut filter: JobFilter) -> Result<Page<JobSummary>, Refusal> {
        if !access::sees_all_jobs(&self.0, caller).await? {
            filter.user = Some(caller.name.clone());
        }
        jobs::list(&self.0, filter).await
    }

    async fn watch(&self, caller: &Caller, id: JobId, how: WatchJob) -> Result<Stream<JobEvent>, Refusal> {
        access::of_job(&self.0, caller, id, "read").await?;
        crate::jobs::watch(Arc::clone(&self.0), id, how).await
    }

    async fn signal(&self, caller: &Caller, id: JobId, signal: SignalJob) -> Result<Signalled, Refusal> {
        access::of_job(&self.0, caller, id, "change").await?;
        jobs::signal(&self.0, caller, id, signal).await
    }

    async fn over_ssh(&self, caller: &Caller, request: OverSsh) -> Result<Vec<(String, HostSaid)>, Refusal> {
        crate::agentless::run(&self.0, caller, request).await
    }

    async fn keys(&self, _: &Caller, filter: KeyFilter) -> Result<Vec<Key>, Refusal> {
        keys::list(&self.0, &filter).await
    }

    async fn change_keys(&self, caller: &Caller, change: ChangeKeys) -> Result<KeysChanged, Refusal> {
        keys::change(&self.0, caller, change).await
    }

    async fn key_history(&self, _: &Caller, filter: KeyHistoryFilter) -> Result<Vec<KeyChange>, Refusal> {
        keys::history(&self.0, filter).await
    }

    async fn master_key(&self, _: &Caller) -> Result<MasterKey, Refusal> {
        let public = self.0.key.to_pem().map_err(|error| Refusal::internal(error.to_string()))?;
        Ok(MasterKey { fingerprint: self.0.key.fingerprint(), public })
    }

    async fn join_tokens(&self, _: &Caller) -> Result<Vec<JoinToken>, Refusal> {
        tokens::list(&self.0).await
    }

    async fn create_join_token(&self, caller: &Caller, request: CreateToken) -> Result<NewToken, Refusal> {
        tokens::create(&self.0, caller, request).await
    }

    async fn delete_join_token(&self, caller: &Caller, id: &str) -> Result<(), Refusal> {
        tokens::delete(&self.0, caller, id).await
    }

    async fn minions(&self, _: &Caller, filter: MinionFilter) -> Result<Page<MinionSummary>, Refusal> {
        minions::list(&self.0, filter).await
    }

    async fn minion(&self, _: &Caller, id: &MinionId) -> Result<MinionView, Refusal> {
        minions::view(&self.0, id).await
    }

    async fn grain_history(&self, _: &Caller, id: &MinionId, filter: GrainFilter) -> Result<Vec<GrainChange>, Refusal> {
        minions::grain_history(&self.0, id, filter).await
    }

    async fn preview(&self, _: &Caller, target: Target) -> Result<Preview, Refusal> {
        let resolved = crate::targets::resolve(&self.0, &target).await?;
        let offline = crate::targets::absent(&self.0, &resolved.matched).await?;
        Ok(Preview { matched: resolved.matched, offline, refused: resolved.refused })
    }

    async fn runner(&self, caller: &Caller, request: RunFunction) -> Result<RunResult, Refusal> {
        let begin = Instant::now();
        let result = runners::run(&self.0, caller, Side::Runner, request).await;
        self.0.stats.count("runner", begin.elapsed());
        result
    }

    async fn wheel(&self, caller: &Caller, request: RunFunction) -> Result<RunResult, Refusal> {
        let begin = Instant::now();
        let result = runners::run(&self.0, caller, Side::Wheel, request).await;
        self.0.stats.count("wheel", begin.elapsed());
        result
    }

    async fn events(&self, _: &Caller, filter: EventFilter) -> Result<Stream<Vec<Followed>>, Refusal> {
        events::follow(Arc::clone(&self.0), filter).await
    }

    async fn fire(&self, caller: &Caller, event: FireEvent) -> Result<Fired, Refusal> {
        events::fire(&self.0, caller, event).await
    }

    async fn hook(&self, caller: &Caller, tag: String, data: Map) -> Result<Fired, Refusal> {
        events::hook(&self.0, caller, tag, data).await
    }

    async fn status(&self, _: &Caller) -> Result<Status, Refusal> {
        Ok(status::status(&self.0).await)
    }

    async fn doctor(&self, _: &Caller) -> Result<Vec<Finding>, Refusal> {
        Ok(crate::doctor::look(&self.0).await)
    }
}
