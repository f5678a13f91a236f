//! A PostgreSQL of the test run's own: started when a story first asks for it, gone with the process however it ends.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The address of a new, empty database.
///
/// # Panics
/// PostgreSQL is not installed, or does not start; the message says what to do.
pub fn new_database() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let folder = cluster();
    let name = format!("story_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let made = Command::new(program("createdb")).args(["-h", folder, "-U", "fanner", &name]).output();
    let made = made.expect("createdb can be started");
    assert!(made.status.success(), "no database: {}", String::from_utf8_lossy(&made.stderr));
    format!("postgres://fanner@localhost/{name}?host={folder}")
}

/// The folder of the running cluster's socket.
fn cluster() -> &'static str {
    static CLUSTER: OnceLock<(String, Child)> = OnceLock::new();
    let (folder, _) = CLUSTER.get_or_init(|| {
        let mut shell = start();
        let mut folder = String::new();
        let stdout = shell.stdout.take().expect("standard output is piped");
        BufReader::new(stdout).read_line(&mut folder).expect("the shell can be read");
        assert!(!folder.is_empty(), "PostgreSQL did not start; what it says is above");
        (folder.trim().to_owned(), shell)
    });
    folder
}

/// Makes a cluster that listens on a socket in a new folder, prints that folder, and runs until its input ends, which it
/// does at the latest with this process. Then it stops and the folder goes away.
const SCRIPT: &str = r#"
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1/initdb" -D "$folder/data" -U fanner --auth=trust --encoding=UTF8 --no-sync >/dev/null
"$1/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off -c max_connections=500 \
    >"$folder/log" 2>&1 </dev/null &
server=$!
until "$1/pg_isready" -q -h "$folder" -U fanner; do
    kill -0 $server 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.05
done
echo "$folder"
cat >/dev/null
kill -INT $server
wait $server || true
"#;

fn start() -> Child {
    let bin = bin();
    let mut command = match user() {
        Some(user) => {
            let mut command = Command::new("setpriv");
            command.args([&format!("--reuid={user}"), &format!("--regid={user}"), "--clear-groups", "sh"]);
            command
        }
        None => Command::new("sh"),
    };
    command.args(["-c", SCRIPT, "sh"]).arg(bin).current_dir(std::env::temp_dir());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sh can be started")
}

/// Whom the server runs as: PostgreSQL refuses to run as root.
fn user() -> Option<&'static str> {
    let id = |args: &[&str]| Command::new("id").args(args).output().ok().filter(|answer| answer.status.success());
    let is_root = id(&["-u"]).is_some_and(|answer| answer.stdout.trim_ascii() == b"0");
    is_root.then(|| if id(&["-u", "postgres"]).is_some() { "postgres" } else { "nobody" })
}

fn program(name: &str) -> PathBuf {
    bin().join(name)
}

/// Where all of PostgreSQL's programs are that we need: on the path, or where Debian puts them.
#[expect(clippy::disallowed_methods, reason = "the path is where a shell would look")]
fn bin() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders = std::env::split_paths(&path).chain(debian.map(|version| version.path().join("bin")));
    let needed = ["initdb", "postgres", "pg_isready", "createdb"];
    let found = folders.find(|folder| needed.iter().all(|program| folder.join(program).exists()));
    found.expect("PostgreSQL is not installed; on Debian, `apt install postgresql` installs it (no service need run)")
}
