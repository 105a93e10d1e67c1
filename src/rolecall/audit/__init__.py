"""Who called what, as whom, through which roles: read from CloudTrail records, never by changing a call."""
