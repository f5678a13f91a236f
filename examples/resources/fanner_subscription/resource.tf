resource "fanner_stream" "research" {
  name        = "churn-research"
  shard_count = 1
  events      = ["account_opened"]
}

# One more event, for a study that ends.
resource "fanner_subscription" "study" {
  stream     = fanner_stream.research.name
  events     = ["card_swiped"]
  purpose    = "churn-study"
  expires_at = "2099-01-31T00:00:00Z"
}
