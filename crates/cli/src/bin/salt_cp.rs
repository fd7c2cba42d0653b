//! `salt-cp`.

fn main() -> std::process::ExitCode {
    cli::main(cli::Program::SaltCp)
}
