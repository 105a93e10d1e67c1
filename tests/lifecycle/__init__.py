"""The engine as programs and users meet it: a scripted program, a provider that is a small world, the real runner."""
