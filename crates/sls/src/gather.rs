//! Reads the wanted SLS and all they include, each once, includes first.

use crate::document::{Document, Include, Origin, Spot, did_you_mean, document};
use crate::{Loaded, Request, SlsSource, Unloaded, Wanted};
use model::{Glob, Problem};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Documents as they were read.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// In the order they were finished: what an SLS includes comes before it. This is the order that states are counted in.
    pub documents: Vec<Document>,
    /// For each document its place in the order they were begun, in which high data lists their IDs.
    pub begun: Vec<usize>,
    /// Environment and name of each, in the order they were finished.
    pub read: Vec<(String, String)>,
    pub problems: Vec<Problem>,
    /// Whether all that is wanted and included was found and rendered.
    pub is_whole: bool,
}

/// Reads everything a request wants.
pub(crate) fn gather(source: &dyn SlsSource, request: &Request) -> Gathered {
    let mut reader = Reader {
        source,
        envs: source.envs(),
        names: HashMap::new(),
        matched: request.wanted.iter().map(|(env, _)| env.as_str()).collect(),
        seen: HashSet::new(),
        count: 0,
        gathered: Gathered { is_whole: true, ..Gathered::default() },
    };
    for (env, wanted) in &request.wanted {
        if !reader.envs.contains(env) {
            let hint = did_you_mean(env, reader.envs.iter().map(String::as_str));
            let problem = Problem::new(format!("No matching salt environment for environment '{env}' found"));
            reader.gathered.problems.push(hint.into_iter().fold(problem, Problem::with_hint));
            reader.gathered.is_whole = false;
        }
        for one in wanted {
            reader.wanted(env, one);
        }
    }
    reader.gathered
}

struct Reader<'a> {
    source: &'a dyn SlsSource,
    envs: Vec<String>,
    names: HashMap<String, Arc<[String]>>,
    /// Environments of the request, among which `_xenv` looks.
    matched: Vec<&'a str>,
    seen: HashSet<(String, String)>,
    count: usize,
    gathered: Gathered,
}

/// Includes nested deeper than this are taken for an endless chain of generated names.
const DEEPEST: usize = 200;

impl Reader<'_> {
    fn names(&mut self, env: &str) -> Arc<[String]> {
        if let Some(names) = self.names.get(env) {
            return Arc::clone(names);
        }
        let names: Arc<[String]> = self.source.names(env).into();
        self.names.insert(env.to_owned(), Arc::clone(&names));
        names
    }

    /// Names that fit a pattern, in the order of the names.
    fn matching(&mut self, env: &str, pattern: &str) -> Vec<String> {
        let names = self.names(env);
        if Glob::is_pattern(pattern) {
            let glob = Glob::new(pattern);
            names.iter().filter(|name| glob.matches(name)).cloned().collect()
        } else {
            names.iter().filter(|name| *name == pattern).cloned().collect()
        }
    }

    fn wanted(&mut self, env: &str, wanted: &Wanted) {
        let mut targets = if Glob::is_pattern(&wanted.sls) { self.matching(env, &wanted.sls) } else { Vec::new() };
        if targets.is_empty() {
            targets.push(wanted.sls.clone());
        }
        for sls in targets {
            let missing = |reader: &mut Self| {
                let problem =
                    Problem { place: wanted.place.clone(), ..Problem::new(format!("No matching sls found for '{sls}' in env '{env}'")) };
                let names = reader.names(env);
                let hint = did_you_mean(&sls, names.iter().map(String::as_str));
                reader.gathered.problems.push(hint.into_iter().fold(problem, Problem::with_hint));
            };
            self.read(env, &sls, &[], missing);
        }
    }

    /// Reads an SLS and what it includes, unless it was read before.
    fn read(&mut self, env: &str, sls: &str, from: &[String], missing: impl FnOnce(&mut Self)) {
        if !self.seen.insert((env.to_owned(), sls.to_owned())) {
            return;
        }
        let loaded = match self.source.load(env, sls) {
            Ok(loaded) => loaded,
            Err(Unloaded::Missing) => {
                // Every place that asks for it is to be told.
                self.seen.remove(&(env.to_owned(), sls.to_owned()));
                self.gathered.is_whole = false;
                return missing(self);
            }
            Err(Unloaded::Failed(problem)) => {
                let message = format!("Rendering SLS '{env}:{sls}' failed: {}", problem.message);
                self.gathered.problems.push(Problem { message, ..*problem });
                self.gathered.is_whole = false;
                return;
            }
        };
        let begun = self.count;
        self.count += 1;
        let origin = Origin { env: Arc::from(env), sls: Arc::from(sls), included_from: from.into() };
        let Loaded { path, rendered } = loaded;
        let document = match rendered {
            Some(rendered) => document(origin, &path, rendered, &mut self.gathered.problems),
            None => Document { origin, includes: Vec::new(), extends: Vec::new(), excludes: Vec::new(), states: Vec::new() },
        };
        let mut chain = vec![sls.to_owned()];
        chain.extend_from_slice(from);
        for include in &document.includes {
            self.include(env, sls, &path, include, &chain);
        }
        self.gathered.read.push((env.to_owned(), sls.to_owned()));
        self.gathered.begun.push(begun);
        self.gathered.documents.push(document);
    }

    fn problem(&mut self, spot: &Spot, message: String, hint: Option<String>) {
        self.gathered.problems.push(hint.into_iter().fold(Problem::at(spot.place(), message), Problem::with_hint));
    }

    fn refused_include(&mut self, spot: &Spot, message: String, hint: Option<String>) {
        self.gathered.is_whole = false;
        self.problem(spot, message, hint);
    }

    fn include(&mut self, env: &str, sls: &str, path: &str, include: &Include, chain: &[String]) {
        if chain.len() > DEEPEST {
            let message = format!("SLS '{env}:{sls}' is included through more than {DEEPEST} others");
            return self.refused_include(&include.spot, message, None);
        }
        let Some(name) = absolute(&include.sls, sls, path) else {
            let message =
                format!("Attempted relative include of '{}' within SLS '{env}:{sls}' goes beyond top level package ", include.sls);
            return self.refused_include(&include.spot, message, Some("take dots away".to_owned()));
        };
        let target_env = match include.env.as_deref() {
            None => env.to_owned(),
            Some("_xenv") => {
                let envs: Vec<String> = self.matched.iter().map(|env| (*env).to_owned()).collect();
                let having: Vec<String> = envs.into_iter().filter(|env| !self.matching(env, &name).is_empty()).collect();
                match having.as_slice() {
                    [only] => only.clone(),
                    several if several.iter().any(|having| having == env) => env.to_owned(),
                    [] => {
                        let message = format!(
                            "Unknown include: Specified SLS _xenv: {name} is not available on the salt master in saltenv(s): {} ",
                            self.matched.join(", ")
                        );
                        return self.refused_include(&include.spot, message, None);
                    }
                    several => {
                        let message = format!(
                            "Ambiguous include: Specified SLS _xenv: {name} is available on the salt master in multiple available saltenvs: {}",
                            several.join(", ")
                        );
                        return self.refused_include(&include.spot, message, Some("name the environment".to_owned()));
                    }
                }
            }
            Some(other) if self.envs.iter().any(|known| known == other) => other.to_owned(),
            Some(other) => {
                let message = format!("Nonexistent saltenv '{other}' found in include of '{name}' within SLS '{env}:{sls}'");
                let hint = did_you_mean(other, self.envs.iter().map(String::as_str));
                return self.refused_include(&include.spot, message, hint);
            }
        };
        let mut targets = if Glob::is_pattern(&name) { self.matching(&target_env, &name) } else { Vec::new() };
        if targets.is_empty() {
            targets.push(name);
        }
        for target in targets {
            let missing = |reader: &mut Self| {
                let message = format!(
                    "Specified SLS {target} in saltenv {target_env} is not available on the salt master or through a configured fileserver"
                );
                let names = reader.names(&target_env);
                let hint = did_you_mean(&target, names.iter().map(String::as_str));
                reader.problem(&include.spot, message, hint);
            };
            self.read(&target_env, &target, chain, missing);
        }
    }
}

/// The full name of a relative include: one dot is the folder of the including file, each further dot one level up.
fn absolute(name: &str, sls: &str, path: &str) -> Option<String> {
    let rest = name.trim_start_matches('.');
    let levels = name.len() - rest.len();
    if levels == 0 {
        return Some(name.to_owned());
    }
    let mut parts: Vec<&str> = sls.split('.').collect();
    if path.ends_with("/init.sls") || path == "init.sls" {
        parts.push("init");
    }
    let kept = parts.len().checked_sub(levels)?;
    parts.truncate(kept);
    parts.push(rest);
    Some(parts.join("."))
}
