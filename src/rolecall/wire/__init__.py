"""Pulumi's protobuf messages to and from `rolecall.model`, and nothing else: no servers, no defaults, no meaning."""
