"""The library's public face, and the one place where real parts are joined."""
