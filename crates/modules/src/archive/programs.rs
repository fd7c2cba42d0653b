//! Archives by programs: `tar`, `gzip`, `zip`, `unzip`, `rar`.

use super::Trim;
use crate::cmd::{Done, Line, Request, split_words};
use crate::file::look::globbed;
use sdk::{Action, Args, Cx, Failure, Map, Render, Secret, Words};

/// Text after its template engine, if it has one.
pub async fn rendered(engine: Option<&str>, text: String, cx: &Cx) -> Result<String, Failure> {
    let Some(engine) = engine else { return Ok(text) };
    let template = Render { engine: engine.to_owned(), name: "path".to_owned(), text, context: Map::new(), env: cx.env().to_owned() };
    cx.agent().render(template).await
}

/// Paths with wildcards replaced by what they mean.
pub fn expanded(sources: &Words, cwd: Option<&str>, cx: &Cx) -> Vec<String> {
    let one = |source: &String| match cwd.filter(|_| !source.starts_with('/')) {
        Some(cwd) => {
            let found = globbed(&sdk::host::join(cwd, source), cx.host());
            let inside = found.into_iter().filter_map(|path| path.strip_prefix(cwd).map(|path| path.trim_start_matches('/').to_owned()));
            inside.collect()
        }
        None => globbed(source, cx.host()),
    };
    sources.0.iter().flat_map(|source| if source.contains(['*', '?', '[']) { one(source) } else { vec![source.clone()] }).collect()
}

/// Where and as whom a program runs.
#[derive(Clone, Debug, Default)]
struct Around {
    cwd: Option<String>,
    runas: Option<String>,
    template: Option<String>,
}

async fn run(words: Vec<String>, around: Around, cx: &Cx) -> Result<Done, Failure> {
    let mut done = Vec::with_capacity(words.len());
    for word in words {
        done.push(rendered(around.template.as_deref(), word, cx).await?);
    }
    let request = Request { cwd: around.cwd, user: around.runas, use_shell: false, merge: true, ..Request::of(Line::Words(done)) };
    request.run(cx.read(), cx.output()).await
}

/// Lines of a program's output; what it said when it failed.
fn lines(program: &str, done: &Done) -> Result<Vec<String>, Failure> {
    if done.retcode != 0 {
        let text = format!("`{program}` failed with status {}: {}", done.retcode, done.stdout.trim());
        return Err(Failure::failed(text).with_retcode(done.retcode));
    }
    Ok(done.stdout.lines().map(str::to_owned).collect())
}

/// Run `tar` with options of any kind.
///
/// ```salt
/// salt '*' archive.tar cjvf /tmp/app.tar.bz2 /opt/app,/etc/app
/// ```
#[derive(Args)]
pub struct Tar {
    /// Options of `tar`; the archive follows them.
    options: String,
    /// Path of the archive.
    tarfile: String,
    /// What goes in or comes out; wildcards are allowed.
    #[arg(default)]
    sources: Words,
    /// Folder that takes what comes out.
    dest: Option<String>,
    /// Working directory.
    cwd: Option<String>,
    /// Template engine that renders the paths first.
    template: Option<String>,
    /// User to run as.
    runas: Option<String>,
}

impl Action for Tar {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        if self.options.is_empty() {
            return Err(Failure::bad_arguments("Tar options can not be empty"));
        }
        let mut words = vec!["tar".to_owned()];
        words.extend(self.options.split_whitespace().map(str::to_owned));
        words.push(self.tarfile);
        if let Some(dest) = self.dest {
            words.extend(["-C".to_owned(), dest]);
        }
        words.extend(expanded(&self.sources, self.cwd.as_deref(), cx));
        let done = run(words, Around { cwd: self.cwd, runas: self.runas, template: self.template }, cx).await?;
        lines("tar", &done)
    }
}

macro_rules! squeeze {
    ($(#[$doc:meta])* $name:ident, $program:literal, $file:ident) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Path of the file.
            $file: String,
            /// Template engine that renders the path first.
            template: Option<String>,
            /// User to run as.
            runas: Option<String>,
            /// Options of the program.
            options: Option<String>,
        }

        impl Action for $name {
            type Output = Vec<String>;
            async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
                let mut words = vec![$program.to_owned()];
                words.extend(self.options.map(|options| split_words(&options)).unwrap_or_default());
                words.push(self.$file);
                let done = run(words, Around { cwd: None, runas: self.runas, template: self.template }, cx).await?;
                lines($program, &done)
            }
        }
    };
}

squeeze! {
    /// Compress a file with `gzip`.
    ///
    /// ```salt
    /// salt '*' archive.gzip /tmp/app.tar
    /// ```
    Gzip, "gzip", sourcefile
}
squeeze! {
    /// Decompress a file with `gunzip`.
    ///
    /// ```salt
    /// salt '*' archive.gunzip /tmp/app.tar.gz
    /// ```
    Gunzip, "gunzip", gzipfile
}

/// Make a zip archive with the program `zip`.
///
/// ```salt
/// salt '*' archive.cmd_zip /tmp/app.zip /opt/app,/etc/app
/// ```
#[derive(Args)]
pub struct CmdZip {
    /// Path of the archive.
    zip_file: String,
    /// What goes in; wildcards are allowed.
    sources: Words,
    /// Template engine that renders the paths first.
    template: Option<String>,
    /// Working directory.
    cwd: Option<String>,
    /// User to run as.
    runas: Option<String>,
}

impl Action for CmdZip {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        let mut words = ["zip", "-r"].map(str::to_owned).to_vec();
        words.push(self.zip_file);
        words.extend(expanded(&self.sources, self.cwd.as_deref(), cx));
        let done = run(words, Around { cwd: self.cwd, runas: self.runas, template: self.template }, cx).await?;
        lines("zip", &done)
    }
}

/// Take a zip archive apart with the program `unzip`.
///
/// ```salt
/// salt '*' archive.cmd_unzip /tmp/app.zip /opt/app excludes=file_1,file_2
/// ```
#[derive(Args)]
pub struct CmdUnzip {
    /// Path of the archive.
    zip_file: String,
    /// Folder that takes what is in it.
    dest: String,
    /// Names that are left out.
    #[arg(default)]
    excludes: Words,
    /// Options of `unzip`.
    options: Option<String>,
    /// Template engine that renders the paths first.
    template: Option<String>,
    /// User to run as.
    runas: Option<String>,
    /// Show only the first 100 lines, or so many.
    #[arg(default = false)]
    trim_output: Trim,
    /// Password of the archive. It shows in the list of processes.
    password: Option<Secret<String>>,
}

impl Action for CmdUnzip {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        let zip_file = rendered(self.template.as_deref(), self.zip_file, cx).await?;
        let dest = rendered(self.template.as_deref(), self.dest, cx).await?;
        let mut names =
            run_unzip(&zip_file, &dest, self.options.as_deref(), &self.excludes.0, self.password.as_ref(), self.runas, cx).await?;
        self.trim_output.cut(&mut names);
        Ok(names)
    }
}

/// Runs `unzip`.
pub async fn run_unzip(
    archive: &str,
    dest: &str,
    options: Option<&str>,
    excludes: &[String],
    password: Option<&Secret<String>>,
    runas: Option<String>,
    cx: &Cx,
) -> Result<Vec<String>, Failure> {
    let mut words = vec!["unzip".to_owned()];
    if let Some(password) = password {
        words.extend(["-P".to_owned(), password.reveal().clone()]);
    }
    words.extend(options.map(split_words).unwrap_or_default());
    words.extend([archive.to_owned(), "-d".to_owned(), dest.to_owned()]);
    if !excludes.is_empty() {
        words.push("-x".to_owned());
        words.extend(excludes.iter().cloned());
    }
    let done = run(words, Around { runas, ..Around::default() }, cx).await?;
    lines("unzip", &done)
}

/// Runs `tar` in a folder, with options of the caller's own.
pub async fn run_tar(archive: &str, folder: &str, options: &str, cx: &Cx) -> Result<Done, Failure> {
    let mut short = "xv".to_owned();
    let mut long = Vec::new();
    let words = split_words(options).into_iter().filter(|word| !matches!(word.as_str(), "v" | "-v" | "--verbose"));
    for (at, word) in words.enumerate() {
        if at > 0 || word.starts_with('-') {
            long.push(word);
        } else {
            short.push_str(&word.replace(['x', 'f'], ""));
        }
    }
    let mut words = vec!["tar".to_owned(), short];
    words.extend(long);
    words.extend(["-f".to_owned(), archive.to_owned()]);
    let request = Request { cwd: Some(folder.to_owned()), use_shell: false, ..Request::of(Line::Words(words)) };
    request.run(cx.read(), cx.output()).await
}

/// Make a rar archive.
///
/// ```salt
/// salt '*' archive.rar /tmp/app.rar /opt/app
/// ```
#[derive(Args)]
pub struct Rar {
    /// Path of the archive.
    rarfile: String,
    /// What goes in; wildcards are allowed.
    sources: Words,
    /// Template engine that renders the paths first.
    template: Option<String>,
    /// Working directory.
    cwd: Option<String>,
    /// User to run as.
    runas: Option<String>,
}

impl Action for Rar {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        let mut words = ["rar", "a", "-idp"].map(str::to_owned).to_vec();
        words.push(self.rarfile);
        words.extend(expanded(&self.sources, self.cwd.as_deref(), cx));
        let done = run(words, Around { cwd: self.cwd, runas: self.runas, template: self.template }, cx).await?;
        lines("rar", &done)
    }
}

/// Take a rar archive apart.
///
/// ```salt
/// salt '*' archive.unrar /tmp/app.rar /opt/app
/// ```
#[derive(Args)]
pub struct Unrar {
    /// Path of the archive.
    rarfile: String,
    /// Folder that takes what is in it.
    dest: String,
    /// Names that are left out.
    #[arg(default)]
    excludes: Words,
    /// Template engine that renders the paths first.
    template: Option<String>,
    /// User to run as.
    runas: Option<String>,
    /// Show only the first 100 lines, or so many.
    #[arg(default = false)]
    trim_output: Trim,
}

impl Action for Unrar {
    type Output = Vec<String>;
    async fn call(self, cx: &Cx) -> Result<Vec<String>, Failure> {
        let rarfile = rendered(self.template.as_deref(), self.rarfile, cx).await?;
        let dest = rendered(self.template.as_deref(), self.dest, cx).await?;
        let mut names = run_unrar(&rarfile, &dest, &self.excludes.0, self.runas, cx).await?;
        self.trim_output.cut(&mut names);
        Ok(names)
    }
}

/// Runs `unrar`, or `rar` where that is what there is.
pub async fn run_unrar(archive: &str, dest: &str, excludes: &[String], runas: Option<String>, cx: &Cx) -> Result<Vec<String>, Failure> {
    let Some(program) = ["unrar", "rar"].into_iter().find(|name| cx.host().which(name).is_some()) else {
        return Err(Failure::unavailable("archive.unrar function not available, rar/unrar might not be installed on minion"));
    };
    let mut words = [program, "x", "-idp", archive].map(str::to_owned).to_vec();
    words.extend(excludes.iter().flat_map(|name| ["-x".to_owned(), name.clone()]));
    words.push(dest.to_owned());
    let done = run(words, Around { runas, ..Around::default() }, cx).await?;
    lines(program, &done)
}
