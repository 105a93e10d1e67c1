"""Providers: what turns a package's name into something that can be asked (`registry`), and the kinds there are."""
