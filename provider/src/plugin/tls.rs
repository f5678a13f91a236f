//! Mutual TLS with exactly one peer: the Terraform process that started us, known by the certificate it handed over.
//!
//! Terraform's certificate is a self-signed authority with a P-521 key. A usual chain check refuses authorities as
//! peers, and ring cannot check P-521, so the certificate is compared byte by byte and aws-lc-rs checks the signature.
//! All else is ring's: aws-lc-rs would collect entropy for 100 ms before its first random number.

use std::sync::Arc;

use aws_lc_rs::signature::{self, EcdsaVerificationAlgorithm, UnparsedPublicKey};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, PrivatePkcs8KeyDer, SignatureVerificationAlgorithm,
    UnixTime, alg_id,
};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme};

/// A fresh identity of this process.
pub struct Identity {
    pub certificate: CertificateDer<'static>,
    key: PrivatePkcs8KeyDer<'static>,
}

impl Identity {
    /// A self-signed certificate for `localhost`, which is the name that Terraform expects.
    pub fn generate() -> Result<Self, rcgen::Error> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        Ok(Self { certificate: made.cert.into(), key })
    }

    /// Accepts HTTP/2 from the holder of `client` and from nobody else.
    pub fn accept_only(self, client: CertificateDer<'static>) -> Result<ServerConfig, Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(OnlyClient(client)))
            .with_single_cert(vec![self.certificate], self.key.into())?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }
}

/// Lets in the one client whose certificate this is.
#[derive(Debug)]
struct OnlyClient(CertificateDer<'static>);

impl ClientCertVerifier for OnlyClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match *end_entity == self.0 {
            true => Ok(ClientCertVerified::assertion()),
            false => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &ALGORITHMS)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &ALGORITHMS)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ALGORITHMS.supported_schemes()
    }
}

/// go-plugin's key is P-521; the other two curves are for hosts that choose a smaller one.
static ALGORITHMS: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[&P521, &P384, &P256],
    mapping: &[
        (SignatureScheme::ECDSA_NISTP521_SHA512, &[&P521]),
        (SignatureScheme::ECDSA_NISTP384_SHA384, &[&P384]),
        (SignatureScheme::ECDSA_NISTP256_SHA256, &[&P256]),
    ],
};

static P521: Ecdsa =
    Ecdsa { key: alg_id::ECDSA_P521, signature: alg_id::ECDSA_SHA512, verify: &signature::ECDSA_P521_SHA512_ASN1 };
static P384: Ecdsa =
    Ecdsa { key: alg_id::ECDSA_P384, signature: alg_id::ECDSA_SHA384, verify: &signature::ECDSA_P384_SHA384_ASN1 };
static P256: Ecdsa =
    Ecdsa { key: alg_id::ECDSA_P256, signature: alg_id::ECDSA_SHA256, verify: &signature::ECDSA_P256_SHA256_ASN1 };

/// One of aws-lc-rs's algorithms as rustls wants to see it.
#[derive(Debug)]
struct Ecdsa {
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
    verify: &'static EcdsaVerificationAlgorithm,
}

impl SignatureVerificationAlgorithm for Ecdsa {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        UnparsedPublicKey::new(self.verify, key).verify(message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}
