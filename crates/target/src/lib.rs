//! Parses target expressions and top files and decides, from facts given to it, who matches.
//!
//! An expression is parsed once into an [`Expression`] and then asked about any number of minions; nothing here knows where facts come
//! from. [`parse`] refuses whatever cannot have been meant, with the column and a way out. Where an old tree must be read as Salt reads
//! it, [`parse_leniently`] turns an operand that cannot match into one that never does; a broken structure stays an error, and the
//! caller reads it as "matches nothing".

mod compound;
mod data;
mod error;
mod expression;
mod facts;
mod nodegroups;
mod operand;
mod stored;
pub mod top;

pub use error::ParseError;
pub use expression::{Expression, parse, parse_leniently, parse_words};
pub use facts::{Facts, Known, KnownAsset};
pub use nodegroups::Nodegroups;
pub use stored::Stored;
