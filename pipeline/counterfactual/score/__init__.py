"""The score of edits against the truth of a simulated cohort: the only room of edits that sees the simulator."""
