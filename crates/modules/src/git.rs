//! Git checkouts, through the program `git`.

use sdk::host::Command;
use sdk::{Args, Failure, Query, Read};

sdk::module!(git, [CurrentBranch]);

/// Return the branch that a checkout is on, or `HEAD` where it is on none.
///
/// ```salt
/// salt '*' git.current_branch /srv/app
/// ```
#[derive(Args)]
pub struct CurrentBranch {
    /// Folder of the checkout.
    cwd: String,
    /// User to run git as.
    user: Option<String>,
    /// A failure is expected and not worth a log line.
    #[arg(default = false, ignored)]
    ignore_retcode: bool,
}

impl Query for CurrentBranch {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let mut command = Command::new(["git", "rev-parse", "--abbrev-ref", "HEAD"]).cwd(&self.cwd).env("LC_ALL", "C");
        command.user = self.user;
        let output = read.run_command(command).await?;
        if output.is_ok() {
            return Ok(output.out().trim_end().to_owned());
        }
        Err(Failure::failed(format!("Command 'git rev-parse --abbrev-ref HEAD' failed in `{}`: {}", self.cwd, output.err().trim())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::host::FakeHost;
    use sdk::{Facts, testing};
    use std::sync::Arc;

    #[tokio::test]
    async fn the_branch_is_what_git_says() {
        let host = FakeHost::new();
        host.dir("/srv/app", 0o755);
        host.answer("git rev-parse --abbrev-ref HEAD", 0, "main\n", "");
        host.answer("git rev-parse --abbrev-ref HEAD", 128, "", "fatal: not a git repository\n");
        let cx = testing::context(Arc::new(host), Facts::default());
        let branch = || CurrentBranch { cwd: "/srv/app".to_owned(), user: None, ignore_retcode: false };
        assert_eq!(branch().call(cx.read()).await.unwrap(), "main");
        let failure = branch().call(cx.read()).await.unwrap_err();
        assert!(failure.message.ends_with("failed in `/srv/app`: fatal: not a git repository"), "{failure}");
    }
}
