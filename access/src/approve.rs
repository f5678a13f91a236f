//! Who may approve a request: decided by the same policies, so that four eyes and longest terms are policy, too.

use cedar_policy::{Authorizer, Context, Entities, Entity, Request, RestrictedExpression};
use fanner_model::{AccessRequest, Approval, CallerId, EventType, FieldPath, Role, TeamName, TeamSpec};
use jiff::Timestamp;

use crate::Policies;
use crate::judge::Answer;
use crate::scene::{EventFacts, TeamFacts, entities, entity, text, texts};
use crate::schema::{EVENT_TYPE, REQUEST, ROLE, SCHEMA, TEAM, USER, approving};
use crate::words::{Gap, list};

/// May this caller approve this request in this role, so that a grant until then comes of it?
#[derive(Clone, Copy, Debug)]
pub struct Approving<'w> {
    pub role: Approval,
    pub request: &'w AccessRequest,
    pub event_type: &'w EventType,
    /// What is known about the event type's owner, and about the team that asks.
    pub owner: &'w TeamSpec,
    pub team: &'w TeamSpec,
    pub approver: Approver<'w>,
    /// The end of the grant.
    pub until: Timestamp,
    pub now: Timestamp,
}

/// Who wants to approve.
#[derive(Clone, Copy, Debug)]
pub struct Approver<'w> {
    pub id: &'w CallerId,
    pub team: Option<&'w TeamName>,
    pub role: Role,
}

impl Policies {
    /// Whether the policies let the approver approve.
    ///
    /// # Errors
    /// Why not, in words for the approver.
    pub fn may_approve(&self, question: &Approving<'_>) -> Result<(), String> {
        let principal = USER.called(question.approver.id.as_str());
        let resource = REQUEST.called(question.request.id.to_string());
        let request = Request::new(principal, approving(question.role), resource, Context::empty(), Some(&SCHEMA))
            .expect("approving is between a user and a request, and has no context");
        let answer = Answer::from(Authorizer::new().is_authorized(&request, self.approve(), &question.entities()));
        match answer.allowed {
            true => Ok(()),
            false => Err(self.refusal(question, &answer)),
        }
    }

    fn refusal(&self, question: &Approving<'_>, answer: &Answer) -> String {
        let Approving { approver, role, request, .. } = question;
        match (&answer.failure, answer.policies.is_empty()) {
            (Some(failure), _) => format!("the policies cannot be evaluated, and so nothing is allowed: {failure}"),
            (None, true) => format!("no policy lets `{}` approve `{}` as {role}", approver.id, request.event),
            (None, false) => {
                let forbidding = answer.policies.iter().map(|id| self.objection(id, |gap| question.fact(gap), None));
                forbidding.collect::<Vec<_>>().join("; ")
            }
        }
    }
}

impl Approving<'_> {
    fn entities(&self) -> Entities {
        let (owner, team) = (&self.event_type.team, &self.request.team);
        let mut teams = vec![TeamFacts::new(team.as_str(), self.team, self.now).entity()];
        if owner != team {
            teams.push(TeamFacts::new(owner.as_str(), self.owner, self.now).entity());
        }
        let event_type = EventFacts::new(self.event_type.name.as_str(), &self.event_type.spec);
        let rest = [event_type.entity(TEAM.called(owner.as_str())), self.approver.entity(), self.request()];
        entities(teams.into_iter().chain(rest))
    }

    fn request(&self) -> Entity {
        let AccessRequest { id, stream, purpose, mask, requested_by, extends, approvals, .. } = self.request;
        let event_type = EVENT_TYPE.called(self.event_type.name.as_str());
        let team = TEAM.called(self.request.team.as_str());
        let facts = [
            ("eventType", RestrictedExpression::new_entity_uid(event_type)),
            ("stream", text(stream.as_str())),
            ("team", RestrictedExpression::new_entity_uid(team.clone())),
            ("requester", text(requested_by.as_str())),
            ("purpose", text(purpose.as_str())),
            ("mask", texts(mask.iter().map(FieldPath::as_str))),
            ("days", RestrictedExpression::new_long(self.days())),
            ("extends", RestrictedExpression::new_bool(extends.is_some())),
            ("approvers", texts(approvals.iter().map(|approved| approved.by.as_str()))),
        ];
        entity(REQUEST.called(id.to_string()), None, facts, None)
    }

    /// Days from now to the end of the grant, rounded up.
    fn days(&self) -> i64 {
        const DAY: i64 = 24 * 60 * 60;
        let seconds = self.until.as_second() - self.now.as_second();
        seconds.div_euclid(DAY) + i64::from(seconds.rem_euclid(DAY) != 0)
    }

    /// A policy's words about this approval.
    fn fact(&self, gap: Gap) -> String {
        let event_type = self.event_type;
        match gap {
            Gap::Stream => format!("`{}`", self.request.stream),
            Gap::Team => format!("`{}`", self.request.team),
            Gap::Clearance => format!("`{}`", self.team.clearance),
            Gap::Event => format!("`{}`", event_type.name),
            Gap::Owner => format!("`{}`", event_type.team),
            Gap::Classification => format!("`{}`", event_type.spec.classification),
            Gap::SensitiveFields => list(&event_type.spec.sensitive_fields, "no field"),
            Gap::Purposes => list(&event_type.spec.purposes, "any purpose"),
            Gap::Purpose => format!("`{}`", self.request.purpose),
            Gap::Approver => format!("`{}`", self.approver.id),
            Gap::Days => self.days().to_string(),
            Gap::Quarantine => "none".to_owned(),
        }
    }
}

impl Approver<'_> {
    fn entity(&self) -> Entity {
        let facts = [
            ("id", text(self.id.as_str())),
            ("role", RestrictedExpression::new_entity_uid(ROLE.called(self.role.to_string()))),
        ];
        let team = self.team.map(|team| TEAM.called(team.as_str()));
        entity(USER.called(self.id.as_str()), team, facts, None)
    }
}
