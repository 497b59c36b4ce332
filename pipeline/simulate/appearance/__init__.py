"""What is seen in a scan and is no deformation: white-matter lesions, and each scanner's curve of intensities."""
