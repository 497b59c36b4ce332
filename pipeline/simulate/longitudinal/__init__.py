"""People followed over time: when they are scanned, what differs from scan to scan, and BIDS's files."""
