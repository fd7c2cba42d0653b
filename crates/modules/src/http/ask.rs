//! A request as its arguments say, and what comes of it.

use super::decode::{self, Decoded};
use base64::Engine as _;
use sdk::host::{ClientCert, HttpAnswer, HttpError, HttpRequest, Trust};
use sdk::{Failure, Map, Read, Secret, Value, Words, text};
use std::time::Duration;

/// The arguments of everything that asks a web service, after its own ones.
#[macro_export]
macro_rules! http_arguments {
    ($(#[$doc:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(sdk::Args)]
        pub struct $name {
            $($own)*
            /// `GET`, `POST`, `PUT`, …
            #[arg(default = "GET", named)]
            method: String,
            /// What is put behind the `?` of the address.
            #[arg(default, named)]
            params: sdk::Map,
            /// The body: text, or a mapping that is sent as a form.
            #[arg(named)]
            data: Option<sdk::Value>,
            /// File whose content is the body: a path, or `salt://…`.
            #[arg(named)]
            data_file: Option<String>,
            /// Render the body as a template.
            #[arg(default = false, named)]
            data_render: bool,
            /// Engine that renders it.
            #[arg(named)]
            data_renderer: Option<String>,
            /// Headers.
            #[arg(default, named)]
            header_dict: sdk::Map,
            /// Headers, each `Name: value`.
            #[arg(default, named)]
            header_list: Vec<String>,
            /// File with headers, one a line.
            #[arg(named)]
            header_file: Option<String>,
            /// Render the file of headers as a template.
            #[arg(default = false, named)]
            header_render: bool,
            /// Engine that renders it.
            #[arg(named)]
            header_renderer: Option<String>,
            /// Variables of the templates.
            #[arg(default, named)]
            template_dict: sdk::Map,
            /// Name to log in with.
            #[arg(named)]
            username: Option<String>,
            /// Password to log in with.
            #[arg(named)]
            password: Option<sdk::Secret<String>>,
            /// Name and password in one list.
            #[arg(named)]
            auth: Option<sdk::Secret<Vec<String>>>,
            /// Read the answer as `decode_type` says, into `dict`.
            #[arg(default = false, named)]
            decode: bool,
            /// `auto` (by the kind that the server names), `json`, `yaml`, `xml` or `plain`.
            #[arg(default = "auto", named)]
            decode_type: String,
            /// Take the body for text.
            #[arg(default = true, named)]
            decode_body: bool,
            /// Give back the headers.
            #[arg(default = false, named)]
            headers: bool,
            /// A status of 400 and above is an error.
            #[arg(default = true, named)]
            raise_error: bool,
            /// Check the server's certificate.
            #[arg(named)]
            verify_ssl: Option<bool>,
            /// File with the authorities to believe.
            #[arg(named)]
            ca_bundle: Option<String>,
            /// File with our certificate and key, or a list of both files.
            #[arg(named)]
            cert: Option<sdk::Words>,
            /// What we call ourselves.
            #[arg(named)]
            agent: Option<String>,
            /// Seconds that all of it may take; `http_request_timeout` of the configuration unless given.
            #[arg(named)]
            timeout: Option<f64>,
            /// File for the text of the answer.
            #[arg(named)]
            text_out: Option<String>,
            /// File for the headers of the answer.
            #[arg(named)]
            headers_out: Option<String>,
            /// File for the text of the answer where it is decoded.
            #[arg(named)]
            decode_out: Option<String>,
            /// Send the body as a file of a form.
            #[arg(default = false, named)]
            formdata: bool,
            /// Name of the form's field.
            #[arg(named)]
            formdata_fieldname: Option<String>,
            /// Name of the form's file.
            #[arg(named)]
            formdata_filename: Option<String>,
            /// Do not ask; or ask `test_url` instead.
            #[arg(default = false, named)]
            test: bool,
            /// Address that is asked instead in a test.
            #[arg(named)]
            test_url: Option<String>,
            /// Known for compatibility: secrets are never logged.
            #[arg(default, named, ignored)]
            hide_fields: sdk::Words,
            /// Known for compatibility: there is one client.
            #[arg(named, ignored)]
            backend: Option<String>,
            /// Known for compatibility.
            #[arg(named, ignored)]
            node: Option<String>,
            /// Known for compatibility: the address has the port.
            #[arg(named, ignored)]
            port: Option<u16>,
            /// Known for compatibility.
            #[arg(named, ignored)]
            opts: Option<sdk::Value>,
        }

        impl $name {
            /// The request that these arguments mean.
            fn asked(&self) -> $crate::http::Asked {
                $crate::http::Asked {
                    method: self.method.to_uppercase(),
                    params: self.params.clone(),
                    data: self.data.clone(),
                    data_file: self.data_file.clone(),
                    data_renderer: self.data_render.then(|| self.data_renderer.clone().unwrap_or_else(|| "jinja".to_owned())),
                    header_dict: self.header_dict.clone(),
                    header_list: self.header_list.clone(),
                    header_file: self.header_file.clone(),
                    header_renderer: self.header_render.then(|| self.header_renderer.clone().unwrap_or_else(|| "jinja".to_owned())),
                    template_dict: self.template_dict.clone(),
                    login: self.username.clone().zip(self.password.clone()).or_else(|| {
                        let auth = self.auth.as_ref()?.reveal();
                        Some((auth.first()?.clone(), sdk::Secret::new(auth.get(1)?.clone())))
                    }),
                    decode: self.decode,
                    decode_type: self.decode_type.clone(),
                    decode_body: self.decode_body,
                    status: false,
                    headers: self.headers,
                    text: false,
                    raise_error: self.raise_error,
                    verify_ssl: self.verify_ssl,
                    ca_bundle: self.ca_bundle.clone(),
                    cert: self.cert.clone(),
                    agent: self.agent.clone(),
                    timeout: self.timeout,
                    text_out: self.text_out.clone(),
                    headers_out: self.headers_out.clone(),
                    decode_out: self.decode_out.clone(),
                    formdata: self.formdata.then(|| (self.formdata_fieldname.clone(), self.formdata_filename.clone())),
                    test: self.test.then(|| self.test_url.clone()),
                }
            }
        }
    };
}

/// A request as its arguments say.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET`, `POST`, …
    pub method: String,
    /// What is put behind the `?` of the address.
    pub params: Map,
    /// The body: text, or a mapping that is sent as a form.
    pub data: Option<Value>,
    /// File whose content is the body.
    pub data_file: Option<String>,
    /// Engine that renders it.
    pub data_renderer: Option<String>,
    /// Headers.
    pub header_dict: Map,
    /// Headers, each `Name: value`.
    pub header_list: Vec<String>,
    /// File with headers.
    pub header_file: Option<String>,
    /// Engine that renders it.
    pub header_renderer: Option<String>,
    /// Variables of the templates.
    pub template_dict: Map,
    /// Name and password.
    pub login: Option<(String, Secret<String>)>,
    /// Whether the answer is read.
    pub decode: bool,
    /// As what.
    pub decode_type: String,
    /// Whether the body is text.
    pub decode_body: bool,
    /// Whether the status is given back.
    pub status: bool,
    /// Whether the headers are given back.
    pub headers: bool,
    /// Whether the text is given back.
    pub text: bool,
    /// Whether a status of 400 and above is an error.
    pub raise_error: bool,
    /// Whether the server's certificate is checked.
    pub verify_ssl: Option<bool>,
    /// File with the authorities to believe.
    pub ca_bundle: Option<String>,
    /// Files of our certificate and key.
    pub cert: Option<Words>,
    /// What we call ourselves.
    pub agent: Option<String>,
    /// Seconds that all of it may take.
    pub timeout: Option<f64>,
    /// File for the text.
    pub text_out: Option<String>,
    /// File for the headers.
    pub headers_out: Option<String>,
    /// File for the decoded text.
    pub decode_out: Option<String>,
    /// Field and file name of a form.
    pub formdata: Option<(Option<String>, Option<String>)>,
    /// Asks nobody, or another address.
    pub test: Option<Option<String>>,
}

/// What came of a request.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// As the function gives it back.
    pub answer: Map,
    /// Files to write, with their text.
    pub files: Vec<(String, String)>,
}

impl Asked {
    /// Asks.
    ///
    /// # Errors
    /// When the request cannot be made at all; one that nobody answers gives an `error` in the answer.
    pub async fn send(&self, url: &str, read: &Read) -> Result<Sent, Failure> {
        let mut answer = Map::new();
        let url = match &self.test {
            None => url,
            Some(None) => return Ok(Sent::default()),
            Some(Some(test_url)) => {
                answer.insert("test", true);
                test_url
            }
        };
        let request = match self.request(url, read).await? {
            Ok(request) => request,
            Err(error) => {
                answer.insert("error", error);
                return Ok(Sent { answer, files: Vec::new() });
            }
        };
        match read.host().http(request).await {
            Ok(got) => self.read_answer(got, answer, read),
            Err(HttpError::Silent(error)) => {
                answer.insert("status", 599);
                answer.insert("error", format!("HTTP 599: {error}"));
                Ok(Sent { answer, files: Vec::new() })
            }
            Err(error @ (HttpError::Reach(_) | HttpError::TooLarge(_))) => {
                if self.status {
                    answer.insert("status", 0);
                }
                answer.insert("error", error.to_string());
                Ok(Sent { answer, files: Vec::new() })
            }
            Err(error @ (HttpError::Request(_) | HttpError::Certificates(_) | HttpError::NotRecorded(_))) => {
                Err(Failure::failed(error.to_string()))
            }
        }
    }

    fn read_answer(&self, got: HttpAnswer, mut answer: Map, read: &Read) -> Result<Sent, Failure> {
        let headers = decode::headers(&got.headers);
        let text = decode::text(&got.body, &headers);
        let body = if self.decode_body { Value::from(text.as_str()) } else { Value::Bytes(got.body) };
        if got.status >= 400 && self.raise_error {
            answer.insert("status", i64::from(got.status));
            answer.insert("error", format!("HTTP {}: {}", got.status, got.reason));
            answer.insert("body", body);
            return Ok(Sent { answer, files: Vec::new() });
        }
        answer.insert("body", body.clone());
        let mut files = Vec::new();
        files.extend(self.text_out.clone().map(|path| (path, text.clone())));
        let lines = || headers.iter().map(|(name, value)| format!("{}: {}\n", text::str(name), text::str(value))).collect::<String>();
        files.extend(self.headers_out.clone().map(|path| (path, lines())));
        if self.status {
            answer.insert("status", i64::from(got.status));
        }
        if self.headers {
            answer.insert("headers", headers.clone());
        }
        let mut plain = self.text;
        if self.decode {
            match decode::decode(&self.decode_type, &text, &headers, read)? {
                Decoded::Value(value) => {
                    answer.insert("dict", value);
                }
                Decoded::Plain => plain = true,
                Decoded::Unknown(error) => {
                    answer.insert("error", error);
                    return Ok(Sent { answer, files });
                }
            }
            files.extend(self.decode_out.clone().map(|path| (path, text.clone())));
        }
        if plain {
            answer.insert("text", body);
        }
        Ok(Sent { answer, files })
    }

    async fn request(&self, url: &str, read: &Read) -> Result<Result<HttpRequest, String>, Failure> {
        let mut headers = self.headers(read).await?;
        let mut body = match &self.data_file {
            Some(file) => Some(self.file(file, self.data_renderer.as_deref(), read).await?.into_bytes()),
            None => self.data.as_ref().filter(|data| !data.is_null()).map(|data| match data {
                Value::Map(form) => encoded(form).into_bytes(),
                Value::Bytes(bytes) => bytes.to_vec(),
                other => text::str(other).into_bytes(),
            }),
        };
        let has = |headers: &[(String, String)], name: &str| headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
        if let Some((field, file)) = &self.formdata {
            let Some(field) = field else { return Ok(Err("formdata_fieldname is required when formdata=True".to_owned())) };
            let (kind, form) = form(field, file.as_deref().unwrap_or(field), &body.unwrap_or_default());
            headers.push(("Content-Type".to_owned(), kind));
            body = Some(form);
        } else if self.method == "POST" && !has(&headers, "Content-Type") {
            headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        }
        if let (Some((user, password)), false) = (&self.login, has(&headers, "Authorization")) {
            let both = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{}", password.reveal()));
            headers.push(("Authorization".to_owned(), format!("Basic {both}")));
        }
        let seconds = |given: Option<f64>, key: &str, default: u64| {
            let seconds = given.or_else(|| read.opt(key).and_then(Value::as_float)).unwrap_or(default as f64);
            Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(default))
        };
        let largest = read.opt("http_max_body").and_then(Value::as_int).and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(100 << 30);
        Ok(Ok(HttpRequest {
            method: self.method.clone(),
            url: with_params(url, &self.params),
            headers,
            body,
            trust: self.trust(read)?,
            client: self.client(read)?,
            proxy: proxy(url, read),
            connect_timeout: seconds(None, "http_connect_timeout", 20),
            timeout: seconds(self.timeout, "http_request_timeout", 3600),
            largest,
        }))
    }

    async fn headers(&self, read: &Read) -> Result<Vec<(String, String)>, Failure> {
        let mut headers: Vec<(String, String)> = self.header_dict.iter().map(|(name, value)| (text::str(name), text::str(value))).collect();
        let mut lines = self.header_list.clone();
        if let Some(file) = &self.header_file {
            let text = self.file(file, self.header_renderer.as_deref(), read).await?;
            lines.extend(text.lines().map(str::to_owned));
        }
        headers.extend(
            lines.iter().filter_map(|line| line.split_once(':')).map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())),
        );
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("user-agent"));
        let ours = || format!("Sylvite/{} http.query()", env!("CARGO_PKG_VERSION"));
        headers.push(("User-Agent".to_owned(), self.agent.clone().unwrap_or_else(ours)));
        Ok(headers)
    }

    /// Text of a file that the request is made of.
    async fn file(&self, uri: &str, engine: Option<&str>, read: &Read) -> Result<String, Failure> {
        let missing = || Failure::failed(format!("there is no file `{uri}`"));
        let path = read.agent().fetch(uri, read.env()).await?.ok_or_else(missing)?.path;
        let text = read.host().read_text(&path).map_err(crate::failure)?;
        let Some(engine) = engine else { return Ok(text) };
        let context = self.template_dict.clone();
        let template = sdk::Render { engine: engine.to_owned(), name: uri.to_owned(), text, context, env: read.env().to_owned() };
        read.agent().render(template).await
    }

    fn trust(&self, read: &Read) -> Result<Trust, Failure> {
        let verify = self.verify_ssl.or_else(|| read.opt("verify_ssl").and_then(Value::as_bool)).unwrap_or(true);
        if !verify {
            return Ok(Trust::Anybody);
        }
        let bundle = self.ca_bundle.clone().or_else(|| read.opt("ca_bundle").and_then(Value::as_str).map(str::to_owned));
        match bundle.filter(|path| !path.is_empty()) {
            Some(path) => Ok(Trust::Bundle(read.host().read(&path).map_err(crate::failure)?)),
            None => Ok(Trust::Host),
        }
    }

    fn client(&self, read: &Read) -> Result<Option<ClientCert>, Failure> {
        let Some(Words(files)) = &self.cert else { return Ok(None) };
        let Some(first) = files.first() else { return Ok(None) };
        let load = |path: &String| read.host().read(path).map_err(crate::failure);
        Ok(Some(ClientCert { chain: load(first)?, key: load(files.get(1).unwrap_or(first))? }))
    }
}

/// The proxy of the minion's configuration, unless the host is to be asked without.
fn proxy(url: &str, read: &Read) -> Option<String> {
    let word = |key: &str| read.opt(key).map(text::str).filter(|word| !word.is_empty() && word != "None" && word != "0");
    let (host, port) = word("proxy_host").zip(word("proxy_port"))?;
    let asked = url.split_once("://")?.1.split(['/', '?', '#']).next()?.rsplit('@').next()?.split(':').next()?;
    let none = read.opt("no_proxy").and_then(Value::as_list).is_some_and(|hosts| hosts.iter().any(|host| host.as_str() == Some(asked)));
    if none {
        return None;
    }
    Some(match word("proxy_username").zip(word("proxy_password")) {
        Some((user, password)) => format!("http://{user}:{password}@{host}:{port}"),
        None => format!("http://{host}:{port}"),
    })
}

/// An address with more behind its `?`.
fn with_params(url: &str, params: &Map) -> String {
    if params.is_empty() {
        return url.to_owned();
    }
    let (rest, fragment) = url.split_once('#').map_or((url, None), |(rest, fragment)| (rest, Some(fragment)));
    let sign = if rest.contains('?') { '&' } else { '?' };
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{rest}{sign}{}{fragment}", encoded(params))
}

/// A mapping as a form has it.
pub fn encoded(form: &Map) -> String {
    let pairs: Vec<String> =
        form.iter().map(|(name, value)| format!("{}={}", quoted(&text::str(name)), quoted(&text::str(value)))).collect();
    pairs.join("&")
}

fn quoted(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => all.push(char::from(byte)),
            b' ' => all.push('+'),
            other => all.push_str(&format!("%{other:02X}")),
        }
    }
    all
}

/// A form with one file: its kind and its text.
fn form(field: &str, file: &str, content: &[u8]) -> (String, Vec<u8>) {
    // The border must not occur in the content; a hash of it cannot.
    let border = sdk::host::Digest::Sha256.hex(content);
    let border = border.get(..32).unwrap_or(&border);
    let clean = |name: &str| name.replace(['"', '\r', '\n'], "_");
    let mut form = format!("--{border}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n\r\n", clean(field), clean(file))
        .into_bytes();
    form.extend_from_slice(content);
    form.extend_from_slice(format!("\r\n--{border}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={border}"), form)
}
