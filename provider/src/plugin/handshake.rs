//! How Terraform and this program get to know each other: Terraform's part is in the environment, ours is one line on
//! standard output. Terraform shows any other first line to its user, which is the only way to tell why we do not start.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Proves nothing but that Terraform, and not a person, started the program.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");
const PROTOCOL: &str = "6";

/// What Terraform says before we speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The only certificate that may connect.
    pub client_certificate: CertificateDer<'static>,
    /// Where the socket goes, if Terraform cares.
    pub socket_folder: Option<PathBuf>,
    /// Whether Terraform asked if connections may be multiplexed; they may not, and it must be told.
    pub asks_multiplex: bool,
}

/// Why there is no conversation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("it was not started by Terraform")]
    NotTerraform,
    #[error("this provider speaks plugin protocol 6, and was offered `{0}`; Terraform 1.0 and later speak it")]
    Protocol(String),
    #[error("this provider speaks mutual TLS only, and was given no client certificate; unset TF_DISABLE_PLUGIN_TLS")]
    NoCertificate,
    #[error("the client certificate in PLUGIN_CLIENT_CERT is not a PEM certificate")]
    BadCertificate,
}

impl Invitation {
    /// Reads the invitation from the environment variables that `variable` looks up.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Refusal> {
        if variable(COOKIE.0).as_deref() != Some(COOKIE.1) {
            return Err(Refusal::NotTerraform);
        }
        let protocols = variable("PLUGIN_PROTOCOL_VERSIONS").unwrap_or_default();
        if !protocols.split(',').any(|offered| offered.trim() == PROTOCOL) {
            return Err(Refusal::Protocol(protocols));
        }
        let certificate = variable("PLUGIN_CLIENT_CERT").ok_or(Refusal::NoCertificate)?;
        Ok(Self {
            client_certificate: CertificateDer::from_pem_slice(certificate.as_bytes())
                .map_err(|_| Refusal::BadCertificate)?,
            socket_folder: variable("PLUGIN_UNIX_SOCKET_DIR").map(Into::into),
            asks_multiplex: variable("PLUGIN_MULTIPLEX_GRPC").is_some(),
        })
    }

    /// Our answer: where to connect, and which certificate to expect there.
    pub fn accept(&self, socket: &Path, certificate: &CertificateDer<'_>) -> String {
        let certificate = STANDARD_NO_PAD.encode(certificate);
        let multiplex = if self.asks_multiplex { "|false" } else { "" };
        format!("1|{PROTOCOL}|unix|{}|grpc|{certificate}{multiplex}", socket.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";

    fn read(variables: &[(&str, &str)]) -> Result<Invitation, Refusal> {
        Invitation::read(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn terraforms_environment_is_an_invitation_in_any_order_of_versions() {
        for versions in ["5,6", "6,5", "6"] {
            let found = read(&[COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", versions), ("PLUGIN_CLIENT_CERT", PEM)]).unwrap();
            assert_eq!(found.client_certificate.as_ref(), [0, 1, 2]);
            assert_eq!(found.socket_folder, None);
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        let versions = ("PLUGIN_PROTOCOL_VERSIONS", "6");
        assert_eq!(read(&[]), Err(Refusal::NotTerraform));
        assert_eq!(read(&[(COOKIE.0, "x")]), Err(Refusal::NotTerraform));
        assert_eq!(read(&[COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", "4,5")]), Err(Refusal::Protocol("4,5".into())));
        assert_eq!(read(&[COOKIE, versions]), Err(Refusal::NoCertificate));
        assert_eq!(read(&[COOKIE, versions, ("PLUGIN_CLIENT_CERT", "x")]), Err(Refusal::BadCertificate));
    }

    #[test]
    fn the_answer_is_one_line_of_six_fields() {
        let mut invitation = read(&[COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", "6"), ("PLUGIN_CLIENT_CERT", PEM)]).unwrap();
        let line = |invitation: &Invitation| invitation.accept(Path::new("/tmp/s"), &CertificateDer::from(vec![1, 2]));
        assert_eq!(line(&invitation), "1|6|unix|/tmp/s|grpc|AQI");
        invitation.asks_multiplex = true;
        assert_eq!(line(&invitation), "1|6|unix|/tmp/s|grpc|AQI|false");
    }
}
