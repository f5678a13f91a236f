# An incident: nobody receives the event until this is destroyed.
resource "fanner_quarantine" "card_numbers" {
  everybody = true
  event     = "card_swiped"
  reason    = "INC-4711: card numbers in the payload"
}
