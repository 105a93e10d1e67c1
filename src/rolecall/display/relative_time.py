"""How long ago something was, in the words that Pulumi uses."""

from __future__ import annotations

from datetime import datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_WEEK, _MONTH = 7 * _DAY, 30 * _DAY
_YEAR = 12 * _MONTH

_STEPS = (
    (1, "now", 0),
    (2, "1 second ago", 0),
    (_MINUTE, "{} seconds ago", 1),
    (2 * _MINUTE, "1 minute ago", 0),
    (_HOUR, "{} minutes ago", _MINUTE),
    (2 * _HOUR, "1 hour ago", 0),
    (_DAY, "{} hours ago", _HOUR),
    (2 * _DAY, "1 day ago", 0),
    (_WEEK, "{} days ago", _DAY),
    (2 * _WEEK, "1 week ago", 0),
    (_MONTH, "{} weeks ago", _WEEK),
    (2 * _MONTH, "1 month ago", 0),
    (_YEAR, "{} months ago", _MONTH),
    (18 * _MONTH, "1 year ago", 0),
    (2 * _YEAR, "2 years ago", 0),
    (37 * _YEAR, "{} years ago", _YEAR),
)
"""Below so many seconds, these words, with the number of such units."""


def ago(moment: datetime, now: datetime) -> str:
    """`3 minutes ago`. A moment that is still to come counts as now."""
    seconds = (now - moment).total_seconds()
    for limit, words, unit in _STEPS:
        if seconds < limit:
            return words.format(int(seconds // unit)) if unit else words
    return "a long while ago"
