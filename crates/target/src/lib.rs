//! Parses target expressions and top files and decides, from facts given to it, who matches.
