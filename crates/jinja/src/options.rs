//! Options of the environment, per engine or per source.

/// How templates are read. The names are those of Jinja's `Environment`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Remove the first newline after a statement.
    pub trim_blocks: bool,
    /// Remove blanks before a statement that starts its line.
    pub lstrip_blocks: bool,
    /// Keep the one newline at the end of a template.
    pub keep_trailing_newline: bool,
    /// Using what is undefined is an error, printing included.
    pub strict: bool,
    /// What each end of line in template text becomes.
    pub newline_sequence: String,
    /// Start of a statement.
    pub block_start: String,
    /// End of a statement.
    pub block_end: String,
    /// Start of an expression.
    pub variable_start: String,
    /// End of an expression.
    pub variable_end: String,
    /// Start of a comment.
    pub comment_start: String,
    /// End of a comment.
    pub comment_end: String,
    /// A line that starts with this is a statement.
    pub line_statement_prefix: Option<String>,
    /// The rest of a line after this is a comment.
    pub line_comment_prefix: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            trim_blocks: false,
            lstrip_blocks: false,
            keep_trailing_newline: false,
            strict: true,
            newline_sequence: "\n".to_owned(),
            block_start: "{%".to_owned(),
            block_end: "%}".to_owned(),
            variable_start: "{{".to_owned(),
            variable_end: "}}".to_owned(),
            comment_start: "{#".to_owned(),
            comment_end: "#}".to_owned(),
            line_statement_prefix: None,
            line_comment_prefix: None,
        }
    }
}
