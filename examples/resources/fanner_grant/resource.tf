# Team fraud may have what team payments owns, as far as it is public or internal, without asking each time.
resource "fanner_grant" "fraud_reads_payments" {
  team       = "fraud"
  owned_by   = "payments"
  expires_at = "2099-01-31T00:00:00Z"
  reason     = "Every payment is scored"

  # A later end replaces it, and the events flow on.
  lifecycle {
    create_before_destroy = true
  }
}
