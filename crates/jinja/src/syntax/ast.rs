//! The tree of a template.

use std::collections::HashMap;
use std::sync::Arc;
use value::BigInt;

/// A place in a template: line and column from 1, the column in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pos {
    pub line: u32,
    pub column: u32,
}

pub(crate) type Name = Arc<str>;

/// A whole template.
#[derive(Debug)]
pub(crate) struct Template {
    pub name: Arc<str>,
    pub body: Vec<Stmt>,
    pub blocks: HashMap<Name, Arc<Block>>,
    pub strict: bool,
}

#[derive(Debug)]
pub(crate) struct Expr {
    pub kind: ExprKind,
    pub pos: Pos,
}

#[derive(Clone, Debug)]
pub(crate) enum Const {
    None,
    Bool(bool),
    Int(BigInt),
    Float(f64),
    Str(Arc<str>),
}

#[derive(Debug)]
pub(crate) enum ExprKind {
    Const(Const),
    Name(Name),
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Attr(Box<Expr>, Name),
    Item(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>, Box<[Option<Expr>; 3]>),
    Call(Box<Expr>, Args),
    /// Without a target it is the filter of a block, applied to the block's text.
    Filter(Option<Box<Expr>>, Name, Args),
    Test(Box<Expr>, Name, Args),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Compare(Box<Expr>, Vec<(Compare, Expr)>),
    Concat(Vec<Expr>),
    /// Value, condition, otherwise.
    Cond(Box<Expr>, Box<Expr>, Option<Box<Expr>>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    Not,
    Neg,
    Pos,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
}

/// Arguments of a call.
#[derive(Debug, Default)]
pub(crate) struct Args {
    pub positional: Vec<Expr>,
    pub keyword: Vec<(Name, Expr)>,
    pub star: Option<Box<Expr>>,
    pub double_star: Option<Box<Expr>>,
}

/// What is assigned to.
#[derive(Debug)]
pub(crate) enum Target {
    Name(Name),
    /// `namespace.attribute`.
    Attr(Name, Name),
    Tuple(Vec<Target>),
}

#[derive(Debug)]
pub(crate) struct Stmt {
    pub kind: StmtKind,
    pub pos: Pos,
}

#[derive(Debug)]
pub(crate) enum StmtKind {
    Data(Arc<str>),
    Print(Expr),
    If(Vec<(Expr, Vec<Stmt>)>, Vec<Stmt>),
    For(Arc<For>),
    Set(Target, Expr),
    /// Target, filter, body.
    SetBlock(Target, Option<Expr>, Vec<Stmt>),
    Macro(Arc<Macro>),
    /// The call, and the block as the macro `caller`.
    CallBlock(Expr, Arc<Macro>),
    FilterBlock(Expr, Vec<Stmt>),
    With(Vec<(Target, Expr)>, Vec<Stmt>),
    /// `autoescape`: the setting is evaluated; nothing is escaped.
    Scope(Expr, Vec<Stmt>),
    Block(Arc<Block>),
    Extends(Expr),
    Include {
        template: Expr,
        ignore_missing: bool,
        context: bool,
    },
    Import {
        template: Expr,
        target: Name,
        context: bool,
    },
    FromImport {
        template: Expr,
        names: Vec<(Name, Name)>,
        context: bool,
    },
    Do(Expr),
    Break,
    Continue,
    /// `load_yaml as name`: format, name, body.
    Load(Name, Target, Vec<Stmt>),
    /// `import_yaml 'file' as name`.
    ImportData {
        format: Name,
        template: Expr,
        target: Name,
        context: bool,
    },
    Profile(Expr, Vec<Stmt>),
}

#[derive(Debug)]
pub(crate) struct For {
    pub target: Target,
    pub iter: Expr,
    pub filter: Option<Expr>,
    pub body: Vec<Stmt>,
    pub otherwise: Vec<Stmt>,
    pub recursive: bool,
}

#[derive(Debug)]
pub(crate) struct Macro {
    pub name: Name,
    /// Parameters with their defaults.
    pub params: Vec<(Name, Option<Expr>)>,
    pub body: Vec<Stmt>,
    pub uses: Uses,
}

/// Which of the special names a macro's body uses; those decide which arguments it takes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Uses {
    pub varargs: bool,
    pub kwargs: bool,
    pub caller: bool,
}

#[derive(Debug)]
pub(crate) struct Block {
    pub name: Name,
    pub body: Vec<Stmt>,
    pub scoped: bool,
    pub required: bool,
}
