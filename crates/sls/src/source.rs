//! Where SLS come from.

use model::Problem;
use render::Rendered;

/// Gives SLS by name. The agent builds it over its file cache and a [`render::Renderer`].
pub trait SlsSource {
    /// Names of the environments.
    fn envs(&self) -> Vec<String>;

    /// Names of all SLS of an environment, with dots; patterns are matched against them. `web` stands there for `web.sls` and for
    /// `web/init.sls`.
    fn names(&self, env: &str) -> Vec<String>;

    /// Reads and renders an SLS.
    ///
    /// # Errors
    /// When there is no such SLS, or it does not render.
    fn load(&self, env: &str, sls: &str) -> Result<Loaded, Unloaded>;
}

/// A rendered SLS.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Path of its file from the environment's root; `web/init.sls` makes relative includes start one level deeper.
    pub path: String,
    /// Its data; `None` for a file without content.
    pub rendered: Option<Rendered>,
}

/// Why an SLS could not be had.
#[derive(Clone, Debug)]
pub enum Unloaded {
    /// There is none of that name.
    Missing,
    /// It could not be read or did not render. The message is what follows `Rendering SLS 'env:name' failed: `.
    Failed(Box<Problem>),
}
