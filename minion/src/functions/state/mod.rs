//! State runs: pillar, top file or names, compile, engine; and the `show_*` functions that stop on the way.

mod control;
mod disable;
mod plan;
pub(crate) mod prepare;
mod refusal;
pub(crate) mod request;
mod requests;
mod run;
mod services;
mod show;
mod single;

use super::flatten;
use refusal::problem_texts;
use request::Meant;
use sdk::{Action, Args, Cx, Failure, Returned, Value};

pub use control::{GetPauses, Pause, Resume, SoftKill};
pub use disable::{Disable, Enable, ListDisabled};
pub use plan::{Plan, PlanApply, PlanList, PlanShow};
pub use requests::{CheckRequest, ClearRequest, Request, RunRequest};
pub use services::progress;
pub use show::{IdExists, ShowHighstate, ShowLowSls, ShowLowstate, ShowSls, ShowStateUsage, ShowStates, ShowTop, SlsExists};
pub use single::{High, Low, Single, Template, TemplateStr};

sdk::module!(
    state,
    [
        Apply,
        Highstate,
        Sls,
        SlsId,
        Top,
        Plan,
        PlanApply,
        PlanList,
        PlanShow,
        Test,
        Running,
        Single,
        Template,
        TemplateStr,
        High,
        Low,
        ShowHighstate,
        ShowLowstate,
        ShowSls,
        ShowLowSls,
        ShowTop,
        ShowStates,
        ShowStateUsage,
        SlsExists,
        IdExists,
        Request,
        CheckRequest,
        ClearRequest,
        RunRequest,
        Pause,
        Resume,
        SoftKill,
        GetPauses,
        Disable,
        Enable,
        ListDisabled,
    ]
);

/// Apply the states of this minion, or those of some SLS.
///
/// Without names it is `state.highstate`, with names `state.sls`.
///
/// ```salt
/// salt 'web*' state.apply nginx,php test=True
/// ```
#[derive(Args)]
pub struct Apply {
    /// Names of SLS, with commas between them or as a list.
    mods: Option<Value>,
    /// Only predict what would change.
    #[arg(named)]
    test: Option<bool>,
    /// Pillar of the caller, which wins over that of the files.
    #[arg(named)]
    pillar: Option<Value>,
    /// Environment of pillar.
    #[arg(named)]
    pillarenv: Option<String>,
    /// Environment of states.
    #[arg(named)]
    saltenv: Option<String>,
    /// SLS names, patterns or `{id: …}` to leave out.
    #[arg(named)]
    exclude: Option<Value>,
    /// Wait for another run instead of being refused; a number: unless so many wait already.
    #[arg(named)]
    queue: Option<Value>,
    /// Run beside another run.
    #[arg(named, default = false)]
    concurrent: bool,
    /// Call no state, only go through the requisites.
    #[arg(named, default = false)]
    mock: bool,
    /// Names of the only states of the top file to run.
    #[arg(named)]
    whitelist: Option<Value>,
    /// Id of a plan of `state.plan`: it is applied, if it still holds.
    #[arg(named)]
    plan: Option<Value>,
    /// Known for compatibility: custom parts come with the files.
    #[arg(named, ignored)]
    sync_mods: Option<Value>,
}

impl Apply {
    fn options(&self) -> prepare::Options {
        prepare::Options {
            test: self.test,
            pillar: self.pillar.clone(),
            pillarenv: self.pillarenv.clone(),
            saltenv: self.saltenv.clone(),
            exclude: self.exclude.clone(),
            queue: self.queue.clone(),
            concurrent: self.concurrent,
            mock: self.mock,
            whitelist: flatten(self.whitelist.as_ref()),
        }
    }
}

impl Action for Apply {
    type Output = Returned;

    async fn call(self, cx: &Cx) -> Result<Returned, Failure> {
        if let Some(id) = &self.plan {
            return plan::apply(cx, "state.apply", id, self.queue.clone(), plan::Rehearsal::Wanted).await;
        }
        run::states(cx, "state.apply", &self.options(), Meant::of(flatten(self.mods.as_ref())), None).await
    }
}

macro_rules! like_apply {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* } |$me:ident, $cx:ident, $options:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            $($(#[$field_doc])* $field: $type,)*
            /// Only predict what would change.
            #[arg(named)]
            test: Option<bool>,
            /// Pillar of the caller, which wins over that of the files.
            #[arg(named)]
            pillar: Option<Value>,
            /// Environment of pillar.
            #[arg(named)]
            pillarenv: Option<String>,
            /// Environment of states.
            #[arg(named)]
            saltenv: Option<String>,
            /// SLS names, patterns or `{id: …}` to leave out.
            #[arg(named)]
            exclude: Option<Value>,
            /// Wait for another run instead of being refused; a number: unless so many wait already.
            #[arg(named)]
            queue: Option<Value>,
            /// Run beside another run.
            #[arg(named, default = false)]
            concurrent: bool,
            /// Call no state, only go through the requisites.
            #[arg(named, default = false)]
            mock: bool,
            /// Names of the only states of the top file to run.
            #[arg(named)]
            whitelist: Option<Value>,
        }

        impl Action for $name {
            type Output = Returned;

            async fn call(self, $cx: &Cx) -> Result<Returned, Failure> {
                let $me = self;
                let $options = prepare::Options {
                    test: $me.test,
                    pillar: $me.pillar.clone(),
                    pillarenv: $me.pillarenv.clone(),
                    saltenv: $me.saltenv.clone(),
                    exclude: $me.exclude.clone(),
                    queue: $me.queue.clone(),
                    concurrent: $me.concurrent,
                    mock: $me.mock,
                    whitelist: flatten($me.whitelist.as_ref()),
                };
                $body
            }
        }
    };
}

like_apply! {
    /// Apply the states that the top file gives this minion.
    ///
    /// ```salt
    /// salt '*' state.highstate test=True
    /// ```
    Highstate {} |me, cx, options| run::states(cx, "state.highstate", &options, Meant::Top(None), None).await
}

like_apply! {
    /// Apply some SLS.
    ///
    /// ```salt
    /// salt '*' state.sls nginx,php pillar='{port: 8080}'
    /// ```
    Sls {
        /// Names of SLS, with commas between them or as a list.
        mods: Value
    } |me, cx, options| run::states(cx, "state.sls", &options, Meant::Names(flatten(Some(&me.mods))), None).await
}

like_apply! {
    /// Predict what the states would change: `state.apply` with `test=True`.
    ///
    /// ```salt
    /// salt '*' state.test nginx
    /// ```
    Test {
        /// Names of SLS, with commas between them or as a list.
        mods: Option<Value>
    } |me, cx, options| {
        let options = prepare::Options { test: Some(true), ..options };
        run::states(cx, "state.test", &options, Meant::of(flatten(me.mods.as_ref())), None).await
    }
}

like_apply! {
    /// Apply states of an SLS by their ids, with all that they require.
    ///
    /// ```salt
    /// salt '*' state.sls_id nginx_conf nginx
    /// ```
    SlsId {
        /// Ids, with commas between them or as a list.
        id: Value,
        /// Names of SLS.
        mods: Value
    } |me, cx, options| {
        let names = Meant::Names(flatten(Some(&me.mods)));
        run::states(cx, "state.sls_id", &options, names, Some(flatten(Some(&me.id)))).await
    }
}

like_apply! {
    /// Apply the states of another top file.
    ///
    /// ```salt
    /// salt '*' state.top reverse_top.sls
    /// ```
    Top {
        /// Path of the top file in the environment.
        topfn: String
    } |me, cx, options| run::states(cx, "state.top", &options, Meant::Top(Some(me.topfn)), None).await
}

/// List the state runs that would make another one wait.
///
/// ```salt
/// salt '*' state.running
/// ```
#[derive(Args)]
pub struct Running {
    /// Show the runs as data instead of sentences.
    #[arg(default = false)]
    concurrent: bool,
}

impl sdk::Query for Running {
    type Output = Value;

    async fn call(self, read: &sdk::Read) -> Result<Value, Failure> {
        if self.concurrent {
            return Ok(Value::List(Vec::new()));
        }
        let own = read.facts().job;
        let runs = super::desk(read)?.core.running.all().into_iter().filter(|entry| Some(entry.job.id) != own);
        let state_runs = runs.filter(|entry| entry.job.calls.iter().any(|call| call.function.module() == "state"));
        Ok(Value::List(state_runs.map(|entry| Value::from(crate::lock::Holder::of(&entry).refusal())).collect()))
    }
}

/// The answer to a run without any state.
fn no_states(comment: &str) -> Returned {
    Returned { value: engine::Report::no_states(comment), retcode: 2, out: Some("highstate") }
}

/// A run that was refused, or whose compile failed: a list of reasons.
fn refused(reasons: Vec<String>, retcode: i32) -> Returned {
    Returned { value: Value::List(reasons.into_iter().map(Value::from).collect()), retcode, out: Some("highstate") }
}
