//! Bad days through the real binaries: processes killed, strangers at the port, and nothing lost.

use lab::{Lab, MASTER, Signal};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use tests::{good, job_id, json, running};

fn returned(lab: &Lab, job: &str) -> usize {
    let view = json(lab, &["job", "show", job]);
    view["minions"].as_array().map_or(0, |minions| minions.iter().filter(|one| one["progress"]["stage"] == "returned").count())
}

#[test]
fn a_master_killed_with_jobs_in_flight_loses_no_return_and_runs_nothing_twice() {
    let minions = ["a", "b"];
    let mut lab = running(&minions);
    let marks = lab.path("marks");
    // Each job leaves one mark a minion: two marks would be a job run twice, none a job lost.
    let mut jobs = Vec::new();
    for number in 0..100 {
        let script = format!("sleep 0.{}; echo $$ >> {}.{number}", number % 10, marks.display());
        jobs.push(job_id(&good(&lab, &["run", "*", "cmd.run", &script, "--async"])));
    }
    lab.end(MASTER, Signal::SIGKILL).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    lab.start_master("auto_accept: true\n").unwrap();
    lab.until("every return of every job is in", |lab| Ok(jobs.iter().all(|job| returned(lab, job) == minions.len()))).unwrap();
    for number in 0..100 {
        let runs = std::fs::read_to_string(format!("{}.{number}", marks.display())).unwrap();
        assert_eq!(runs.lines().count(), minions.len(), "job {number} ran {} times", runs.lines().count());
    }
}

#[test]
fn a_minion_killed_in_the_middle_of_a_job_says_so_and_does_not_run_it_again() {
    let mut lab = running(&["a"]);
    let mark = lab.path("mark");
    let job = job_id(&good(&lab, &["run", "a", "cmd.run", &format!("echo x >> {}; sleep 600", mark.display()), "--async"]));
    lab.until("the job runs", |_| Ok(mark.exists())).unwrap();
    lab.end("a", Signal::SIGKILL).unwrap();
    lab.start_minion("a", "").unwrap();
    let job = job.as_str();
    lab.until("the job is over", |lab| {
        let stage = json(lab, &["job", "show", job])["minions"][0]["progress"]["stage"].clone();
        Ok(stage == "failed" || stage == "lost")
    })
    .unwrap();
    let view = json(&lab, &["job", "show", job]).to_string();
    assert!(view.contains("ended") || view.contains("killed") || view.contains("interrupted"), "{view}");
    assert_eq!(std::fs::read_to_string(&mark).unwrap(), "x\n", "it ran once");
}

#[test]
fn a_command_does_not_outlive_a_killed_agent_but_what_was_left_running_does() {
    let mut lab = running(&["a"]);
    let (own, left) = (lab.path("own"), lab.path("left"));
    // The shell and what it starts: ending the first alone would leave the second.
    good(&lab, &["run", "a", "cmd.run", &format!("echo $$ > {}; exec sleep 600", left.display()), "bg=True", "python_shell=True"]);
    let script = format!("sleep 600 & echo $! > {}; wait", own.display());
    good(&lab, &["run", "a", "cmd.run", &script, "python_shell=True", "--async"]);
    let pid = |path: &std::path::Path| std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse::<i32>().ok());
    lab.until("both commands run", |_| Ok(pid(&own).is_some() && pid(&left).is_some())).unwrap();
    let runs = |path: &std::path::Path| {
        std::path::Path::new(&format!("/proc/{}/cmdline", pid(path).unwrap())).exists() && !is_zombie(pid(path).unwrap())
    };
    lab.end("a", Signal::SIGKILL).unwrap();
    lab.until("the command is ended", |_| Ok(!runs(&own))).unwrap();
    assert!(runs(&left), "a command that was left running on purpose goes on");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid(&left).unwrap()), nix::sys::signal::Signal::SIGKILL).unwrap();
}

/// A process that has ended and that nobody has asked for: in a container without an init it stays so.
fn is_zombie(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
}

#[test]
fn a_return_made_while_the_master_is_away_is_brought_when_it_is_back() {
    let mut lab = running(&["a"]);
    let mark = lab.path("mark");
    let job = job_id(&good(&lab, &["run", "a", "cmd.run", &format!("sleep 1; echo done | tee {}", mark.display()), "--async"]));
    lab.until("the job is on the minion", |lab| Ok(json(lab, &["job", "show", &job])["minions"][0]["progress"]["stage"] != "queued"))
        .unwrap();
    lab.end(MASTER, Signal::SIGTERM).unwrap();
    lab.until("the job is done", |_| Ok(mark.exists())).unwrap();
    lab.start_master("auto_accept: true\n").unwrap();
    lab.until("the return is in", |lab| Ok(returned(lab, &job) == 1)).unwrap();
    assert_eq!(json(&lab, &["job", "show", &job])["minions"][0]["returned"]["value"], "done");
}

#[test]
fn a_return_that_arrives_twice_counts_once() {
    let mut lab = running(&["a"]);
    let gate = lab.path("gate");
    let script = format!("touch {0}.began; while [ ! -e {0} ]; do sleep 0.05; done; echo done", gate.display());
    let job = job_id(&good(&lab, &["run", "a", "cmd.run", &script, "--async"]));
    lab.until("the job runs", |lab| Ok(lab.path("gate.began").exists())).unwrap();
    lab.end(MASTER, Signal::SIGTERM).unwrap();
    std::fs::write(&gate, "").unwrap();
    let spool = lab.path("minions/a/cache/spool/returns").join(&job);
    lab.until("the return lies in the spool", |_| Ok(spool.exists())).unwrap();
    lab.end("a", Signal::SIGTERM).unwrap();
    let held = std::fs::read(&spool).unwrap();
    let arrives = |lab: &mut Lab| {
        lab.start_minion("a", "").unwrap();
        lab.until("the return is acknowledged", |_| Ok(!spool.exists())).unwrap();
    };
    lab.start_master("auto_accept: true\n").unwrap();
    arrives(&mut lab);
    let first = json(&lab, &["job", "show", &job]);
    assert_eq!(first["minions"][0]["returned"]["value"], "done", "{first}");
    // The removal of the return was lost with the power: it comes again, from a minion that believes it is new.
    lab.end("a", Signal::SIGTERM).unwrap();
    std::fs::write(&spool, held).unwrap();
    arrives(&mut lab);
    assert_eq!(json(&lab, &["job", "show", &job]), first, "the second one has changed nothing");
    assert_eq!(json(&lab, &["job", "list"])[0]["counts"], serde_json::json!({"returned": 1}));
}

#[test]
fn strangers_at_the_port_disturb_nobody() {
    let mut lab = running(&["a"]);
    let port = lab.port().unwrap();
    let before = lab.process(MASTER).unwrap().resident_kib().unwrap();
    let mut open = Vec::new();
    for number in 0..200_u32 {
        let Ok(mut stranger) = TcpStream::connect(("127.0.0.1", port)) else { continue };
        let bytes: Vec<u8> = match number % 4 {
            // Nothing at all: half open.
            0 => Vec::new(),
            1 => b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
            2 => (0..4096_u32).map(|byte| (byte.wrapping_mul(number) % 251) as u8).collect(),
            // A greeting of ZeroMQ, then a frame that says it has 2^46 bytes.
            _ => {
                let mut greeting = vec![0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1];
                greeting.extend(b"NULL");
                greeting.resize(64, 0);
                greeting.extend([0x02, 0, 0, 0x40, 0, 0, 0, 0, 0]);
                greeting
            }
        };
        let _ = stranger.write_all(&bytes);
        open.push((number, stranger));
    }
    for _ in 0..5 {
        assert_eq!(json(&lab, &["run", "*", "test.ping"]), serde_json::json!({"a": true}));
    }
    let after = lab.process(MASTER).unwrap().resident_kib().unwrap();
    assert!(after < before + 16 * 1024, "the master grew from {before} to {after} KiB");
    for (number, mut stranger) in open {
        let _ = stranger.set_read_timeout(Some(Duration::from_secs(20)));
        let mut part = [0; 512];
        let ended = loop {
            match stranger.read(&mut part) {
                Ok(0) => break true,
                Ok(_) => {}
                Err(error) => break error.kind() == std::io::ErrorKind::ConnectionReset,
            }
        };
        assert!(ended, "stranger {number} is still connected");
    }
    lab.check().unwrap();
}

#[test]
fn a_master_that_is_told_to_stop_ends_in_good_order() {
    let mut lab = running(&["a"]);
    lab.end(MASTER, Signal::SIGTERM).unwrap();
    let log = lab.log(MASTER);
    assert!(log.contains("all parts ended"), "{log}");
    lab.end("a", Signal::SIGTERM).unwrap();
}

#[test]
fn a_minion_whose_clock_is_an_hour_off_works_like_any_other() {
    let found = std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join("faketime").is_file()));
    assert!(found, "this test needs `faketime`: install Debian's package of that name (`cargo xtask test` does so where it may)");
    for shift in ["+1h", "-1h"] {
        let mut lab = tests::lab();
        lab.start_master("auto_accept: true\n").unwrap();
        lab.start_minion_under(&["faketime", "-f", shift], "a", "").unwrap();
        lab.until_online(&["a"]).unwrap();
        let here = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let there = json(&lab, &["run", "a", "cmd.run", "date +%s"])["a"].clone();
        let there: u64 = there.as_str().map(str::to_owned).unwrap_or_else(|| there.to_string()).parse().unwrap();
        assert!(here.abs_diff(there) > 3000, "the clock of the minion is not off: {here} here, {there} there");
        assert_eq!(json(&lab, &["run", "*", "state.single", "test.nop", "name=x"])["a"].as_object().map(serde_json::Map::len), Some(1));
        let job = &json(&lab, &["job", "list"])[0];
        assert_eq!(job["counts"], serde_json::json!({"returned": 1}), "{job}");
    }
}

#[test]
fn a_return_that_does_not_fit_on_the_minions_disk_comes_all_the_same() {
    let mut lab = tests::lab();
    lab.start_master("auto_accept: true\n").unwrap();
    // A disk that takes no file larger than 256 KiB: what is larger fails as on a full one.
    let limited = r#"trap '' XFSZ; ulimit -f 512; exec "$@""#;
    lab.start_minion_under(&["sh", "-c", limited, "sh"], "a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    let large = json(&lab, &["run", "a", "cmd.run", "head -c 1000000 /dev/zero | tr '\\0' x"])["a"].clone();
    assert_eq!(large.as_str().map(str::len), Some(1_000_000));
    lab.until("the minion says so", |lab| Ok(lab.log("a").contains("WARN") || lab.log("a").contains("ERROR"))).unwrap();
    assert_eq!(json(&lab, &["run", "a", "test.ping"]), serde_json::json!({"a": true}));
}

/// Lets a process write no file beyond so many bytes, or any again: what a full disk does to it, for one that may not mount one.
fn limit(pid: u32, bytes: &str) {
    let done =
        std::process::Command::new("prlimit").args(["--pid", &pid.to_string(), &format!("--fsize={bytes}:unlimited")]).output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

#[test]
fn a_master_whose_disk_is_full_says_so_and_goes_on_once_there_is_room() {
    let mut lab = tests::lab();
    // Without this a write beyond the limit is not refused, it ends the process.
    lab.launch_master_under(&["sh", "-c", r#"trap '' XFSZ; exec "$@""#, "sh"], "auto_accept: true\nlog_level: error\n").unwrap();
    lab.until("the master answers", |lab| Ok(lab.sylvite(&["status"])?.is_good())).unwrap();
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    let gate = lab.path("gate");
    let script = format!("touch {0}.began; while [ ! -e {0} ]; do sleep 0.05; done; echo done", gate.display());
    let job = job_id(&good(&lab, &["run", "a", "cmd.run", &script, "--async"]));
    lab.until("the job runs", |lab| Ok(lab.path("gate.began").exists())).unwrap();
    let pid = lab.process(MASTER).unwrap().id();
    limit(pid, "65536");
    // The log of writes may have some room left below the limit.
    let mut refused = lab.sylvite(&["status"]).unwrap();
    lab.until("a job is refused", |lab| {
        refused = lab.sylvite(&["run", "a", "test.echo", &"x".repeat(4096), "--async"])?;
        Ok(!refused.is_good())
    })
    .unwrap();
    assert!(refused.stderr.contains("cmdb.db") || refused.stderr.contains("CMDB"), "it does not say what is full: {refused:#?}");
    // Whoever only looks is answered, sessions stay, and a return waits where it was made.
    good(&lab, &["status"]);
    std::fs::write(&gate, "").unwrap();
    let spool = lab.path("minions/a/cache/spool/returns").join(&job);
    lab.until("the return waits on the minion", |_| Ok(spool.exists())).unwrap();
    lab.check().unwrap();
    limit(pid, "unlimited");
    lab.until("the return is in", |lab| Ok(returned(lab, &job) == 1)).unwrap();
    assert_eq!(json(&lab, &["job", "show", &job])["minions"][0]["returned"]["value"], "done");
    lab.until("jobs go again", |lab| Ok(lab.sylvite(&["run", "a", "test.ping"])?.is_good())).unwrap();
    let all = json(&lab, &["job", "list", "--limit", "1000"]);
    let open: Vec<_> = all.as_array().unwrap().iter().filter(|one| one["finished"].is_null()).collect();
    assert!(open.is_empty(), "what was taken was done: {open:?}");
}

#[test]
fn a_database_too_new_or_away_stops_the_start_with_a_clear_word() {
    let mut lab = tests::lab();
    let error = lab.start_master("database_url: postgres://nobody:secret@127.0.0.1:1/none\n").unwrap_err().to_string();
    assert!(error.contains("does not answer") && !error.contains("secret"), "{error}");
}
