"""The steps of the chains: each as an array transform and, its twin, as a dictionary transform."""
