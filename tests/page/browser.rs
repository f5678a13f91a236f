//! A real browser without a window: Chromium, driven as a person would drive it.

use std::path::PathBuf;
use std::process::Stdio;

use fanner_model::Secret;
use fanner_tests::{eventually, reqwest_client};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// The width of the window, in CSS pixels.
    pub(crate) width: u32,
    pub(crate) dark: bool,
    pub(crate) scripts: bool,
}

/// A desktop at day, with scripts.
pub(crate) const DESKTOP: Look = Look { width: 1280, dark: false, scripts: true };

/// A browser with an empty profile; it ends when this is dropped.
pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    _chromedriver: Child,
    _profile: TempDir,
}

impl Browser {
    pub(crate) async fn start(look: Look) -> Self {
        reqwest_client();
        let profile = tempfile::tempdir().expect("a folder can be made");
        let (chromedriver, port) = chromedriver().await;
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities(look, &profile)).await;
        let driver = driver.expect("Chromium starts; `tests/tools.sh` installs it");
        Self { driver, _chromedriver: chromedriver, _profile: profile }
    }

    /// One whose user typed a token into the first field and pressed Enter.
    pub(crate) async fn logged_in(look: Look, endpoint: &str, token: &Secret) -> Self {
        let browser = Self::start(look).await;
        browser.open(endpoint).await;
        browser.press(token.expose()).await;
        browser.press(Key::Enter).await;
        browser.arrived("/").await;
        browser
    }

    /// Waits until the page at this path is there.
    pub(crate) async fn arrived(&self, path: &str) {
        eventually("the page", async || {
            let address = self.driver.current_url().await.expect("there is a page");
            (address.path() == path).then_some(())
        })
        .await;
    }

    /// Opens an address.
    pub(crate) async fn open(&self, address: &str) {
        self.driver.goto(address).await.expect("the page opens");
    }

    /// Presses keys, wherever the focus is. Chromedriver complains if the page goes away by it, though that was the point.
    pub(crate) async fn press(&self, keys: impl Into<TypingData>) {
        let typed: TypingData = keys.into();
        match self.driver.action_chain().send_keys(typed).perform().await {
            Err(error) if !error.to_string().contains("aborted by navigation") => {
                panic!("keys can be pressed: {error}")
            }
            Ok(()) | Err(_) => {}
        }
    }

    /// Goes on with the tab key until the focus is on what `is_it` knows by its tag and an attribute.
    pub(crate) async fn tab_to(&self, attribute: &str, value: &str) {
        for _ in 0..80 {
            self.press(Key::Tab).await;
            let focused = self.driver.active_element().await.expect("something has the focus");
            if focused.attr(attribute.to_owned()).await.ok().flatten().as_deref() == Some(value) {
                return;
            }
        }
        panic!("nothing with {attribute}=\"{value}\" is reached by the keyboard");
    }

    /// What a script says about the page.
    pub(crate) async fn examine(&self, script: &str) -> Value {
        self.driver.execute(script.to_owned(), Vec::new()).await.expect("the script runs").json().clone()
    }

    /// Keeps a picture of the page, outside the repository.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pages");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        self.driver.screenshot(&folder.join(format!("{name}.png"))).await.expect("a picture can be taken");
    }
}

/// A driver of the browser, on a port of its own choice.
async fn chromedriver() -> (Child, u16) {
    let mut command = Command::new("chromedriver");
    let command = command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut driver = command.kill_on_drop(true).spawn().expect("chromedriver starts; `tests/tools.sh` installs it");
    let mut lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
    while let Some(line) = lines.next_line().await.expect("it says something") {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return (driver, port.trim_end_matches('.').parse().expect("a port is a number"));
        }
    }
    panic!("chromedriver ended");
}

fn capabilities(look: Look, profile: &TempDir) -> Capabilities {
    let Look { width, dark, scripts } = look;
    let arguments = [
        "--headless".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--disable-quic".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--hide-scrollbars".to_owned(),
        format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)),
        format!("--user-data-dir={}", profile.path().display()),
    ];
    let options = json!({
        "args": arguments,
        "mobileEmulation": {"deviceMetrics": {"width": width, "height": 1000, "pixelRatio": 1, "mobile": false, "touch": false}},
        "prefs": {"profile.managed_default_content_settings.javascript": if scripts { 1 } else { 2 }},
    });
    let capabilities = json!({"browserName": "chrome", "goog:chromeOptions": options});
    serde_json::from_value(capabilities).expect("capabilities are an object")
}
