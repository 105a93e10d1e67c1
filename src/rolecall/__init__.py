"""rolecall: run Pulumi programs as the role that will really run them, and prove who did what."""

__version__ = "0.1.0"
