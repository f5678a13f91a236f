data "fanner_team" "fraud" {
  name = "fraud"
}

# Plan nothing for a team that would receive nothing.
check "team" {
  assert {
    condition     = data.fanner_team.fraud.active
    error_message = "Team fraud is off-boarded."
  }
}
