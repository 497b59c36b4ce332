"""How figures are drawn: one style, slices of volumes, dots on axes, changes over scans, films."""
