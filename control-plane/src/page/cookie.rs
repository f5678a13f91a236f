//! The cookie that a login is known by. It holds a secret, so no script and no other site gets to it, and no connection that
//! can be listened to carries it; only on this very machine it goes without encryption.

use std::net::IpAddr;

use axum::extract::{FromRequestParts, Request};
use axum::http::header::{COOKIE, HOST};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Uri};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fanner_model::Secret;

use crate::ops;

/// Where the cookie is kept: on this machine, or behind an encrypted connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Jar {
    Loopback,
    Secure,
}

/// What the cookies are called: that of a login, and that of somebody on the way to an issuer.
struct Names {
    login: &'static str,
    journey: &'static str,
}

/// How long somebody has to log in at an issuer, in seconds.
const JOURNEY: i64 = 600;

impl Jar {
    /// Where the cookies of this request are kept. Somebody who lies about the host gets the safer answer.
    pub(super) fn of(request: &Request) -> Self {
        Self::at(request.headers(), request.uri())
    }

    /// The secret that the browser keeps.
    pub(super) fn secret(self, headers: &HeaderMap) -> Option<Secret> {
        self.value(headers, self.names().login).map(Secret::new)
    }

    /// Has the browser keep a secret.
    pub(super) fn keep(self, secret: &Secret) -> HeaderValue {
        self.cookie(self.names().login, secret.expose(), "Strict", ops::login::LONGEST.as_secs())
    }

    /// Has the browser forget it.
    pub(super) fn forget(self) -> HeaderValue {
        self.cookie(self.names().login, "", "Strict", 0)
    }

    /// The secret of somebody on the way to an issuer, and where they wanted to go.
    pub(super) fn journey(self, headers: &HeaderMap) -> Option<(Secret, String)> {
        let (secret, to) = self.value(headers, self.names().journey)?.split_once('~')?;
        let to = URL_SAFE_NO_PAD.decode(to).ok().and_then(|to| String::from_utf8(to).ok())?;
        Some((Secret::new(secret), to))
    }

    /// Has the browser keep it, as long as it takes to log in there. Coming back is a visit from another site, so this
    /// cookie comes along with those.
    pub(super) fn depart(self, secret: &Secret, to: &str) -> HeaderValue {
        let value = format!("{}~{}", secret.expose(), URL_SAFE_NO_PAD.encode(to));
        self.cookie(self.names().journey, &value, "Lax", JOURNEY)
    }

    /// Has the browser forget it.
    pub(super) fn arrive(self) -> HeaderValue {
        self.cookie(self.names().journey, "", "Lax", 0)
    }

    fn at(headers: &HeaderMap, uri: &Uri) -> Self {
        let named = headers.get(HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
        let authority = named.as_ref().or_else(|| uri.authority());
        match authority.is_some_and(|authority| is_loopback(authority.host())) {
            true => Self::Loopback,
            false => Self::Secure,
        }
    }

    fn names(self) -> Names {
        match self {
            Self::Loopback => Names { login: "fanner", journey: "fanner-journey" },
            Self::Secure => Names { login: "__Host-fanner", journey: "__Host-fanner-journey" },
        }
    }

    fn value<'a>(self, headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
    }

    fn cookie(self, name: &str, value: &str, site: &str, seconds: i64) -> HeaderValue {
        let secure = if self == Self::Secure { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite={site}; Max-Age={seconds}{secure}");
        let mut cookie = HeaderValue::try_from(text).expect("a secret is made of letters, digits, `-`, `_` and `~`");
        cookie.set_sensitive(true);
        cookie
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Jar {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::at(&parts.headers, &parts.uri))
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_has_its_cookie_in_the_clear() {
        for host in ["localhost:7400", "127.0.0.1:7400", "[::1]:7400", "localhost"] {
            assert_eq!(jar(host), Jar::Loopback, "{host}");
        }
        for host in ["fanner.example.com", "10.0.0.7:7400", "localhost.example.com", "127.0.0.1.example.com", "", "a b"]
        {
            assert_eq!(jar(host), Jar::Secure, "{host}");
        }
    }

    #[test]
    fn a_cookie_is_for_our_pages_alone() {
        let secret = Secret::new("fnl_x");
        assert_eq!(
            Jar::Secure.keep(&secret),
            "__Host-fanner=fnl_x; Path=/; HttpOnly; SameSite=Strict; Max-Age=28800; Secure"
        );
        assert_eq!(Jar::Loopback.forget(), "fanner=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    }

    #[test]
    fn the_secret_is_found_among_other_cookies_under_its_own_name() {
        let headers: HeaderMap =
            [(COOKIE, HeaderValue::from_static("a=b; fanner=one; __Host-fanner=two"))].into_iter().collect();
        assert_eq!(Jar::Secure.secret(&headers), Some(Secret::new("two")));
        assert_eq!(Jar::Loopback.secret(&headers), Some(Secret::new("one")));
        assert_eq!(Jar::Secure.secret(&HeaderMap::new()), None);
    }

    fn jar(host: &str) -> Jar {
        let headers = HeaderValue::try_from(host).map(|host| [(HOST, host)].into_iter().collect::<HeaderMap>());
        Jar::at(&headers.unwrap(), &Uri::from_static("/"))
    }
}
