//! Several functions on one command line: `fun1,fun2 arg , arg`.

use std::fmt;

/// One function with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Its name.
    pub function: String,
    /// Its words, not yet read.
    pub words: Vec<String>,
}

/// A command line whose functions and arguments do not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct BadCalls {
    functions: usize,
    groups: usize,
    separator: String,
}

impl fmt::Display for BadCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { functions, groups, separator } = self;
        write!(f, "{functions} functions but arguments for {groups}; separate the arguments of functions by a word `{separator}`")
    }
}

/// Splits functions and words. Function names are separated by commas, the arguments of one from those of the next by the separator (`,`
/// unless changed), alone or inside a word: `cmd.run,test.ping,test.echo 'cat /proc/cpuinfo',,foo`.
///
/// # Errors
/// When there are more groups of arguments than functions.
pub fn calls(function: &str, words: &[String], separator: &str) -> Result<Vec<Words>, BadCalls> {
    let names: Vec<&str> = function.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.len() < 2 {
        return Ok(vec![Words { function: function.trim_matches(',').to_owned(), words: words.to_vec() }]);
    }
    let mut groups: Vec<Vec<String>> = vec![Vec::new()];
    for word in words {
        for (index, part) in word.split(separator).enumerate() {
            if index > 0 {
                groups.push(Vec::new());
            }
            if let (Some(group), false) = (groups.last_mut(), part.is_empty() && word.contains(separator)) {
                group.push(part.to_owned());
            }
        }
    }
    if groups.len() > names.len() {
        return Err(BadCalls { functions: names.len(), groups: groups.len(), separator: separator.to_owned() });
    }
    groups.resize(names.len(), Vec::new());
    Ok(names.into_iter().zip(groups).map(|(function, words)| Words { function: function.to_owned(), words }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(function: &str, words: &[&str]) -> Vec<(String, Vec<String>)> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        calls(function, &words, ",").unwrap().into_iter().map(|call| (call.function, call.words)).collect()
    }

    #[test]
    fn one_function_keeps_all_words_commas_among_them() {
        assert_eq!(of("test.arg", &["a", ",", "b"]), [("test.arg".to_owned(), vec!["a".to_owned(), ",".to_owned(), "b".to_owned()])]);
    }

    #[test]
    fn functions_and_arguments_pair_up_in_order() {
        let got = of("test.arg,cmd.run,test.ping", &["a", "b", ",", "ls -l"]);
        assert_eq!(got[0], ("test.arg".to_owned(), vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(got[1], ("cmd.run".to_owned(), vec!["ls -l".to_owned()]));
        assert_eq!(got[2], ("test.ping".to_owned(), vec![]));
    }

    #[test]
    fn a_separator_inside_a_word_ends_the_arguments_of_a_function() {
        let got = of("cmd.run,test.ping,test.echo", &["cat /proc/cpuinfo,,foo"]);
        let words: Vec<_> = got.into_iter().map(|(_, words)| words).collect();
        assert_eq!(words, [vec!["cat /proc/cpuinfo".to_owned()], vec![], vec!["foo".to_owned()]]);
    }

    #[test]
    fn more_arguments_than_functions_are_refused() {
        let words = ["a", ",", "b", ",", "c"].map(str::to_owned);
        assert!(calls("x.a,x.b", &words, ",").is_err());
    }
}
