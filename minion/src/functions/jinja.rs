//! Values out of templates, for people who write trees.

use super::desk;
use sdk::{Args, Failure, Map, Query, Read, Value};

sdk::module!(jinja, [LoadMap, ImportYaml, ImportJson]);

async fn value_of(read: &Read, text: String) -> Result<Value, Failure> {
    let desk = desk(read)?;
    let env = read.env().to_owned();
    desk.blocking(move |desk| {
        let scope = desk.scope(&env, Map::new());
        desk.renderer().chain(&render::Source::new("", text), &scope, "jinja|json").map_err(|error| Failure::failed(error.to_string()))
    })
    .await
}

/// A path as a text of the template language.
fn quoted(path: &str) -> String {
    format!("'{}'", path.strip_prefix("salt://").unwrap_or(path).replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Return a variable of a template.
///
/// ```salt
/// salt '*' jinja.load_map nginx/map.jinja nginx
/// ```
#[derive(Args)]
pub struct LoadMap {
    /// Path of the template in the environment.
    path: String,
    /// Name of the variable.
    value: String,
}

impl Query for LoadMap {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        if !self.value.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return Err(Failure::bad_arguments(format!("`{}` is no name of a variable", self.value)));
        }
        value_of(read, format!("{{% from {} import {} with context %}}{{{{ {} | tojson }}}}", quoted(&self.path), self.value, self.value))
            .await
    }
}

/// Return the data of a YAML file that is a template.
///
/// ```salt
/// salt '*' jinja.import_yaml nginx/defaults.yaml
/// ```
#[derive(Args)]
pub struct ImportYaml {
    /// Path of the file in the environment.
    path: String,
}

impl Query for ImportYaml {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        value_of(read, format!("{{% import_yaml {} as imported %}}{{{{ imported | tojson }}}}", quoted(&self.path))).await
    }
}

/// Return the data of a JSON file that is a template.
///
/// ```salt
/// salt '*' jinja.import_json nginx/defaults.json
/// ```
#[derive(Args)]
pub struct ImportJson {
    /// Path of the file in the environment.
    path: String,
}

impl Query for ImportJson {
    type Output = Value;

    async fn call(self, read: &Read) -> Result<Value, Failure> {
        value_of(read, format!("{{% import_json {} as imported %}}{{{{ imported | tojson }}}}", quoted(&self.path))).await
    }
}
