//! `salt-run`.

fn main() -> std::process::ExitCode {
    cli::main(cli::Program::SaltRun)
}
