"""`rolecall tour`: the whole story, told by running the public commands on a sandbox and checking each claim."""
