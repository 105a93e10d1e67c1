"""What the user wrote down about a project and its stacks: Pulumi.yaml, stack settings, configuration, selections."""
