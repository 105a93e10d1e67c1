"""An AWS in a process: HTTP in, caller and question recognised, `iam` asked, a canonical request to moto or a refusal.

Reached by URL only. Knows nothing of Pulumi or of rolecall's state.
"""
