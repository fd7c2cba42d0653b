//! The tokens of a template.

use super::ast::Pos;
use std::sync::Arc;
use value::BigInt;

/// A token and where it starts.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Tok,
    pub pos: Pos,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tok {
    Data(Arc<str>),
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name(Arc<str>),
    Str(Arc<str>),
    Int(BigInt),
    Float(f64),
    Op(&'static str),
    Eof,
}

/// The operators, longest first, so that the first match is the right one.
pub(super) const OPERATORS: [&str; 25] =
    ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ","];

impl Tok {
    /// The token in Jinja's words.
    pub(super) fn describe(&self) -> &str {
        match self {
            Self::Data(_) => "template data / text",
            Self::VariableBegin => "begin of print statement",
            Self::VariableEnd => "end of print statement",
            Self::BlockBegin => "begin of statement block",
            Self::BlockEnd => "end of statement block",
            Self::Name(name) => name,
            Self::Str(_) => "string",
            Self::Int(_) => "integer",
            Self::Float(_) => "float",
            Self::Op(op) => op,
            Self::Eof => "end of template",
        }
    }

    pub(super) fn is_op(&self, op: &str) -> bool {
        matches!(self, Self::Op(known) if *known == op)
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(self, Self::Name(known) if &**known == name)
    }
}
