//! One signed request.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig, TlsProvider},
};

use super::{Webhook, cursor::Batch};
use crate::status::SCHEMA;

/// An HTTP client that follows no redirections, so that nothing goes to another host than the one
/// named. It trusts the certificates that this machine trusts (or `SSL_CERT_FILE`).
pub(super) fn client() -> Agent {
    let found = rustls_native_certs::load_native_certs().certs;
    let certificates: Vec<_> =
        found.iter().map(|cert| Certificate::from_der(cert.as_ref()).to_owned()).collect();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::new_with_certs(&certificates))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("wgs-pipe/", env!("CARGO_PKG_VERSION")))
        .build();
    config.new_agent()
}

/// Sends a batch. What went wrong is told without what the address holds beyond its host.
pub(super) fn send(
    client: &Agent,
    webhook: &Webhook,
    batch: &Batch,
    timeout: Duration,
) -> Result<(), String> {
    let body = json!({ "schema": SCHEMA, "events": batch.lines }).to_string();
    let first = batch.lines.first().map_or(0, |line| line.sequence);
    let run = batch.lines.last().map_or("", |line| line.run.as_str());
    let id = format!("{run}-{first}-{}", batch.after.sequence);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let timestamp = now.to_string();
    let parts: [&[u8]; 5] = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body.as_bytes()];
    let signature = format!("v1,{}", STANDARD.encode(webhook.key.hmac(&parts)));
    let host = webhook.endpoint.host().unwrap_or_default();
    let request = client
        .post(webhook.endpoint.clone())
        .header("content-type", "application/json")
        .header("webhook-id", &id)
        .header("webhook-timestamp", &timestamp)
        .header("webhook-signature", &signature)
        .config()
        .timeout_global(Some(timeout))
        .build();
    match request.send(body) {
        Ok(response) if response.status().is_success() => Ok(()),
        Ok(response) => Err(format!("{host} answered {}", response.status().as_u16())),
        Err(ureq::Error::Timeout(_)) => Err(format!("{host} did not answer in time")),
        Err(error) => Err(format!("{host}: {error}")),
    }
}
