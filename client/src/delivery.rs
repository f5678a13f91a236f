//! Deliveries: what each stream received last.

use fanner_model::{Delivery, DeliveryReport};

use crate::{Client, Error};

impl Client {
    /// Says when events were last delivered, at most 1,000 at once. Saying it again does no harm.
    pub async fn report_deliveries(&self, deliveries: Vec<Delivery>) -> Result<(), Error> {
        self.report(&["deliveries"], &DeliveryReport { deliveries }).await
    }
}
