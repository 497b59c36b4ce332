"""The parts of `benchmarks/bench.py`: what is timed, how, and the tables that come of it."""
