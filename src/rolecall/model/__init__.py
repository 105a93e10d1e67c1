"""The nouns that several packages share: immutable, without behaviour beyond their own consistency."""
