data "fanner_stream" "fraud" {
  name = "fraud-signals"
}

output "fraud_stream_arn" {
  value = data.fanner_stream.fraud.arn
}
