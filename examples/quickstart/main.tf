terraform {
  required_providers {
    fanner = { source = "fanner/fanner" }
  }
}

# FANNER_ENDPOINT and FANNER_TOKEN say where the control plane is and who is calling.
provider "fanner" {}

# The producers' side: what happens at New York's airports.
resource "fanner_event_type" "flight_departed" {
  name           = "flight_departed"
  description    = "A flight left its gate. JSON."
  classification = "internal"
}

resource "fanner_event_type" "flight_arrived" {
  name           = "flight_arrived"
  description    = "A flight landed. Protobuf: flights.v1.FlightArrived."
  classification = "internal"
}

resource "fanner_event_type" "flight_cancelled" {
  name           = "flight_cancelled"
  description    = "A flight was cancelled. JSON."
  classification = "confidential"
}

resource "fanner_event_type" "weather_observed" {
  name           = "weather_observed"
  description    = "An airport measured its weather. Protobuf: flights.v1.WeatherObserved."
  classification = "public"
}

# The consumer's side: six lines.
resource "fanner_stream" "storm" {
  name            = "storm-watch"
  shard_count     = 2
  retention_hours = 48
  events          = [fanner_event_type.flight_cancelled.id, fanner_event_type.weather_observed.id]
}

output "access" {
  description = "For each event, whether it flows, and why."
  value       = fanner_stream.storm.access
}
