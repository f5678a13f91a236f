//! `docs/fannerctl.md` is what `--help` says. `UPDATE_DOCS=1` rewrites it.

use std::fs;
use std::path::Path;

use clap::CommandFactory;

use crate::command::Command;

/// What stands above the commands.
const HEAD: &str = "\
# fannerctl

What reviewers, owners and operators ask the control plane from a shell. This page is what `fannerctl --help` and the help of each
command say.

```sh
export FANNER_ENDPOINT=https://fanner.example.com FANNER_TOKEN_FILE=~/.config/fanner/token
fannerctl requests --pending
fannerctl request approve 018f6b1e-7c5a-7bd0-9d2c-0242ac120002 --comment \"as agreed\"
fannerctl grants --expiring 14
fannerctl quarantine add --everybody --event card_swiped --reason \"leaks card numbers\"
fannerctl audit verify --key \"$KEY\" --remember audit.checkpoint
```
";

#[test]
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so")]
fn the_page_says_what_help_says() {
    let mut page = HEAD.to_owned();
    describe(Command::command().name("fannerctl"), "fannerctl", &mut page);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/fannerctl.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).expect("the page can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "{} is stale; run the tests once with UPDATE_DOCS=1", path.display());
}

/// The help of a command that does something, or of those below it.
fn describe(command: clap::Command, name: &str, page: &mut String) {
    let mut command = command.bin_name(name).disable_help_subcommand(true).term_width(100);
    let help = command.render_help().to_string();
    let help: Vec<_> = help.lines().map(str::trim_end).collect();
    page.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", help.join("\n").trim_end()));
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        describe(below.clone(), &format!("{name} {}", below.get_name()), page);
    }
}
