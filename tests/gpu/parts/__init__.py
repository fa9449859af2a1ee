"""What tests/gpu/run does, one module for each part; Python's standard library only, 3.11 or later."""
