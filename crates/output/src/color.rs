//! Colours of terminals, in the sequences that Salt writes.

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Headings and keys.
    Cyan,
    /// Text, and what went well.
    Green,
    /// What failed.
    Red,
    /// Problems in bold.
    LightRed,
    /// Numbers, truth values, and what would be changed.
    Yellow,
    /// Denied keys.
    Magenta,
    /// Rejected keys.
    Blue,
    /// Heading of accepted keys.
    LightGreen,
    /// Heading of denied keys.
    LightMagenta,
    /// Heading of rejected keys.
    LightBlue,
    /// Rules of tables.
    White,
    /// Rows of tables.
    LightWhite,
    /// Labels of tables.
    Dark,
}

/// Whether colours are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// No colours.
    Plain,
    /// Escape sequences of terminals.
    Terminal,
}

impl Palette {
    /// What switches a colour on.
    #[must_use]
    pub(crate) const fn on(self, color: Color) -> &'static str {
        match (self, color) {
            (Self::Plain, _) => "",
            (Self::Terminal, Color::Cyan) => "\u{1b}[0;36m",
            (Self::Terminal, Color::Green) => "\u{1b}[0;32m",
            (Self::Terminal, Color::Red) => "\u{1b}[0;31m",
            (Self::Terminal, Color::LightRed) => "\u{1b}[0;1;31m",
            (Self::Terminal, Color::Yellow) => "\u{1b}[0;1;33m",
            (Self::Terminal, Color::Magenta) => "\u{1b}[0;35m",
            (Self::Terminal, Color::Blue) => "\u{1b}[0;34m",
            (Self::Terminal, Color::LightGreen) => "\u{1b}[0;1;32m",
            (Self::Terminal, Color::LightMagenta) => "\u{1b}[0;1;35m",
            (Self::Terminal, Color::LightBlue) => "\u{1b}[0;1;34m",
            (Self::Terminal, Color::White) => "\u{1b}[0;37m",
            (Self::Terminal, Color::LightWhite) => "\u{1b}[0;1;37m",
            (Self::Terminal, Color::Dark) => "\u{1b}[0;1;30m",
        }
    }

    /// What switches colours off.
    #[must_use]
    pub(crate) const fn off(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Terminal => "\u{1b}[0;0m",
        }
    }

    /// Text in a colour.
    pub(crate) fn paint(self, color: Color, text: &str) -> String {
        format!("{}{text}{}", self.on(color), self.off())
    }

    /// Text in the colour of what failed.
    #[must_use]
    pub fn red(self, text: &str) -> String {
        self.paint(Color::Red, text)
    }

    /// Text in the colour of headings.
    #[must_use]
    pub fn cyan(self, text: &str) -> String {
        self.paint(Color::Cyan, text)
    }

    /// Text in the colour of what went well.
    #[must_use]
    pub fn green(self, text: &str) -> String {
        self.paint(Color::Green, text)
    }

    /// Text in the colour of what is not settled.
    #[must_use]
    pub fn yellow(self, text: &str) -> String {
        self.paint(Color::Yellow, text)
    }
}
