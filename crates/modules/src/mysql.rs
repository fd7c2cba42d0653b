//! MySQL and MariaDB, through their own client. The password goes through the environment: other users see the words of a command.

use sdk::host::Command;
use sdk::{Args, Failure, Map, Query, Read, Value, text};

sdk::module!(mysql, [DbList, DbExists, DbTables]);

/// Return the databases.
///
/// ```salt
/// salt '*' mysql.db_list
/// ```
#[derive(Args)]
pub struct DbList {
    /// How to connect: `connection_user`, `connection_pass`, `connection_host`, `connection_port`, `connection_unix_socket`,
    /// `connection_default_file`; each may also stand as `mysql.user` and so on in the minion's configuration or pillar.
    #[arg(extra)]
    connection: Map,
}

impl Query for DbList {
    type Output = Vec<String>;
    async fn call(self, read: &Read) -> Result<Vec<String>, Failure> {
        ask("SHOW DATABASES", &self.connection, read).await
    }
}

/// Return whether there is a database.
///
/// ```salt
/// salt '*' mysql.db_exists shop
/// ```
#[derive(Args)]
pub struct DbExists {
    /// The database.
    name: String,
    /// How to connect, as for `mysql.db_list`.
    #[arg(extra)]
    connection: Map,
}

impl Query for DbExists {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        exists(&self.name, &self.connection, read).await
    }
}

/// Return the tables of a database, or `False` if there is no such database.
///
/// ```salt
/// salt '*' mysql.db_tables shop
/// ```
#[derive(Args)]
pub struct DbTables {
    /// The database.
    name: String,
    /// How to connect, as for `mysql.db_list`.
    #[arg(extra)]
    connection: Map,
}

impl Query for DbTables {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        if !exists(&self.name, &self.connection, read).await? {
            return Ok(Value::Bool(false));
        }
        let name = self.name.replace('`', "``");
        ask(&format!("SHOW TABLES IN `{name}`"), &self.connection, read).await.map(Value::from)
    }
}

async fn exists(name: &str, connection: &Map, read: &Read) -> Result<bool, Failure> {
    Ok(ask("SHOW DATABASES", connection, read).await?.iter().any(|known| known == name))
}

/// The first column of what a statement gives.
async fn ask(statement: &str, connection: &Map, read: &Read) -> Result<Vec<String>, Failure> {
    let client = ["mysql", "mariadb"].into_iter().find(|name| read.host().which(name).is_some());
    let client = client.ok_or_else(|| Failure::unavailable("neither `mysql` nor `mariadb` is installed here"))?;
    let output = read.run_command(command(client, statement, connection, read)).await?;
    if output.is_ok() {
        return Ok(output.out().lines().map(unescaped).collect());
    }
    Err(Failure::failed(format!("MySQL: {}", output.err().trim())))
}

fn command(client: &str, statement: &str, connection: &Map, read: &Read) -> Command {
    let given = |name: &str| -> Option<String> {
        let own = connection.get(&format!("connection_{name}")).filter(|value| !value.is_null());
        let is_from_file = connection.contains_key("connection_default_file");
        let key = format!("mysql.{name}");
        let value = own.or_else(|| read.opt(&key).or_else(|| read.facts().pillar.get(&key)).filter(|_| !is_from_file));
        value.map(text::str).filter(|text| !text.is_empty())
    };
    let mut argv = vec![client.to_owned()];
    // These must stand before all others.
    for (option, name) in [("defaults-extra-file", "default_file"), ("defaults-group-suffix", "default_group")] {
        argv.extend(given(name).map(|value| format!("--{option}={value}")));
    }
    for (option, name) in [("host", "host"), ("port", "port"), ("user", "user"), ("socket", "unix_socket")] {
        argv.extend(given(name).map(|value| format!("--{option}={value}")));
    }
    argv.extend(["--batch", "--skip-column-names", "--execute", statement].map(str::to_owned));
    let mut command = Command::new(argv).env("LC_ALL", "C");
    if let Some(password) = given("pass") {
        command = command.env("MYSQL_PWD", password);
    }
    command
}

/// The client writes line breaks and tabs of names as `\n` and `\t`.
fn unescaped(line: &str) -> String {
    line.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::host::FakeHost;
    use sdk::{Facts, testing};
    use std::sync::Arc;

    const OPTIONS: &str = "--host=db.example.com --user=salt --batch --skip-column-names --execute";

    #[tokio::test]
    async fn tables_of_a_database_and_of_none() {
        let host = FakeHost::new();
        host.program("/usr/bin/mysql");
        host.answer(&format!("mysql {OPTIONS} SHOW DATABASES"), 0, "information_schema\nshop\n", "");
        host.answer(&format!("mysql {OPTIONS} SHOW TABLES IN `shop`"), 0, "orders\ncustomers\n", "");
        let pillar: Value = serde_json::from_str(r#"{"mysql.user": "salt", "mysql.host": "localhost"}"#).unwrap();
        let cx = testing::context(Arc::new(host), Facts { pillar: Arc::new(pillar), ..Facts::default() });
        let connection: Map = [("connection_host", "db.example.com")].into_iter().collect();
        let tables = |name: &str| DbTables { name: name.to_owned(), connection: connection.clone() };
        assert_eq!(tables("shop").call(cx.read()).await.unwrap(), Value::from(vec!["orders", "customers"]));
        assert_eq!(tables("nope").call(cx.read()).await.unwrap(), Value::Bool(false));
    }

    #[tokio::test]
    async fn without_a_client_it_says_so() {
        let cx = testing::context(Arc::new(FakeHost::new()), Facts::default());
        let failure = DbList { connection: Map::new() }.call(cx.read()).await.unwrap_err();
        assert_eq!(failure.message, "neither `mysql` nor `mariadb` is installed here");
    }
}
