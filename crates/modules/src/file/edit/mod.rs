//! Editing text: pure functions from the old content to the new one, shared by functions and states.

mod block;
mod comment;
mod key_value;
mod line;
mod pattern;
mod replace;

pub use block::{Block, BlockError, Newline, replace_block};
pub use comment::{CommentState, comment, comment_state, uncomment};
pub use key_value::{KeyValue, KeyValueEdit, set_key_values};
pub use line::{Line, LineMode, Place, edit_line};
pub use pattern::{Flags, Pattern, Replacement};
pub use replace::{NotFound, replace};
