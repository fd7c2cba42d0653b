//! `salt-call`.

fn main() {
    std::process::exit(minion::call::main(std::env::args_os()));
}
