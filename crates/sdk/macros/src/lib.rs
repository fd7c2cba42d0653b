//! The derive `Args`: decoding, defaults, aliases and the static argument table of a function.
//!
//! The generated code only lists: which place of the table each field takes. All decoding lives in `sdk::args`, once, so that five hundred
//! functions stay small.

mod derive;

use proc_macro::TokenStream;

/// Makes a struct the arguments of a function.
///
/// On the struct: `#[args(name = "false")]` where the type's name in snake case is not the function's name.
/// On a field: `#[arg(default)]` (its type's default), `#[arg(default = 30)]` (as if that had been given), `#[arg(alias = "dirmode")]`,
/// `#[arg(name = "type")]`, `#[arg(named)]` (never by position), `#[arg(ignored)]` (taken for compatibility, not looked at), `#[arg(rest)]` (further positional ones, `Vec<Value>`),
/// `#[arg(extra)]` (further named ones, `Map`). An `Option` needs no default.
#[proc_macro_derive(Args, attributes(arg, args))]
pub fn derive_args(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    derive::expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}
