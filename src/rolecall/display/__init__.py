"""Events and results as text and JSON: one view per audience, fed by the same events, which compute nothing."""
