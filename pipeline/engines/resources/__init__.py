"""What a training takes: memory before it is filled."""
