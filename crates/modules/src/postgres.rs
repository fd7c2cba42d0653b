//! PostgreSQL, through its own client `psql`. The password goes through the environment: other users see the words of a command.

use sdk::host::Command;
use sdk::{Args, Failure, Map, Query, Read, Value, text};

sdk::module!(postgres, [PsqlQuery]);

/// What stands between columns and between rows: characters that no text has by accident.
const COLUMN: &str = "\u{1f}";
const ROW: &str = "\u{1e}";

/// Run a query and return its rows, each as a mapping of columns to text.
///
/// A query that fails has no rows; the log says why.
///
/// ```salt
/// salt '*' postgres.psql_query 'select * from pg_stat_activity'
/// ```
#[derive(Args)]
pub struct PsqlQuery {
    /// The query.
    query: String,
    /// User of the database.
    user: Option<String>,
    /// Host of the database; its socket on this machine unless given.
    host: Option<String>,
    /// Port.
    port: Option<Value>,
    /// The database to ask.
    maintenance_db: Option<String>,
    /// Password of the user.
    password: Option<String>,
    /// User of this machine who asks; `postgres` where there is one.
    runas: Option<String>,
    /// The query changes data.
    #[arg(default = false)]
    write: bool,
}

impl Query for PsqlQuery {
    type Output = Vec<Value>;
    async fn call(self, read: &Read) -> Result<Vec<Value>, Failure> {
        let output = read.run_command(self.command(read)).await?;
        if !output.is_ok() {
            tracing::warn!(error = output.err().trim(), "psql did not run the query");
            return Ok(Vec::new());
        }
        Ok(rows(&output.out()))
    }
}

impl PsqlQuery {
    fn command(&self, read: &Read) -> Command {
        let given = |own: Option<String>, name: &str| -> Option<String> {
            let key = format!("postgres.{name}");
            own.or_else(|| read.opt(&key).or_else(|| read.facts().pillar.get(&key)).map(text::str)).filter(|text| !text.is_empty())
        };
        let mut argv: Vec<String> =
            ["psql", "--no-align", "--no-readline", "--no-psqlrc", "--no-password", "--quiet"].map(str::to_owned).into();
        argv.extend(["--field-separator", COLUMN, "--record-separator", ROW, "--pset", "footer=off"].map(str::to_owned));
        argv.extend(["--set", "ON_ERROR_STOP=1"].map(str::to_owned));
        for (option, value) in [
            ("--username", given(self.user.clone(), "user")),
            ("--host", given(self.host.clone(), "host")),
            ("--port", given(self.port.as_ref().map(text::str), "port")),
        ] {
            argv.extend(value.into_iter().flat_map(|value| [option.to_owned(), value]));
        }
        let database = given(self.maintenance_db.clone(), "maintenance_db").unwrap_or_else(|| "postgres".to_owned());
        argv.extend(["--dbname".to_owned(), database]);
        let query = self.query.trim().trim_end_matches(';').to_owned();
        let access = if self.write { "READ WRITE" } else { "READ ONLY" };
        for statement in [format!("START TRANSACTION {access}"), query, "COMMIT".to_owned()] {
            argv.extend(["--command".to_owned(), statement]);
        }
        let mut command = Command::new(argv).env("PGDATESTYLE", "ISO, MDY").env("PGOPTIONS", "");
        if let Some(password) = given(self.password.clone(), "pass") {
            command = command.env("PGPASSWORD", password);
        }
        let known = |name: &str| read.host().accounts().user(name).is_some();
        command.user.clone_from(&self.runas);
        if command.user.is_none() && read.host().identity().0 == 0 && known("postgres") {
            command.user = Some("postgres".to_owned());
        }
        command
    }
}

fn rows(output: &str) -> Vec<Value> {
    let mut lines = output.trim_end_matches('\n').split(ROW);
    let Some(header) = lines.next().filter(|header| !header.is_empty()) else { return Vec::new() };
    let names: Vec<&str> = header.split(COLUMN).collect();
    lines.map(|line| Value::Map(names.iter().copied().zip(line.split(COLUMN)).collect::<Map>())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_mappings_in_the_order_of_the_columns() {
        let output = format!("name{COLUMN}note{ROW}a{COLUMN}two\nlines{ROW}b{COLUMN}\n");
        let shown: Vec<String> = rows(&output).iter().map(text::repr).collect();
        assert_eq!(shown, [r"{'name': 'a', 'note': 'two\nlines'}", "{'name': 'b', 'note': ''}"]);
        assert_eq!(rows("\n"), Vec::<Value>::new());
    }
}
