data "fanner_event_types" "public" {
  classification = "public"
}

# Everything that any team may have.
resource "fanner_stream" "everything_public" {
  name   = "everything-public"
  events = data.fanner_event_types.public.names
}
