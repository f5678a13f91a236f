# A role that may read the stream and keep the leases of the Kinesis Client Library, where the platform team has switched it on.
resource "fanner_stream" "weather" {
  name   = "fraud-weather"
  team   = "fraud"
  events = ["weather_observed"]

  reader_role = {
    trusted     = ["arn:aws:iam::123456789012:role/fraud-scorer"]
    application = "fraud.scores"
  }
}

# What the workload's own role needs to become it.
output "become_the_reader" {
  value = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = fanner_stream.weather.reader_role_arn }]
  })
}
