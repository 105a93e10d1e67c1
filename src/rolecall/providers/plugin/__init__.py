"""Provider plugins: programs of their own that serve Pulumi's ResourceProvider over gRPC."""
