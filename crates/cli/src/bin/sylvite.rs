//! `sylvite`.

fn main() -> std::process::ExitCode {
    cli::main(cli::Program::Sylvite)
}
