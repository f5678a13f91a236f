//! The services beside the provider's own that go-plugin expects: the one that ends the program, and three idle ones.

use futures_util::StreamExt;
use futures_util::stream;
use tokio_util::sync::CancellationToken;
use tonic::codegen::BoxStream;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};

use super::proto::health::health_check_response::ServingStatus;
use super::proto::health::health_server::{Health, HealthServer};
use super::proto::health::{HealthCheckRequest, HealthCheckResponse};
use super::proto::plugin::grpc_broker_server::{GrpcBroker, GrpcBrokerServer};
use super::proto::plugin::grpc_controller_server::{GrpcController, GrpcControllerServer};
use super::proto::plugin::grpc_stdio_server::{GrpcStdio, GrpcStdioServer};
use super::proto::plugin::{ConnInfo, Empty, StdioData};

/// What Terraform's "shut down" does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnShutdown {
    /// The program ends; every program serves one Terraform.
    End,
    /// The program goes on: a person runs it under a debugger, for many Terraforms.
    Stay,
}

/// Adds the services to `routes`. They end when `end` is cancelled, which Terraform does through them.
pub fn add(routes: Routes, end: &CancellationToken, on_shutdown: OnShutdown) -> Routes {
    let services = Services { end: end.clone(), on_shutdown };
    routes
        .add_service(GrpcControllerServer::new(services.clone()))
        .add_service(GrpcStdioServer::new(services.clone()))
        .add_service(GrpcBrokerServer::new(services.clone()))
        .add_service(HealthServer::new(services))
}

#[derive(Clone)]
struct Services {
    end: CancellationToken,
    on_shutdown: OnShutdown,
}

impl Services {
    /// A stream that says nothing until the program ends.
    fn silence<T: Send + 'static>(&self) -> BoxStream<T> {
        stream::pending().take_until(self.end.clone().cancelled_owned()).boxed()
    }
}

#[tonic::async_trait]
impl GrpcController for Services {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        if self.on_shutdown == OnShutdown::End {
            // The server finishes the answers under way, this one too, before it ends.
            self.end.cancel();
        }
        Ok(Response::new(Empty {}))
    }
}

#[tonic::async_trait]
impl GrpcStdio for Services {
    type StreamStdioStream = BoxStream<StdioData>;

    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(self.silence()))
    }
}

#[tonic::async_trait]
impl GrpcBroker for Services {
    type StartStreamStream = BoxStream<ConnInfo>;

    async fn start_stream(&self, _: Request<Streaming<ConnInfo>>) -> Result<Response<Self::StartStreamStream>, Status> {
        Ok(Response::new(self.silence()))
    }
}

#[tonic::async_trait]
impl Health for Services {
    type WatchStream = BoxStream<HealthCheckResponse>;

    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        match request.get_ref().service.as_str() {
            // The empty name is the server as a whole; go-plugin's name for every plugin is the other.
            "" | "plugin" => Ok(Response::new(SERVING)),
            other => Err(Status::not_found(format!("no service `{other}` here; ask for `plugin`"))),
        }
    }

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let serving = stream::iter([Ok(SERVING)]);
        Ok(Response::new(serving.chain(self.silence()).boxed()))
    }
}

const SERVING: HealthCheckResponse = HealthCheckResponse { status: ServingStatus::Serving as i32 };
