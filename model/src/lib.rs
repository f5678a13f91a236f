//! What things are in fanner, in reading order. These types are the API's JSON: the control plane serves
//! them, its clients read them, and nothing here does I/O.
//!
//! A producer declares an [`EventType`]. A consumer declares a [`Stream`] with the events it wants, and may add
//! further [`Subscription`]s. What a team may have is told by [`Access`]; what the data plane obeys is a [`RuleSet`],
//! compiled from all of them. Whatever goes wrong is a [`Problem`].

pub mod access;
pub mod access_request;
pub mod audit;
pub mod bypass;
pub mod campaign;
pub mod capacity;
pub mod delivery;
pub mod digest;
pub mod enforcement;
pub mod event_type;
pub mod explanation;
pub mod export;
pub mod fanner;
pub mod finding;
pub mod grant;
pub mod id;
pub mod impact;
pub mod limit;
pub mod name;
pub mod page;
pub mod permission;
pub mod plan;
pub mod policy;
pub mod problem;
pub mod reader;
pub mod reader_role;
pub mod reading;
pub mod right;
pub mod rule;
pub mod session;
pub mod sighting;
pub mod stream;
pub mod subscription;
pub mod tags;
pub mod team;
pub mod team_access;
pub mod token;

pub use access::{Access, AccessStatus};
pub use access_request::{AccessRequest, Approval, Approved, Comment, Extension, Reason, RequestStatus};
pub use audit::{AuditCheckpoint, AuditProof, AuditRecord};
pub use bypass::{
    Allowance, BreakGlass, BreakGlassSpec, BypassReport, Conclusion, Edge, GesReader, GesVerdict, Lock, Reach, Unread,
};
pub use campaign::{Answer, Campaign, CampaignItem, CampaignScope, CampaignSpec, NewAnswer, Progress, Verdict};
pub use capacity::{RetentionHours, ShardCount};
pub use delivery::{Delivery, DeliveryReport};
pub use digest::Digest;
pub use enforcement::{Enforcement, Exposure, Obedience};
pub use event_type::{Classification, EventType, EventTypeSpec};
pub use explanation::Explanation;
pub use export::{Export, ExportFormat};
pub use fanner::Fanner;
pub use finding::{Finding, FindingKind};
pub use grant::{Grant, Revoked};
pub use id::{
    BreakGlassId, CampaignId, GrantId, PermissionId, QuarantineId, RequestId, StreamId, SubscriptionId, TokenId,
};
pub use impact::{Difference, Direction, Effect, PolicyChange, PolicyImpact};
pub use name::{
    ApplicationName, Arn, CallerId, EventName, FieldPath, KmsKey, NameError, PolicyName, Purpose, RoleArn, StreamName,
    TeamName, Training, WorkerId,
};
pub use page::Page;
pub use permission::{Events, Permission, PermissionSpec, Quarantine, QuarantineSpec, Receivers};
pub use plan::{Change, PlanAnswer, PlanRequest};
pub use policy::{Policy, PolicySpec};
pub use problem::{Code, Problem};
pub use reader::Reader;
pub use reader_role::{ReaderRole, SeenRole};
pub use right::{Right, RightId};
pub use rule::{Destination, Permit, Revision, Route, RuleSet, SignedRules};
pub use session::{NewSession, Proof, Scope};
pub use sighting::{Sighting, SightingReport};
pub use stream::{Format, PartitionBy, Phase, Seen, Stream, StreamSpec, StreamStatus};
pub use subscription::{Subscription, SubscriptionSpec, SubscriptionStatus};
pub use tags::{TagError, Tags};
pub use team::{Team, TeamSpec};
pub use team_access::{Near, StreamAccess};
pub use token::{Caller, NewToken, Role, Secret, Token, TokenSpec};
