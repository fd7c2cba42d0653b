//! The names that stand for one of several programs, as `update-alternatives` keeps them.

use sdk::{Args, Failure, Query, Read, Value};

sdk::module!(alternatives, [ShowCurrent, CheckInstalled, CheckExists]);

/// Return the program that a name stands for now, or `False`.
///
/// ```salt
/// salt '*' alternatives.show_current editor
/// ```
#[derive(Args)]
pub struct ShowCurrent {
    /// The name.
    name: String,
}

impl Query for ShowCurrent {
    type Output = Value;
    async fn call(self, read: &Read) -> Result<Value, Failure> {
        Ok(current(&self.name, read).map_or(Value::Bool(false), Value::from))
    }
}

/// Return whether a name stands for this program now.
///
/// ```salt
/// salt '*' alternatives.check_installed editor /usr/bin/vim.basic
/// ```
#[derive(Args)]
pub struct CheckInstalled {
    /// The name.
    name: String,
    /// The program.
    path: String,
}

impl Query for CheckInstalled {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        Ok(current(&self.name, read).is_some_and(|found| found == self.path))
    }
}

/// Return whether this program is among those that a name may stand for.
///
/// ```salt
/// salt '*' alternatives.check_exists editor /usr/bin/vim.basic
/// ```
#[derive(Args)]
pub struct CheckExists {
    /// The name.
    name: String,
    /// The program.
    path: String,
}

impl Query for CheckExists {
    type Output = bool;
    async fn call(self, read: &Read) -> Result<bool, Failure> {
        // Debian and its relatives, and Red Hat and its own.
        let lists = ["/var/lib/dpkg/alternatives", "/var/lib/alternatives"].map(|folder| format!("{folder}/{}", self.name));
        let read_list = |list: &String| read.host().read(list).ok();
        let found = lists.iter().find_map(read_list).unwrap_or_default();
        Ok(String::from_utf8_lossy(&found).lines().any(|line| line == self.path))
    }
}

fn current(name: &str, read: &Read) -> Option<String> {
    read.host().real_path(&format!("/etc/alternatives/{name}")).ok()
}

#[cfg(test)]
mod tests {
    use sdk::host::FakeHost;
    use sdk::{Facts, Query as _, Value, testing};
    use std::sync::Arc;

    #[tokio::test]
    async fn a_name_without_alternatives_stands_for_nothing() {
        let cx = testing::context(Arc::new(FakeHost::new()), Facts::default());
        let shown = super::ShowCurrent { name: "editor".to_owned() }.call(cx.read()).await;
        assert_eq!(shown.ok(), Some(Value::Bool(false)));
    }
}
