//! `salt-key`.

fn main() -> std::process::ExitCode {
    cli::main(cli::Program::SaltKey)
}
