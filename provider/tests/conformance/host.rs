//! The host's part of the plugin protocol: starts the program, reads its line, connects.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair};
use base64::Engine;
use hyper_util::rt::TokioIo;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::{ClientConfig, Error, RootCertStore, SignatureAlgorithm, SignatureScheme};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};

/// Certificates with keys, of the kind that go-plugin makes: self-signed authorities on curve P-521.
pub(crate) const TERRAFORM: &str = include_str!("terraform.pem");
pub(crate) const STRANGER: &str = include_str!("stranger.pem");

const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// A running provider, and what its line said.
pub(crate) struct Host {
    pub(crate) child: Child,
    pub(crate) socket: PathBuf,
    certificate: CertificateDer<'static>,
}

/// The program as a host starts it, before any change to its environment.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terraform-provider-fanner"));
    command
        .env_clear()
        .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
        .env("PLUGIN_PROTOCOL_VERSIONS", "6,5")
        .env("PLUGIN_CLIENT_CERT", TERRAFORM)
        .env("TMPDIR", env!("CARGO_TARGET_TMPDIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

impl Host {
    pub(crate) async fn start() -> Self {
        Self::start_with(&mut program()).await
    }

    pub(crate) async fn start_with(program: &mut Command) -> Self {
        let mut child = program.spawn().unwrap();
        let line = first_line(&mut child).await;
        let [core, protocol, network, socket, kind, certificate] = line.split('|').collect::<Vec<_>>()[..] else {
            panic!("not a handshake: {line}");
        };
        assert_eq!([core, protocol, network, kind], ["1", "6", "unix", "grpc"]);
        let certificate = base64::engine::general_purpose::STANDARD_NO_PAD.decode(certificate).unwrap();
        Self { child, socket: socket.into(), certificate: certificate.into() }
    }

    /// A channel for Terraform itself.
    pub(crate) async fn channel(&self) -> Channel {
        self.channel_with(self.identified_by(TERRAFORM)).await.unwrap()
    }

    /// A channel for whom `config` makes us.
    pub(crate) async fn channel_with(&self, config: ClientConfig) -> Result<Channel, tonic::transport::Error> {
        over(self.connect(config).await).await
    }

    /// Like a new Terraform, goes away if the server does not choose HTTP/2.
    async fn connect(&self, config: ClientConfig) -> std::io::Result<TlsStream<UnixStream>> {
        let socket = UnixStream::connect(&self.socket).await?;
        let stream = TlsConnector::from(Arc::new(config)).connect("localhost".try_into().unwrap(), socket).await?;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]), "the server chose no HTTP/2");
        Ok(stream)
    }

    /// A client with the certificate and key of `pem`.
    pub(crate) fn identified_by(&self, pem: &str) -> ClientConfig {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        let key = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P521_SHA512_ASN1_SIGNING, key.secret_pkcs8_der()).unwrap();
        let identity = CertifiedKey::new(vec![certificate], Arc::new(P521(Arc::new(key))));
        let resolver = Arc::new(SingleCertAndKey::from(identity));
        self.config(|builder| builder.with_client_cert_resolver(resolver))
    }

    /// A client without a certificate.
    pub(crate) fn anonymous(&self) -> ClientConfig {
        self.config(|builder| builder.with_no_client_auth())
    }

    fn config(
        &self,
        identify: impl FnOnce(rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>) -> ClientConfig,
    ) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = identify(builder);
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }

    /// Sends a signal by its name, such as `INT`.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await.unwrap();
        assert!(sent.success());
    }
}

/// A channel over one connection.
pub(crate) async fn over<T>(connection: std::io::Result<T>) -> Result<Channel, tonic::transport::Error>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut connection = Some(connection.map(TokioIo::new));
    let connector = tower::service_fn(move |_| {
        let gone = || Err(std::io::Error::from(std::io::ErrorKind::NotConnected));
        std::future::ready(connection.take().unwrap_or_else(gone))
    });
    Endpoint::from_static("http://localhost").connect_with_connector(connector).await
}

/// What the program says first.
pub(crate) async fn first_line(child: &mut Child) -> String {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next_line().await.unwrap().unwrap_or_default()
}

/// What the program says on standard error until it ends.
pub(crate) async fn complaint(child: &mut Child) -> String {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).await.unwrap();
    text
}

/// A P-521 key for rustls, as Go has it; ring has none.
#[derive(Clone, Debug)]
struct P521(Arc<EcdsaKeyPair>);

impl SigningKey for P521 {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&SignatureScheme::ECDSA_NISTP521_SHA512).then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for P521 {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.0.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}
