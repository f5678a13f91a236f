resource "fanner_team" "fraud" {
  name        = "fraud"
  description = "Finds stolen cards"
  clearance   = "confidential"

  trainings = {
    pii-2026 = "2099-01-31T00:00:00Z"
  }
}

# A team that was dissolved receives nothing, not even its own events.
resource "fanner_team" "growth" {
  name   = "growth"
  active = false
}
