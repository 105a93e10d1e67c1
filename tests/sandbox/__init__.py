"""The sandbox over HTTP, as any AWS client meets it."""
