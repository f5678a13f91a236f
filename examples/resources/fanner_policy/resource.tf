# Beside the policies that ship with fanner: what nobody receives unless it is encrypted, whatever permits it.
resource "fanner_policy" "encryption" {
  name        = "encryption"
  description = "Confidential events stay encrypted"

  text = <<-EOT
    @id("deny.unencrypted")
    @reason("{event} is {classification}, and {stream} is not encrypted")
    @remedy("give it a `kms_key_arn`")
    forbid (principal, action == Fanner::Action::"Receive", resource)
    when { resource.classification == Fanner::Classification::"confidential" }
    unless { principal.encrypted };
  EOT
}
