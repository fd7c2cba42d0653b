//! Many clients of salt-api in one process, over plain HTTP on this machine, each with a session and a connection of its own.
//!
//! `visitors PORT sessions COUNT SECONDS`: each session asks for a `test.ping` once a second, at its own moment of it, and the latencies are
//! printed as JSON. With `SECONDS` of 0 each asks a hundred times without a pause.
//! `visitors PORT listeners COUNT SECONDS SOCKET`: each listens to `/events`, while a thousand events a second are fired by a simulated
//! minion (`sim00000`), in hundreds; printed is how many the slowest has seen. The login is that of `sharedsecret`, whose secret is `a-shared-secret`.
#![allow(clippy::print_stdout, reason = "this is its output")]

use api::RunJob;
use client::Client;
use model::{Call, FunctionName, Target, TargetKind};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Barrier;

const USAGE: &str = "visitors PORT sessions|listeners COUNT SECONDS [SOCKET]";
/// Events of one call.
const PIECE: u64 = 100;
/// How often such a call is made.
const BEAT: Duration = Duration::from_millis(100);

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// A session with its connection.
struct Visitor {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Visitor {
    async fn log_in(port: u16) -> Result<Self, Fault> {
        let mut visitor = Self { stream: BufReader::new(TcpStream::connect(("127.0.0.1", port)).await?), token: String::new() };
        visitor.stream.get_ref().set_nodelay(true)?;
        let body = r#"{"username":"ci","password":"a-shared-secret","eauth":"sharedsecret"}"#;
        let answer = visitor.ask("/login", body).await?;
        let (_, rest) = answer.split_once("\"token\":\"").ok_or("no token came")?;
        visitor.token = rest.chars().take_while(char::is_ascii_hexdigit).collect();
        Ok(visitor)
    }

    /// One request; its body.
    async fn ask(&mut self, path: &str, body: &str) -> Result<String, Fault> {
        let token = if self.token.is_empty() { String::new() } else { format!("X-Auth-Token: {}\r\n", self.token) };
        let length = body.len();
        let request =
            format!("POST {path} HTTP/1.1\r\nHost: api\r\n{token}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}");
        self.stream.get_mut().write_all(request.as_bytes()).await?;
        let (mut length, mut line, mut is_good) = (0, String::new(), None);
        loop {
            line.clear();
            if self.stream.read_line(&mut line).await? == 0 {
                return Err("the connection ended".into());
            }
            is_good.get_or_insert_with(|| line.contains(" 200 "));
            if let Some(count) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = count.trim().parse()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).await?;
        let text = String::from_utf8(bytes)?;
        if is_good == Some(true) { Ok(text) } else { Err(text.into()) }
    }
}

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [port, what, count, seconds, rest @ ..] = args.as_slice() else { return Err(USAGE.into()) };
    let (port, count, seconds): (u16, usize, u64) = (port.parse()?, count.parse()?, seconds.parse()?);
    match (what.as_str(), rest) {
        ("sessions", []) => sessions(port, count, seconds).await,
        ("listeners", [socket]) => listeners(port, count, seconds, socket).await,
        _ => Err(USAGE.into()),
    }
}

async fn sessions(port: u16, count: usize, seconds: u64) -> Result<(), Fault> {
    let all = Arc::new(Barrier::new(count));
    let mut tasks = Vec::new();
    for number in 0..count {
        let mut visitor = Visitor::log_in(port).await?;
        let all = Arc::clone(&all);
        tasks.push(tokio::spawn(async move {
            all.wait().await;
            let mut latencies = Vec::new();
            let turns = if seconds == 0 { 100 } else { seconds };
            let mut beat = tokio::time::interval(Duration::from_secs(1));
            if seconds > 0 {
                tokio::time::sleep(Duration::from_secs(1).mul_f64(number as f64 / count as f64)).await;
                beat.reset_immediately();
            }
            for _ in 0..turns {
                if seconds > 0 {
                    beat.tick().await;
                }
                let begin = Instant::now();
                let answer = visitor.ask("/", r#"{"client":"local","tgt":"m1","fun":"test.ping"}"#).await?;
                if answer != r#"{"return":[{"m1":true}]}"# {
                    return Err(Fault::from(format!("an answer was {answer}")));
                }
                latencies.push(begin.elapsed().as_secs_f64() * 1000.0);
            }
            Ok(latencies)
        }));
    }
    let begin = Instant::now();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    let rate = latencies.len() as f64 / begin.elapsed().as_secs_f64();
    latencies.sort_by(f64::total_cmp);
    let at = |part: f64| latencies.get(((latencies.len() - 1) as f64 * part) as usize).copied().unwrap_or(f64::NAN);
    println!("{{\"requests\":{},\"rate\":{rate},\"p50\":{},\"p99\":{}}}", latencies.len(), at(0.5), at(0.99));
    Ok(())
}

async fn listeners(port: u16, count: usize, seconds: u64, socket: &str) -> Result<(), Fault> {
    let mut visitor = Visitor::log_in(port).await?;
    visitor.ask("/", r#"{"client":"local","tgt":"m1","fun":"test.ping"}"#).await.ok();
    let mut seen = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let request = format!("GET /events HTTP/1.1\r\nHost: api\r\nX-Auth-Token: {}\r\n\r\n", visitor.token);
        stream.write_all(request.as_bytes()).await?;
        let mut begun = [0; 64];
        if stream.read(&mut begun).await? == 0 {
            return Err("a stream ended at once".into());
        }
        let counter = Arc::new(AtomicU64::new(0));
        seen.push(Arc::clone(&counter));
        tokio::spawn(count_events(stream, counter));
    }
    println!("{{\"ready\":{count}}}");
    let client = Client::local(socket);
    let call = Call { function: FunctionName::new("event.fire")?, args: vec![PIECE.into()], kwargs: value::Map::new() };
    let job = RunJob::new(Target::new(TargetKind::List, "sim00000"), call);
    let turns = seconds * 10;
    let mut beat = tokio::time::interval(BEAT);
    let begin = Instant::now();
    for _ in 0..turns {
        beat.tick().await;
        if client.submit(&job).await?.job.is_none() {
            return Err("there is no simulated minion to fire events".into());
        }
    }
    let took = begin.elapsed().as_secs_f64();
    println!("{{\"fired\":{},\"seconds\":{took}}}", turns * PIECE);
    let least = || seen.iter().map(|counter| counter.load(Ordering::Relaxed)).min().unwrap_or(0);
    // Until nothing more comes.
    let mut last = least();
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = least();
        if now == last {
            break;
        }
        last = now;
    }
    println!("{{\"least\":{last}}}");
    Ok(())
}

/// Counts the events of the simulated minion, whose tag is theirs alone, also across the pieces in which they come.
async fn count_events(mut stream: TcpStream, counter: Arc<AtomicU64>) -> io::Result<()> {
    const MARK: &[u8] = b"tag: swarm/event\n";
    let mut bytes = vec![0; 64 << 10];
    let mut fitting = 0;
    loop {
        let count = stream.read(&mut bytes).await?;
        if count == 0 {
            return Ok(());
        }
        let mut found = 0;
        for byte in bytes.iter().take(count) {
            // Only its first letter can begin the mark again.
            fitting = if MARK.get(fitting) == Some(byte) { fitting + 1 } else { usize::from(MARK.first() == Some(byte)) };
            if fitting == MARK.len() {
                (found, fitting) = (found + 1, 0);
            }
        }
        counter.fetch_add(found, Ordering::Relaxed);
    }
}
