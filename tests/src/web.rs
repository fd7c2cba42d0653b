//! A web service for what the daemons ask over HTTP: it notes every request and answers as the test says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method, path and version.
    pub line: String,
    /// Headers as they came, in lower case.
    pub headers: String,
    /// The body.
    pub body: String,
}

/// The service. It serves until the test's process ends.
#[derive(Debug)]
pub struct Service {
    /// Its address, with a path.
    pub url: String,
    /// The status it answers with, unless its answer is made for each request.
    pub status: Arc<AtomicU16>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Service {
    /// One that always says the same. Requests that it answers with another status than 200 are not noted.
    ///
    /// # Panics
    /// When there is no port.
    #[must_use]
    pub fn start(status: u16, answer: &'static str) -> Self {
        let status = Arc::new(AtomicU16::new(status));
        let now = Arc::clone(&status);
        Self { status, ..Self::answering(move |_| (now.load(Ordering::SeqCst), answer.to_owned())) }
    }

    /// One that makes its answer of the request.
    ///
    /// # Panics
    /// When there is no port.
    #[must_use]
    pub fn answering(answer: impl Fn(&Request) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("it listens"));
        let (answer, requests) = (Arc::new(answer), Arc::new(Mutex::new(Vec::new())));
        let noted = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &noted, &*answer));
            }
        });
        Self { url, status: Arc::new(AtomicU16::new(200)), requests }
    }

    /// What it was asked and said yes to.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The bodies of those.
    #[must_use]
    pub fn bodies(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.body).collect()
    }
}

fn serve(stream: TcpStream, noted: &Mutex<Vec<Request>>, answer: &dyn Fn(&Request) -> (u16, String)) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    loop {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let (line, headers) = head.split_once("\r\n")?;
        let request = Request { line: line.to_owned(), headers: headers.to_lowercase(), body: String::from_utf8(body).ok()? };
        let (status, text) = answer(&request);
        if status == 200 {
            noted.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        }
        write!(writer, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{text}", text.len()).ok()?;
    }
}
