"""Programs on other versions of the Pulumi SDK. These make virtual environments, so they run only when asked to."""
