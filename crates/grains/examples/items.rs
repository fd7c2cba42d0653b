//! Prints the grains of this host as JSON: `cargo run -p grains --example items`.
#![allow(clippy::print_stdout, reason = "an example")]

fn main() {
    let grains = grains::core(&grains::System::live(), &grains::About::new("testmin.example.org"));
    println!("{}", serde_json::to_string(&grains).unwrap_or_default());
}
