//! A browser as far as logins need one: cookies by host and port, redirects one at a time, forms.

#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// What came back.
#[derive(Debug)]
pub struct Page {
    pub url: String,
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Page {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let of = |line: &'_ str| line.split_once(':').filter(|(of, _)| of.eq_ignore_ascii_case(name)).is_some();
        self.head.lines().find(|line| of(line)).and_then(|line| line.split_once(':')).map(|(_, value)| value.trim())
    }

    /// Where it leads, as a whole address.
    pub fn location(&self) -> String {
        let to = self.header("location").unwrap_or_else(|| panic!("no way on: {self:#?}"));
        if to.starts_with('/') { format!("{}{to}", origin(&self.url)) } else { to.to_owned() }
    }
}

/// `http://host:port` of an address.
pub fn origin(url: &str) -> String {
    let rest = url.strip_prefix("http://").unwrap_or_else(|| panic!("no address: {url}"));
    format!("http://{}", rest.split(['/', '?', '#']).next().unwrap_or_default())
}

/// A browser.
#[derive(Default)]
pub struct Browser {
    cookies: BTreeMap<(String, String), String>,
}

impl Browser {
    pub fn cookie(&self, url: &str, name: &str) -> Option<&str> {
        self.cookies.get(&(origin(url), name.to_owned())).map(String::as_str)
    }

    pub fn set_cookie(&mut self, url: &str, name: &str, value: &str) {
        self.cookies.insert((origin(url), name.to_owned()), value.to_owned());
    }

    pub fn get(&mut self, url: &str) -> Page {
        self.ask("GET", url, &[], "")
    }

    pub fn ask(&mut self, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let host = origin(url);
        let address = host.trim_start_matches("http://").to_owned();
        let path = url.strip_prefix(&host).filter(|path| !path.is_empty()).unwrap_or("/").split('#').next().unwrap_or("/").to_owned();
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let cookies: Vec<_> =
            self.cookies.iter().filter(|((of, _), _)| *of == host).map(|((_, name), value)| format!("{name}={value}")).collect();
        let mut request = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\nUser-Agent: browser of a test\r\n");
        if !cookies.is_empty() {
            request += &format!("Cookie: {}\r\n", cookies.join("; "));
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            request += &format!("Content-Length: {}\r\n", body.len());
        }
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).unwrap();
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{method} {url}: no answer but {text:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        for line in head.lines() {
            let Some((name, value)) = line.split_once(':') else { continue };
            if name.eq_ignore_ascii_case("set-cookie") {
                let (pair, rest) = value.split_once(';').unwrap_or((value, ""));
                let Some((name, value)) = pair.trim().split_once('=') else { continue };
                let key = (host.clone(), name.to_owned());
                let is_over = value.is_empty() || rest.contains("Max-Age=0") || rest.contains("1970");
                if is_over {
                    self.cookies.remove(&key)
                } else {
                    self.cookies.insert(key, value.to_owned())
                };
            }
        }
        Page { url: url.to_owned(), status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Follows a page on its way until it leads nowhere or to where the way is to end.
    pub fn follow(&mut self, mut page: Page, until: &str) -> Page {
        for _ in 0..20 {
            if !(300..400).contains(&page.status) {
                return page;
            }
            let next = page.location();
            if next.contains(until) {
                return page;
            }
            page = self.get(&next);
        }
        panic!("a way without end: {page:#?}");
    }
}
