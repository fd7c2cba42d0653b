//! Somebody on the way between minion and master, on the real port: what he repeats is not heard twice, and what he changes is not heard.

use lab::{Lab, Signal};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tests::{good, json, lab};

/// Kinds of frames (protocol, section 2).
const HELLO: u8 = 1;
const REFUSE: u8 = 5;
const DATA: u8 = 16;
/// Where the payload of a frame begins.
const PAYLOAD: usize = 20;

/// What he makes of a frame of the minion's.
type Change = Arc<dyn Fn(Vec<u8>) -> Vec<Vec<u8>> + Send + Sync>;

/// Who stands between.
#[derive(Clone)]
struct Between {
    port: u16,
    change: Arc<Mutex<Change>>,
    connections: Arc<AtomicUsize>,
    /// All bytes of each connection that a minion has sent.
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Between {
    /// Takes connections in the place of the master at a port.
    fn start(master: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let usual: Change = Arc::new(|frame| vec![frame]);
        let between = Self {
            port: listener.local_addr().unwrap().port(),
            change: Arc::new(Mutex::new(usual)),
            connections: Arc::default(),
            heard: Arc::default(),
        };
        let own = between.clone();
        std::thread::spawn(move || {
            for minion in listener.incoming().flatten() {
                let Ok(up) = TcpStream::connect((Ipv4Addr::LOCALHOST, master)) else { continue };
                own.connections.fetch_add(1, Ordering::SeqCst);
                let (mut from_master, mut to_minion) = (up.try_clone().unwrap(), minion.try_clone().unwrap());
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from_master, &mut to_minion);
                    let _ = to_minion.shutdown(std::net::Shutdown::Both);
                });
                let own = own.clone();
                std::thread::spawn(move || {
                    let _ = own.carry(minion, &up);
                    let _ = up.shutdown(std::net::Shutdown::Both);
                });
            }
        });
        between
    }

    fn set(&self, change: impl Fn(Vec<u8>) -> Vec<Vec<u8>> + Send + Sync + 'static) {
        *self.change.lock().unwrap() = Arc::new(change);
    }

    /// Carries what a minion says, frame by frame.
    fn carry(&self, mut minion: TcpStream, mut master: &TcpStream) -> std::io::Result<()> {
        let place = {
            let mut heard = self.heard.lock().unwrap();
            heard.push(Vec::new());
            heard.len() - 1
        };
        let note = |bytes: &[u8]| self.heard.lock().unwrap()[place].extend_from_slice(bytes);
        let mut greeting = [0; 64];
        minion.read_exact(&mut greeting)?;
        note(&greeting);
        master.write_all(&greeting)?;
        loop {
            let mut flags = [0];
            minion.read_exact(&mut flags)?;
            let length = if flags[0] & 2 == 0 {
                let mut short = [0];
                minion.read_exact(&mut short)?;
                usize::from(short[0])
            } else {
                let mut long = [0; 8];
                minion.read_exact(&mut long)?;
                usize::try_from(u64::from_be_bytes(long)).unwrap()
            };
            let mut frame = vec![0; length];
            minion.read_exact(&mut frame)?;
            note(&message(flags[0], &frame));
            // Commands of ZeroMQ itself go on as they are.
            let frames = if flags[0] & 4 == 0 { (self.change.lock().unwrap().clone())(frame) } else { vec![frame] };
            for frame in frames {
                master.write_all(&message(flags[0], &frame))?;
            }
        }
    }
}

/// A message of ZeroMQ.
fn message(flags: u8, frame: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    match u8::try_from(frame.len()) {
        Ok(short) => bytes.extend([flags & !2, short]),
        Err(_) => {
            bytes.push(flags | 2);
            bytes.extend((frame.len() as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(frame);
    bytes
}

/// A master, and somebody between it and its minions.
fn tapped() -> (Lab, Between) {
    let mut lab = lab();
    lab.start_master("auto_accept: true\n").unwrap();
    let between = Between::start(lab.port().unwrap());
    // Minions of the lab dial what stands in this file.
    lab.write("master/cache/port", &between.port.to_string()).unwrap();
    (lab, between)
}

/// Everything that comes until the other side hangs up.
fn until_hung_up(stream: &mut TcpStream) -> Vec<u8> {
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut said = Vec::new();
    let mut part = [0; 4096];
    loop {
        match stream.read(&mut part) {
            Ok(0) => return said,
            Ok(count) => said.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return said,
            Err(error) => panic!("the master does not hang up: {error}"),
        }
    }
}

#[test]
fn what_is_repeated_on_the_way_counts_once() {
    let (mut lab, between) = tapped();
    between.set(|frame| if frame.get(1) == Some(&DATA) { vec![frame.clone(), frame] } else { vec![frame] });
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    let mark = lab.path("mark");
    for _ in 0..3 {
        good(&lab, &["run", "a", "cmd.run", &format!("echo x >> {}", mark.display())]);
    }
    assert_eq!(std::fs::read_to_string(&mark).unwrap().lines().count(), 3);
    let before = json(&lab, &["job", "list"]);
    assert!(before.as_array().unwrap().iter().all(|job| job["counts"] == json!({"returned": 1})), "{before}");
    // The whole session once more, as it was heard, from somebody who has no key at all.
    lab.end("a", Signal::SIGTERM).unwrap();
    let away = |lab: &Lab| json(lab, &["minion", "list"])[0]["presence"].to_string().contains("offline");
    lab.until("the minion is away", |lab| Ok(away(lab))).unwrap();
    let whole = between.heard.lock().unwrap().last().unwrap().clone();
    let mut stranger = TcpStream::connect((Ipv4Addr::LOCALHOST, master_port(&lab))).unwrap();
    let _ = stranger.write_all(&whole);
    until_hung_up(&mut stranger);
    assert!(away(&lab), "a session that was heard is no session");
    assert_eq!(json(&lab, &["job", "list"]), before);
    assert_eq!(lab.log(lab::MASTER).matches("session began").count(), 1, "{}", lab.log(lab::MASTER));
}

/// The master's own port, out of what it says of itself.
fn master_port(lab: &Lab) -> u16 {
    let listen = json(lab, &["status"])["listen"].as_str().unwrap().to_owned();
    listen.rsplit(':').next().unwrap().parse().unwrap()
}

#[test]
fn what_is_changed_on_the_way_opens_no_session() {
    let (mut lab, between) = tapped();
    // The oldest version, the id, and the last byte of whatever the minion says.
    for place in [PAYLOAD, PAYLOAD + 3, usize::MAX] {
        between.set(move |mut frame| {
            if frame.get(1) == Some(&HELLO) {
                let place = place.min(frame.len() - 1);
                match place {
                    PAYLOAD => frame[place] = 0,
                    _ if place == PAYLOAD + 3 => frame[place] = b'b',
                    _ => frame[place] ^= 1,
                }
            }
            vec![frame]
        });
        let began = between.connections.load(Ordering::SeqCst);
        lab.start_minion("a", "").unwrap();
        lab.until("the minion has tried twice", |_| Ok(between.connections.load(Ordering::SeqCst) >= began + 2)).unwrap();
        lab.end("a", Signal::SIGTERM).unwrap();
        assert!(!lab.log(lab::MASTER).contains("session began"), "byte {place}: {}", lab.log(lab::MASTER));
    }
    between.set(|frame| vec![frame]);
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    assert_eq!(json(&lab, &["run", "*", "test.ping"]), json!({"a": true}));
}

#[test]
fn a_version_that_is_too_old_is_refused() {
    let (mut lab, between) = tapped();
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    let heard = between.heard.lock().unwrap()[0].clone();
    // Greeting, READY, Hello: the first message that is no command.
    let mut stranger = TcpStream::connect((Ipv4Addr::LOCALHOST, master_port(&lab))).unwrap();
    let mut at = 64;
    let (hello, length) = loop {
        let (flags, long) = (heard[at], heard[at] & 2 != 0);
        let (from, length) = if long {
            (at + 9, usize::try_from(u64::from_be_bytes(heard[at + 1..at + 9].try_into().unwrap())).unwrap())
        } else {
            (at + 2, usize::from(heard[at + 1]))
        };
        if flags & 4 == 0 {
            break (from, length);
        }
        at = from + length;
    };
    // The whole of the Hello, with versions that nobody speaks any more.
    let mut old = heard[..hello + length].to_vec();
    assert_eq!(old[hello + 1], HELLO);
    (old[hello + PAYLOAD], old[hello + PAYLOAD + 1]) = (0, 0);
    stranger.write_all(&old).unwrap();
    let said = until_hung_up(&mut stranger);
    // The master's greeting, its READY, then one message: a refusal.
    let refused = said.windows(4).any(|bytes| bytes[0] == 1 && bytes[1] == REFUSE && bytes[2] == 0 && bytes[3] == 3);
    assert!(refused, "{said:02x?}");
    assert_eq!(json(&lab, &["run", "*", "test.ping"]), json!({"a": true}));
}
