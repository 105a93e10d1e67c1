"""Guesses whether a configuration value is a secret that its owner forgot to encrypt.

Only keys that are named like secrets are looked at, and of their values the first 16 characters: those that a guesser
would need many tries for. The thresholds are Pulumi's; the estimate is a small one in the manner of zxcvbn.
"""

from __future__ import annotations

import math
import re
import string

_NAMES = re.compile(r"passwd|pass|password|pwd|secret|token", re.IGNORECASE)
_CONSIDERED = 16
_CERTAIN_BITS = 80.0
_LIKELY_BITS = _CERTAIN_BITS / 2
_LIKELY_BITS_EACH = 3.0

_ALPHABETS = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
_RUNS = (string.ascii_lowercase, string.digits, "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv")
_LEAST_RUN = 3
_WORDS = (
    "password", "passwd", "secret", "token", "admin", "welcome", "letmein", "dragon", "monkey", "master", "shadow",
    "default", "changeme", "example", "production", "staging", "development", "database", "service", "server",
    "public", "private", "access", "value", "test", "user", "root", "name", "true", "false", "none", "null", "http",
    "https", "localhost", "amazonaws", "pulumi",
)  # fmt: skip
_WORD_BITS = 11.0
_RUN_BITS = 4.0


def looks_secret(key_name: str, value: str) -> bool:
    """Whether a plain value under this key should rather be encrypted."""
    if not value or not _NAMES.search(key_name):
        return False
    considered = value[:_CONSIDERED]
    bits = entropy(considered)
    return bits >= _CERTAIN_BITS or (bits >= _LIKELY_BITS and bits / len(considered) >= _LIKELY_BITS_EACH)


def entropy(text: str) -> float:
    """About how many bits a guesser lacks who knows common words, runs of keys and repetitions."""
    each = math.log2(max(2, _alphabet_size(text)))
    bits, position = 0.0, 0
    while position < len(text):
        length, cost = _pattern(text, position)
        bits += min(cost, each * length) if length else each
        position += length or 1
    return bits


def _pattern(text: str, position: int) -> tuple[int, float]:
    """The length of the guessable pattern that begins here and its bits; no length if there is none."""
    rest = text[position:].lower()
    repeated = len(rest) - len(rest.lstrip(rest[0]))
    if repeated >= _LEAST_RUN:
        return repeated, _RUN_BITS + math.log2(repeated)
    word = max((word for word in _WORDS if rest.startswith(word)), key=len, default="")
    run = _run(rest)
    if word and len(word) >= run:
        return len(word), _WORD_BITS
    if run >= _LEAST_RUN:
        return run, _RUN_BITS + math.log2(run)
    return 0, 0.0


def _run(text: str) -> int:
    """The longest beginning that goes along a row of keys or letters, either way."""
    best = 0
    for line in _RUNS:
        for direction in (line, line[::-1]):
            start = direction.find(text[0])
            length = 0
            while start >= 0 and length < len(text) and text[length] == direction[start + length : start + length + 1]:
                length += 1
            best = max(best, length)
    return best


def _alphabet_size(text: str) -> int:
    size = sum(len(alphabet) for alphabet in _ALPHABETS if set(text) & set(alphabet))
    others = set(text) - set("".join(_ALPHABETS))
    return size + (33 if others else 0) + (100 if any(ord(character) > 127 for character in others) else 0)
