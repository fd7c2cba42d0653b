//! Rendering for people who write trees.

use super::desk;
use sdk::{Args, Failure, Map, Query, Read, Value};

sdk::module!(slsutil, [Renderer]);

/// Render a template through a chain of renderers.
///
/// ```salt
/// salt '*' slsutil.renderer salt://web/map.jinja default_renderer=jinja
/// ```
#[derive(Args)]
pub struct Renderer {
    /// A file: `salt://…` or a path on this machine.
    path: Option<String>,
    /// A text instead of a file.
    string: Option<String>,
    /// The chain, unless the text's first line names one.
    #[arg(default = "jinja|yaml")]
    default_renderer: String,
    /// Environment of the file and of its imports.
    saltenv: Option<String>,
    /// Variables of the template.
    #[arg(extra)]
    extra: Map,
}

impl Query for Renderer {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        let desk = desk(read)?;
        let env = self.saltenv.clone().unwrap_or_else(|| read.env().to_owned());
        let (name, text) = match (&self.path, self.string) {
            (_, Some(text)) => (String::new(), text),
            (Some(path), None) => (path.strip_prefix("salt://").unwrap_or(path).to_owned(), super::text_of(read, path, &env).await?),
            (None, None) => return Err(Failure::bad_arguments("slsutil.renderer needs `path` or `string`")),
        };
        let (chain, extra) = (self.default_renderer, self.extra);
        desk.blocking(move |desk| {
            let source = render::Source::new(name, text);
            desk.renderer().chain(&source, &desk.scope(&env, extra), &chain).map_err(|error| Failure::failed(error.to_string()))
        })
        .await
    }
}
