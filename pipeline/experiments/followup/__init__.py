"""People followed over time: their later scans predicted from the earlier ones, and compared with what came."""
