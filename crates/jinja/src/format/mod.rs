//! Python's two ways to format text: `'%s' % x` and `'{}'.format(x)`.

mod braces;
mod number;
mod percent;
mod spec;

pub(crate) use number::fixed;
