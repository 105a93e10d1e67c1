"""CloudTrail: a record of every call, allowed or not; kept, and looked up as AWS's LookupEvents does."""
