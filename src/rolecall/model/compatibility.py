"""The Pulumi release whose behaviour rolecall follows; written into states and told to tools that ask for a version."""

PULUMI_VERSION = "v3.260.0"
