//! What shells offer while a command line is typed, asked of real bash, zsh and fish with a running master behind.

use lab::Lab;
use std::process::Command;
use tests::running;

/// A shell with our programs first on its path and nothing of its user's.
fn shell(program: &str, script: &str) -> String {
    let path = format!("{}:/usr/bin:/bin", tests::programs().display());
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    match program {
        "bash" => command.args(["--norc", "--noprofile", "-c", script]),
        "zsh" => command.args(["-f", "-c", script]),
        _ => command.args(["--no-config", "-c", script]),
    };
    let output = command.env_clear().env("PATH", path).env("HOME", home.path()).env("TERM", "dumb").output();
    let output = output.unwrap_or_else(|error| panic!("this test needs {program} ({error}): `cargo xtask test` installs it where it may"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program}: {err}{out}");
    out.into_owned()
}

/// What a shell offers for the last of these words.
fn offered(program: &str, words: &[&str]) -> Vec<String> {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let (first, last, index) = (words[0], words[words.len() - 1], words.len() - 1);
    let out = match program {
        // As readline calls it.
        "bash" => shell(
            "bash",
            &format!(
                "source <(sylvite completion bash)\nCOMP_WORDS=({}); COMP_CWORD={index}; COMP_TYPE=9\n\
                 of=$(complete -p '{first}'); of=${{of#*-F }}; of=${{of%% *}}\n\
                 $of '{first}' '{last}' '{}' 2>/dev/null\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
                quoted.join(" "),
                words[words.len() - 2]
            ),
        ),
        // The function that compinit would call; its offers go to `_describe` as an array's name.
        "zsh" => shell(
            "zsh",
            &format!(
                "typeset -A of; compdef() {{ of[$2]=$1 }}\n_describe() {{ print -rl -- \"${{(@P)${{@[-1]}}}}\" }}\n\
                 source <(sylvite completion zsh)\nwords=({}); CURRENT={}\n${{of[{first}]}}",
                quoted.join(" "),
                index + 1
            ),
        ),
        _ => shell("fish", &format!("sylvite completion fish | source\ncomplete -C \"{}\"", words.join(" "))),
    };
    // Behind the word stands its description.
    let word = |line: &str| line.split(['\t']).next().unwrap_or_default().split(':').next().unwrap_or_default().trim().to_owned();
    out.lines().map(word).filter(|word| !word.is_empty()).collect()
}

fn offers(lab: &Lab, shell: &str, words: &[&str], wanted: &[&str], unwanted: &[&str]) {
    let folder = lab.path("master").display().to_string();
    let words: Vec<&str> = [words[0], "-c", &folder].into_iter().chain(words[1..].iter().copied()).collect();
    let offered = offered(shell, &words);
    for word in wanted {
        assert!(offered.iter().any(|one| one == word), "{shell} {words:?}: no `{word}` in {offered:?}");
    }
    for word in unwanted {
        assert!(!offered.iter().any(|one| one == word), "{shell} {words:?}: `{word}` in {offered:?}");
    }
}

#[test]
fn three_shells_complete_commands_minions_functions_and_arguments() {
    let lab = running(&["web1", "web2", "db1"]);
    for shell in ["bash", "zsh", "fish"] {
        offers(&lab, shell, &["sylvite", "do"], &["doctor"], &["run"]);
        offers(&lab, shell, &["sylvite", "state", ""], &["plan", "apply", "show"], &["web1"]);
        offers(&lab, shell, &["sylvite", "run", "we"], &["web1", "web2"], &["db1"]);
        offers(&lab, shell, &["sylvite", "run", "web1", "pkg.inst"], &["pkg.install"], &["pkg.remove"]);
        offers(&lab, shell, &["sylvite", "run", "web1", "pkg.install", "na"], &["name="], &[]);
        offers(&lab, shell, &["sylvite", "run", "--queue-o"], &["--queue-offline"], &[]);
        offers(&lab, shell, &["salt", "db"], &["db1"], &["web1"]);
        offers(&lab, shell, &["salt", "db1", "state.app"], &["state.apply"], &[]);
        offers(&lab, shell, &["salt-key", "--acc"], &["--accept", "--accept-all"], &[]);
    }
}

#[test]
fn whoever_cannot_be_asked_offers_nothing_and_complains_of_nothing() {
    for shell in ["bash", "zsh", "fish"] {
        assert_eq!(offered(shell, &["sylvite", "--socket", "/nowhere", "run", "web"]), Vec::<String>::new(), "{shell}");
    }
}
