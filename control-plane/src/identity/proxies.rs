//! Proxies that stand between a caller and us, and say for whom they call.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;

/// The networks whose `X-Forwarded-For` is believed; by default none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Who calls by way of `peer`: the last one whom no proxy that is believed vouches for. `forwarded` are the values of the
    /// header, to which each proxy adds whom it saw.
    pub(crate) fn source<'a>(&self, peer: IpAddr, forwarded: impl Iterator<Item = &'a str>) -> IpAddr {
        let mut hops: Vec<_> = forwarded.flat_map(|value| value.split(',')).collect();
        let mut source = peer.to_canonical();
        while self.0.iter().any(|network| network.contains(&source)) {
            match hops.pop().and_then(address) {
                Some(hop) => source = hop.to_canonical(),
                None => break,
            }
        }
        source
    }
}

/// An address with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

impl FromStr for Proxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(network).collect::<Result<_, _>>().map(Self)
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    network.ok_or_else(|| format!("`{text}` is neither an address nor a network such as `10.0.0.0/8`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_says_where_it_comes_from_but_a_proxy_that_is_believed() {
        assert_eq!(source("", "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(source("10.0.0.0/8", "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(source("10.0.0.0/8", "10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn what_callers_write_themselves_is_not_believed() {
        let proxies = "10.0.0.0/8, 192.0.2.9";
        assert_eq!(source(proxies, "10.0.0.1", &["1.1.1.1, 198.51.100.7:4711, 192.0.2.9"]), "198.51.100.7");
        assert_eq!(source(proxies, "10.0.0.1", &["1.1.1.1", "198.51.100.7"]), "198.51.100.7");
        assert_eq!(source(proxies, "10.0.0.1", &["1.1.1.1, nonsense"]), "10.0.0.1");
        assert_eq!(source(proxies, "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(source(proxies, "::ffff:10.0.0.1", &["2001:db8::1"]), "2001:db8::1");
    }

    #[test]
    fn a_list_of_proxies_says_what_is_wrong_with_it() {
        let wrong = "proxy.example.com".parse::<Proxies>();
        assert_eq!(wrong, Err("`proxy.example.com` is neither an address nor a network such as `10.0.0.0/8`".into()));
    }

    fn source(proxies: &str, peer: &str, forwarded: &[&str]) -> String {
        let proxies: Proxies = proxies.parse().unwrap();
        proxies.source(peer.parse().unwrap(), forwarded.iter().copied()).to_string()
    }
}
