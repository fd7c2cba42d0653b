//! Answers many `salt-call` command lines in one process, for the recorded cases.

fn main() -> anyhow::Result<()> {
    tests::conformance::work()
}
