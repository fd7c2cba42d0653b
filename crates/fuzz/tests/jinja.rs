//! Texts as templates, with Salt's filters and variables: rendered within the limits, or refused.

use fuzz::{INPUTS, documents, guarded, mutated};
use render::{NoFiles, NoFunctions, Options, Renderer, Scope, SlsFile, Source};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

#[rustfmt::skip]
const PIECES: &[&str] = &[
    "{{ ", " }}", "{% ", " %}", "{%- ", " -%}", "{# ", " #}", "{% if x %}", "{% endif %}", "{% for i in l %}", "{% endfor %}", "{% set x = ",
    "{% do x.append(1) %}", "{% macro m(a, b=1) %}", "{% endmacro %}", "{% load_yaml as y %}", "{% endload %}", "{% raw %}", "{% endraw %}",
    "range(9999)", " * 99999", " ** 99", "|yaml", "|json", "|join(',')", "|traverse('a:b')", "|json_query('a[*].b')", "|indent(4)", "|sort",
    "|regex_replace('(a+)+', 'b')", "|unique", ".get('a')", "[::-1]", "[1:]", "'%s' % ", "'{:>5}'.format(", "grains['os']", "pillar",
    "salt['test.ping']()", " is defined", " if 1 else 2", "namespace(a=1)", "loop.index", "caller()", "varargs", "\n", "'", "\"", "(", ")",
    "[", "]", "{", "}", "~", "~ x",
];

#[test]
fn any_template_renders_within_its_limits_or_is_refused() {
    let own = ["{% set x = [] %}{% for i in [1, 2] %}{% do x.append(i) %}{% endfor %}{{ x | json }}", "a: {{ grains.os | upper }}\n"];
    let documents = documents(".sls", &own);
    let limits = jinja::Limits { steps: 30_000, memory: 8 << 20, output: 1 << 20, ..jinja::Limits::default() };
    // A target may be left in the middle by a panic, and is not used again then.
    let renderer = AssertUnwindSafe(Renderer::new(Arc::new(NoFunctions), Arc::new(NoFiles), Options { limits, ..Options::default() }));
    let grains: value::Value = serde_json::from_str(r#"{"os": "Debian", "roles": ["web"], "a": {"b": [1]}}"#).unwrap();
    let sls = Some(SlsFile { name: "a.b".to_owned(), path: "a/b.sls".to_owned() });
    let scope = Scope { grains: Arc::new(grains), env: "base".to_owned(), sls, ..Scope::default() };
    bolero::check!().with_iterations(INPUTS).with_max_len(200).for_each(|bytes: &[u8]| {
        let text = mutated(&documents, PIECES, bytes);
        // The wrapper as a whole, not its inside, is what the closure holds.
        let renderer = &renderer;
        guarded(|| match renderer.sls(&Source::new("a/b.sls", text.as_str()), &scope) {
            Ok(rendered) => assert!(rendered.is_none_or(|rendered| !rendered.files.is_empty())),
            Err(error) => assert!(!error.message.is_empty()),
        });
    });
}
