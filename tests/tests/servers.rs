//! Foreign servers as the master uses them: OpenLDAP for logins, Redis as a returner. Each is a process of its test alone.

use lab::{Lab, Output};
use serde_json::Value;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tests::{good, json, lab};

/// A server that ends with its test.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Free at this moment; these servers can take no port but a given one.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn serve(command: &mut Command, port: u16, log: &Path) -> Server {
    let file = std::fs::File::create(log).unwrap();
    let child = command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
    let mut server = Server { child, port };
    let end = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        let said = std::fs::read_to_string(log).unwrap_or_default();
        assert!(server.child.try_wait().unwrap().is_none() && Instant::now() < end, "the server does not listen: {said}");
        std::thread::sleep(Duration::from_millis(20));
    }
    server
}

fn program(paths: &[&str], package: &str) -> String {
    let found = paths.iter().find(|path| Path::new(path).exists());
    let found = found.unwrap_or_else(|| panic!("this test needs {}: install Debian's package `{package}`", paths[0]));
    (*found).to_owned()
}

const TREE: &str = "dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn: uid=anna,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: anna
cn: Anna
sn: A
userPassword: good word

dn: uid=bert,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: bert
cn: Bert
sn: B
userPassword: other word

dn: cn=operators,dc=example,dc=org
objectClass: posixGroup
cn: operators
gidNumber: 4711
memberUid: anna
";

fn slapd(lab: &Lab) -> Server {
    let (slapd, slapadd) = (program(&["/usr/sbin/slapd"], "slapd"), program(&["/usr/sbin/slapadd"], "slapd"));
    std::fs::create_dir(lab.path("ldap")).unwrap();
    let at = |name: &str| lab.path(name).display().to_string();
    let schemas: String =
        ["core", "cosine", "inetorgperson", "nis"].iter().map(|name| format!("include /etc/ldap/schema/{name}.schema\n")).collect();
    let config = format!(
        "{schemas}modulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile {}\ndatabase mdb\nsuffix \"dc=example,dc=org\"\ndirectory {}\nrootdn \"cn=admin,dc=example,dc=org\"\nrootpw finds-users\naccess to attrs=userPassword by anonymous auth by * none\naccess to * by dn.exact=\"cn=admin,dc=example,dc=org\" write by users read by * none\n",
        at("ldap/pid"),
        at("ldap"),
    );
    lab.write("slapd.conf", &config).unwrap();
    lab.write("tree.ldif", TREE).unwrap();
    let filled = Command::new(slapadd).args(["-f", &at("slapd.conf"), "-l", &at("tree.ldif")]).output().unwrap();
    assert!(filled.status.success(), "{filled:?}");
    let port = free_port();
    let address = format!("ldap://127.0.0.1:{port}/");
    serve(Command::new(slapd).args(["-d", "0", "-h", &address, "-f", &at("slapd.conf")]), port, &lab.path("slapd.log"))
}

fn login(lab: &Lab, user: &str, password: &str, words: &[&str]) -> Output {
    lab.program("salt", &[&["-a", "ldap", "--username", user, "--password", password], words].concat()).unwrap()
}

#[test]
fn a_directory_says_who_may_log_in_and_which_groups_they_are_in() {
    let mut lab = lab();
    let mut directory = slapd(&lab);
    let rules = format!(
        "auto_accept: true\nauth.ldap.uri: ldap://127.0.0.1:{}\nauth.ldap.basedn: dc=example,dc=org\nauth.ldap.binddn: cn=admin,dc=example,dc=org\nauth.ldap.bindpw: finds-users\nexternal_auth:\n  ldap:\n    operators%: ['test.*']\n    bert: [test.version]\n",
        directory.port
    );
    lab.start_master(&rules).unwrap();
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    assert!(login(&lab, "anna", "good word", &["a", "test.ping"]).is_good(), "by her group");
    assert!(login(&lab, "bert", "other word", &["a", "test.version"]).is_good(), "by his name");
    assert!(login(&lab, "bert", "other word", &["a", "test.ping"]).stderr.contains("may not do this"));
    let refused: Vec<String> = [("anna", "bad"), ("anna", ""), ("nobody", "x"), ("*", "good word"), ("anna)(uid=*", "good word")]
        .iter()
        .map(|(user, password)| {
            let output = login(&lab, user, password, &["a", "test.ping"]);
            assert_eq!(output.code, 2, "{user}: {output:#?}");
            output.stderr
        })
        .collect();
    assert!(refused.iter().all(|words| *words == refused[0]), "{refused:?}");
    // A directory that is away lets nobody in and holds up nobody else.
    directory.child.kill().unwrap();
    directory.child.wait().unwrap();
    assert_eq!(login(&lab, "anna", "good word", &["a", "test.ping"]).code, 2);
    good(&lab, &["run", "a", "test.ping"]);
    let log = lab.log(lab::MASTER);
    assert!(log.contains("the directory") && !log.contains("good word") && !log.contains("finds-users"), "{log}");
}

/// Redis, by the program that Debian's tools hold under another name too.
fn redis(lab: &Lab, port: u16) -> Server {
    let found = program(&["/usr/bin/redis-server", "/usr/bin/redis-check-rdb"], "redis-tools");
    let named = lab.path("redis-server");
    if !named.exists() {
        std::os::unix::fs::symlink(found, &named).unwrap();
    }
    let folder = lab.path("");
    let mut command = Command::new(named);
    command.args(["--bind", "127.0.0.1", "--save", "60 1", "--dir", &folder.display().to_string(), "--port", &port.to_string()]);
    serve(&mut command, port, &lab.path("redis.log"))
}

fn redis_says(port: u16, words: &[&str]) -> String {
    let output =
        Command::new(program(&["/usr/bin/redis-cli"], "redis-tools")).args(["-p", &port.to_string()]).args(words).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn redis_gets_returns_under_salts_keys_also_those_made_while_it_was_away() {
    let mut lab = lab();
    let port = free_port();
    let server = redis(&lab, port);
    let config =
        format!("auto_accept: true\nreturners: {{cache: {{type: redis, url: 'redis://127.0.0.1:{port}/0'}}}}\next_job_cache: cache\n");
    lab.start_master(&config).unwrap();
    lab.start_minion("a", "").unwrap();
    lab.until_online(&["a"]).unwrap();
    good(&lab, &["run", "a", "test.echo", "one"]);
    lab.until("the first return is there", |_| Ok(redis_says(port, &["get", "a:test.echo"]).len() == 20)).unwrap();
    let job = redis_says(port, &["get", "a:test.echo"]);
    let returned: Value = serde_json::from_str(&redis_says(port, &["hget", &format!("ret:{job}"), "a"])).unwrap();
    assert_eq!((&returned["return"], &returned["fun"], &returned["jid"]), (&"one".into(), &"test.echo".into(), &job.as_str().into()));
    let load: Value = serde_json::from_str(&redis_says(port, &["get", &format!("load:{job}")])).unwrap();
    assert_eq!(load["tgt"], "a");
    assert_eq!(redis_says(port, &["smembers", "minions"]), "a");
    assert!(redis_says(port, &["ttl", &format!("ret:{job}")]).parse::<i64>().unwrap() > 0);
    drop(server);
    good(&lab, &["run", "a", "test.arg", "two"]);
    lab.until("the master says so", |lab| {
        let status = lab.program("salt-run", &["returner.status", "--out", "json"])?.stdout;
        Ok(status.contains("Redis"))
    })
    .unwrap();
    let _again = redis(&lab, port);
    lab.until("the second return is there", |_| Ok(redis_says(port, &["get", "a:test.arg"]).len() == 20)).unwrap();
    assert_eq!(json(&lab, &["run", "a", "test.ping"])["a"], true);
}
