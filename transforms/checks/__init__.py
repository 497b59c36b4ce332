"""What a scan must be before anything is made of it: its file, its header, where it lies, its intensities."""
