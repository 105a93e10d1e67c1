"""The command line: arguments and environment in, one call of `api`, an exit code out. One module per command group."""
