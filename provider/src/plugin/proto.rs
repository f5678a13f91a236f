//! Code that was generated from `proto/*.proto`.
#![allow(unused_qualifications, clippy::allow_attributes_without_reason, reason = "generated code is not ours to tidy")]

pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

pub mod plugin {
    tonic::include_proto!("plugin");
}

pub mod health {
    tonic::include_proto!("grpc.health.v1");
}
