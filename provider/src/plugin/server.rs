//! One short method per remote procedure: Terraform's message to ours, the call, and back.
//!
//! Every answer is an answer: what goes wrong, a panic too, is told in diagnostics, because Terraform shows a failed
//! call as a broken plugin.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use tonic::{Request, Response, Status};

use super::convert::{diagnostics_to, path_to, schema_to, stored_state, value_from, value_to};
use super::crash;
use super::diagnostics::Diagnostic;
use super::erased::{AnyDataSource, AnyResource, Change, Found, Verdict};
use super::field::Typed;
use super::proto::tfplugin6::provider_server::Provider as Service;
use super::proto::tfplugin6::{self as proto, *};
use super::provider::{Applied, Context, Provider};
use super::schema::Schema;
use super::stop::Stop;
use super::validate;
use super::value::Value;

/// A provider as Terraform's gRPC service.
pub struct Server<P: Provider> {
    provider: P,
    schema: Schema,
    resources: BTreeMap<&'static str, Offered<dyn AnyResource<P::Session>>>,
    data_sources: BTreeMap<&'static str, Offered<dyn AnyDataSource<P::Session>>>,
    session: RwLock<Option<Arc<P::Session>>>,
    stop: Stop,
}

/// A resource or data source, with its schema, which every message is read by.
struct Offered<T: ?Sized> {
    schema: Schema,
    kind: Box<T>,
}

type Answer<T> = Result<Response<T>, Status>;

impl<P: Provider> Server<P> {
    pub fn new(provider: P) -> Self {
        let resources =
            provider.resources().into_iter().map(|kind| (kind.name(), Offered { schema: kind.schema(), kind }));
        let data_sources =
            provider.data_sources().into_iter().map(|kind| (kind.name(), Offered { schema: kind.schema(), kind }));
        Self {
            schema: provider.schema(),
            resources: resources.collect(),
            data_sources: data_sources.collect(),
            provider,
            session: RwLock::default(),
            stop: Stop::default(),
        }
    }

    fn resource(&self, name: &str) -> Result<&Offered<dyn AnyResource<P::Session>>, Vec<Diagnostic>> {
        self.resources.get(name).ok_or_else(|| unknown_type(name))
    }

    fn data_source(&self, name: &str) -> Result<&Offered<dyn AnyDataSource<P::Session>>, Vec<Diagnostic>> {
        self.data_sources.get(name).ok_or_else(|| unknown_type(name))
    }

    /// What an operation may use; there is nothing before the provider is configured.
    fn context(&self, private: &[u8]) -> Result<Context<P::Session>, Vec<Diagnostic>> {
        let session = self.session.read().expect("nobody panics while holding this lock").clone();
        match session {
            Some(session) => Ok(Context { session, stop: self.stop.token(), private: private.to_vec() }),
            None => Err(Diagnostic::error(
                "The provider is not configured",
                "Terraform asked for an operation before it configured the provider.",
            )
            .into()),
        }
    }
}

#[tonic::async_trait]
impl<P: Provider> Service for Server<P> {
    async fn get_metadata(&self, _: Request<get_metadata::Request>) -> Answer<get_metadata::Response> {
        let data_sources = self.data_sources.keys().map(|&name| get_metadata::DataSource { type_name: name.into() });
        let resources = self.resources.keys().map(|&name| get_metadata::Resource { type_name: name.into() });
        Ok(Response::new(get_metadata::Response {
            server_capabilities: Some(CAPABILITIES),
            diagnostics: Vec::new(),
            data_sources: data_sources.collect(),
            resources: resources.collect(),
        }))
    }

    async fn get_provider_schema(
        &self,
        _: Request<get_provider_schema::Request>,
    ) -> Answer<get_provider_schema::Response> {
        let resources = self.resources.iter().map(|(name, offered)| ((*name).into(), schema_to(&offered.schema)));
        let data_sources = self.data_sources.iter().map(|(name, offered)| ((*name).into(), schema_to(&offered.schema)));
        Ok(Response::new(get_provider_schema::Response {
            provider: Some(schema_to(&self.schema)),
            resource_schemas: resources.collect(),
            data_source_schemas: data_sources.collect(),
            diagnostics: Vec::new(),
            server_capabilities: Some(CAPABILITIES),
        }))
    }

    async fn validate_provider_config(
        &self,
        request: Request<validate_provider_config::Request>,
    ) -> Answer<validate_provider_config::Response> {
        answer(async {
            let config = value_from(request.into_inner().config, &self.schema.attributes)?;
            let diagnostics = diagnostics_to(validate::validate(&self.schema.attributes, &config));
            Ok(validate_provider_config::Response { diagnostics })
        })
        .await
    }

    async fn validate_resource_config(
        &self,
        request: Request<validate_resource_config::Request>,
    ) -> Answer<validate_resource_config::Response> {
        answer(async {
            let request = request.into_inner();
            let Offered { schema, kind } = self.resource(&request.type_name)?;
            let config = value_from(request.config, &schema.attributes)?;
            let diagnostics = diagnostics_to(kind.validate(&schema.attributes, config));
            Ok(validate_resource_config::Response { diagnostics })
        })
        .await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<validate_data_resource_config::Request>,
    ) -> Answer<validate_data_resource_config::Response> {
        answer(async {
            let request = request.into_inner();
            let Offered { schema, .. } = self.data_source(&request.type_name)?;
            let config = value_from(request.config, &schema.attributes)?;
            let diagnostics = diagnostics_to(validate::validate(&schema.attributes, &config));
            Ok(validate_data_resource_config::Response { diagnostics })
        })
        .await
    }

    async fn configure_provider(
        &self,
        request: Request<configure_provider::Request>,
    ) -> Answer<configure_provider::Response> {
        answer(async {
            let request = request.into_inner();
            let config = value_from(request.config, &self.schema.attributes)?;
            let session = self.provider.configure(P::Config::from_value(config)?, &request.terraform_version).await?;
            *self.session.write().expect("nobody panics while holding this lock") = Some(Arc::new(session));
            Ok(configure_provider::Response::default())
        })
        .await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<upgrade_resource_state::Request>,
    ) -> Answer<upgrade_resource_state::Response> {
        answer(async {
            let request = request.into_inner();
            let Offered { schema, .. } = self.resource(&request.type_name)?;
            let state = request.raw_state.unwrap_or_default();
            if request.version != schema.version || state.json.is_empty() {
                return Err(foreign_state(request.version, schema.version));
            }
            Ok(upgrade_resource_state::Response { upgraded_state: stored_state(state.json), diagnostics: Vec::new() })
        })
        .await
    }

    async fn read_resource(&self, request: Request<read_resource::Request>) -> Answer<read_resource::Response> {
        answer(async {
            let request = request.into_inner();
            let Offered { schema, kind } = self.resource(&request.type_name)?;
            let state = value_from(request.current_state, &schema.attributes)?;
            let Found { state, remarks } = kind.read(&self.context(&request.private)?, state).await?;
            Ok(read_resource::Response {
                new_state: value_to(&state),
                private: request.private,
                diagnostics: diagnostics_to(remarks),
            })
        })
        .await
    }

    async fn plan_resource_change(
        &self,
        request: Request<plan_resource_change::Request>,
    ) -> Answer<plan_resource_change::Response> {
        answer(async {
            let request = request.into_inner();
            let Offered { schema, kind } = self.resource(&request.type_name)?;
            let change = Change {
                prior: value_from(request.prior_state, &schema.attributes)?,
                config: value_from(request.config, &schema.attributes)?,
                proposed: value_from(request.proposed_new_state, &schema.attributes)?,
            };
            let context = self.context(&request.prior_private)?;
            let Verdict { planned, diagnostics } = kind.plan(&context, &schema.attributes, change).await;
            Ok(plan_resource_change::Response {
                planned_state: value_to(&planned.state),
                requires_replace: planned.replace.into_iter().map(path_to).collect(),
                planned_private: request.prior_private,
                diagnostics: diagnostics_to(diagnostics),
            })
        })
        .await
    }

    async fn apply_resource_change(
        &self,
        request: Request<apply_resource_change::Request>,
    ) -> Answer<apply_resource_change::Response> {
        answer(async {
            let request = request.into_inner();
            let Offered { schema, kind } = self.resource(&request.type_name)?;
            let prior = value_from(request.prior_state, &schema.attributes)?;
            let planned = value_from(request.planned_state, &schema.attributes)?;
            let context = self.context(&request.planned_private)?;
            let Applied { state, diagnostics, private } = kind.apply(&context, prior, planned).await;
            Ok(apply_resource_change::Response {
                new_state: value_to(&state.unwrap_or(Value::Null)),
                private: private.unwrap_or(request.planned_private),
                diagnostics: diagnostics_to(diagnostics),
            })
        })
        .await
    }

    async fn import_resource_state(
        &self,
        request: Request<import_resource_state::Request>,
    ) -> Answer<import_resource_state::Response> {
        answer(async {
            let request = request.into_inner();
            let Offered { kind, .. } = self.resource(&request.type_name)?;
            let imported = import_resource_state::ImportedResource {
                state: value_to(&kind.import(&request.id)?),
                type_name: request.type_name,
                private: Vec::new(),
            };
            Ok(import_resource_state::Response { imported_resources: vec![imported], diagnostics: Vec::new() })
        })
        .await
    }

    async fn read_data_source(
        &self,
        request: Request<read_data_source::Request>,
    ) -> Answer<read_data_source::Response> {
        answer(async {
            let request = request.into_inner();
            let Offered { schema, kind } = self.data_source(&request.type_name)?;
            let config = value_from(request.config, &schema.attributes)?;
            let state = kind.read(&self.context(&[])?, config).await?;
            Ok(read_data_source::Response { state: value_to(&state), diagnostics: Vec::new() })
        })
        .await
    }

    async fn stop_provider(&self, _: Request<stop_provider::Request>) -> Answer<stop_provider::Response> {
        self.stop.stop();
        Ok(Response::new(stop_provider::Response::default()))
    }
}

const CAPABILITIES: ServerCapabilities = ServerCapabilities { plan_destroy: true, get_provider_schema_optional: true };

fn unknown_type(name: &str) -> Vec<Diagnostic> {
    Diagnostic::error("Unknown type", format!("this provider has no `{name}`")).into()
}

fn foreign_state(stored: i64, ours: i64) -> Vec<Diagnostic> {
    let detail = format!(
        "the state was stored with schema version {stored}, and this provider reads version {ours}; use the provider version that wrote it"
    );
    Diagnostic::error("State of another version", detail).into()
}

/// Runs one procedure; refusals and panics become diagnostics of its answer.
async fn answer<T: Refusable>(work: impl Future<Output = Result<T, Vec<Diagnostic>>>) -> Answer<T> {
    let answered = match crash::guarded(work).await {
        Ok(answered) => answered,
        Err(crash) => Err(Diagnostic::error("The provider crashed", crash.to_string()).into()),
    };
    Ok(Response::new(answered.unwrap_or_else(|diagnostics| {
        let mut refused = T::default();
        *refused.diagnostics() = diagnostics_to(diagnostics);
        refused
    })))
}

/// An answer that can consist of nothing but diagnostics.
trait Refusable: Default {
    fn diagnostics(&mut self) -> &mut Vec<proto::Diagnostic>;
}

macro_rules! refusable {
    ($($procedure:ident)+) => {
        $(impl Refusable for $procedure::Response {
            fn diagnostics(&mut self) -> &mut Vec<proto::Diagnostic> {
                &mut self.diagnostics
            }
        })+
    };
}

refusable!(validate_provider_config validate_resource_config validate_data_resource_config);
refusable!(configure_provider upgrade_resource_state read_resource plan_resource_change);
refusable!(apply_resource_change import_resource_state read_data_source);
