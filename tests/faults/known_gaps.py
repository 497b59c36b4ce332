"""Cases that are known to fail, each with why: counted like all others, but no reason for the command to fail."""

KNOWN_GAPS: dict[str, str] = {
    "a last line of a mean": "`mean` may be somebody's id",
}
