//! Who may connect, and how the program begins and ends.

use terraform_provider_fanner::plugin::proto::health::HealthCheckRequest;
use terraform_provider_fanner::plugin::proto::health::health_client::HealthClient;
use terraform_provider_fanner::plugin::proto::plugin::Empty;
use terraform_provider_fanner::plugin::proto::plugin::grpc_controller_client::GrpcControllerClient;
use terraform_provider_fanner::plugin::proto::plugin::grpc_stdio_client::GrpcStdioClient;
use terraform_provider_fanner::plugin::proto::tfplugin6::provider_client::ProviderClient;
use terraform_provider_fanner::plugin::proto::tfplugin6::{
    DynamicValue, get_provider_schema, stop_provider, validate_resource_config,
};
use tokio::net::UnixStream;
use tonic::transport::Channel;
use tonic::{Code, Request};

use crate::host::{Host, STRANGER, complaint, first_line, over, program};

#[tokio::test]
async fn terraform_gets_the_schema_over_mutual_tls() {
    let host = Host::start().await;
    let schema = schema(host.channel().await).await.unwrap();
    let mut resources: Vec<_> = schema.resource_schemas.keys().map(String::as_str).collect();
    resources.sort_unstable();
    let declared = ["event_type", "grant", "policy", "quarantine", "stream", "subscription", "team"];
    assert_eq!(resources, declared.map(|noun| format!("fanner_{noun}")));
}

#[tokio::test]
async fn a_stranger_with_a_certificate_of_the_same_kind_is_refused() {
    let host = Host::start().await;
    assert!(answer(&host, host.identified_by(STRANGER)).await.is_err());
}

#[tokio::test]
async fn whoever_has_no_certificate_is_refused() {
    let host = Host::start().await;
    assert!(answer(&host, host.anonymous()).await.is_err());
}

#[tokio::test]
async fn the_plugin_is_healthy_and_other_services_are_unknown() {
    let host = Host::start().await;
    let mut health = HealthClient::new(host.channel().await);
    let check = |service: &str| HealthCheckRequest { service: service.into() };
    assert_eq!(health.check(check("plugin")).await.unwrap().into_inner().status, 1);
    assert_eq!(health.check(check("other")).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn shutdown_is_answered_and_ends_the_program_and_its_socket() {
    let mut host = Host::start().await;
    let channel = host.channel().await;
    let mut output = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.unwrap().into_inner();

    GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();
    assert!(output.message().await.unwrap().is_none(), "the idle stream ends");
    assert!(host.child.wait().await.unwrap().success());
    assert!(!host.socket.parent().unwrap().exists());
}

#[tokio::test]
async fn an_interrupt_is_terraforms_business_and_terminate_is_ours() {
    let mut host = Host::start().await;
    host.signal("INT").await;
    schema(host.channel().await).await.unwrap();

    host.signal("TERM").await;
    assert!(host.child.wait().await.unwrap().success());
    assert!(!host.socket.exists());
}

#[tokio::test]
async fn what_the_provider_does_not_offer_is_unimplemented() {
    let host = Host::start().await;
    let mut grpc = tonic::client::Grpc::new(host.channel().await);
    for procedure in ["GetResourceIdentitySchemas", "GetFunctions", "ListResource", "PlanAction"] {
        grpc.ready().await.unwrap();
        let path = format!("/tfplugin6.Provider/{procedure}").try_into().unwrap();
        let codec = tonic_prost::ProstCodec::<(), ()>::default();
        let refused = grpc.unary(Request::new(()), path, codec).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unimplemented, "{procedure}");
    }
}

#[tokio::test]
async fn a_message_may_be_larger_than_grpc_likes() {
    let host = Host::start().await;
    let mut terraform = ProviderClient::new(host.channel().await);
    let config = serde_json::json!({ "name": "a", "description": "x".repeat(8 << 20) });
    let config = DynamicValue { json: config.to_string().into_bytes(), ..DynamicValue::default() };
    let request = validate_resource_config::Request { type_name: "fanner_stream".into(), config: Some(config) };
    let answer = terraform.validate_resource_config(request).await.unwrap();
    assert_eq!(answer.into_inner().diagnostics, []);
}

#[tokio::test]
async fn stopping_does_not_end_the_server() {
    let host = Host::start().await;
    let channel = host.channel().await;
    let stopped = ProviderClient::new(channel.clone()).stop_provider(stop_provider::Request {}).await.unwrap();
    assert_eq!(stopped.into_inner().error, "");
    schema(channel).await.unwrap();
}

#[tokio::test]
async fn without_an_invitation_the_program_explains_itself() {
    let mut child = program().env_remove("TF_PLUGIN_MAGIC_COOKIE").spawn().unwrap();
    assert!(complaint(&mut child).await.starts_with("This is the Terraform provider `fanner`, a plugin"));
    assert_eq!(child.wait().await.unwrap().code(), Some(1));
}

#[tokio::test]
async fn an_invitation_that_cannot_be_accepted_is_answered_with_the_reason() {
    for (variable, value, reason) in [
        ("PLUGIN_PROTOCOL_VERSIONS", "5", "was offered `5`"),
        ("PLUGIN_CLIENT_CERT", "", "was given no client certificate"),
        ("PLUGIN_CLIENT_CERT", "nonsense", "is not a PEM certificate"),
        ("PLUGIN_UNIX_SOCKET_DIR", "/does/not/exist", "opening a socket for Terraform: "),
    ] {
        let mut child = program().env(variable, value).spawn().unwrap();
        let line = first_line(&mut child).await;
        assert!(line.contains(reason), "{line}");
        assert!(!child.wait().await.unwrap().success());
    }
}

#[tokio::test]
async fn a_debugged_provider_serves_one_terraform_after_another() {
    let mut child = program().arg("--debug").spawn().unwrap();
    let stdout = child.stdout.take().unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(stdout));
    let reattach = loop {
        let line = lines.next_line().await.unwrap().unwrap();
        if let Some(json) = line.strip_prefix("TF_REATTACH_PROVIDERS='") {
            break serde_json::from_str::<serde_json::Value>(json.trim_end_matches('\'')).unwrap();
        }
    };
    let provider = &reattach["registry.terraform.io/fanner/fanner"];
    assert_eq!(provider["Pid"], child.id().unwrap());
    assert_eq!((&provider["ProtocolVersion"], &provider["Test"]), (&6.into(), &true.into()));

    let socket = provider["Addr"]["String"].as_str().unwrap();
    for _ in 0..2 {
        let channel = over(UnixStream::connect(socket).await).await.unwrap();
        schema(channel.clone()).await.unwrap();
        GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();
    }
}

async fn schema(channel: Channel) -> Result<get_provider_schema::Response, tonic::Status> {
    let mut terraform = ProviderClient::new(channel);
    terraform.get_provider_schema(get_provider_schema::Request {}).await.map(tonic::Response::into_inner)
}

/// With TLS 1.3 a client learns only from the first answer that it was refused.
async fn answer(host: &Host, config: rustls::ClientConfig) -> Result<(), Box<dyn std::error::Error>> {
    schema(host.channel_with(config).await?).await?;
    Ok(())
}
