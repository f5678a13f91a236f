//! Terraform Core's part: proposes states, asks for plans and applies, and holds the provider to Core's rules.

use std::sync::Mutex;

use serde_json::{Value as Json, json as object};
use terraform_provider_fanner::plugin::proto::tfplugin6::provider_client::ProviderClient;
use terraform_provider_fanner::plugin::proto::tfplugin6::{
    Diagnostic, DynamicValue, apply_resource_change, configure_provider, import_resource_state, plan_resource_change,
    read_resource, stop_provider,
};
use terraform_provider_fanner::plugin::provider::{Provider, Resource};
use terraform_provider_fanner::plugin::schema::Attribute;
use terraform_provider_fanner::plugin::value::Value;
use terraform_provider_fanner::plugin::{json, msgpack};
use terraform_provider_fanner::provider::Fanner;
use terraform_provider_fanner::resource::StreamResource;
use tokio::process::Command;
use tonic::transport::Channel;

use crate::control_plane::ControlPlane;
use crate::host::{Host, program};

const STREAM: &str = "fanner_stream";

/// A Terraform with a configured provider, which manages streams.
pub(crate) struct Terraform {
    pub(crate) control_plane: ControlPlane,
    provider: ProviderClient<Channel>,
    attributes: Vec<Attribute>,
    /// What is stored beside the state of the one stream that most tests have.
    private: Mutex<Vec<u8>>,
    _host: Host,
}

/// A plan, as Core sees it.
pub(crate) struct Plan {
    pub(crate) state: Value,
    pub(crate) replaces: bool,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Terraform {
    /// Starts provider and control plane, and configures the one for the other.
    pub(crate) async fn start() -> Self {
        Self::start_with(&mut program(), object!({"token": "t"})).await
    }

    /// Starts them, with more in the provider block than the address.
    pub(crate) async fn start_with(program: &mut Command, block: Json) -> Self {
        let (control_plane, endpoint) = ControlPlane::start().await;
        let host = Host::start_with(program).await;
        let provider = ProviderClient::new(host.channel().await);
        let attributes = Resource::schema(&StreamResource).attributes;
        let mut terraform = Self { control_plane, provider, attributes, private: Mutex::default(), _host: host };
        let mut config = object!({"endpoint": endpoint, "default_tags": {"org": "acme"}});
        config.as_object_mut().unwrap().extend(block.as_object().unwrap().clone());
        terraform.configure(&config).await;
        terraform
    }

    async fn configure(&mut self, config: &Json) {
        let schema = Provider::schema(&Fanner { variable: |_| None });
        let config = json::decode(config.to_string().as_bytes(), &schema.attributes).unwrap();
        let request = configure_provider::Request { terraform_version: "1.12.0".into(), config: wire(&config) };
        let answer = self.provider.configure_provider(request).await.unwrap().into_inner();
        assert_eq!(answer.diagnostics, []);
    }

    /// A configuration of a stream. What is not named is null.
    pub(crate) fn config(&self, config: Json) -> Value {
        json::decode(config.to_string().as_bytes(), &self.attributes).unwrap()
    }

    /// Plans, and checks the plan by Core's rules.
    pub(crate) async fn plan(&self, prior: &Value, config: &Value) -> Plan {
        let proposed = if config.is_null() { Value::Null } else { self.proposed(prior, config) };
        let request = plan_resource_change::Request {
            type_name: STREAM.into(),
            prior_state: wire(prior),
            proposed_new_state: wire(&proposed),
            config: wire(config),
            prior_private: self.private(),
        };
        let answer = self.provider.clone().plan_resource_change(request).await.unwrap().into_inner();
        let plan = Plan {
            state: self.value(answer.planned_state),
            replaces: !answer.requires_replace.is_empty(),
            diagnostics: answer.diagnostics,
        };
        if plan.diagnostics.is_empty() {
            self.assert_valid(prior, config, &plan.state);
        }
        plan
    }

    /// Applies a planned state, and checks that the result keeps what was planned.
    pub(crate) async fn apply(&self, prior: &Value, planned: &Value) -> (Value, Vec<Diagnostic>) {
        let request = apply_resource_change::Request {
            type_name: STREAM.into(),
            prior_state: wire(prior),
            planned_state: wire(planned),
            config: wire(&Value::Null),
            planned_private: if prior.is_null() { Vec::new() } else { self.private() },
        };
        let answer = self.provider.clone().apply_resource_change(request).await.unwrap().into_inner();
        *self.private.lock().unwrap() = answer.private;
        let state = self.value(answer.new_state);
        assert!(state.is_wholly_known());
        for attribute in &self.attributes {
            let planned = planned.attribute(attribute.name);
            if planned.is_wholly_known() && !state.is_null() {
                assert_eq!(state.attribute(attribute.name), planned, "{}", attribute.name);
            }
        }
        (state, answer.diagnostics)
    }

    /// Plans and applies a configuration that has nothing wrong with it.
    pub(crate) async fn applied(&self, prior: &Value, config: &Value) -> Value {
        let plan = self.plan(prior, config).await;
        assert_eq!(plan.diagnostics, []);
        let (state, diagnostics) = self.apply(prior, &plan.state).await;
        assert_eq!(diagnostics, []);
        state
    }

    /// The state as it is now; null when the stream is gone.
    pub(crate) async fn read(&self, state: &Value) -> Value {
        let request =
            read_resource::Request { type_name: STREAM.into(), current_state: wire(state), private: self.private() };
        let answer = self.provider.clone().read_resource(request).await.unwrap().into_inner();
        assert_eq!(answer.diagnostics, []);
        self.value(answer.new_state)
    }

    /// What an import begins with.
    pub(crate) async fn import(&self, id: &str) -> Value {
        let request = import_resource_state::Request { type_name: STREAM.into(), id: id.into() };
        let answer = self.provider.clone().import_resource_state(request).await.unwrap().into_inner();
        assert_eq!(answer.diagnostics, []);
        self.value(answer.imported_resources.into_iter().next().unwrap().state)
    }

    /// The user presses Ctrl-C.
    pub(crate) async fn interrupt(&self) {
        self.provider.clone().stop_provider(stop_provider::Request {}).await.unwrap();
    }

    fn private(&self) -> Vec<u8> {
        self.private.lock().unwrap().clone()
    }

    fn value(&self, wire: Option<DynamicValue>) -> Value {
        let wire = wire.unwrap_or_default();
        if wire.msgpack.is_empty() { Value::Null } else { msgpack::decode(&wire.msgpack, &self.attributes).unwrap() }
    }

    /// The configuration, with prior values of computed attributes that it leaves out.
    fn proposed(&self, prior: &Value, config: &Value) -> Value {
        let attributes = self.attributes.iter().map(|each| {
            let configured = config.attribute(each.name);
            let keeps = configured.is_null() && each.set_by.is_computed();
            (each.name.to_owned(), if keeps { prior.attribute(each.name) } else { configured }.clone())
        });
        Value::Map(attributes.collect())
    }

    /// What the configuration says is planned as it is, and only computed attributes are planned otherwise.
    fn assert_valid(&self, prior: &Value, config: &Value, planned: &Value) {
        if config.is_null() {
            return assert!(planned.is_null());
        }
        for each in &self.attributes {
            let (configured, planned) = (config.attribute(each.name), planned.attribute(each.name));
            let obeys = match configured.is_null() {
                true => each.set_by.is_computed() || planned == prior.attribute(each.name) || planned.is_null(),
                false => planned == configured,
            };
            assert!(obeys, "{}: {configured:?} was planned as {planned:?}", each.name);
        }
    }
}

fn wire(value: &Value) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: msgpack::encode(value), json: Vec::new() })
}
