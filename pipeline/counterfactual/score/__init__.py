"""Held-out scans moved along age and sex, scored where the truth is known."""

#: stands wherever a score against the simulated truth does
SHARED_MODEL = (
    "On the template, with velocities as physics, the simulator and the edit share their model: stationary "
    "velocities of B-splines summed in the log domain, a quadratic clock of age, plus or minus a half for sex, "
    "heads scaled about the origin, one template, one definition of ventricles. A score against this truth says "
    "how well that model is recovered, not how well changes of real brains are."
)
