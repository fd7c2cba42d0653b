//! What a run would be: top file, high data, low data.

use super::prepare::{self, Options};
use super::{problem_texts, refused, request};
use crate::desk::Desk;
use crate::functions::flatten;
use crate::tree::Tree;
use model::Problem;
use sdk::{Args, Failure, Map, Query, Read, Returned, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Prepares, and then works where waiting is allowed.
async fn show<T, F>(read: &Read, options: Options, work: F) -> Result<Returned, Failure>
where
    T: Into<Returned> + Send + 'static,
    F: FnOnce(Arc<Desk>, Options) -> Result<T, Failure> + Send + 'static,
{
    let desk = prepare::of_read(read)?;
    match prepare::desk(&desk, &options).await? {
        Err(refusal) => Ok(*refusal),
        Ok(desk) => desk.blocking(move |desk| work(desk, options).map(Into::into)).await,
    }
}

/// The answer for a compile with problems: the list of them.
fn problems(problems: &[Problem]) -> Returned {
    Returned { out: None, ..refused(problem_texts(problems), 1) }
}

fn answer<T>(compiled: sls::Compiled<T>, value: impl FnOnce(T) -> Value) -> Returned {
    if compiled.problems.is_empty() { value(compiled.value).into() } else { problems(&compiled.problems) }
}

macro_rules! show_function {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* } |$me:ident, $desk:ident, $options:ident| $body:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            $($(#[$field_doc])* $field: $type,)*
            /// Pillar of the caller, which wins over that of the files.
            #[arg(named)]
            pillar: Option<Value>,
            /// Environment of pillar.
            #[arg(named)]
            pillarenv: Option<String>,
            /// Environment of states.
            #[arg(named)]
            saltenv: Option<String>,
            /// As if in test mode.
            #[arg(named)]
            test: Option<bool>,
            /// Accepted for the sake of scripts: showing waits for nobody.
            #[arg(named)]
            queue: Option<Value>,
        }

        impl Query for $name {
            type Output = Returned;

            async fn call(self, read: &Read) -> Result<Returned, Failure> {
                let options = Options {
                    pillar: self.pillar.clone(),
                    pillarenv: self.pillarenv.clone(),
                    saltenv: self.saltenv.clone(),
                    test: self.test,
                    queue: self.queue.clone(),
                    ..Options::default()
                };
                let $me = self;
                show(read, options, move |$desk, $options| $body).await
            }
        }
    };
}

show_function! {
    /// Show which SLS the top file gives this minion.
    ///
    /// ```salt
    /// salt '*' state.show_top
    /// ```
    ShowTop {} |_me, desk, options| {
        let (names, found) = request::chosen(&desk, &options, None);
        let found = request::malformed(&desk, found);
        if !found.is_empty() {
            return Ok(problems(&found));
        }
        let shown = names.into_iter().map(|(env, all)| (env, Value::List(all.into_iter().map(|one| Value::from(one.sls)).collect())));
        Ok(Value::Map(shown.collect()).into())
    }
}

show_function! {
    /// Show the names of all SLS that a highstate reads.
    ///
    /// ```salt
    /// salt '*' state.show_states
    /// ```
    ShowStates {
        /// Known for compatibility: names come in the order of the run.
        #[arg(default = true, ignored)]
        sort_result: bool
    } |_me, desk, options| {
        let (wanted, found) = request::of_top(&desk, &options, None);
        if !found.is_empty() {
            return Ok(problems(&found));
        }
        let compiled = sls::show_low(&Tree::new(desk), &wanted);
        Ok(answer(compiled, |plan| {
            let mut seen = BTreeSet::new();
            let names = plan.chunks.iter().map(|chunk| chunk.sls.to_string()).filter(|name| seen.insert(name.clone()));
            Value::List(names.map(Value::from).collect())
        }))
    }
}

show_function! {
    /// Show which SLS of the tree the top file gives this minion, and which it does not.
    ///
    /// What is only included counts as unused, as in Salt.
    ///
    /// ```salt
    /// salt '*' state.show_state_usage
    /// ```
    ShowStateUsage {} |_me, desk, options| {
        let (names, found) = request::chosen(&desk, &options, None);
        let found = request::malformed(&desk, found);
        if !found.is_empty() {
            return Ok(problems(&found));
        }
        let tree = Tree::new(desk);
        let shown = names.into_iter().map(|(env, chosen)| {
            let chosen: BTreeSet<String> = chosen.into_iter().map(|one| one.sls).collect();
            let (used, unused): (Vec<String>, Vec<String>) =
                sls::SlsSource::names(&tree, &env).into_iter().collect::<BTreeSet<_>>().into_iter().partition(|name| chosen.contains(name));
            let number = |names: &[String]| Value::Int(i64::try_from(names.len()).unwrap_or(i64::MAX));
            let counts = [("count_used", number(&used)), ("count_unused", number(&unused)), ("count_all", number(&[&*used, &*unused].concat()))];
            let list = |names: Vec<String>| Value::List(names.into_iter().map(Value::from).collect());
            let entry: Map = [("used", list(used)), ("unused", list(unused))].into_iter().chain(counts).collect();
            (env, Value::Map(entry))
        });
        Ok(Value::Map(shown.collect()).into())
    }
}

show_function! {
    /// Show the high data of a highstate.
    ///
    /// ```salt
    /// salt '*' state.show_highstate
    /// ```
    ShowHighstate {} |_me, desk, options| {
        let (wanted, found) = request::of_top(&desk, &options, None);
        if !found.is_empty() {
            return Ok(problems(&found));
        }
        Ok(answer(sls::show_high(&Tree::new(desk), &wanted), |high| high))
    }
}

show_function! {
    /// Show the low data of a highstate: its states in the order in which they run.
    ///
    /// ```salt
    /// salt '*' state.show_lowstate
    /// ```
    ShowLowstate {} |_me, desk, options| {
        let (wanted, found) = request::of_top(&desk, &options, None);
        if !found.is_empty() {
            return Ok(problems(&found));
        }
        Ok(answer(sls::compile(&Tree::new(desk), &wanted), |plan| plan.to_value()))
    }
}

show_function! {
    /// Show the high data of some SLS.
    ///
    /// ```salt
    /// salt '*' state.show_sls nginx,php
    /// ```
    ShowSls {
        /// Names of SLS, with commas between them or as a list.
        mods: Value
    } |me, desk, options| {
        let wanted = request::of_names(&desk, &options, flatten(Some(&me.mods)));
        Ok(answer(sls::show_high(&Tree::new(desk), &wanted), |high| high))
    }
}

show_function! {
    /// Show the low data of some SLS.
    ///
    /// ```salt
    /// salt '*' state.show_low_sls nginx
    /// ```
    ShowLowSls {
        /// Names of SLS, with commas between them or as a list.
        mods: Value
    } |me, desk, options| {
        let wanted = request::of_names(&desk, &options, flatten(Some(&me.mods)));
        Ok(answer(sls::show_low(&Tree::new(desk), &wanted), |plan| plan.to_value()))
    }
}

show_function! {
    /// Tell whether some SLS can be compiled.
    ///
    /// ```salt
    /// salt '*' state.sls_exists nginx
    /// ```
    SlsExists {
        /// Names of SLS, with commas between them or as a list.
        mods: Value
    } |me, desk, options| {
        let wanted = request::of_names(&desk, &options, flatten(Some(&me.mods)));
        Ok(Value::Bool(sls::show_high(&Tree::new(desk), &wanted).problems.is_empty()))
    }
}

show_function! {
    /// Tell whether ids are in some SLS.
    ///
    /// ```salt
    /// salt '*' state.id_exists nginx_conf nginx
    /// ```
    IdExists {
        /// Ids, with commas between them or as a list.
        ids: Value,
        /// Names of SLS, with commas between them or as a list.
        mods: Value
    } |me, desk, options| {
        let wanted = request::of_names(&desk, &options, flatten(Some(&me.mods)));
        let compiled = sls::show_high(&Tree::new(desk), &wanted);
        let high = compiled.value.as_map().cloned().unwrap_or_else(Map::new);
        Ok(Value::Bool(flatten(Some(&me.ids)).iter().all(|id| high.contains_key(id))))
    }
}
