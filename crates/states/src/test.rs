//! States that pretend: for trying requisites, and for saying something in the middle of a run.

use sdk::{Applied, Args, Check, Cx, Failure, FromValue, Map, Outlook, Read, State, Value, text};

sdk::states!(
    test,
    [
        Nop,
        SucceedWithoutChanges,
        SucceedWithChanges,
        FailWithoutChanges,
        FailWithChanges,
        ConfigurableTestState,
        ShowNotification,
        CheckPillar,
    ]
);

const FIRED: &str = "Watch statement fired.";

fn pretended() -> Map {
    let mut change = Map::new();
    change.insert("old", "Unchanged");
    change.insert("new", "Something pretended to change");
    [("testing", change)].into_iter().collect()
}

/// A reaction to watched changes, alike in both modes: it names the chunks that changed.
fn fired(read: &Read) -> Applied {
    let changed = read.chunk().and_then(|chunk| chunk.low.get("__reqs__")?.get("watch")?.as_list().map(<[Value]>::to_vec));
    let word = |low: &Value, key: &str| low.get(key).map(text::str).unwrap_or_default();
    let names: Vec<String> =
        changed.unwrap_or_default().iter().map(|low| format!("{}: {}", word(low, "state"), word(low, "__id__"))).collect();
    Applied::ok(FIRED, [("Requisites with changes", names)].into_iter().collect::<Map>())
}

fn fired_outlook(read: &Read) -> Outlook {
    Outlook::new(FIRED, fired(read).changes).with_result(Some(true))
}

macro_rules! pretending_state {
    ($(#[$doc:meta])* $name:ident, |$comment:ident| $check:expr, |$apply_comment:ident| $apply:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Any name.
            #[arg(ignored)]
            name: String,
            /// `comment`: that of a real run.
            #[arg(extra)]
            more: Map,
        }

        impl $name {
            fn comment(&self) -> Option<String> {
                self.more.get("comment").map(text::str)
            }
        }

        impl State for $name {
            type Change = ();
            const WATCHES: bool = true;

            async fn check(&self, _read: &Read) -> Result<Check<()>, Failure> {
                let comment = self.comment();
                let $comment = comment.as_deref();
                Ok($check)
            }

            async fn apply(&self, (): (), _cx: &Cx) -> Result<Applied, Failure> {
                let comment = self.comment();
                let $apply_comment = comment.as_deref();
                Ok($apply)
            }

            async fn check_watch(&self, read: &Read) -> Result<Outlook, Failure> {
                Ok(fired_outlook(read))
            }

            async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
                Ok(fired(cx.read()))
            }
        }
    };
}

pretending_state! {
    /// Do nothing and succeed.
    ///
    /// ```salt
    /// anchor:
    ///   test.nop: []
    /// ```
    Nop,
    |_comment| Check::desired("Success!"),
    |_comment| Applied::ok("Success!", Map::new())
}

pretending_state! {
    /// Succeed without changes.
    ///
    /// ```salt
    /// anchor:
    ///   test.succeed_without_changes: []
    /// ```
    SucceedWithoutChanges,
    |comment| Check::desired(comment.unwrap_or("Success!")),
    |_comment| Applied::ok("Success!", Map::new())
}

pretending_state! {
    /// Succeed with a pretended change.
    ///
    /// ```salt
    /// pretend:
    ///   test.succeed_with_changes: []
    /// ```
    SucceedWithChanges,
    |_comment| Check::change("If we weren't testing, this would be successful with changes", pretended(), ()),
    |comment| Applied::ok(comment.unwrap_or("Success!"), pretended())
}

pretending_state! {
    /// Fail without changes.
    ///
    /// ```salt
    /// stop here:
    ///   test.fail_without_changes:
    ///     - comment: this system is not supported
    /// ```
    FailWithoutChanges,
    |_comment| {
        let outlook = Outlook::new("If we weren't testing, this would be a failure!", Map::new());
        Check::Change(outlook.with_result(Some(false)), ())
    },
    |comment| Applied::failed(comment.unwrap_or("Failure!"))
}

pretending_state! {
    /// Fail with a pretended change.
    ///
    /// ```salt
    /// pretend:
    ///   test.fail_with_changes: []
    /// ```
    FailWithChanges,
    |_comment| Check::change("If we weren't testing, this would be failed with changes", pretended(), ()),
    |comment| Applied::failed(comment.unwrap_or("Failure!")).with_changes(pretended())
}

/// Yes, no, or whatever comes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chance {
    /// This.
    Is(bool),
    /// Drawn when it is needed.
    Random,
}

impl Chance {
    fn draw(self, read: &Read) -> bool {
        match self {
            Self::Is(flag) => flag,
            Self::Random => read.host().now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().subsec_micros().is_multiple_of(2),
        }
    }
}

impl FromValue for Chance {
    const EXPECTED: &'static str = "yes, no or `Random`";

    fn from_value(value: Value) -> Result<Self, Value> {
        match &value {
            Value::Str(word) if word == "Random" => Ok(Self::Random),
            _ => bool::from_value(value).map(Self::Is),
        }
    }
}

/// Behave as asked: with or without changes, successful or not.
///
/// ```salt
/// pretend:
///   test.configurable_test_state:
///     - changes: True
///     - result: False
///     - comment: as asked
/// ```
#[derive(Args)]
pub struct ConfigurableTestState {
    /// Any name.
    #[arg(ignored)]
    name: String,
    /// Whether something changes.
    #[arg(default = true)]
    changes: Chance,
    /// Whether it succeeds.
    #[arg(default = true)]
    result: Chance,
    /// Comment: text or a list of lines.
    comment: Option<Value>,
    /// Warnings: text or a list.
    warnings: Option<Value>,
    /// Let test mode fail as well.
    #[arg(default = false)]
    allow_test_mode_failure: bool,
    /// Further arguments, which are not looked at.
    #[arg(extra, ignored)]
    more: Map,
}

impl ConfigurableTestState {
    fn said(&self) -> String {
        match &self.comment {
            None | Some(Value::Null) => String::new(),
            Some(Value::List(lines)) => lines.iter().map(text::str).collect::<Vec<_>>().join("\n"),
            Some(other) => text::str(other),
        }
    }

    fn warned(&self) -> Vec<String> {
        match &self.warnings {
            Some(Value::List(items)) => items.iter().map(text::str).collect(),
            Some(Value::Str(text)) => text.lines().map(str::to_owned).collect(),
            Some(_) | None => Vec::new(),
        }
    }
}

impl State for ConfigurableTestState {
    type Change = (bool, bool);
    const WATCHES: bool = true;

    async fn check(&self, read: &Read) -> Result<Check<(bool, bool)>, Failure> {
        let (changes, result) = (self.changes.draw(read), self.result.draw(read));
        let test_result = match (result, changes) {
            (false, _) if self.allow_test_mode_failure => Some(false),
            (_, true) => None,
            (_, false) => Some(true),
        };
        let said = self.said();
        let comment = if said.is_empty() { "This is a test" } else { &said };
        let mut outlook = Outlook::new(comment, if changes { pretended() } else { Map::new() }).with_result(test_result);
        outlook.warnings = self.warned();
        Ok(Check::Change(outlook, (changes, result)))
    }

    async fn apply(&self, (changes, result): (bool, bool), _cx: &Cx) -> Result<Applied, Failure> {
        let mut applied = Applied::ok(self.said(), if changes { pretended() } else { Map::new() });
        applied.result = result;
        applied.warnings = self.warned();
        Ok(applied)
    }

    async fn check_watch(&self, read: &Read) -> Result<Outlook, Failure> {
        Ok(fired_outlook(read))
    }

    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
        Ok(fired(cx.read()))
    }
}

/// Say something in the middle of a run.
///
/// ```salt
/// note:
///   test.show_notification:
///     - text: this role is deprecated
/// ```
#[derive(Args)]
pub struct ShowNotification {
    /// Any name.
    #[arg(ignored)]
    name: String,
    /// What is said.
    text: Option<String>,
}

impl State for ShowNotification {
    type Change = ();
    const WATCHES: bool = true;

    async fn check(&self, _read: &Read) -> Result<Check<()>, Failure> {
        Ok(match &self.text {
            Some(text) if !text.is_empty() => Check::desired(text.as_str()),
            Some(_) | None => Check::fails("Missing required argument text."),
        })
    }

    async fn apply(&self, (): (), _cx: &Cx) -> Result<Applied, Failure> {
        Ok(Applied::ok("", Map::new()))
    }

    async fn check_watch(&self, read: &Read) -> Result<Outlook, Failure> {
        Ok(fired_outlook(read))
    }

    async fn on_watch(&self, cx: &Cx) -> Result<Applied, Failure> {
        Ok(fired(cx.read()))
    }
}

/// Check that pillar values are there and of a type.
///
/// ```salt
/// needs a database:
///   test.check_pillar:
///     - present: [db:host]
///     - integer: [db:port]
///     - failhard: True
/// ```
#[derive(Args)]
pub struct CheckPillar {
    /// Any name.
    #[arg(ignored)]
    name: String,
    /// Paths that have to be there.
    #[arg(default)]
    present: Vec<String>,
    /// Paths of truth values.
    #[arg(default)]
    boolean: Vec<String>,
    /// Paths of whole numbers.
    #[arg(default)]
    integer: Vec<String>,
    /// Paths of texts.
    #[arg(default)]
    string: Vec<String>,
    /// Paths of lists.
    #[arg(default)]
    listing: Vec<String>,
    /// Paths of mappings.
    #[arg(default)]
    dictionary: Vec<String>,
    /// Say what was found.
    #[arg(default = false)]
    verbose: bool,
}

impl State for CheckPillar {
    type Change = ();

    async fn check(&self, read: &Read) -> Result<Check<()>, Failure> {
        type Fits = fn(&Value) -> bool;
        let kinds: [(&[String], &str, Fits); 5] = [
            (&self.boolean, "bool", |value| matches!(value, Value::Bool(_))),
            (&self.integer, "int", |value| matches!(value, Value::Int(_))),
            (&self.string, "str", |value| matches!(value, Value::Str(_))),
            (&self.listing, "list", |value| matches!(value, Value::List(_))),
            (&self.dictionary, "dict", |value| matches!(value, Value::Map(_))),
        ];
        let mut problems = Vec::new();
        let mut missing: Vec<&str> = Vec::new();
        let every = kinds.iter().flat_map(|(paths, ..)| paths.iter()).chain(&self.present);
        for path in every {
            if read.pillar(path).is_none() && !missing.contains(&path.as_str()) {
                missing.push(path);
            }
        }
        for path in &missing {
            problems.push(format!("Pillar key \"{path}\" is missing.\n"));
        }
        for (paths, kind, fits) in kinds {
            for path in paths {
                if let Some(value) = read.pillar(path).filter(|value| !fits(value)) {
                    problems.push(format!("Pillar key \"{path}\" should be a {kind}, but it's a {}.\n", value.type_name()));
                }
            }
        }
        if problems.is_empty() {
            return Ok(Check::desired(if self.verbose { "Every pillar key that was asked for is there." } else { "" }));
        }
        Ok(Check::fails(problems.concat()))
    }

    async fn apply(&self, (): (), _cx: &Cx) -> Result<Applied, Failure> {
        Ok(Applied::ok("", Map::new()))
    }
}
