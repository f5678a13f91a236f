//! Teams, as far as access depends on them.

use fanner_client::Client;
use fanner_model::Team;

use crate::failure::Failure;
use crate::moment::shown;
use crate::output::{Output, Shown, joined};
use crate::paging::all;

pub(crate) async fn list(client: &Client, output: Output) -> Result<String, Failure> {
    Ok(output.list(&all(async |after| client.teams(after).await).await?))
}

impl Shown for Team {
    const HEAD: &[&str] = &["name", "clearance", "active", "trainings", "description"];

    fn row(&self) -> Vec<String> {
        let spec = &self.spec;
        let training = spec.trainings.iter().map(|(training, &until)| format!("{training} until {}", shown(until)));
        vec![
            self.name.to_string(),
            spec.clearance.to_string(),
            if spec.active { "yes" } else { "no" }.to_owned(),
            joined(training),
            spec.description.clone().unwrap_or_default(),
        ]
    }
}
