//! Compiling: 5,000 chunks from a template loop, and the graph of 10,000 chunks with 30,000 edges. Prints CPU seconds of the best of five.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use render::{NoFiles, NoFunctions, Options, Renderer, Scope, SlsFile, Source};
use sls::{Loaded, Request, SlsSource, Unloaded};
use std::fmt::Write;
use std::sync::Arc;

struct One {
    text: String,
    renderer: Renderer,
}

impl SlsSource for One {
    fn envs(&self) -> Vec<String> {
        vec!["base".to_owned()]
    }

    fn names(&self, _: &str) -> Vec<String> {
        vec!["x".to_owned()]
    }

    fn load(&self, env: &str, sls: &str) -> Result<Loaded, Unloaded> {
        let file = SlsFile { name: sls.to_owned(), path: "x.sls".to_owned() };
        let scope = Scope { env: env.to_owned(), sls: Some(file), ..Scope::default() };
        let rendered = self.renderer.sls(&Source::new("x.sls", self.text.as_str()), &scope);
        rendered
            .map(|rendered| Loaded { path: "x.sls".to_owned(), rendered })
            .map_err(|error| Unloaded::Failed(Box::new(model::Problem::new(error.to_string()))))
    }
}

/// Seconds that this thread has spent on a CPU.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn measure(what: &str, mut work: impl FnMut()) {
    let best = (0..5)
        .map(|_| {
            let start = cpu();
            work();
            cpu() - start
        })
        .fold(f64::INFINITY, f64::min);
    println!("{what:<60} {best:.3} s");
}

fn source(text: String, default: &str) -> One {
    let options = Options { default: default.to_owned(), ..Options::default() };
    One { text, renderer: Renderer::new(Arc::new(NoFunctions), Arc::new(NoFiles), options) }
}

fn main() {
    let looped = "{% for i in range(5000) %}\nfile_{{ i }}:\n  file.managed:\n    - name: /etc/app/{{ i }}.conf\n    - mode: '0644'\n    - \
                  contents: value {{ i }}\n{% if i %}\n    - require:\n      - file: file_{{ i - 1 }}\n{% endif %}\n{% endfor %}\n";
    let jinja = source(looped.to_owned(), "jinja|yaml");
    measure("compile of 5,000 chunks from a Jinja loop", || {
        let compiled = sls::compile(&jinja, &Request::sls("base", ["x"]));
        assert_eq!(compiled.value.chunks.len(), 5000, "{:?}", compiled.problems.first());
    });

    let mut text = String::new();
    for i in 0..10_000_usize {
        let _ = write!(text, "s{i}: {{test.nop: [{{require: [");
        for step in [1, 7, 31] {
            if let Some(target) = i.checked_sub(step) {
                let _ = write!(text, "{{test: s{target}}},");
            }
        }
        text.push_str("]}]}\n");
    }
    let plain = source(text, "yaml");
    measure("reading 10,000 chunks with 30,000 requisites (YAML alone)", || {
        assert!(plain.load("base", "x").is_ok());
    });
    measure("compile of 10,000 chunks with 30,000 requisites, YAML included", || {
        let compiled = sls::compile(&plain, &Request::sls("base", ["x"]));
        assert_eq!(compiled.value.chunks.len(), 10_000, "{:?}", compiled.problems.first());
    });
}
