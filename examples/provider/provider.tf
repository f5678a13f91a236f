terraform {
  required_providers {
    fanner = {
      source = "fanner/fanner"
    }
  }
}

# The address and the token come from FANNER_ENDPOINT and FANNER_TOKEN.
provider "fanner" {
  default_tags = {
    managed-by = "terraform"
  }
}
