//! Texts as SLS: compiled, or refused; and the compile gives the same again.

use fuzz::{INPUTS, documents, guarded, mutated};
use sls::{Loaded, Request, SlsSource, Unloaded};

#[rustfmt::skip]
const PIECES: &[&str] = &[
    "include:\n  - x\n", "include:\n  - y\n  - .z\n", "exclude:\n  - sls: y\n", "extend:\n  a:\n    test.nop:\n      - require: [test: b]\n",
    "a:\n  test.nop\n", "a:\n", "  test.nop:\n", "  test:\n", "    - nop\n", "    - name: b\n", "    - names: [c, {d: [order: 1]}]\n",
    "    - require:\n", "      - test: a\n", "      - sls: y\n", "      - '*'\n", "    - require_in: [test: a]\n", "    - use: [test: a]\n",
    "    - prereq: [test: a]\n", "    - listen_in: [test: b]\n", "    - order: last\n", "    - order: -1\n", "    - onlyif: 'true'\n", "\n",
    "  ", "- ", ": ", "[", "]", "{", "}", "'", "*", "..", "~", "yes", "5",
];

/// Two SLS that are changed and one that is not.
struct Tree {
    x: String,
    y: String,
}

impl SlsSource for Tree {
    fn envs(&self) -> Vec<String> {
        vec!["base".to_owned()]
    }

    fn names(&self, _: &str) -> Vec<String> {
        ["x", "y", "z"].map(str::to_owned).into()
    }

    fn load(&self, _: &str, sls: &str) -> Result<Loaded, Unloaded> {
        let text = match sls {
            "x" => &self.x,
            "y" => &self.y,
            "z" => "z:\n  test.nop\n",
            _ => return Err(Unloaded::Missing),
        };
        let path = format!("{sls}.sls");
        let at = |error: yaml::Error| {
            let place = model::Place { file: path.clone(), line: error.line, column: error.column };
            Unloaded::Failed(Box::new(model::Problem::at(place, error.message)))
        };
        let node = yaml::load(text, &path).map_err(at)?;
        Ok(Loaded { path: path.clone(), rendered: Some(render::Rendered { node, files: vec![path] }) })
    }
}

#[test]
fn any_tree_compiles_or_is_refused() {
    let documents = documents(".sls", &["a:\n  test.nop:\n    - require: [test: b]\nb:\n  test.nop\n"]);
    bolero::check!().with_iterations(INPUTS).with_max_len(240).for_each(|bytes: &[u8]| {
        let (one, two) = bytes.split_at(bytes.len() / 2);
        let tree = Tree { x: mutated(&documents, PIECES, one), y: mutated(&documents, PIECES, two) };
        guarded(|| {
            let compile = || sls::compile(&tree, &Request::sls("base", ["x", "y"]));
            let (compiled, again) = (compile(), compile());
            let is_same = compiled.value.to_value().is_identical(&again.value.to_value()) && compiled.problems == again.problems;
            assert!(is_same, "{:?} {:?}", tree.x, tree.y);
            assert!(compiled.problems.iter().all(|problem| !problem.message.is_empty()), "{:?} {:?}", tree.x, tree.y);
        });
    });
}
