resource "fanner_event_type" "refund_granted" {
  name           = "refund_granted"
  description    = "A customer got money back, and why"
  classification = "internal"
  purposes       = ["fraud-detection", "reporting"]
}

# An event of the same configuration is referred to by its id, so that it is declared before the stream.
resource "fanner_stream" "refunds" {
  name   = "refunds"
  events = [fanner_event_type.refund_granted.id]
}
