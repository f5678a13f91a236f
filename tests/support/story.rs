//! The teams that stories of access are about: payments owns what fraud asks for, as its Terraform says.

use fanner_client::Precondition;
use fanner_model::{Classification, EventTypeSpec};
use serde_json::{Value, json};

use crate::{Workspace, World, named, spec};

/// Declares `own` of team fraud, and of team payments `card_swiped`, which takes an approval, and `salary_paid`, which fraud may not have.
pub async fn declare(world: &World) {
    world.declare("fraud", Classification::Internal, &["own"]).await;
    let payments = world.member("payments").await;
    for (name, classification) in [("card_swiped", "internal"), ("salary_paid", "restricted")] {
        let declared: EventTypeSpec = spec(json!({"classification": classification, "purposes": ["fraud-detection"]}));
        payments.put_event_type(&named(name), &declared, Precondition::None).await.expect("it is declared");
    }
}

/// The stream of team fraud with these events, as Terraform writes them.
pub fn stream(events: &str) -> String {
    format!(
        "resource \"fanner_stream\" \"fraud\" {{\n  name = \"fraud-signals\"\n  shard_count = 1\n  \
         purpose = \"fraud-detection\"\n  events = {events}\n}}\n"
    )
}

/// What the state says of `card_swiped`.
pub fn access(terraform: &Workspace) -> Value {
    terraform.attributes("fanner_stream.fraud")["access"]["card_swiped"].clone()
}
