//! From names or the top file to a compile request.

use super::prepare::{Options, Prepared};
use super::{no_states, problem_texts, refused};
use crate::desk::Desk;
use crate::tree::Tree;
use model::Problem;
use sls::{Exclude, Request, Wanted};
use std::sync::Arc;
use target::top::{Settings, SlsNames, Top};
use value::{Value, text};

/// Which SLS a run means.
#[derive(Clone, Debug)]
pub enum Meant {
    /// What the top file gives; a path is that of another top file.
    Top(Option<String>),
    /// Some SLS by name or pattern.
    Names(Vec<String>),
}

impl Meant {
    /// Without names the top file.
    pub fn of(names: Vec<String>) -> Self {
        if names.is_empty() { Self::Top(None) } else { Self::Names(names) }
    }
}

/// The request for what is meant, or the answer to a run that has nothing to do. Blocks: a top file is rendered.
pub fn meant(desk: &Arc<Desk>, options: &Options, meant: Meant) -> Prepared<Request> {
    match meant {
        Meant::Names(names) => Ok(of_names(desk, options, names)),
        Meant::Top(top) => {
            let (request, problems) = of_top(desk, options, top.as_deref());
            let malformed = malformed(desk, problems);
            if let [first, ..] = malformed.as_slice()
                && first.message.starts_with("Malformed topfile: saltenv")
            {
                malformed.iter().for_each(|problem| desk.note(problem.to_string()));
                return Err(Box::new(no_states("Unable to render top file: Unable to render top file. No targets found.")));
            }
            if !malformed.is_empty() {
                return Err(Box::new(refused(problem_texts(&malformed), 1)));
            }
            if request.wanted.iter().all(|(_, names)| names.is_empty()) {
                return Err(Box::new(no_states("No Top file or master_tops data matches found. Please see master log for details.")));
            }
            Ok(request)
        }
    }
}

/// The problems that stop a run. A top file that does not render gives nobody anything, as in Salt; why, is told beside.
pub fn malformed(desk: &Desk, problems: Vec<Problem>) -> Vec<Problem> {
    let (unrendered, malformed): (Vec<_>, Vec<_>) =
        problems.into_iter().partition(|problem| problem.message.starts_with("Unable to render top file"));
    for problem in unrendered {
        let message = problem.message.lines().next().unwrap_or_default().to_owned();
        desk.note(Problem { message, excerpt: None, ..problem }.to_string());
    }
    malformed
}

/// A request for some SLS of one environment.
pub fn of_names(desk: &Desk, options: &Options, names: Vec<String>) -> Request {
    let env = options.env(desk).unwrap_or_else(|| "base".to_owned());
    Request { wanted: vec![(env, names.into_iter().map(Wanted::new).collect())], ..base(desk, options) }
}

/// A request for what the top file gives this minion, with the problems of the top file.
pub fn of_top(desk: &Arc<Desk>, options: &Options, top: Option<&str>) -> (Request, Vec<Problem>) {
    let (names, problems) = chosen(desk, options, top);
    let wanted = names
        .into_iter()
        .map(|(env, all)| {
            let all = all.into_iter().filter(|one| options.whitelist.is_empty() || options.whitelist.contains(&one.sls));
            (env, all.map(|one| Wanted { sls: one.sls, place: Some(one.place) }).collect())
        })
        .collect();
    (Request { wanted, ..base(desk, options) }, problems)
}

/// What the top file gives this minion. Blocks: the top file is rendered.
pub fn chosen(desk: &Arc<Desk>, options: &Options, top: Option<&str>) -> (SlsNames, Vec<Problem>) {
    let found = tops(desk, options, top);
    // A malformed target matches nobody, as in Salt, but somebody should hear of it.
    for problem in &found.unmatched {
        desk.note(problem.to_string());
    }
    (found.names, found.problems)
}

/// What the top files say.
pub struct Tops {
    /// All of them, merged.
    pub merged: Top,
    /// What this minion gets.
    pub names: SlsNames,
    /// What is wrong with the files.
    pub problems: Vec<Problem>,
    /// Targets that cannot be read.
    pub unmatched: Vec<Problem>,
}

/// Reads the top files and asks their targets. Blocks.
pub fn tops(desk: &Arc<Desk>, options: &Options, top: Option<&str>) -> Tops {
    let loaded = desk.core.loaded();
    let config = &loaded.config;
    let settings = Settings {
        strategy: config.top_file_merging_strategy.parse().unwrap_or_default(),
        env_order: config.env_order.clone(),
        default_top: config.default_top.clone(),
        saltenv: options.env(desk),
        top_saltenv: config.state_top_saltenv.clone(),
    };
    let mut tree = Tree::with_top(Arc::clone(desk), top);
    let (mut merged, mut problems) = target::top::gather(&settings, &mut tree);
    // Only pillar knows an order of targets.
    merged.sections.iter_mut().flat_map(|section| &mut section.entries).for_each(|entry| entry.order = 0);
    let groups = target::Nodegroups::from_value(&Value::Map(config.nodegroups.clone()));
    let (names, mut unmatched) = target::top::choose(&merged, &crate::itself::Itself::new(desk), &groups);
    problems.retain(|problem| !problem.message.is_empty());
    // An include that leads nowhere stops no run, as in Salt.
    unmatched.extend(problems.extract_if(.., |problem| problem.message.starts_with("No matching sls found")));
    Tops { merged, names, problems, unmatched }
}

fn base(desk: &Desk, options: &Options) -> Request {
    let config = &desk.core.loaded().config;
    Request {
        wanted: Vec::new(),
        exclude: exclude(options.exclude.as_ref()),
        options: sls::Options { auto_order: config.state_auto_order, disabled_requisites: config.disabled_requisites.clone() },
    }
}

/// `exclude=` of a command line: names with commas between them, or a list of names, `{sls: …}` and `{id: …}`.
fn exclude(value: Option<&Value>) -> Vec<Exclude> {
    let one = |value: &Value| match value {
        Value::Map(map) => map.single().map(|(key, value)| match text::str(key).as_str() {
            "id" => Exclude::Id(text::str(value)),
            _ => Exclude::Sls(text::str(value)),
        }),
        other => Some(Exclude::Sls(text::str(other))),
    };
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::List(items)) => items.iter().filter_map(one).collect(),
        Some(Value::Str(names)) => names.split(',').map(|name| Exclude::Sls(name.trim().to_owned())).collect(),
        Some(other) => one(other).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exclude_takes_names_lists_and_ids() {
        let value: Value = serde_json::from_str(r#"["a", {"id": "b"}, {"sls": "c*"}]"#).unwrap();
        assert_eq!(exclude(Some(&value)), [Exclude::Sls("a".into()), Exclude::Id("b".into()), Exclude::Sls("c*".into())]);
        assert_eq!(exclude(Some(&Value::from("a, b"))), [Exclude::Sls("a".into()), Exclude::Sls("b".into())]);
    }
}
