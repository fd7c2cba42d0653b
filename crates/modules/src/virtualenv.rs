//! Virtual environments of Python.

use crate::cmd::{Done, Line, Request};
use sdk::host::join;
use sdk::{Action, Args, Cx, Failure, Map, Query, Read, Words};

sdk::module!(virtualenv, [Create, GetSitePackages, GetDistributionPath, GetResourcePath, GetResourceContent, VirtualenvVer]);

/// How an environment is made.
#[derive(Clone, Debug, Default)]
pub struct How {
    /// Program that makes it: `virtualenv`, or one such as `pyvenv`; Python's own module `venv` where there is none.
    pub venv_bin: Option<String>,
    /// Packages of the system can be used in it.
    pub system_site_packages: bool,
    /// Make it anew.
    pub clear: bool,
    /// Python it is for.
    pub python: Option<String>,
    /// Folders to look for the tools' packages in.
    pub extra_search_dir: Vec<String>,
    /// Never fetch the tools' packages.
    pub never_download: bool,
    /// Prompt of the shell in it.
    pub prompt: Option<String>,
    /// User to run as.
    pub user: Option<String>,
}

impl How {
    fn words(&self, path: &str, read: &Read) -> Result<Vec<String>, Failure> {
        let host = read.host();
        let missing = |program: &str| Failure::unavailable(format!("there is no program `{program}` here"));
        let program = match &self.venv_bin {
            Some(program) => Some(host.which(program).ok_or_else(|| missing(program))?),
            None => host.which("virtualenv"),
        };
        let tool = program.filter(|program| program.rsplit('/').next().is_some_and(|name| name.contains("virtualenv")));
        let is_virtualenv = tool.is_some();
        let mut words = match tool {
            Some(tool) => vec![tool],
            None => {
                let python = self.python.clone().or_else(|| host.which("python3")).ok_or_else(|| missing("python3"))?;
                vec![python, "-m".to_owned(), "venv".to_owned()]
            }
        };
        if is_virtualenv {
            words.extend(self.python.iter().map(|python| format!("--python={python}")));
            words.extend(self.extra_search_dir.iter().map(|folder| format!("--extra-search-dir={folder}")));
            if self.never_download {
                words.push("--never-download".to_owned());
            }
        }
        words.extend(self.prompt.iter().map(|prompt| format!("--prompt={prompt}")));
        if self.clear {
            words.push("--clear".to_owned());
        }
        if self.system_site_packages {
            words.push("--system-site-packages".to_owned());
        }
        words.push(path.to_owned());
        Ok(words)
    }

    /// Makes an environment.
    pub async fn make(&self, path: &str, cx: &Cx) -> Result<Done, Failure> {
        let words = self.words(path, cx.read())?;
        let request = Request { user: self.user.clone(), use_shell: false, ..Request::of(Line::Words(words)) };
        request.run(cx.read(), cx.output()).await
    }
}

/// What the Python of an environment says of its version.
pub async fn python_version(path: &str, read: &Read) -> Result<String, Failure> {
    let done = read.try_run([join(path, "bin/python"), "-V".to_owned()]).await?;
    let said = if done.stdout.is_empty() { done.err() } else { done.out() };
    Ok(said.trim().to_owned())
}

/// Make a virtual environment and return what the program said.
///
/// ```salt
/// salt '*' virtualenv.create /opt/app/venv python=python3
/// ```
#[derive(Args)]
pub struct Create {
    /// Its folder.
    path: String,
    /// Program that makes it: `virtualenv`, or one such as `pyvenv`; Python's own module `venv` where there is none.
    venv_bin: Option<String>,
    /// Packages of the system can be used in it.
    #[arg(default = false)]
    system_site_packages: bool,
    /// Known for compatibility with old versions of `virtualenv`.
    #[arg(default = false, ignored)]
    distribute: bool,
    /// Make it anew.
    #[arg(default = false)]
    clear: bool,
    /// Python it is for.
    python: Option<String>,
    /// Folders to look for the tools' packages in.
    #[arg(default)]
    extra_search_dir: Words,
    /// Never fetch the tools' packages.
    #[arg(default = false)]
    never_download: bool,
    /// Prompt of the shell in it.
    prompt: Option<String>,
    /// User to run as.
    user: Option<String>,
}

impl Action for Create {
    type Output = Map;
    async fn call(self, cx: &Cx) -> Result<Map, Failure> {
        let how = How {
            venv_bin: self.venv_bin,
            system_site_packages: self.system_site_packages,
            clear: self.clear,
            python: self.python,
            extra_search_dir: self.extra_search_dir.0,
            never_download: self.never_download,
            prompt: self.prompt,
            user: self.user,
        };
        Ok(how.make(&self.path, cx).await?.to_map())
    }
}

/// Return the folder of an environment's packages.
///
/// ```salt
/// salt '*' virtualenv.get_site_packages /opt/app/venv
/// ```
#[derive(Args)]
pub struct GetSitePackages {
    /// Folder of the environment.
    venv: String,
}

impl Query for GetSitePackages {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let script = "import sysconfig; print(sysconfig.get_path('purelib'))";
        Ok(read.ask([join(&self.venv, "bin/python").as_str(), "-c", script]).await?.trim().to_owned())
    }
}

/// Asks the Python of an environment; words go in as arguments, never as a part of the script.
async fn python(venv: &str, script: &str, words: &[&str], read: &Read) -> Result<String, Failure> {
    let program = join(venv, "bin/python");
    let argv = [program.as_str(), "-c", script].into_iter().chain(words.iter().copied());
    read.ask(argv).await
}

/// Return the folder that a distribution is installed in.
///
/// ```salt
/// salt '*' virtualenv.get_distribution_path /opt/app/venv requests
/// ```
#[derive(Args)]
pub struct GetDistributionPath {
    /// Folder of the environment.
    venv: String,
    /// Distribution.
    distribution: String,
}

impl Query for GetDistributionPath {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let script = "import sys, importlib.metadata as m; print(m.distribution(sys.argv[1]).locate_file(''))";
        Ok(python(&self.venv, script, &[&self.distribution], read).await?.trim().to_owned())
    }
}

/// Return the path of a file that a package brings.
///
/// ```salt
/// salt '*' virtualenv.get_resource_path /opt/app/venv certifi cacert.pem
/// ```
#[derive(Args)]
pub struct GetResourcePath {
    /// Folder of the environment.
    venv: String,
    /// Package.
    package: String,
    /// File.
    resource: String,
}

impl Query for GetResourcePath {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let script = "import sys, importlib.resources as r; print(r.files(sys.argv[1]).joinpath(sys.argv[2]))";
        Ok(python(&self.venv, script, &[&self.package, &self.resource], read).await?.trim().to_owned())
    }
}

/// Return the content of a file that a package brings.
///
/// ```salt
/// salt '*' virtualenv.get_resource_content /opt/app/venv app settings.ini
/// ```
#[derive(Args)]
pub struct GetResourceContent {
    /// Folder of the environment.
    venv: String,
    /// Package.
    package: String,
    /// File.
    resource: String,
}

impl Query for GetResourceContent {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let script = "import sys, importlib.resources as r; sys.stdout.write(r.files(sys.argv[1]).joinpath(sys.argv[2]).read_text())";
        python(&self.venv, script, &[&self.package, &self.resource], read).await
    }
}

/// Return the version of `virtualenv`.
///
/// ```salt
/// salt '*' virtualenv.virtualenv_ver virtualenv
/// ```
#[derive(Args)]
pub struct VirtualenvVer {
    /// The program.
    #[arg(default = "virtualenv")]
    venv_bin: String,
    /// User to run as.
    user: Option<String>,
}

impl Query for VirtualenvVer {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let mut command = sdk::host::Command::new([self.venv_bin.as_str(), "--version"]);
        command.user = self.user;
        let output = read.run_command(command).await?;
        if !output.is_ok() {
            return Err(Failure::failed(format!("`{} --version` failed: {}", self.venv_bin, output.err().trim())));
        }
        let said = output.out();
        let word = said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        Ok(word.unwrap_or(said.trim()).to_owned())
    }
}
