"""Starting programs and speaking the monitor protocol with them: decode, ask the engine, encode. It decides nothing."""
