//! The report of a comparison, a page for people.

use super::answer::Fault;
use super::case::{Case, Notes, Outcome};
use crate::run::say;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What came of all cases.
#[derive(Default)]
pub struct Report {
    cases: Vec<(String, Notes, Outcome)>,
    failed: Vec<String>,
    /// Functions that have to be in a case, with the reason of those that are in none.
    wanted: BTreeMap<String, Option<String>>,
}

/// What was counted for a function.
#[derive(Default)]
struct Count {
    states: usize,
    result: usize,
    changes: usize,
    comment: usize,
    cases: BTreeSet<String>,
}

impl Report {
    /// Asks for each of these functions to be in a case, unless a line `WORD: REASON` of a text says why it is in none; a word that ends
    /// with a dot is of all functions of a module.
    pub fn want(&mut self, functions: Vec<String>, reasons: &str) {
        let lines: Vec<(&str, &str)> =
            reasons.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": ")).collect();
        let is_of = |function: &str, word: &str| function == word || word.ends_with('.') && function.starts_with(word);
        for function in functions {
            let reason = lines.iter().find(|(word, _)| is_of(&function, word)).map(|(_, reason)| (*reason).to_owned());
            self.wanted.insert(function, reason);
        }
    }

    /// Functions that are in no case, with the reason where there is one.
    fn missing(&self) -> impl Iterator<Item = (&String, &Option<String>)> {
        let is_there = |function: &String| self.cases.iter().any(|(_, _, outcome)| outcome.functions.contains(function));
        self.wanted.iter().filter(move |(function, _)| !is_there(function))
    }

    /// Takes up a case.
    pub fn add(&mut self, case: &Case, outcome: Outcome) {
        self.cases.push((case.name.clone(), case.notes.clone(), outcome));
    }

    /// Takes up a case that could not be compared.
    pub fn fail(&mut self, case: &Case, error: String) {
        say(&format!("  {error}"));
        self.failed.push(format!("{}: {}", case.name, error.replace(['\n', '\r'], " ")));
    }

    /// How many differences of results, changes or hosts have no reason.
    pub fn unexplained(&self) -> usize {
        let open = |(_, notes, outcome): &(String, Notes, Outcome)| {
            let differing = outcome.faults.iter().filter(|fault| fault.what != "comment" && notes.reason(fault).is_none()).count();
            differing + outcome.again.len()
        };
        let missing = self.missing().filter(|(_, reason)| reason.is_none()).count();
        self.cases.iter().map(open).sum::<usize>() + self.failed.len() + missing
    }

    /// The page.
    pub fn page(&self, is_formulas: bool) -> String {
        let (title, command, what) = if is_formulas {
            (
                "Formulas compared with real Salt",
                "cargo xtask compare --formulas FOLDER",
                "formulas, with the pillar that each brings as its example,",
            )
        } else {
            ("States compared with real Salt", "cargo xtask compare", "states of `tests/hosts/compare`")
        };
        let mut page = format!(
            "# {title}\n\nWritten by `{command}`. The {what} were applied by Salt 3008.5 on one machine and by Sylvite on its twin (Debian 12, fresh machines for each case, \
             see [lab.md](lab.md)): in test mode, for real, and again. Compared were result, changes and comment of every state in each of the three runs, then every file of the two machines that either had changed \
             (content, mode, owner), their services, packet filters, mounts and kernel variables, and that our test mode wrote no file.\n"
        );
        if !is_formulas {
            self.functions(&mut page);
        }
        self.table(&mut page);
        self.meant(&mut page);
        page
    }

    fn functions(&self, page: &mut String) {
        let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
        for (name, _, outcome) in &self.cases {
            for function in &outcome.functions {
                let count = counts.entry(function).or_default();
                count.states += 1;
                count.cases.insert(name.clone());
            }
            for fault in outcome.faults.iter().filter(|fault| !fault.function.is_empty()) {
                let count = counts.entry(&fault.function).or_default();
                match fault.what {
                    "changes" => count.changes += 1,
                    "comment" => count.comment += 1,
                    _ => count.result += 1,
                }
            }
        }
        let _ = writeln!(
            page,
            "\n## By function\n\n| function | cases | states | other result | other changes | other words in the comment |\n| --- | --- | --- | --- | --- | --- |"
        );
        let number = |count: usize| if count == 0 { "-".to_owned() } else { count.to_string() };
        for (function, count) in counts {
            let _ = writeln!(
                page,
                "| `{function}` | {} | {} | {} | {} | {} |",
                count.cases.into_iter().collect::<Vec<_>>().join(", "),
                count.states,
                number(count.result),
                number(count.changes),
                number(count.comment)
            );
        }
        let missing: Vec<_> = self.missing().collect();
        if !missing.is_empty() {
            let _ = writeln!(page, "\nIn no case:\n\n| function | why |\n| --- | --- |");
        }
        for (function, reason) in missing {
            let _ = writeln!(page, "| `{function}` | {} |", reason.as_deref().unwrap_or("**no reason**"));
        }
    }

    fn table(&self, page: &mut String) {
        let _ = writeln!(
            page,
            "\n## By case\n\n| case | states | not successful with Salt | with Sylvite | differences of results and changes | of hosts | comments in other words | changed by a second run |\n| --- | --- | --- | --- | --- | --- | --- | --- |"
        );
        for (name, _, outcome) in &self.cases {
            let count = |is: fn(&Fault) -> bool| outcome.faults.iter().filter(|fault| is(fault)).count();
            let _ = writeln!(
                page,
                "| {name} | {} | {} | {} | {} | {} | {} | {} |",
                outcome.functions.len(),
                outcome.broken,
                outcome.broken_ours,
                count(|fault| !matches!(fault.what, "comment" | "host")),
                count(|fault| fault.what == "host"),
                count(|fault| fault.what == "comment"),
                outcome.again.len()
            );
        }
    }

    /// Each difference with its reason, those without one first.
    fn meant(&self, page: &mut String) {
        let (mut open, mut meant, mut words) = (self.failed.clone(), BTreeMap::new(), Vec::new());
        for (name, notes, outcome) in &self.cases {
            for fault in &outcome.faults {
                let said = format!("{name}, {}: {}", fault.step, line(fault));
                match notes.reason(fault) {
                    Some(reason) => *meant.entry(format!("{name}: {reason}")).or_insert(0) += 1,
                    None if fault.what == "comment" => words.push(said),
                    None => open.push(said),
                }
            }
        }
        let mut list = |title: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                let _ = writeln!(page, "\n## {title}\n");
                for line in lines {
                    let _ = writeln!(page, "- {line}");
                }
            }
        };
        list("Differences without a reason", open);
        list("Differences that are meant", meant.into_iter().map(|(reason, count)| format!("{reason} ({count} times)")).collect());
        list("Comments in other words", words);
    }
}

fn line(fault: &Fault) -> String {
    let short: String = fault.detail.chars().take(300).collect();
    let short = short.replace(['\n', '\r'], " ");
    if fault.function.is_empty() { short } else { format!("`{}` ({}) {short}", fault.function, fault.what) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_in_no_case_needs_a_reason() {
        let mut report = Report::default();
        let functions = ["file.touch", "salt.state", "salt.runner"].map(str::to_owned).to_vec();
        report.want(functions, "# Reasons.\nsalt.: asks a master\n");
        assert_eq!(report.unexplained(), 1);
        let page = report.page(false);
        assert!(page.contains("| `salt.state` | asks a master |"), "{page}");
        assert!(page.contains("| `file.touch` | **no reason** |"), "{page}");
    }
}
