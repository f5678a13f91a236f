//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use fanner_server::Peer;

use super::problem::Refusal;
use crate::app::App;

/// The address that a request comes from, though proxies may stand between.
pub(crate) struct Source(pub(crate) IpAddr);

impl FromRequestParts<App> for Source {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let peer = parts.extensions.get::<Peer>().map_or(Ipv4Addr::UNSPECIFIED.into(), |Peer(peer)| peer.ip());
        let forwarded = parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        Ok(Self(app.proxies.source(peer, forwarded)))
    }
}
