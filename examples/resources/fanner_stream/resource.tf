resource "fanner_stream" "fraud" {
  name            = "fraud-signals"
  shard_count     = 2
  retention_hours = 48
  events          = ["card_swiped", "account_opened"]
}

# Everything that can be said of a stream.
resource "fanner_stream" "features" {
  name                = "fraud-features"
  description         = "Features of the fraud model, in order for each user"
  purpose             = "fraud-detection"
  events              = ["card_swiped"]
  retention_hours     = 168
  partition_by        = "user_id"
  format              = "envelope"
  deletion_protection = false

  tags = {
    cost-center = "7100"
  }

  timeouts = {
    update = "2h"
  }
}

# What a role needs to read it.
output "reader_policy" {
  value = fanner_stream.fraud.iam_policy_json
}
