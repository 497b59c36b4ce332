"""What commands do: imported as one is run, since what stands here imports all that it needs."""
