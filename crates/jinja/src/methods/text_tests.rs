//! The `is…` methods of text.

/// Whether a text is of the kind that a method's name says; `None` when there is no such method.
pub(super) fn call(text: &str, name: &str) -> Option<bool> {
    let all = |test: fn(char) -> bool| !text.is_empty() && text.chars().all(test);
    Some(match name {
        "isalnum" => all(char::is_alphanumeric),
        "isalpha" => all(char::is_alphabetic),
        "isascii" => text.is_ascii(),
        "isdecimal" | "isdigit" => all(is_digit),
        "isnumeric" => all(char::is_numeric),
        "isspace" => all(char::is_whitespace),
        "isprintable" => text.chars().all(|c| !c.is_control()),
        "islower" => is_lower(text),
        "isupper" => is_upper(text),
        "istitle" => is_title(text),
        "isidentifier" => {
            text.chars().enumerate().all(|(at, c)| c == '_' || if at == 0 { c.is_alphabetic() } else { c.is_alphanumeric() })
                && !text.is_empty()
        }
        _ => return None,
    })
}

fn is_digit(c: char) -> bool {
    // Outside of ASCII a digit is a number that is no letter and no fraction; the common ones are the superscripts.
    c.is_ascii_digit() || !c.is_ascii() && c.is_numeric() && !c.is_alphabetic() && !('¼'..='¾').contains(&c)
}

pub(crate) fn is_lower(text: &str) -> bool {
    text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase)
}

pub(crate) fn is_upper(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)
}

fn is_title(text: &str) -> bool {
    let (mut in_word, mut cased) = (false, false);
    for c in text.chars() {
        if c.is_uppercase() && in_word || c.is_lowercase() && !in_word {
            return false;
        }
        in_word = c.is_uppercase() || c.is_lowercase();
        cased |= in_word;
    }
    cased
}
