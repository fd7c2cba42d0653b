//! Every option of a schedule's entry, through the real binaries: on minions whose clocks stand shortly before six in the evening.

use lab::Lab;
use serde_json::{Value, json};
use std::fmt::Write;

/// The next evening, shortly before six: an agent on a busy machine is up by then, and the master's certificate holds for a day.
struct Evening {
    date: String,
    weekday: String,
    german: String,
}

impl Evening {
    fn next() -> Self {
        let date = |words: &[&str]| {
            let said = std::process::Command::new("date").env("LC_ALL", "C").args(words).output().unwrap();
            String::from_utf8(said.stdout).unwrap().trim().to_owned()
        };
        let day = if date(&["+%H%M"]).as_str() < "1801" { "today" } else { "tomorrow" };
        let of = |format: &str| date(&["-d", day, format]);
        Self { date: of("+%F"), weekday: of("+%A"), german: of("+%d.%m.%Y") }
    }

    /// Options with this evening's date in them.
    fn fill(&self, options: &str) -> String {
        options.replace("DATE", &self.date).replace("WEEKDAY", &self.weekday).replace("GERMAN", &self.german)
    }
}

/// An entry that writes a line with its name each time it runs.
fn entry(lab: &Lab, name: &str, options: &str) -> String {
    let file = lab.path("ran").join(name);
    format!("  {name}: {{function: cmd.run, args: ['echo x >> {}'], {options}}}\n", file.display())
}

/// How often an entry has run.
fn ran(lab: &Lab, name: &str) -> usize {
    std::fs::read_to_string(lab.path("ran").join(name)).map_or(0, |text| text.lines().count())
}

fn begin(lab: &mut Lab, evening: &Evening, minion: &str, schedule: &str) {
    let clock = format!("@{} 17:59:50", evening.date);
    lab.start_minion_under(
        &["faketime", "-f", &clock],
        minion,
        &format!("grains: {{whens: {{evening: '6:00pm'}}}}\nschedule:\n{schedule}"),
    )
    .unwrap();
    lab.until_online(&[minion]).unwrap();
}

/// Jobs that are kept, by the name of their entry.
fn kept(lab: &Lab) -> Vec<String> {
    let listed = lab.program("salt-run", &["jobs.list_jobs", "search_function=cmd.run", "--out", "json"]).unwrap();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap_or_default();
    let jobs = listed.as_object().into_iter().flat_map(|jobs| jobs.values());
    jobs.filter_map(|job| job["Metadata"]["schedule"].as_str().map(str::to_owned)).collect()
}

#[test]
fn entries_run_when_their_options_say_and_at_no_other_time() {
    let mut lab = tests::lab();
    std::fs::create_dir_all(lab.path("ran")).unwrap();
    let evening = Evening::next();
    lab.start_master("auto_accept: true\n").unwrap();
    let once = [
        ("when", "when: '18:00'"),
        ("when-list", "when: ['9:00am', 'WEEKDAY 6:00pm']"),
        ("when-named", "when: evening"),
        ("cron", "cron: '0 18 * * *'"),
        ("once", "once: 'DATET18:00:00'"),
        ("once-format", "once: 'GERMAN 18:00', once_fmt: '%d.%m.%Y %H:%M'"),
        ("explicit", "run_explicit: ['DATET18:00:00']"),
        ("explicit-format", "run_explicit: [{time: 'GERMAN 18:00', time_fmt: '%d.%m.%Y %H:%M'}]"),
        ("splayed", "when: '18:00', splay: {start: 1, end: 2}"),
        ("at-the-start", "hours: 1, days: 1"),
        ("asked-to-start", "when: '3:00am', run_on_start: true"),
        ("made-up-for", "hours: 4, skip_during_range: {start: '17:00', end: '18:00'}, run_after_skip_range: true"),
        ("not-kept", "minutes: 5, return_job: nocache"),
        ("dropped", "minutes: 5, return_job: false"),
        ("unlisted", "minutes: 5, jid_include: false, metadata: {ticket: 7}"),
    ];
    let often = [
        ("beat", "seconds: 1"),
        ("in-range", "seconds: 1, range: {start: '17:00', end: '19:00'}"),
        ("out-of-range", "seconds: 1, range: {start: '8:00', end: '9:00', invert: true}"),
        ("until-then", "seconds: 1, until: 'DATET23:00:00', after: 'DATET12:00:00'"),
    ];
    let never = [
        ("disabled", "seconds: 1, enabled: false"),
        ("not-at-the-start", "hours: 1, run_on_start: false"),
        ("other-range", "seconds: 1, range: {start: '8:00', end: '9:00'}"),
        ("inverted", "seconds: 1, range: {start: '17:00', end: '19:00', invert: true}"),
        ("in-the-gap", "seconds: 1, skip_during_range: {start: '17:00', end: '19:00'}"),
        ("too-late", "seconds: 1, until: 'DATET17:00:00'"),
        ("too-early", "seconds: 1, after: 'DATET19:00:00'"),
        ("left-out", "when: '18:00', skip_explicit: ['DATET18:00:00']"),
        ("mixed", "seconds: 1, cron: '* * * * *'"),
    ];
    let schedule = once
        .iter()
        .chain(&often)
        .chain(&never)
        .fold(String::new(), |all, (name, options)| all + &entry(&lab, name, &evening.fill(options)));
    begin(&mut lab, &evening, "a", &schedule);
    lab.until("all that are due have run", |lab| Ok(once.iter().all(|(name, _)| ran(lab, name) > 0))).unwrap();
    let then = ran(&lab, "beat");
    lab.until("the beat goes on past the hour", |lab| Ok(ran(lab, "beat") >= then + 3)).unwrap();
    let counts = once.iter().map(|(name, _)| (*name, ran(&lab, name))).filter(|(_, count)| *count != 1).collect::<Vec<_>>();
    assert_eq!(counts, [], "each of these is due once");
    for (name, _) in often {
        assert!(ran(&lab, name) > 2, "{name} ran {} times", ran(&lab, name));
    }
    let counts = never.iter().map(|(name, _)| (*name, ran(&lab, name))).filter(|(_, count)| *count != 0).collect::<Vec<_>>();
    assert_eq!(counts, [], "none of these is ever due");
    assert!(lab.log("a").contains("the entry `mixed` has seconds and cron, which exclude each other"), "{}", lab.log("a"));
    lab.until("what is kept has come", |lab| Ok(kept(lab).iter().any(|name| name == "unlisted"))).unwrap();
    let kept = kept(&lab);
    assert!(!kept.iter().any(|name| name == "not-kept" || name == "dropped"), "{kept:?}");
    let next = tests::json(&lab, &["run", "a", "schedule.show_next_fire_time", "cron"]);
    let next = next["a"]["next_fire_time"].as_str().unwrap_or_default().to_owned();
    assert!(next.ends_with("T18:00:00") && !next.starts_with(&evening.date), "{next}");
}

#[test]
fn keys_for_all_entries_hold_for_all_entries() {
    let mut lab = tests::lab();
    std::fs::create_dir_all(lab.path("ran")).unwrap();
    let evening = Evening::next();
    lab.start_master("auto_accept: true\n").unwrap();
    let mut off = entry(&lab, "off", "seconds: 1");
    writeln!(off, "  enabled: false").unwrap();
    let mut skipping = entry(&lab, "skipped", "seconds: 1");
    writeln!(skipping, "  skip_during_range: {{start: '17:00', end: '19:00'}}\n  skip_function: test.nop").unwrap();
    let mut splayed = entry(&lab, "soon", "when: '18:00'");
    writeln!(splayed, "  splay: {{start: 1, end: 2}}").unwrap();
    let slow = "  slow: {function: test.sleep, args: [4], seconds: 1, maxrunning: 1}\n  two: {function: test.sleep, args: [4], seconds: 1, maxrunning: 2}\n";
    begin(&mut lab, &evening, "a", &off);
    begin(&mut lab, &evening, "b", &skipping);
    splayed += slow;
    begin(&mut lab, &evening, "c", &splayed);
    lab.until("the one at six has run", |lab| Ok(ran(lab, "soon") == 1)).unwrap();
    assert_eq!((ran(&lab, "off"), ran(&lab, "skipped")), (0, 0));
    lab.until("the function that runs instead is a job", |lab| {
        Ok(lab.program("salt-run", &["jobs.list_jobs", "search_function=test.nop"])?.stdout.contains("test.nop"))
    })
    .unwrap();
    let running = tests::json(&lab, &["run", "c", "saltutil.is_running", "test.sleep"]);
    let of = |name: &str| running["c"].as_array().unwrap().iter().filter(|job| job.to_string().contains(name)).count();
    assert!(of("\"slow\"") <= 1 && of("\"two\"") <= 2, "{running}");
    assert_ne!(running["c"], json!([]), "both are at it all the time");
}
