//! Whether an entry is due now, and what is to be remembered.

use crate::entry::splay;
use crate::trigger::at;
use crate::{BadEntry, Entry, Range, Splay};
use jiff::ZonedDateTime;
use value::{Map, Value};

/// A time that passed longer ago was missed: the machine slept, or the program was not there. It is not made up for.
const MISSED: i64 = 60;

/// Gives a number from 0 to below its argument.
pub type Chance<'a> = &'a mut dyn FnMut(i64) -> i64;

/// What is kept of an entry over a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The entry as it was when `next` was found; another text is another entry.
    pub text: String,
    /// When it last ran, in seconds since 1970.
    pub last: Option<i64>,
    /// When it is due by its trigger.
    pub due: Option<i64>,
    /// When it is due with the splay.
    pub next: Option<i64>,
    /// A run was skipped and is to be made up for.
    pub owes: bool,
    /// Explicit times up to this one are over.
    pub explicit_until: i64,
    /// Times to be left out, and others to be run at (`schedule.postpone_job`, `skip_job`).
    pub left_out: Vec<i64>,
    /// See `left_out`.
    pub extra: Vec<i64>,
}

impl Memory {
    /// As it is written down.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let numbers = |list: &[i64]| Value::List(list.iter().map(|number| Value::Int(*number)).collect());
        let mut map = Map::new();
        map.insert("text", self.text.as_str());
        map.insert("last", self.last);
        map.insert("due", self.due);
        map.insert("next", self.next);
        map.insert("owes", self.owes);
        map.insert("explicit_until", self.explicit_until);
        map.insert("left_out", numbers(&self.left_out));
        map.insert("extra", numbers(&self.extra));
        Value::Map(map)
    }

    /// As it was written down; what cannot be read is as if it were not there.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        let number = |key: &str| value.get(key).and_then(Value::as_int);
        let numbers = |key: &str| value.get(key).and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_int).collect();
        Self {
            text: value.get("text").and_then(Value::as_str).unwrap_or_default().to_owned(),
            last: number("last"),
            due: number("due"),
            next: number("next"),
            owes: value.get("owes").is_some_and(Value::is_truthy),
            explicit_until: number("explicit_until").unwrap_or_default(),
            left_out: numbers("left_out"),
            extra: numbers("extra"),
        }
    }
}

/// Keys of `schedule:` that are no entries and hold for all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Globals {
    /// Nothing runs.
    pub is_disabled: bool,
    /// Random seconds for entries without their own.
    pub splay: Option<Splay>,
    /// Nothing runs within this span.
    pub skip_during: Option<Range>,
    /// What runs in place of what is skipped.
    pub skip_function: Option<String>,
}

impl Globals {
    /// Takes the keys of `schedule:` apart: those that hold for all, and the entries.
    ///
    /// # Errors
    /// When a value makes no sense.
    pub fn split(schedule: &Map, whens: &Map) -> Result<(Self, Map), BadEntry> {
        let mut globals = Self::default();
        let mut entries = Map::new();
        for (key, value) in schedule {
            match key.as_str() {
                Some("enabled") => globals.is_disabled = !value.is_truthy(),
                Some("splay") => globals.splay = splay("schedule", Some(value))?,
                Some("skip_function") => globals.skip_function = value.as_str().map(str::to_owned),
                Some("skip_during_range") => {
                    let mut stand_in = Map::from_iter([("function", Value::from("none")), ("seconds", Value::Int(1))]);
                    stand_in.insert("skip_during_range", value.clone());
                    globals.skip_during = Entry::read("schedule", &Value::Map(stand_in), whens)?.skip_during;
                }
                _ => {
                    entries.insert(key.clone(), value.clone());
                }
            }
        }
        Ok((globals, entries))
    }
}

/// The world at the moment of a decision.
pub struct Now<'a> {
    /// The time here.
    pub time: &'a ZonedDateTime,
    /// The program has just started, or the entry is new to it.
    pub is_start: bool,
    /// How many runs of the entry go on.
    pub running: usize,
}

/// Why an entry that was due is not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// Nobody was there at its time.
    Missed,
    /// It lies outside of its range, or within one that is left out.
    Range,
    /// It is before `after` or past `until`.
    Over,
    /// As many runs as are allowed go on already.
    Running,
    /// This time was left out on purpose.
    LeftOut,
}

/// What is to be done with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Run it.
    Run,
    /// It was due and is not run.
    Skip(Skip),
    /// Nothing yet.
    Wait,
}

/// Decides about one entry, and changes what is remembered of it.
pub fn decide(entry: &Entry, globals: &Globals, memory: &mut Memory, now: &Now<'_>, text: &str, chance: Chance<'_>) -> Decision {
    let second = now.time.timestamp().as_second();
    if globals.is_disabled || !entry.is_enabled {
        // So that it does not run for times that passed meanwhile.
        *memory = Memory { text: String::new(), due: None, next: None, owes: false, ..std::mem::take(memory) };
        return Decision::Wait;
    }
    let is_new = memory.text != text;
    if is_new {
        *memory = Memory {
            text: text.to_owned(),
            last: memory.last.filter(|_| memory.text.is_empty()),
            explicit_until: second,
            ..Memory::default()
        };
    }
    if memory.next.is_none() {
        let due = if (is_new || now.is_start) && entry.on_start { Some(second) } else { entry.trigger.next_after(now.time, memory.last) };
        plan(entry, globals, memory, due, chance);
    } else if now.is_start && entry.on_start {
        plan(entry, globals, memory, Some(second), chance);
    }
    let explicit = explicit(entry, memory, now.time, second);
    if let Some(found) = explicit {
        return judge(entry, globals, memory, now, found, second);
    }
    let is_over = |range: &Range| !is_within(range, now.time);
    if memory.owes && entry.skip_during.iter().chain(&globals.skip_during).all(is_over) {
        memory.owes = false;
        return judge(entry, globals, memory, now, second, second);
    }
    let Some(next) = memory.next.filter(|next| *next <= second) else { return Decision::Wait };
    let due = memory.due;
    memory.next = None;
    let following = entry.trigger.next_after(now.time, due);
    plan(entry, globals, memory, following, chance);
    judge(entry, globals, memory, now, next, second)
}

/// When an entry will run next, as far as that is known.
#[must_use]
pub fn next_fire(memory: &Memory) -> Option<i64> {
    memory.next.into_iter().chain(memory.extra.iter().copied()).filter(|time| !memory.left_out.contains(time)).min()
}

fn plan(entry: &Entry, globals: &Globals, memory: &mut Memory, due: Option<i64>, chance: Chance<'_>) {
    memory.due = due;
    memory.next = due.map(|due| match entry.splay.or(globals.splay) {
        Some(splay) => due + splay.start + chance((splay.end - splay.start).max(1)),
        None => due,
    });
}

/// The first explicit time that has come since the last look.
fn explicit(entry: &Entry, memory: &mut Memory, time: &ZonedDateTime, second: i64) -> Option<i64> {
    if let Some(place) = memory.extra.iter().position(|extra| *extra <= second) {
        return Some(memory.extra.remove(place));
    }
    let local = |moment: &jiff::civil::DateTime| {
        moment.to_zoned_datetime(time.time_zone().clone()).ok().map(|moment| moment.timestamp().as_second())
    };
    let came = entry.run_explicit.iter().filter_map(local).filter(|at| *at > memory.explicit_until && *at <= second).min();
    if let Some(came) = came {
        memory.explicit_until = came;
    }
    came
}

fn judge(entry: &Entry, globals: &Globals, memory: &mut Memory, now: &Now<'_>, due: i64, second: i64) -> Decision {
    if second - due > MISSED {
        return Decision::Skip(Skip::Missed);
    }
    if let Some(place) = memory.left_out.iter().position(|left_out| *left_out == due) {
        memory.left_out.remove(place);
        return Decision::Skip(Skip::LeftOut);
    }
    let is_left_out = entry.skip_explicit.iter().any(|moment| {
        let at = moment.to_zoned_datetime(now.time.time_zone().clone()).ok();
        at.is_some_and(|at| at.timestamp().as_second() == due)
    });
    if is_left_out {
        return Decision::Skip(Skip::LeftOut);
    }
    let is_past = |moment: &crate::Moment| moment.last_until(now.time).is_some();
    if entry.until.as_ref().is_some_and(is_past) || entry.after.as_ref().is_some_and(|after| !is_past(after)) {
        return Decision::Skip(Skip::Over);
    }
    if entry.skip_during.iter().chain(&globals.skip_during).any(|range| is_within(range, now.time)) {
        memory.owes = entry.after_skip;
        return Decision::Skip(Skip::Range);
    }
    if entry.range.as_ref().is_some_and(|range| !is_within(range, now.time)) {
        return Decision::Skip(Skip::Range);
    }
    if now.running >= entry.most_running {
        return Decision::Skip(Skip::Running);
    }
    memory.last = Some(second);
    Decision::Run
}

/// Whether a moment lies within a range. One by clock times that ends before it starts goes over midnight.
fn is_within(range: &Range, now: &ZonedDateTime) -> bool {
    let inside = match (range.start.last_until(now), range.end.last_until(now)) {
        // It has begun, and has not ended since.
        (Some(start), Some(end)) => start > end || end == *now,
        (Some(_), None) => true,
        (None, _) => false,
    };
    inside != range.invert
}

/// The moment of a number of seconds, for whoever shows it.
impl Memory {
    /// When it will run next, in the time zone of `like`.
    #[must_use]
    pub fn next_at(&self, like: &ZonedDateTime) -> Option<ZonedDateTime> {
        at(next_fire(self)?, like)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    /// Lets an entry live through a span, a second at a time, and gives the seconds at which it ran.
    struct Life {
        entry: Entry,
        globals: Globals,
        memory: Memory,
        now: ZonedDateTime,
        running: usize,
        is_start: bool,
    }

    impl Life {
        fn new(json: &str) -> Self {
            let entry = Entry::read("x", &serde_json::from_str(json).unwrap(), &Map::new()).unwrap();
            let now: ZonedDateTime = "2026-11-24T12:00:00[UTC]".parse().unwrap();
            Self { entry, globals: Globals::default(), memory: Memory::default(), now, running: 0, is_start: true }
        }

        fn live(&mut self, seconds: i64) -> Vec<i64> {
            let begin: ZonedDateTime = "2026-11-24T12:00:00[UTC]".parse().unwrap();
            let mut ran = Vec::new();
            for _ in 0..seconds {
                let now = Now { time: &self.now, is_start: std::mem::take(&mut self.is_start), running: self.running };
                if decide(&self.entry, &self.globals, &mut self.memory, &now, "text", &mut |below| below - 1) == Decision::Run {
                    ran.push(self.now.timestamp().as_second() - begin.timestamp().as_second());
                }
                self.now = self.now.checked_add(1.second()).unwrap();
            }
            ran
        }

        fn restart_after(&mut self, seconds: i64) {
            self.memory = Memory::of(&self.memory.to_value());
            self.now = self.now.checked_add(seconds.seconds()).unwrap();
            self.is_start = true;
        }
    }

    #[test]
    fn an_interval_runs_at_the_start_and_then_on_its_beat() {
        assert_eq!(Life::new(r#"{"function":"a.b","seconds":10}"#).live(25), [0, 10, 20]);
        assert_eq!(Life::new(r#"{"function":"a.b","seconds":10,"run_on_start":false}"#).live(25), [10, 20]);
        assert!(Life::new(r#"{"function":"a.b","seconds":10,"enabled":false}"#).live(25).is_empty());
    }

    #[test]
    fn a_restart_neither_forgets_the_beat_nor_makes_up_for_what_was_missed() {
        let mut life = Life::new(r#"{"function":"a.b","minutes":10,"run_on_start":false}"#);
        assert!(life.live(300).is_empty());
        life.restart_after(60);
        assert_eq!(life.live(300), [600]);
        life.restart_after(4000);
        assert_eq!(life.live(601), [4800]);
    }

    #[test]
    fn splay_comes_on_top_of_the_beat_and_does_not_move_it() {
        let mut life = Life::new(r#"{"function":"a.b","seconds":20,"splay":5,"run_on_start":false}"#);
        assert_eq!(life.live(70), [24, 44, 64]);
    }

    #[test]
    fn clock_times_cron_and_once_run_when_they_say() {
        assert_eq!(Life::new(r#"{"function":"a.b","when":["12:01","12:02pm"]}"#).live(200), [60, 120]);
        assert_eq!(Life::new(r#"{"function":"a.b","cron":"*/2 * * * *"}"#).live(250), [120, 240]);
        assert_eq!(Life::new(r#"{"function":"a.b","once":"2026-11-24T12:00:30"}"#).live(100), [30]);
        assert!(Life::new(r#"{"function":"a.b","once":"2026-11-24T11:00:30"}"#).live(100).is_empty());
        assert_eq!(Life::new(r#"{"function":"a.b","run_explicit":["2026-11-24T12:00:05","2026-11-24T12:00:09"]}"#).live(20), [5, 9]);
    }

    #[test]
    fn ranges_hold_back_and_may_be_made_up_for() {
        let within = r#"{"function":"a.b","seconds":60,"range":{"start":"12:01","end":"12:02:30"}}"#;
        assert_eq!(Life::new(within).live(300), [60, 120]);
        let outside = r#"{"function":"a.b","seconds":60,"range":{"start":"12:01","end":"12:02:30","invert":true}}"#;
        assert_eq!(Life::new(outside).live(300), [0, 180, 240]);
        let skip = r#"{"function":"a.b","seconds":60,"skip_during_range":{"start":"12:01","end":"12:02:30"},"run_after_skip_range":true}"#;
        assert_eq!(Life::new(skip).live(200), [0, 151, 180]);
        let night = r#"{"function":"a.b","seconds":60,"range":{"start":"22:00","end":"6:00"}}"#;
        assert!(Life::new(night).live(200).is_empty());
    }

    #[test]
    fn until_after_explicit_gaps_and_running_copies_hold_back() {
        assert_eq!(Life::new(r#"{"function":"a.b","seconds":10,"until":"2026-11-24T12:00:15"}"#).live(60), [0, 10]);
        assert_eq!(Life::new(r#"{"function":"a.b","seconds":10,"after":"2026-11-24T12:00:35"}"#).live(60), [40, 50]);
        let gap = r#"{"function":"a.b","seconds":10,"skip_explicit":["2026-11-24T12:00:20"]}"#;
        assert_eq!(Life::new(gap).live(35), [0, 10, 30]);
        let mut busy = Life::new(r#"{"function":"a.b","seconds":10,"maxrunning":2}"#);
        busy.running = 1;
        assert_eq!(busy.live(15), [0, 10]);
        busy.running = 2;
        assert!(busy.live(60).is_empty());
    }

    #[test]
    fn keys_for_all_entries_are_taken_apart() {
        let schedule: Map = serde_json::from_str(
            r#"{"enabled": false, "splay": 3, "skip_function": "test.ping", "skip_during_range": {"start": "1am", "end": "2am"}, "job": {}}"#,
        )
        .unwrap();
        let (globals, entries) = Globals::split(&schedule, &Map::new()).unwrap();
        assert!(globals.is_disabled && globals.skip_during.is_some() && globals.splay.is_some());
        assert_eq!(entries.keys().cloned().collect::<Vec<_>>(), [Value::from("job")]);
    }
}
